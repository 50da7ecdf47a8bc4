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

void virtio_blk_probe(const struct pci_dev *dev);
/* A channel of two drives at fixed ports. */
void ide_probe(u16 command, u16 control, u32 irq);
/* Memory in the direct map that is a disk. */
void ramblk_add(void *base, u64 size);
/* After hal_devices_init(): a block device for each Anteros partition of each disk. Waits for the reads. */
void partitions_scan(void);

#endif
