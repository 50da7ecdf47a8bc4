/* SPDX-License-Identifier: Apache-2.0 */
/* The devices of the board: what its device tree describes and a driver knows; then the initial RAM disk. */
#include "arch/aarch64/aarch64.h"

#include <kernel/drivers.h>
#include <kernel/panic.h>

void hal_devices_init(void)
{
	struct hal_mem_region m;

	drivers_offer_fdt(&board, gic_irq);
	if (IS_ENABLED(CONFIG_RAMBLK) && mem_initrd(&m))
		ramblk_add(hal_phys_to_virt(m.base), m.size);
}
