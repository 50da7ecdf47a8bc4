/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Page tables of the simulated processor, in one of two shapes, each table one frame:
 *   CONFIG_HOST_PT_2X10   2 levels of 1,024 entries of 32 bits, user space up to 2^31 (as on i386)
 *   CONFIG_HOST_PT_4X9    4 levels of 512 entries of 64 bits, user space up to 2^38 (as on 64-bit ports)
 *
 * Entry: bit 0 present, 1 write, 2 execute (leaf), 3 points to a table, 4 may write (leaf), 5 a device's page
 * (leaf), 12 and up the physical address.
 * Writing needs the write bit in every level.
 */
#ifndef HAL_PT_FORMAT_H
#define HAL_PT_FORMAT_H

#include <kernel/types.h>

#if IS_ENABLED(CONFIG_HOST_PT_2X10)
typedef u32 hal_pte_t;
#define PT_LEVELS     2
#define PT_BITS       10
#define HOST_USER_END ((uaddr_t)1 << 31)
#define PT_USER_ENTRIES(level) ((level) == PT_LEVELS - 1 ? 512u : 1024u)
#else
typedef u64 hal_pte_t;
#define PT_LEVELS     4
#define PT_BITS       9
#define HOST_USER_END ((uaddr_t)1 << 38)
#define PT_USER_ENTRIES(level) ((level) == PT_LEVELS - 1 ? 1u : 512u)
#endif
_Static_assert(sizeof(hal_pte_t) << PT_BITS == FRAME_SIZE, "a table is one frame");

#define HOST_PTE_PRESENT ((hal_pte_t)1)
#define HOST_PTE_WRITE   ((hal_pte_t)2)
#define HOST_PTE_EXEC    ((hal_pte_t)4)
#define HOST_PTE_TABLE   ((hal_pte_t)8)
#define HOST_PTE_MAY     ((hal_pte_t)16)
#define HOST_PTE_DEVICE  ((hal_pte_t)32)

static inline hal_pte_t hal_pte_leaf(paddr_t pa, bool write, bool exec)
{
	return (hal_pte_t)pa | HOST_PTE_PRESENT | (write ? HOST_PTE_WRITE | HOST_PTE_MAY : 0) | (exec ? HOST_PTE_EXEC : 0);
}
static inline hal_pte_t hal_pte_device(paddr_t pa, bool write)
{
	return (hal_pte_t)pa | HOST_PTE_PRESENT | HOST_PTE_DEVICE | (write ? HOST_PTE_WRITE : 0);
}
static inline bool hal_pte_is_device(hal_pte_t e) { return e & HOST_PTE_DEVICE; }
static inline bool hal_pte_memory(hal_pte_t e) { return (e & (HOST_PTE_PRESENT | HOST_PTE_DEVICE)) == HOST_PTE_PRESENT; }
static inline hal_pte_t hal_pte_table(paddr_t pa, bool write)
{
	return (hal_pte_t)pa | HOST_PTE_PRESENT | HOST_PTE_TABLE | (write ? HOST_PTE_WRITE : 0);
}
static inline bool hal_pte_present(hal_pte_t e) { return e & HOST_PTE_PRESENT; }
static inline paddr_t hal_pte_paddr(hal_pte_t e) { return e & ~(hal_pte_t)(FRAME_SIZE - 1); }
static inline bool hal_pte_write(hal_pte_t e) { return e & HOST_PTE_WRITE; }
static inline bool hal_pte_may_write(hal_pte_t e) { return e & HOST_PTE_MAY; }
static inline bool hal_pte_exec(hal_pte_t e) { return e & HOST_PTE_EXEC; }
static inline hal_pte_t hal_pte_deny_write(hal_pte_t e) { return e & ~HOST_PTE_WRITE; }
static inline hal_pte_t hal_pte_allow_write(hal_pte_t e) { return e | HOST_PTE_WRITE; }

#endif
