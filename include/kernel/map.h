/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Address spaces: the walk of guarded page tables and the hardware tables cached from it.
 *
 * A walk strictly shrinks (child's size <= parent's l2v < parent's size), so cycles are
 * errors and what lies below a GPT does not depend on what is above it but for keeper and rights.
 * Hardware tables are a cache: taken from the frame pool, thrown away at any moment
 * without I/O. Each entry is recorded (depend by GPT, reverse map by page) before it is written.
 * Over a snapshot tables stay, and what they allow to write does not (map.c). So what the processor can
 * write is dirty in this epoch.
 */
#ifndef KERNEL_MAP_H
#define KERNEL_MAP_H

#include <kernel/object.h>

struct walk {
	struct frame *page;   /* found page, pinned; NULL: a device's page at `device` */
	paddr_t device;
	u32 rights;           /* CR_RO, CR_NX, CR_WEAK gathered on the path */
	u8 fault;             /* enum fault_code when the walk ended in a fault, else FAULT_NONE */
	const struct cap *keeper; /* innermost that may be called, in its slot; NULL = none. Good until the step ends */
	uaddr_t va;           /* user_pages_get(): where the fault is, and for what */
	u8 access;
};
/* Walks from the address-space capability to the page of `va`. RC_OK: w->page, or w->fault set.
 * RC_STALL while objects are fetched. Never changes anything. */
NODISCARD rc_t space_walk(const struct cap *space, uaddr_t va, enum access acc, struct walk *w);

/* Makes the hardware map `va` for this access: walk, dirty the page for a write, tables, entries. A device's page has no
 * frame: it is mapped uncached, and no string is copied from it or to it. RC_OK: mapped, or w->fault says why not. RC_STALL. */
NODISCARD rc_t map_fault(const struct cap *space, uaddr_t va, enum access acc, struct walk *w);
/* The same of the loaded space, of whose tables only a leaf entry may be amiss, without a stall and without a frame to be had.
 * False: nothing has changed, map_fault() finds out. (mm/fastmap.c) */
bool map_fault_short(uintptr_t root, uintptr_t va, enum access acc);
/* Root table of the space in this epoch, made if need be. 0: the step's share is used up, again in the next one. */
paddr_t map_root(const struct cap *space);
/* Is this root still valid (same capability, same epoch)? One compare for the dispatch path. */
bool map_root_valid(paddr_t root, const struct cap *space);

/* Removes every hardware entry built from node `index` of this pot (depend entries). */
void map_unhook_node(struct frame *f, u32 index);
/* The same within the step's share (share_used()). False: some are left, the step ends. For the prepare phase. */
NODISCARD bool map_unhook_some(struct frame *f, u32 index);
/* Removes every hardware entry that maps this page (reverse map: a bounded number); only write permission if wr_only. */
void map_unhook_page(struct frame *f, bool wr_only);
/* Snapshot, after the epoch was counted up: nothing can be written without a fault. Leaves the loaded space. */
void map_snapshot(void);
/* Throws all tables away and flushes; the loaded root is replaced by the kernel's own. */
void map_discard_all(void);
/* Table record of a FU_TABLE frame is taken back: its entries are cleared first. False: the step's share is used up. */
NODISCARD bool map_reclaim_table(struct frame *f);
/* Recomputes every entry from the tree and panics where it disagrees (debug, tests). */
void map_check(void);

#endif
