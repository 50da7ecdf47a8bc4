/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Page tables of x86_64: four levels of 512 entries of 64 bits. The kernel owns the upper half of a root. The last page
 * below the hole between the halves is never mapped, so that no system call instruction ends where the hole begins. Nor is
 * anything by the last root entry below it: tables are shared, and what one space has in the middle another would have there.
 * Only leaves forbid execution: what a path forbids stands there. The processor sets PTE_ACCESSED and PTE_DIRTY
 * behind our back: mm ignores them. (Intel SDM volume 3, section 4.5.)
 */
#ifndef HAL_PT_FORMAT_H
#define HAL_PT_FORMAT_H

#include <kernel/types.h>

#define PT_LEVELS 4
#define PT_BITS 9
#define PT_ROOT_USER_ENTRIES 255
#define PT_USER_ENTRIES(level) ((level) == PT_LEVELS - 1 ? PT_ROOT_USER_ENTRIES : 1 << PT_BITS)

#define PTE_PRESENT 0x001u
#define PTE_WRITE 0x002u
#define PTE_USER 0x004u
#define PTE_UNCACHED 0x010u
#define PTE_ACCESSED 0x020u
#define PTE_DIRTY 0x040u
#define PTE_MAY_WRITE 0x200u /* free for software */
#define PTE_LARGE 0x080u  /* in a table of level 1: maps 2 MiB */
#define PTE_GLOBAL 0x100u /* stays in the TLB when a root is loaded */
#define PTE_NO_EXEC ((hal_pte_t)1 << 63)
#define PTE_PADDR (((hal_pte_t)1 << 52) - FRAME_SIZE)

typedef u64 hal_pte_t;

static inline hal_pte_t hal_pte_leaf(paddr_t pa, bool write, bool exec)
{
	return pa | PTE_PRESENT | PTE_USER | (write ? PTE_WRITE | PTE_MAY_WRITE : 0) | (exec ? 0 : PTE_NO_EXEC);
}

/* Uncached, whatever the ranges of memory types say of the place (SDM volume 3, table 12-11 with the PAT as it is at reset). */
#define PTE_DEVICE (PTE_UNCACHED | 0x008u)
static inline hal_pte_t hal_pte_device(paddr_t pa, bool write)
{
	return pa | PTE_PRESENT | PTE_USER | PTE_DEVICE | (write ? PTE_WRITE : 0) | PTE_NO_EXEC;
}

static inline bool hal_pte_is_device(hal_pte_t e)
{
	return e & PTE_UNCACHED;
}

static inline bool hal_pte_memory(hal_pte_t e)
{
	return (e & (PTE_PRESENT | PTE_UNCACHED)) == PTE_PRESENT;
}

static inline hal_pte_t hal_pte_table(paddr_t pa, bool write)
{
	return pa | PTE_PRESENT | PTE_USER | (write ? PTE_WRITE : 0);
}

static inline bool hal_pte_present(hal_pte_t e)
{
	return e & PTE_PRESENT;
}

static inline paddr_t hal_pte_paddr(hal_pte_t e)
{
	return e & PTE_PADDR;
}

static inline bool hal_pte_write(hal_pte_t e)
{
	return e & PTE_WRITE;
}

static inline bool hal_pte_may_write(hal_pte_t e)
{
	return e & PTE_MAY_WRITE;
}

static inline bool hal_pte_exec(hal_pte_t e)
{
	return !(e & PTE_NO_EXEC);
}

static inline hal_pte_t hal_pte_deny_write(hal_pte_t e)
{
	return e & ~(hal_pte_t)PTE_WRITE;
}

static inline hal_pte_t hal_pte_allow_write(hal_pte_t e)
{
	return e | PTE_WRITE;
}

#endif
