/* SPDX-License-Identifier: Apache-2.0 */
/* Everything that can be asked of a device tree, asked of this one. For test_fdt.c and the fuzzer's target "board". */
#include "fdt_exercise.h"

#include <libfdt.h>
#include <string.h>

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

/* ---- the other opinion ---- */

static const char *node_differs(const struct fdt *f, u32 node, const void *blob, int theirs)
{
	int length, property, parent = fdt_parent_offset(blob, theirs);
	const char *name = fdt_get_name(blob, theirs, NULL);

	if ((int)(node - f->structs) != theirs || !name || strcmp(fdt_name(f, node), name))
		return "a node";
	fdt_for_each_property_offset(property, blob, theirs) {
		const void *value = fdt_getprop_by_offset(blob, property, &name, &length);
		u32 bytes;

		if (value == fdt_getprop(blob, theirs, name, NULL) && (fdt_prop(f, node, name, &bytes) != value || bytes != (u32)length))
			return "a property";
	}
	return fdt_parent(f, node) == (parent < 0 ? FDT_NONE : f->structs + (u32)parent) ? NULL : "a parent";
}

static bool family_differs(const struct fdt *f, u32 node, const void *blob, int theirs)
{
	int child = fdt_first_subnode(blob, theirs), sibling = theirs ? fdt_next_subnode(blob, theirs) : -1;

	return fdt_child(f, node) != (child < 0 ? FDT_NONE : f->structs + (u32)child) ||
	       fdt_sibling(f, node) != (sibling < 0 ? FDT_NONE : f->structs + (u32)sibling);
}

static const char *reserved_differs(const struct fdt *f, const void *blob)
{
	for (int n = 0; n < fdt_num_mem_rsv(blob); n++) {
		uint64_t base, bytes;
		u64 b, s;

		if (fdt_get_mem_rsv(blob, n, &base, &bytes) || !fdt_reserved(f, (u32)n, &b, &s) || b != base || s != bytes)
			return "the list of reserved memory";
	}
	return NULL;
}

const char *fdt_disagrees(const void *blob, size_t size)
{
	struct fdt f;
	u32 node = FDT_NONE;
	int theirs = -1, depth = 0;
	const char *why = fdt_open(&f, blob, size);

	if (why)
		return NULL;
	if (fdt_check_full(blob, size))
		return "it is no tree";
	for (;;) {
		theirs = fdt_next_node(blob, theirs, &depth);
		node = fdt_next(&f, node);
		if (theirs < 0 || depth < 0)
			break;
		why = node_differs(&f, node, blob, theirs);
		if (why || family_differs(&f, node, blob, theirs))
			return why ? why : "a child";
	}
	return node ? "there are more nodes" : reserved_differs(&f, blob);
}
