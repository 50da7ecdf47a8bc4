/* SPDX-License-Identifier: Apache-2.0 */
/* Configuration space of PCI functions, as the bus driver gives it to device drivers. */
#ifndef KERNEL_PCI_H
#define KERNEL_PCI_H

#include <kernel/irqchip.h>
#include <kernel/types.h>

#define PCI_ID 0x00
#define PCI_COMMAND 0x04
#define PCI_STATUS 0x06
#define PCI_CLASS 0x08       /* class in the top 16 bits */
#define PCI_HEADER_TYPE 0x0e
#define PCI_BAR(n) (0x10u + 4u * (n))
#define PCI_SUBSYSTEM 0x2c
#define PCI_CAPABILITIES 0x34
#define PCI_IRQ_LINE 0x3c

#define PCI_COMMAND_IO 0x1u
#define PCI_COMMAND_MEMORY 0x2u
#define PCI_COMMAND_MASTER 0x4u
#define PCI_COMMAND_NO_IRQ 0x400u
#define PCI_STATUS_CAPABILITIES 0x10u
#define PCI_BAR_IO 0x1u
#define PCI_BAR_TYPE_64 0x4u
#define PCI_CAP_VENDOR 0x09u

struct pci_dev {
	u8 bus, slot, function;
	u16 vendor, device;
	u16 class;           /* class << 8 | subclass */
	u32 irq;             /* IRQ_NONE: it has none that is known */
};

/* ---- of the host bridge: arch/x86/pci.c, drivers/pci_ecam.c ---- */
u32 pci_read32(const struct pci_dev *dev, u32 reg);
void pci_write32(const struct pci_dev *dev, u32 reg, u32 v);
/* Gives the function's memory BARs addresses if the firmware has not. */
void pci_assign(const struct pci_dev *dev);
/* Where the processor sees an address of the bus. */
u64 pci_paddr(u64 address);
/* The line that this function's interrupt pin is wired to, or IRQ_NONE. */
u32 pci_irq(const struct pci_dev *dev);

/* ---- drivers/pci.c ---- */
/* Offers each function on these buses to the drivers, in order of bus, slot and function. */
void pci_scan(u32 first_bus, u32 last_bus);
u16 pci_read16(const struct pci_dev *dev, u32 reg);
u8 pci_read8(const struct pci_dev *dev, u32 reg);
/* Where the processor sees the registers of a memory BAR (0-5); false: it is none, or has no place. */
bool pci_memory_bar(const struct pci_dev *dev, u32 n, paddr_t *out);
/* Lets it use its ports, memory, DMA and interrupt line. */
void pci_enable(const struct pci_dev *dev);

#endif
