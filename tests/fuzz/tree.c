/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Device trees for the target "board": a board as QEMU's "virt" is one, and changes of it, which libfdt makes, so that
 * the tree stays one.
 *
 *   byte 0      what: set a property (most values), add a node, take away a property or a node, or, when all else is done,
 *               change a word of the blob
 *   1           node: so many on from the root
 *   2           name of the property, or of the node that is added, by a table
 *   3           value: cells, a string, or nothing; how many
 *   4 to 9      the cells, each by a table; the string, by another
 */
#include "board.h"

#include <libfdt.h>
#include <stdarg.h>
#include <string.h>

static u8 base[TREE_BYTES];

/* ---- the board ---- */

static void cells(const char *name, u32 n, ...)
{
	fdt32_t v[32];
	va_list ap;

	va_start(ap, n);
	for (u32 i = 0; i < n; i++)
		v[i] = cpu_to_fdt32(va_arg(ap, u32));
	va_end(ap);
	if (fdt_property(base, name, v, (int)n * 4))
		bug("the board's tree is too long");
}

static void text(const char *name, const char *value)
{
	if (fdt_property_string(base, name, value))
		bug("the board's tree is too long");
}

static void begin(const char *name, const char *compatible)
{
	if (fdt_begin_node(base, name))
		bug("the board's tree is too long");
	if (compatible)
		text("compatible", compatible);
}

static void end(void)
{
	fdt_end_node(base);
}

static void make_top(void)
{
	cells("#address-cells", 1, 2);
	cells("#size-cells", 1, 2);
	cells("interrupt-parent", 1, 1);
	text("model", "fuzzed");
	begin("aliases", NULL);
	text("serial0", "/soc/serial@9000000");
	end();
	begin("chosen", NULL);
	text("stdout-path", "serial0:115200n8");
	text("bootargs", "ckpt=newest");
	cells("linux,initrd-start", 2, 0, 0x48000000);
	cells("linux,initrd-end", 2, 0, 0x48100000);
	end();
	begin("memory@40000000", NULL);
	text("device_type", "memory");
	cells("reg", 8, 0, 0x40000000, 0, 0x10000000, 1, 0, 0, 0x100000);
	end();
	begin("reserved-memory", NULL);
	cells("#address-cells", 1, 2);
	cells("#size-cells", 1, 2);
	fdt_property(base, "ranges", NULL, 0);
	begin("firmware@4f000000", NULL);
	cells("reg", 4, 0, 0x4f000000, 0, 0x100000);
	end();
	end();
}

static void make_controllers(void)
{
	begin("intc@8000000", "arm,cortex-a15-gic");
	cells("phandle", 1, 1);
	cells("#interrupt-cells", 1, 3);
	cells("#address-cells", 1, 0);
	fdt_property(base, "interrupt-controller", NULL, 0);
	cells("reg", 8, 0, 0x8000000, 0, 0x10000, 0, 0x8010000, 0, 0x10000);
	end();
	begin("intc@8080000", "arm,gic-v3");
	text("status", "disabled");
	cells("#interrupt-cells", 1, 3);
	fdt_property(base, "interrupt-controller", NULL, 0);
	cells("#redistributor-regions", 1, 1);
	cells("reg", 8, 0, 0x8080000, 0, 0x10000, 0, 0x80a0000, 0, 0xf60000);
	end();
	begin("timer", "arm,armv8-timer");
	cells("interrupts", 12, 1, 13, 0x104, 1, 14, 0x104, 1, 11, 0x104, 1, 10, 0x104);
	cells("clock-frequency", 1, 62500000);
	end();
}

static void make_devices(void)
{
	begin("soc", "simple-bus");
	cells("#address-cells", 1, 1);
	cells("#size-cells", 1, 1);
	cells("ranges", 4, 0, 0, 0, 0x40000000);
	begin("serial@9000000", "arm,pl011");
	cells("reg", 2, 0x9000000, 0x1000);
	cells("interrupts", 3, 0, 1, 4);
	end();
	begin("virtio@a000000", "virtio,mmio");
	cells("reg", 2, 0xa000000, 0x200);
	cells("interrupts", 3, 0, 16, 1);
	end();
	end();
	begin("pcie@4010000000", "pci-host-ecam-generic");
	cells("#address-cells", 1, 3);
	cells("#size-cells", 1, 2);
	cells("#interrupt-cells", 1, 1);
	cells("reg", 4, 0x40, 0x10000000, 0, 0x200000);
	cells("bus-range", 2, 0, 1);
	cells("ranges", 14, 0x1000000, 0, 0, 0, 0x3eff0000, 0, 0x10000, 0x2000000, 0, 0x10000000, 0, 0x10000000, 0, 0x2eff0000);
	cells("interrupt-map", 16, 0, 0, 0, 1, 1, 0, 3, 4, 0x800, 0, 0, 1, 1, 0, 4, 4);
	cells("interrupt-map-mask", 4, 0x1800, 0, 0, 7);
	end();
}

