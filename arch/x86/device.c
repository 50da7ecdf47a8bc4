/* SPDX-License-Identifier: Apache-2.0 */
/* Single accesses to I/O ports and device memory, for drivers at user level. */
#include "arch/x86/x86.h"
#include "arch/x86/msr.h"

#include <hal/io.h>
#include <kernel/mmio.h>

static void access_port(u16 port, u32 bytes, bool write, u32 *value)
{
	if (!write)
		*value = bytes == 1 ? inb(port) : bytes == 2 ? inw(port) : inl(port);
	else if (bytes == 1)
		outb(port, (u8)*value);
	else if (bytes == 2)
		outw(port, (u16)*value);
	else
		outl(port, *value);
}

/* What the loader calls memory, whoever has it now. */
static bool is_memory(paddr_t page)
{
	struct boot_memory m;

	for (u32 n = 0; multiboot_memory(n, &m); n++)
		if (m.usable && m.base < (u64)page + FRAME_SIZE && page < m.base + m.size)
			return true;
	return false;
}

/* The processor's width counts: a bit above it in an entry would fault for ever. */
bool hal_is_device(paddr_t page)
{
	static u32 width;

	if (!width)
		width = cpuid(0x80000008u).eax & 0xff;
	if (!width)
		width = 36;
	return !((u64)page >> width) && !is_memory(page);
}

bool hal_device_access(enum hal_space space, paddr_t at, u32 bytes, bool write, u32 *value)
{
	paddr_t page = at & ~(paddr_t)(FRAME_SIZE - 1);
	u8 *mapped;

	if (space == HAL_PORTS) {
		access_port((u16)at, bytes, write, value);
		return true;
	}
	mapped = hal_is_device(page) ? hal_map_device(page, FRAME_SIZE) : NULL;
	if (!mapped)
		return false;
	pt_see_device(mapped);
	if (write)
		mmio_write(mapped + at % FRAME_SIZE, bytes, *value);
	else
		mmio_read(mapped + at % FRAME_SIZE, bytes, value);
	return true;
}
