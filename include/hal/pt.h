/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Hardware page tables: the port gives the format, mm/map.c all policy.
 * <hal/pt_format.h> (arch/<a>/include/hal) defines:
 *   PT_LEVELS                  2 on i386, 4 on the 64-bit ports; level 0 is the leaf table
 *   PT_BITS                    index bits a level (10 or 9)
 *   PT_USER_ENTRIES(level)     entries that user space owns in a table of this level (root: fewer)
 *   hal_pte_t                  integer type of an entry
 *   hal_pte_t hal_pte_leaf(paddr_t pa, bool write, bool exec)
 *   bool hal_pte_may_write(e)  a leaf: was made with `write`, whatever was denied or allowed since (a bit that the
 *                              processor ignores)
 *   hal_pte_t hal_pte_device(paddr_t pa, bool write)   a leaf: a page of a device's, neither cached nor executed; its right
 *                              to write is not one that may be allowed again (hal_pte_may_write)
 *   bool hal_pte_is_device(e)  an entry that is present: made by hal_pte_device()
 *   bool hal_pte_memory(e)     present, and not made by hal_pte_device()
 *   hal_pte_t hal_pte_table(paddr_t pa, bool write)
 *   bool hal_pte_present(e); paddr_t hal_pte_paddr(e); bool hal_pte_write(e)
 *   bool hal_pte_exec(e)       a leaf: the port can forbid execution, and does not here
 *   hal_pte_t hal_pte_deny_write(e), hal_pte_allow_write(e)
 * Entries are stored through hal_pte_set() only.
 */
#ifndef HAL_PT_H
#define HAL_PT_H

#include <hal/pt_format.h>
#include <kernel/types.h>

void hal_pte_set(hal_pte_t *table, u32 index, hal_pte_t e);
/* A fresh root: user part empty, kernel part as every root has it. */
void hal_root_init(void *root);
/* Loads the space; 0 = the kernel's own root. */
void hal_space_load(paddr_t root);
void hal_tlb_flush_va(uaddr_t va);       /* in the loaded space, and where else it may be cached */
void hal_tlb_flush_all(void);

#endif
