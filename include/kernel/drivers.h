/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The doors through which a board hands devices to drivers, during hal_devices_init(). A
 * driver that knows the device registers its block devices (blkdev_register), its kernel
 * thread and its interrupt. One that does not fit any more is left out with a line in the log.
 */
#ifndef KERNEL_DRIVERS_H
#define KERNEL_DRIVERS_H

#include <kernel/types.h>

struct pci_dev;
struct fdt;
struct fdt_irq;

/* A device that no bus can be asked for: a node of the device tree, or a line of the board's own table. */
struct device {
	const char *compatible;          /* what a driver knows it by */
	struct { u64 base, size; } reg[2]; /* registers: memory; on a PC, ports. size 0 = it has none */
	u32 irq;                         /* or IRQ_NONE */
	const struct fdt *fdt;           /* where it is described, or NULL */
	u32 node;
	u32 (*irq_of)(const struct fdt_irq *irq); /* the line that a description of one means */
};
/* ---- drivers/match.c ---- */
/* Gives it to the driver that knows it; false: none does. */
bool drivers_offer(const struct device *dev);
void drivers_offer_pci(const struct pci_dev *dev);
/* ---- drivers/fdt_devices.c: every enabled node, in the order of the tree ---- */
void drivers_offer_fdt(const struct fdt *f, u32 (*irq_of)(const struct fdt_irq *irq));

/* Memory in the direct map that is a disk. */
void ramblk_add(void *base, u64 size);
/* After hal_devices_init(): a block device for each Anteros partition of each disk. Waits for the reads. */
void partitions_scan(void);

#endif
