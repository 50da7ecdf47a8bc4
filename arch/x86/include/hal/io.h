/* SPDX-License-Identifier: Apache-2.0 */
/* Port I/O, and what drivers of memory-mapped devices need. */
#ifndef HAL_IO_H
#define HAL_IO_H

#include <kernel/types.h>

static inline void outb(u16 port, u8 v)
{
	__asm__ volatile("outb %0, %1" : : "a"(v), "Nd"(port));
}

static inline void outw(u16 port, u16 v)
{
	__asm__ volatile("outw %0, %1" : : "a"(v), "Nd"(port));
}

static inline void outl(u16 port, u32 v)
{
	__asm__ volatile("outl %0, %1" : : "a"(v), "Nd"(port));
}

static inline u8 inb(u16 port)
{
	u8 v;

	__asm__ volatile("inb %1, %0" : "=a"(v) : "Nd"(port));
	return v;
}

static inline u16 inw(u16 port)
{
	u16 v;

	__asm__ volatile("inw %1, %0" : "=a"(v) : "Nd"(port));
	return v;
}

static inline u32 inl(u16 port)
{
	u32 v;

	__asm__ volatile("inl %1, %0" : "=a"(v) : "Nd"(port));
	return v;
}

/* `n` words of 16 bits between a port and memory. */
static inline void insw(u16 port, void *to, u32 n)
{
	__asm__ volatile("rep insw" : "+D"(to), "+c"(n) : "d"(port) : "memory");
}

static inline void outsw(u16 port, const void *from, u32 n)
{
	__asm__ volatile("rep outsw" : "+S"(from), "+c"(n) : "d"(port) : "memory");
}

/* Orders memory accesses before it against those after it, also as a device sees them. */
static inline void hal_mb(void)
{
	u32 any = 0;

	__asm__ volatile("lock; orl $0, %0" : "+m"(any) : : "memory", "cc");
}

/*
 * Maps a device's registers, uncached, for ever; the same again if they are mapped. Roots are made with a copy of
 * what is mapped by then: later, pt_see_device() before each use. NULL when the window is used up, or when the registers cross one
 * of its large pages or lie where this port cannot reach.
 */
void *hal_map_device(paddr_t pa, u32 size);

#endif
