/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Page tables of user space: ARMv8-A stage 1, granule 4 KiB, three levels of 512 entries (39 bits of address), by TTBR0.
 * The kernel's own tables (TTBR1) are arch/aarch64/pt.c's. (Arm Architecture Reference Manual, D8.3.)
 *
 * Level 0 here is the architecture's level 3. One bit pattern serves tables and leaves: "no write" sets AP[2], which
 * tables ignore, and APTable[1], which leaves ignore, so that denying and allowing need not know the level. Tables bear
 * UXN, which they ignore: what is present without it is an executable leaf (hal_pte_set).
 */
#ifndef HAL_PT_FORMAT_H
#define HAL_PT_FORMAT_H

#include <kernel/types.h>

#define PT_LEVELS 3
#define PT_BITS 9
#define PT_USER_ENTRIES(level) (1 << PT_BITS)

typedef u64 hal_pte_t;

#define PTE_PRESENT 0x3ull                /* page or table */
#define PTE_BLOCK 0x1ull                  /* only in the kernel's tables */
#define PTE_USER ((hal_pte_t)1 << 6)
#define PTE_READ_ONLY ((hal_pte_t)1 << 7)
#define PTE_INNER_SHAREABLE ((hal_pte_t)3 << 8)
#define PTE_ACCESSED ((hal_pte_t)1 << 10)
#define PTE_NOT_GLOBAL ((hal_pte_t)1 << 11)
#define PTE_PXN ((hal_pte_t)1 << 53)
#define PTE_UXN ((hal_pte_t)1 << 54)
#define PTE_MAY_WRITE ((hal_pte_t)1 << 55) /* free for software */
#define PTE_TABLE_READ_ONLY ((hal_pte_t)1 << 62)
#define PTE_NO_WRITE (PTE_READ_ONLY | PTE_TABLE_READ_ONLY)
#define PTE_DEVICE ((hal_pte_t)1 << 2) /* memory attributes 1: Device-nGnRE (MAIR in boot.S); tables ignore it */
#define PTE_ADDRESS 0x0000fffffffff000ull

/* Memory attributes 0: normal, write-back (MAIR in boot.S). */
static inline hal_pte_t hal_pte_leaf(paddr_t pa, bool write, bool exec)
{
	return pa | PTE_PRESENT | PTE_USER | PTE_INNER_SHAREABLE | PTE_ACCESSED | PTE_NOT_GLOBAL | PTE_PXN |
	       (exec ? 0 : PTE_UXN) | (write ? PTE_MAY_WRITE : PTE_NO_WRITE);
}

static inline hal_pte_t hal_pte_device(paddr_t pa, bool write)
{
	return pa | PTE_PRESENT | PTE_USER | PTE_DEVICE | PTE_ACCESSED | PTE_NOT_GLOBAL | PTE_PXN | PTE_UXN |
	       (write ? 0 : PTE_NO_WRITE);
}

static inline bool hal_pte_is_device(hal_pte_t e)
{
	return e & PTE_DEVICE;
}

static inline bool hal_pte_memory(hal_pte_t e)
{
	return e & 1 && !(e & PTE_DEVICE);
}

static inline hal_pte_t hal_pte_table(paddr_t pa, bool write)
{
	return pa | PTE_PRESENT | PTE_UXN | (write ? 0 : PTE_NO_WRITE);
}

static inline bool hal_pte_present(hal_pte_t e)
{
	return e & 1;
}

static inline paddr_t hal_pte_paddr(hal_pte_t e)
{
	return e & PTE_ADDRESS;
}

static inline bool hal_pte_write(hal_pte_t e)
{
	return !(e & PTE_READ_ONLY);
}

static inline bool hal_pte_may_write(hal_pte_t e)
{
	return e & PTE_MAY_WRITE;
}

static inline bool hal_pte_exec(hal_pte_t e)
{
	return !(e & PTE_UXN);
}

static inline hal_pte_t hal_pte_deny_write(hal_pte_t e)
{
	return e | PTE_NO_WRITE;
}

static inline hal_pte_t hal_pte_allow_write(hal_pte_t e)
{
	return e & ~PTE_NO_WRITE;
}

#endif
