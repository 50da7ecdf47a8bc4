/* SPDX-License-Identifier: Apache-2.0 */
/* What drivers of memory-mapped devices need. */
#ifndef HAL_IO_H
#define HAL_IO_H

#include <kernel/types.h>

/* Orders memory accesses before it against those after it, also as a device sees them. */
static inline void hal_mb(void)
{
	__asm__ volatile("dsb sy" : : : "memory");
}

/* One access of that size, in the form that a hypervisor can emulate: without write-back of the address. */
static inline u32 hal_read32(const volatile void *at)
{
	u32 v;

	__asm__ volatile("ldr %w0, [%1]" : "=r"(v) : "r"(at) : "memory");
	return v;
}

static inline void hal_write32(volatile void *at, u32 v)
{
	__asm__ volatile("str %w0, [%1]" : : "r"(v), "r"(at) : "memory");
}

/*
 * Maps a device's registers, for ever, as memory of kind Device-nGnRE; the same again if they are mapped. NULL: the kernel's
 * tables are used up, `size` is 0, or the address is memory's, has more than 46 bits or is not that of a word.
 */
void *hal_map_device(paddr_t pa, u64 size);

#endif
