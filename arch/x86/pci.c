/* SPDX-License-Identifier: Apache-2.0 */
/* PCI configuration by mechanism 1. All buses are tried: the firmware has numbered them. */
#include <hal/io.h>
#include <kernel/pci.h>

#define CONFIG_ADDRESS 0xcf8
#define CONFIG_DATA 0xcfc
#define CONFIG_ENABLE 0x80000000u
#define MULTI_FUNCTION 0x80
#define BUSES 256u
#define SLOTS 32u
#define FUNCTIONS 8u
#define NO_DEVICE 0xffffu
#define IRQ_LINES 16u

static void select(const struct pci_dev *dev, u32 reg)
{
	outl(CONFIG_ADDRESS, CONFIG_ENABLE | (u32)dev->bus << 16 | (u32)dev->slot << 11 | (u32)dev->function << 8 |
			(reg & 0xfc));
}

u32 pci_read32(const struct pci_dev *dev, u32 reg)
{
	select(dev, reg);
	return inl(CONFIG_DATA);
}

u16 pci_read16(const struct pci_dev *dev, u32 reg)
{
	return (u16)(pci_read32(dev, reg) >> (reg & 2) * 8);
}

u8 pci_read8(const struct pci_dev *dev, u32 reg)
{
	return (u8)(pci_read32(dev, reg) >> (reg & 3) * 8);
}

void pci_write32(const struct pci_dev *dev, u32 reg, u32 v)
{
	select(dev, reg);
	outl(CONFIG_DATA, v);
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
	dev->irq = pci_read8(dev, PCI_IRQ_LINE);
	if (dev->irq >= IRQ_LINES)
		dev->irq = PCI_IRQ_NONE;
	return true;
}

static void scan_slot(u32 bus, u32 slot, void (*found)(const struct pci_dev *dev))
{
	u32 functions = 1;

	for (u32 f = 0; f < functions; f++) {
		struct pci_dev dev = { .bus = (u8)bus, .slot = (u8)slot, .function = (u8)f };

		if (!probe(&dev))
			continue;
		if (f == 0 && pci_read8(&dev, PCI_HEADER_TYPE) & MULTI_FUNCTION)
			functions = FUNCTIONS;
		found(&dev);
	}
}

void pci_scan(void (*found)(const struct pci_dev *dev))
{
	for (u32 bus = 0; bus < BUSES; bus++)
		for (u32 slot = 0; slot < SLOTS; slot++)
			scan_slot(bus, slot, found);
}
