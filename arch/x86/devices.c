/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The devices of a PC, always in this order: PCI by bus and slot, the two IDE channels at
 * their fixed places, the loader's modules as RAM disks.
 */
#include "arch/x86/x86.h"

#include <kernel/drivers.h>
#include <kernel/panic.h>
#include <kernel/pci.h>

static void pci_found(const struct pci_dev *dev)
{
	if (IS_ENABLED(CONFIG_VIRTIO_BLK))
		virtio_blk_probe(dev);
}

static void add_modules(void)
{
	struct hal_mem_region m;

	for (u32 n = 0; multiboot_module(n, &m); n++)
		ramblk_add(hal_phys_to_virt(m.base), m.size);
}

void hal_devices_init(void)
{
	pci_scan(pci_found);
	if (IS_ENABLED(CONFIG_IDE)) {
		ide_probe(0x1f0, 0x3f6, 14);
		ide_probe(0x170, 0x376, 15);
	}
	if (IS_ENABLED(CONFIG_RAMBLK))
		add_modules();
}
