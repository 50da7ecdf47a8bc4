/* SPDX-License-Identifier: Apache-2.0 */
/* PCI configuration by mechanism 1. */
#include <hal/io.h>
#include <kernel/pci.h>

#define CONFIG_ADDRESS 0xcf8
#define CONFIG_DATA 0xcfc
#define CONFIG_ENABLE 0x80000000u
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

void pci_write32(const struct pci_dev *dev, u32 reg, u32 v)
{
	select(dev, reg);
	outl(CONFIG_DATA, v);
}

/* The BIOS has. */
void pci_assign(const struct pci_dev *dev)
{
}

u64 pci_paddr(u64 address)
{
	return address;
}

/* What the firmware has written there. 0 is what a reset leaves: that line is the timer's. */
u32 pci_irq(const struct pci_dev *dev)
{
	u32 irq = pci_read32(dev, PCI_IRQ_LINE) & 0xff;

	return irq && irq < IRQ_LINES ? irq : IRQ_NONE;
}
