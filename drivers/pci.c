/* SPDX-License-Identifier: Apache-2.0 */
/* What every PCI bus has in common: finding functions, reading less than a word of their configuration. */
#include <kernel/drivers.h>
#include <kernel/pci.h>

#define MULTI_FUNCTION 0x80
#define SLOTS 32u
#define FUNCTIONS 8u
#define NO_DEVICE 0xffffu

u16 pci_read16(const struct pci_dev *dev, u32 reg)
{
	return (u16)(pci_read32(dev, reg & ~3u) >> (reg & 2) * 8);
}

u8 pci_read8(const struct pci_dev *dev, u32 reg)
{
	return (u8)(pci_read32(dev, reg & ~3u) >> (reg & 3) * 8);
}

bool pci_memory_bar(const struct pci_dev *dev, u32 n, paddr_t *out)
{
	u32 bar = n < 6 ? pci_read32(dev, PCI_BAR(n)) : PCI_BAR_IO;
	u64 address = bar & ~0xfu, at;

	if (bar & PCI_BAR_IO || (bar & PCI_BAR_TYPE_64 && n == 5))
		return false;
	if (bar & PCI_BAR_TYPE_64)
		address |= (u64)pci_read32(dev, PCI_BAR(n + 1)) << 32;
	at = pci_paddr(address);
	*out = (paddr_t)at;
	return address && *out == at;
}

void pci_enable(const struct pci_dev *dev)
{
	u32 command = pci_read16(dev, PCI_COMMAND);

	command |= PCI_COMMAND_IO | PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER;
	pci_write32(dev, PCI_COMMAND, command & ~PCI_COMMAND_NO_IRQ);
}

static bool probe(struct pci_dev *dev)
{
	u32 id = pci_read32(dev, PCI_ID);

	dev->vendor = (u16)id;
	dev->device = (u16)(id >> 16);
	if (dev->vendor == NO_DEVICE)
		return false;
	dev->class = (u16)(pci_read32(dev, PCI_CLASS) >> 16);
	pci_assign(dev);
	dev->irq = pci_irq(dev);
	return true;
}

static void scan_slot(u32 bus, u32 slot)
{
	u32 functions = 1;

	for (u32 f = 0; f < functions; f++) {
		struct pci_dev dev = { .bus = (u8)bus, .slot = (u8)slot, .function = (u8)f };

		if (!probe(&dev))
			continue;
		if (f == 0 && pci_read8(&dev, PCI_HEADER_TYPE) & MULTI_FUNCTION)
			functions = FUNCTIONS;
		drivers_offer_pci(&dev);
	}
}

void pci_scan(u32 first_bus, u32 last_bus)
{
	for (u32 bus = first_bus; bus <= last_bus; bus++)
		for (u32 slot = 0; slot < SLOTS; slot++)
			scan_slot(bus, slot);
}