static void base_make(void)
{
	fdt_create(base, sizeof(base));
	fdt_add_reservemap_entry(base, 0x4e000000, 0x10000);
	fdt_finish_reservemap(base);
	begin("", "fuzzed,board");
	make_top();
	make_controllers();
	make_devices();
	end();
	if (fdt_finish(base))
		bug("the board's tree cannot be made");
}

/* ---- changes ---- */

static const char *const properties[] = {
	"reg", "ranges", "compatible", "status", "interrupts", "interrupt-parent", "interrupts-extended", "#address-cells",
	"#size-cells", "#interrupt-cells", "phandle", "device_type", "stdout-path", "linux,initrd-start", "linux,initrd-end",
	"bus-range", "interrupt-map", "interrupt-map-mask", "interrupt-controller", "#redistributor-regions", "clock-frequency",
	"serial0", "linux,phandle", "bootargs",
}, *const nodes[] = {
	"memory@80000000", "chosen", "aliases", "reserved-memory", "bus", "intc@1", "soc", "serial", "x",
}, *const texts[] = {
	"arm,pl011", "virtio,mmio", "pci-host-ecam-generic", "arm,gic-400", "arm,gic-v3", "arm,armv8-timer", "okay", "ok", "disabled",
	"memory", "/soc/serial@9000000", "serial0", "serial0:9600", "/", "//", "/soc", ":", "", "/aliases", "ckpt=previous",
};

static u32 cell(u8 b)
{
	static const u32 special[] = {
		0x1000, 0x10000, 0x100000, 0x200000, 0x1fffff, 0x40000, 0x20000, 0x60000, 0xfff, 0xffff, 0x8000000, 0x8010000,
		0x9000000, 0xa000000, 0x10000000, 0x40000000, 0x40200000, 0x4fffffff, 0x50000000, 0x7fffffff, 0x80000000, 0xf0000000,
		0xfffff000, 0xffffffff, 0xfffffffe, 0x2000000, 0x1000000, 1020, 0x400, 0x3fff, 0x4000,
	};

	return b < 0xc0 ? b & 0x1f : special[(b - 0xc0u) % ARRAY_SIZE(special)];
}

static int node_at(const u8 *blob, u8 n)
{
	int node = 0, next = 0;

	for (u32 i = 0; i < n % 32u && next >= 0; i++) {
		node = next;
		next = fdt_next_node(blob, node, NULL);
	}
	return next < 0 ? node : next;
}

static void set(u8 *blob, int node, const u8 *row)
{
	const char *name = properties[row[2] % ARRAY_SIZE(properties)], *string = texts[row[4] % ARRAY_SIZE(texts)];
	fdt32_t v[24];
	u32 n = row[3] & 15;

	for (u32 i = 0; i < ARRAY_SIZE(v); i++)
		v[i] = cpu_to_fdt32(cell(row[4 + i % 6]));
	if (row[3] & 0x80)
		(void)fdt_setprop(blob, node, name, string, (int)strlen(string) + !(row[3] & 1));
	else
		(void)fdt_setprop(blob, node, name, v, (int)(row[3] & 0x40 ? n : 4 * n));
}

static void change(u8 *blob, const u8 *row)
{
	int node = node_at(blob, row[1]);

	switch (row[0] & 15) {
	case 0:
		(void)fdt_add_subnode(blob, node, nodes[row[2] % ARRAY_SIZE(nodes)]);
		break;
	case 1:
		(void)fdt_delprop(blob, node, properties[row[2] % ARRAY_SIZE(properties)]);
		break;
	case 2:
		if (node)
			(void)fdt_del_node(blob, node);
		break;
	case 3:
		(void)fdt_add_mem_rsv(blob, (u64)cell(row[4]) << 32 | cell(row[5]), (u64)cell(row[6]) << 32 | cell(row[7]));
		break;
	case 4:
		break;
	default:
		set(blob, node, row);
	}
}

static void damage(u8 *blob, u32 bytes, const u8 *row)
{
	u32 at = (row[1] | (u32)row[2] << 8) % bytes, v = cell(row[4]);

	for (u32 i = 0; i < 4 && at + i < bytes; i++)
		if (row[3] >> i & 1)
			blob[at + i] = (u8)(v >> (24 - 8 * i));
}

u32 tree_make(u8 *blob, const u8 *rows, size_t n)
{
	u32 bytes;

	if (!fdt_totalsize(base))
		base_make();
	if (fdt_open_into(base, blob, TREE_BYTES))
		bug("the board's tree cannot be changed");
	for (size_t i = 0; i < n; i++)
		change(blob, rows + i * TREE_ROW);
	(void)fdt_pack(blob);
	bytes = fdt_totalsize(blob);
	for (size_t i = 0; i < n; i++)
		if ((rows[i * TREE_ROW] & 15) == 4)
			damage(blob, bytes, rows + i * TREE_ROW);
	return bytes;
}
