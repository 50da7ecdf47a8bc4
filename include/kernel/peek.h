/* SPDX-License-Identifier: Apache-2.0 */
/* What the hardware tables map, read as the processor would: for whoever must know it in a few instructions. */
#ifndef KERNEL_PEEK_H
#define KERNEL_PEEK_H

#include <hal/pt.h>
#include <kernel/types.h>

/* The direct map is linear: set in mm_init(). */
extern struct direct_map {
	uintptr_t offset;    /* kernel address - physical address */
	uintptr_t user_end;  /* hal_user_end() */
} direct_map;

static inline void *direct_map_at(paddr_t pa)
{
	return (void *)(direct_map.offset + (uintptr_t)pa);
}

/* Where the tables of this root map `va` for this access, in the kernel's own map; NULL = not now, or
 * a device is there. Changes nothing. */
static inline void *map_peek(paddr_t root, uintptr_t va, bool write)
{
	const hal_pte_t *table = direct_map_at(root);

	if (va >= direct_map.user_end)
		return NULL;
#pragma GCC unroll 4
	for (u32 level = PT_LEVELS; level-- > 0;) {
		hal_pte_t e = table[va >> (FRAME_SHIFT + PT_BITS * level) & ((1u << PT_BITS) - 1)];
		bool there = level || !IS_ENABLED(CONFIG_USER_DRIVERS) ? hal_pte_present(e) : hal_pte_memory(e);

		if (!there || (write && !hal_pte_write(e)))
			return NULL;
		table = direct_map_at(hal_pte_paddr(e));
	}
	return (char *)table + va % FRAME_SIZE;
}

#endif
