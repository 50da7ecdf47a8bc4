/* SPDX-License-Identifier: Apache-2.0 */
/* Single accesses to device memory, for drivers at user level. There are no I/O ports. */
#include "arch/aarch64/aarch64.h"

#include <hal/io.h>
#include <kernel/mmio.h>

bool hal_device_access(enum hal_space space, paddr_t at, u32 bytes, bool write, u32 *value)
{
	paddr_t page = at & ~(paddr_t)(FRAME_SIZE - 1);
	u8 *mapped = space == HAL_MEMORY && !mem_is_ram(page) ? hal_map_device(page, FRAME_SIZE) : NULL;

	if (!mapped)
		return false;
	hal_mb();
	if (write)
		mmio_write(mapped + at % FRAME_SIZE, bytes, *value);
	else
		mmio_read(mapped + at % FRAME_SIZE, bytes, value);
	hal_mb();
	return true;
}
