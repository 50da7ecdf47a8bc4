/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Everything that can be asked of a device tree, asked of this one: for the mutation test, and for libFuzzer:
 *
 *	clang -g -O1 -fsanitize=fuzzer,address,undefined -DFUZZER -Iinclude -Itests/unit -include include/kernel/kconfig.h \
 *		tests/unit/fdt_exercise.c lib/fdt.c lib/fdt_bus.c -o build/fuzz_fdt && build/fuzz_fdt -max_len=4096
 */
#include "fdt_exercise.h"

#include <kernel/lib.h>

static u64 sum;

static void properties(const struct fdt *f, u32 node)
{
	static const char *const names[] = { "compatible", "status", "reg", "ranges", "interrupts", "#address-cells", "a", "" };
	u32 bytes, cells[2];
	u64 base, size;
	struct fdt_irq irq;

	for (u32 i = 0; i < ARRAY_SIZE(names); i++) {
		const u8 *p = fdt_prop(f, node, names[i], &bytes);

		for (u32 k = 0; p && k < bytes; k++)
			sum += p[k];
		if (fdt_text(f, node, names[i]))
			sum += strlen(fdt_text(f, node, names[i]));
		(void)fdt_word(f, node, names[i], 3, &cells[0]);
	}
	(void)fdt_cells(f, node, &cells[0], &cells[1]);
	for (u32 n = 0; n < 4; n++) {
		if (fdt_reg(f, node, n, &base, &size))
			sum += base ^ size;
		if (fdt_irq(f, node, n, &irq))
			sum += irq.controller + irq.cells[0] + irq.count;
	}
	sum += fdt_is_enabled(f, node) + fdt_is_compatible(f, node, "virtio,mmio") + strlen(fdt_name(f, node));
}

u64 fdt_exercise(const void *blob, size_t size, u32 max_nodes)
{
	static const char *const paths[] = { "/", "/chosen", "/cpus/cpu@0", "serial0", "serial0:115200", "//", "/a/b/c", "" };
	struct fdt f;
	u64 base, bytes;
	u32 nodes = 0;

	if (fdt_open(&f, blob, size))
		return 0;
	sum = 1;
	for (u32 node = fdt_next(&f, FDT_NONE); node && nodes < max_nodes; node = fdt_next(&f, node), nodes++) {
		properties(&f, node);
		sum += fdt_parent(&f, node) + fdt_child(&f, node) + fdt_sibling(&f, node);
	}
	properties(&f, FDT_NONE);
	for (u32 i = 0; i < ARRAY_SIZE(paths); i++)
		sum += fdt_by_path(&f, paths[i]) + fdt_by_alias(&f, paths[i]);
	for (u32 n = 0; n < 8 && fdt_reserved(&f, n, &base, &bytes); n++)
		sum += base + bytes;
	sum += fdt_by_phandle(&f, 1) + fdt_by_compatible(&f, FDT_NONE, "arm,pl011");
	return sum | 1;
}

#ifdef FUZZER
int LLVMFuzzerTestOneInput(const u8 *data, size_t size);

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	(void)fdt_exercise(data, size, 64);
	return 0;
}
#endif
