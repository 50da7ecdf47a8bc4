/* SPDX-License-Identifier: Apache-2.0 */
/* One access of 1, 2 or 4 bytes to a device's mapped register, at a multiple of that. */
#ifndef KERNEL_MMIO_H
#define KERNEL_MMIO_H

#include <kernel/types.h>

static inline void mmio_read(const volatile void *at, u32 bytes, u32 *value)
{
	if (bytes == 1)
		*value = *(const volatile u8 *)at;
	else if (bytes == 2)
		*value = *(const volatile u16 *)at;
	else
		*value = *(const volatile u32 *)at;
}

static inline void mmio_write(volatile void *at, u32 bytes, u32 value)
{
	if (bytes == 1)
		*(volatile u8 *)at = (u8)value;
	else if (bytes == 2)
		*(volatile u16 *)at = (u16)value;
	else
		*(volatile u32 *)at = value;
}

#endif
