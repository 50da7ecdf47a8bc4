/* SPDX-License-Identifier: Apache-2.0 */
/* Device trees: addresses through buses, interrupts through controllers. */
#include <kernel/fdt.h>

/* One entry of `ranges`: address in the bus, address in its parent, size. False: this one does not hold the address. */
static bool through(const u8 *entry, u32 child, u32 parent, u32 size, u64 *address)
{
	u64 from = fdt_number(entry, child), to = fdt_number(entry + 4 * child, parent);
	u64 bytes = fdt_number(entry + 4 * (child + parent), size);

	if (*address < from || *address - from >= bytes)
		return false;
	*address = *address - from + to;
	return true;
}

/* From an address on this bus to one on the bus above it. */
static bool translate(const struct fdt *f, u32 bus, u32 above, u64 *address)
{
	u32 child, parent, size, ignored, bytes, step;
	const u8 *ranges = fdt_prop(f, bus, "ranges", &bytes);

	if (!ranges)
		return false;
	if (!bytes)
		return true;
	if (!fdt_cells(f, bus, &child, &size) || !fdt_cells(f, above, &parent, &ignored) || child > 2 || parent > 2)
		return false;
	step = 4 * (child + parent + size);
	for (u32 at = 0; step && bytes - at >= step; at += step)
		if (through(ranges + at, child, parent, size, address))
			return true;
	return false;
}

bool fdt_reg(const struct fdt *f, u32 node, u32 n, u64 *base, u64 *size)
{
	u32 bus = fdt_parent(f, node), cells, size_cells, bytes, step;
	const u8 *reg = fdt_prop(f, node, "reg", &bytes);

	if (!reg || !bus || !fdt_cells(f, bus, &cells, &size_cells) || cells > 2)
		return false;
	step = 4 * (cells + size_cells);
	if (!step || bytes / step <= n)
		return false;
	*base = fdt_number(reg + n * step, cells);
	*size = fdt_number(reg + n * step + 4 * cells, size_cells);
	for (u32 above; (above = fdt_parent(f, bus)); bus = above)
		if (!translate(f, bus, above, base))
			return false;
	return *base + *size >= *base;
}

/* Takes the cells of one interrupt for this controller. */
static bool take(const struct fdt *f, u32 controller, const u8 *p, u32 bytes, struct fdt_irq *out)
{
	out->controller = controller;
	if (!fdt_word(f, controller, "#interrupt-cells", 0, &out->count) || !out->count ||
	    out->count > ARRAY_SIZE(out->cells) || bytes / 4 < out->count)
		return false;
	for (u32 i = 0; i < out->count; i++)
		out->cells[i] = (u32)fdt_number(p + 4 * i, 1);
	return true;
}

static u32 interrupt_parent(const struct fdt *f, u32 node)
{
	u32 phandle;

	for (; node; node = fdt_parent(f, node))
		if (fdt_word(f, node, "interrupt-parent", 0, &phandle))
			return fdt_by_phandle(f, phandle);
	return FDT_NONE;
}

bool fdt_irq(const struct fdt *f, u32 node, u32 n, struct fdt_irq *out)
{
	u32 bytes, at = 0, controller = FDT_NONE;
	const u8 *p = fdt_prop(f, node, "interrupts-extended", &bytes);
	bool extended = p != NULL;

	if (!extended) {
		p = fdt_prop(f, node, "interrupts", &bytes);
		controller = interrupt_parent(f, node);
	}
	if (!p)
		return false;
	for (;; n--, at += 4 * out->count) {
		if (extended) {
			if (bytes - at < 4)
				return false;
			controller = fdt_by_phandle(f, (u32)fdt_number(p + at, 1));
			at += 4;
		}
		if (!take(f, controller, p + at, bytes - at, out))
			return false;
		if (!n)
			return true;
	}
}
