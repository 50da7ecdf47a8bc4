/* SPDX-License-Identifier: Apache-2.0 */
/* Single accesses to device memory, for drivers at user level. There are no I/O ports. */
#include "arch/aarch64/aarch64.h"

#include <hal/io.h>
#include <kernel/lib.h>

/* An address with more bits than the processor has would fault for ever. */
bool hal_is_device(paddr_t page)
{
	static const u8 width[] = { 32, 36, 40, 42, 44, PADDR_BITS };
	u32 size = read_sysreg(id_aa64mmfr0_el1) & 15;

	return !(page >> width[MIN(size, ARRAY_SIZE(width) - 1)]) && !mem_is_ram(page);
}

bool hal_device_access(enum hal_space space, paddr_t at, u32 bytes, bool write, u32 *value)
{
	paddr_t page = at & ~(paddr_t)(FRAME_SIZE - 1);
	u8 *mapped = space == HAL_MEMORY && hal_is_device(page) ? hal_map_device(page, FRAME_SIZE) : NULL;
	struct trap_info try = { .value = *value };

	if (!mapped)
		return false;
	hal_mb();
	if (!trap_probe(mapped + at % FRAME_SIZE, bytes, write, &try))
		return false;
	hal_mb();
	*value = try.value;
	return true;
}
