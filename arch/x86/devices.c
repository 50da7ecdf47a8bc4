/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The devices of a PC, always in this order: PCI by bus and slot, the two IDE channels at
 * their fixed places, the loader's modules as RAM disks. drivers/match.c knows who drives what.
 */
#include "arch/x86/x86.h"

#include <kernel/drivers.h>
#include <kernel/panic.h>
#include <kernel/pci.h>

/* What stands at fixed ports and cannot be asked for. */
static const struct device fixed[] = {
	{ .compatible = "anteros,pc-ide", .reg = { { 0x1f0, 8 }, { 0x3f6, 1 } }, .irq = 14 },
	{ .compatible = "anteros,pc-ide", .reg = { { 0x170, 8 }, { 0x376, 1 } }, .irq = 15 },
};

static void add_modules(void)
{
	struct hal_mem_region m;

	for (u32 n = 0; multiboot_module(n, &m); n++)
		ramblk_add(hal_phys_to_virt(m.base), m.size);
}

void hal_devices_init(void)
{
	if (IS_ENABLED(CONFIG_PCI))
		pci_scan(0, 255);
	for (u32 i = 0; i < ARRAY_SIZE(fixed); i++)
		(void)drivers_offer(&fixed[i]);
	if (IS_ENABLED(CONFIG_RAMBLK))
		add_modules();
}
