/* SPDX-License-Identifier: Apache-2.0 */
/* For drivers on the machine of the target "board" (tests/fuzz/board.c): what hal/io.h of a port has. */
#ifndef HAL_IO_H
#define HAL_IO_H

#include <kernel/types.h>

static inline void hal_mb(void)
{
}

u32 hal_read32(const volatile void *at);
void hal_write32(volatile void *at, u32 v);
void *hal_map_device(paddr_t pa, u64 size);

#endif
