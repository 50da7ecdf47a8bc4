/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A PCI Express host bridge whose configuration space is in memory (PCI Express Base 3.0, section 7.2.2), as the device
 * tree describes it (IEEE 1275 PCI binding): `bus-range`, `ranges`, `interrupt-map`. One bridge.
 *
 * A BAR that the firmware has left without an address gets one here, from the end of the 32-bit memory window, where
 * firmware's own choices do not reach. Bridges between buses are left as the firmware has numbered them.
 */
#include "drivers/probe.h"

#include <hal/io.h>
#include <kernel/drivers.h>
#include <kernel/fdt.h>
#include <kernel/panic.h>
#include <kernel/pci.h>

#define BUS_BYTES ((u64)1 << 20)
#define RANGE_CELLS 7u                    /* three of the bus's address, two of the processor's, two of size */
#define SPACE_MASK 0x03000000u
#define SPACE_MEMORY_32 0x02000000u
#define MAP_MAX 1024u                     /* cells of interrupt-map that are looked at */

static const struct device *bridge;
static struct device bridge_copy;
static volatile u8 *config;
static u32 first_bus, last_bus;
static struct {
	u64 bus, cpu, size;
	u64 free_end;                    /* bus addresses from here on are given away */
} window;

static volatile u8 *at(const struct pci_dev *dev, u32 reg)
{
	return config + ((u64)(dev->bus - first_bus) << 20 | (u64)dev->slot << 15 | (u64)dev->function << 12 | reg);
}

u32 pci_read32(const struct pci_dev *dev, u32 reg)
{
	return hal_read32(at(dev, reg & 0xffc));
}

void pci_write32(const struct pci_dev *dev, u32 reg, u32 v)
{
	hal_write32(at(dev, reg & 0xffc), v);
}

/* Only the window's own are moved: other windows of this kind of bridge are mapped one to one. */
u64 pci_paddr(u64 address)
{
	return address - window.bus < window.size ? address - window.bus + window.cpu : address;
}

/* ---- interrupts ---- */

/* One entry of the map, at cell n: does it match, and what does it mean? Returns the cells that it takes, 0 = malformed. */
static u32 map_entry(const u32 key[4], u32 n, bool *match, struct fdt_irq *irq)
{
	const struct fdt *f = bridge->fdt;
	u32 word, address = 0;

	*match = true;
	for (u32 i = 0; i < 4; i++) {
		u32 mask = 0xffffffff;

		if (!fdt_word(f, bridge->node, "interrupt-map", n + i, &word))
			return 0;
		(void)fdt_word(f, bridge->node, "interrupt-map-mask", i, &mask);
		*match &= (key[i] & mask) == word;
	}
	if (!fdt_word(f, bridge->node, "interrupt-map", n + 4, &word))
		return 0;
	irq->controller = fdt_by_phandle(f, word);
	(void)fdt_word(f, irq->controller, "#address-cells", 0, &address);
	if (address > 2 || !fdt_word(f, irq->controller, "#interrupt-cells", 0, &irq->count) || irq->count > 4)
		return 0;
	for (u32 i = 0; i < irq->count; i++)
		if (!fdt_word(f, bridge->node, "interrupt-map", n + 5 + address + i, &irq->cells[i]))
			return 0;
	return 5 + address + irq->count;
}

u32 pci_irq(const struct pci_dev *dev)
{
	const u32 key[4] = { (u32)dev->bus << 16 | (u32)dev->slot << 11 | (u32)dev->function << 8, 0, 0,
		pci_read8(dev, PCI_IRQ_LINE + 1) };
	struct fdt_irq irq;
	bool match;

	for (u32 n = 0, step; n < MAP_MAX; n += step) {
		step = map_entry(key, n, &match, &irq);
		if (!step)
			return IRQ_NONE;
		if (match)
			return bridge->irq_of(&irq);
	}
	return IRQ_NONE;
}

/* ---- addresses ---- */

static bool find_window(void)
{
	u32 bytes, parent, ignored;
	const u8 *ranges = fdt_prop(bridge->fdt, bridge->node, "ranges", &bytes);

	if (!fdt_cells(bridge->fdt, fdt_parent(bridge->fdt, bridge->node), &parent, &ignored) || parent != 2)
		return false;
	for (u32 n = 0; (n + 1) * RANGE_CELLS * 4 <= bytes; n++) {
		const u8 *r = ranges + n * RANGE_CELLS * 4;

		if (((u32)fdt_number(r, 1) & SPACE_MASK) != SPACE_MEMORY_32)
			continue;
		window.bus = fdt_number(r + 4, 2);
		window.cpu = fdt_number(r + 12, 2);
		window.size = fdt_number(r + 20, 2);
		window.free_end = window.bus + window.size;
		return window.free_end > window.bus && window.free_end <= (u64)1 << 32;
	}
	return false;
}

static bool assign(const struct pci_dev *dev, u32 n)
{
	u32 reg = PCI_BAR(n), bar = pci_read32(dev, reg), size;
	bool wide = bar & PCI_BAR_TYPE_64 && n < 5;

	if (bar & ~0xfu || (wide && pci_read32(dev, reg + 4)))
		return wide;
	pci_write32(dev, reg, 0xffffffff);
	size = ~(pci_read32(dev, reg) & ~0xfu) + 1;
	pci_write32(dev, reg, bar);
	if (!size || (size & (size - 1)) || window.free_end - window.bus < size)
		return wide;
	window.free_end = (window.free_end - size) & ~(u64)(size - 1);
	pci_write32(dev, reg, (u32)window.free_end);
	return wide;
}

void pci_assign(const struct pci_dev *dev)
{
	if (pci_read8(dev, PCI_HEADER_TYPE) & 0x7f)
		return;
	for (u32 n = 0; n < 6; n++)
		if (!(pci_read32(dev, PCI_BAR(n)) & PCI_BAR_IO))
			n += assign(dev, n);
}

void pci_ecam_probe(const struct device *dev)
{
	u64 buses = dev->reg[0].size / BUS_BYTES;

	if (bridge)
		return;
	bridge_copy = *dev;
	bridge = &bridge_copy;
	(void)fdt_word(dev->fdt, dev->node, "bus-range", 0, &first_bus);
	last_bus = 255;
	(void)fdt_word(dev->fdt, dev->node, "bus-range", 1, &last_bus);
	last_bus = MIN(MIN(last_bus, 255u), (u32)(first_bus + buses) - 1);
	if (!buses || first_bus > 255 || !find_window() || !(config = hal_map_device(dev->reg[0].base, buses * BUS_BYTES))) {
		klog("PCI at %llx left out: its reg, bus-range or ranges cannot be used\n", (unsigned long long)dev->reg[0].base);
		return;
	}
	pci_scan(first_bus, last_bus);
}
