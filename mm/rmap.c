/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reverse map: for each page, the leaf entries that map it; for each hardware table, the upper
 * entries that point at it. A record is made before the entry is written and goes with it, so that
 * the two always agree. When none is free the oldest goes, with its hardware entry.
 */
#include "mm.h"

#include <kernel/lib.h>
#include <kernel/panic.h>

struct rmap {
	u32 next;          /* chain by frame, or free list */
	u16 table, entry;
};

#define FREE 0xffffu   /* no table has this number */
/* No frame is shown by more entries: a record is looked for in the chain of its frame, and who maps one page everywhere
 * would make one removal of them all as long as the square of the table. */
#define CHAIN_MAX 128u

static struct rmap rmaps[CONFIG_NR_RMAP + 1]; /* 0 is not used */
static u32 free_rmap, bump, hand;

void rmap_init(void)
{
	free_rmap = 0;
	bump = 1;
	hand = 1;
}

static u32 take(void)
{
	u32 r;

	if (!free_rmap && bump <= CONFIG_NR_RMAP)
		return bump++;
	if (!free_rmap) { /* all are in use, so the one under the hand is */
		if (table_clear_entry(table_at(rmaps[hand].table), rmaps[hand].entry))
			hal_tlb_flush_all();
		hand = hand % CONFIG_NR_RMAP + 1;
	}
	r = free_rmap;
	free_rmap = rmaps[r].next;
	return r;
}

/* Makes room for one more: the oldest of a full chain goes, as in take(). */
static void shorten(const struct frame *f)
{
	u32 n = 0, last = 0;

	for (u32 r = f->rmap; r; r = rmaps[r].next, n++)
		last = r;
	if (n >= CHAIN_MAX && table_clear_entry(table_at(rmaps[last].table), rmaps[last].entry))
		hal_tlb_flush_all();
}

void rmap_add(struct frame *f, struct table *t, u32 entry)
{
	u32 r;

	shorten(f);
	r = take();
	rmaps[r] = (struct rmap){ f->rmap, (u16)table_number(t), (u16)entry };
	f->rmap = r;
}

static u32 *find(struct frame *f, const struct table *t, u32 entry, u32 *steps)
{
	u32 *p = &f->rmap;

	for (; *p && !(rmaps[*p].table == table_number(t) && rmaps[*p].entry == entry); ++*steps)
		p = &rmaps[*p].next;
	return p;
}

void rmap_remove(struct frame *f, struct table *t, u32 entry)
{
	u32 steps = 6, *p = find(f, t, entry, &steps), r = *p;

	check(r != 0);
	(void)share_used(steps);
	*p = rmaps[r].next;
	rmaps[r] = (struct rmap){ .next = free_rmap, .table = FREE };
	free_rmap = r;
}

bool rmap_has(const struct frame *f, const struct table *t, u32 entry)
{
	u32 steps = 0;

	return *find((struct frame *)f, t, entry, &steps) != 0;
}

bool rmap_clear(struct frame *f)
{
	bool any = f->rmap != 0;

	while (f->rmap)
		check(table_clear_entry(table_at(rmaps[f->rmap].table), rmaps[f->rmap].entry));
	return any;
}

void map_unhook_page(struct frame *f, bool wr_only)
{
	bool flush = false;

	if (!wr_only) {
		flush = rmap_clear(f);
	} else {
		for (u32 r = f->rmap; r; r = rmaps[r].next) {
			hal_pte_t *e = table_entries(table_at(rmaps[r].table));
			u32 i = rmaps[r].entry;

			if (!hal_pte_write(e[i]))
				continue;
			hal_pte_set(e, i, hal_pte_deny_write(e[i]));
			flush = true;
		}
	}
	if (flush)
		hal_tlb_flush_all();
}

/* Each record in use leads to its frame through its hardware entry: before tables are forgotten. */
void rmap_forget_all(void)
{
	for (u32 r = 1; r < bump; r++)
		if (rmaps[r].table != FREE) {
			const hal_pte_t *e = table_entries(table_at(rmaps[r].table));

			frame_of_paddr(hal_pte_paddr(e[rmaps[r].entry]))->rmap = 0;
		}
	rmap_init();
}
