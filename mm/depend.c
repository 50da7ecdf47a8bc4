/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Depend entries: for each GPT, the ranges of hardware entries that were built through it.
 *
 * One record says: entries [first, first + count) of a table may have been made from this GPT. A GPT of
 * 2^s bytes makes one aligned range in each table in which it shows, so records are few. They are
 * chained by GPT (hashed by its place in memory: a GPT that is evicted is unhooked first). A record stays when its table is
 * taken back. It is right of the next one in that place too: at worst entries go that need not, of user space alone.
 * When none is free the oldest goes, with the hardware entries that it covers. What takes entries away does so in
 * shares (share_used()): a record goes when all its entries have.
 */
#include "mm.h"

#include <kernel/lib.h>
#include <kernel/panic.h>

struct depend {
	u32 node;              /* frame number * 8 + index */
	u16 next;              /* chain by GPT (also the free list); 0 ends */
	u16 table, first, count; /* count 0 = free */
};
_Static_assert(CONFIG_NR_DEPEND >= 4 * PATH_MAX, "one mapping must fit");

#define BUCKETS 1024u

static struct depend depends[CONFIG_NR_DEPEND + 1]; /* 0 is not used */
static u16 buckets[BUCKETS];
static u32 free_depend, bump, hand, used;

void depend_init(void)
{
	memset(depends, 0, sizeof(depends));
	memset(buckets, 0, sizeof(buckets));
	free_depend = 0;
	bump = 1;
	hand = 1;
	used = 0;
}

static u32 node_name(const struct frame *f, u32 index)
{
	return frame_number(f) << 3 | index;
}

static u16 *bucket(u32 node)
{
	return &buckets[(node * 0x9e3779b1u) >> 22];
}

static u32 find(u32 node, const struct table *t, u32 first, u32 count)
{
	u32 d = *bucket(node);

	while (d && !(depends[d].node == node && depends[d].table == table_number(t) &&
		      depends[d].first == first && depends[d].count == count))
		d = depends[d].next;
	return d;
}

/* ---- removal ---- */

/* Clears what it covers and removes it. False: the step's share is used up, and it may be there still. */
static bool undo(u32 d, bool *flush)
{
	const struct depend r = depends[d];
	struct table *t = table_at(r.table);
	u16 *p = bucket(r.node);
	u32 steps = 10;

	if (!table_clear_some(t, r.first, r.count, flush))
		return false;
	t->run.count = 0;
	for (; *p != d; steps++)
		p = &depends[*p].next;
	*p = r.next;
	frame_at(r.node >> 3)->depend--;
	depends[d] = (struct depend){ .next = (u16)free_depend };
	free_depend = d;
	used--;
	return !share_used(steps / 2);
}

bool map_unhook_some(struct frame *f, u32 index)
{
	u32 node = node_name(f, index), d, next;
	bool flush = false, all = true;

	if (!f->depend)
		return true;
	for (d = *bucket(node); d && all; d = next) {
		next = depends[d].next;
		if (depends[d].node == node)
			all = undo(d, &flush);
	}
	if (flush)
		hal_tlb_flush_all();
	return all;
}

void map_unhook_node(struct frame *f, u32 index)
{
	while (!map_unhook_some(f, index))
		;
}

void depend_forget_all(void)
{
	for (u32 d = 1; d < bump; d++)
		if (depends[d].count)
			frame_at(depends[d].node >> 3)->depend = 0;
	depend_init();
}

/* ---- making ---- */

bool depend_reserve(u32 count)
{
	bool flush = false, all = true;

	while (all && CONFIG_NR_DEPEND - used < count) {
		if (depends[hand].count)
			all = undo(hand, &flush);
		if (!depends[hand].count)
			hand = hand % CONFIG_NR_DEPEND + 1;
	}
	if (flush)
		hal_tlb_flush_all();
	return CONFIG_NR_DEPEND - used >= count;
}

static u32 take(void)
{
	u32 d = free_depend;

	check(used++ < CONFIG_NR_DEPEND);
	if (!d)
		return bump++;
	free_depend = depends[d].next;
	return d;
}

void depend_add(struct frame *gpt, u32 index, struct table *t, u32 first, u32 count)
{
	u32 node = node_name(gpt, index), d;

	if (find(node, t, first, count))
		return;
	d = take();
	depends[d] = (struct depend){ .node = node, .next = *bucket(node), .table = (u16)table_number(t),
				      .first = (u16)first, .count = (u16)count };
	*bucket(node) = (u16)d;
	gpt->depend++;
}

bool depend_has(const struct frame *gpt, u32 index, const struct table *t, u32 first, u32 count)
{
	u32 node = node_name(gpt, index);

	for (u32 d = *bucket(node); d; d = depends[d].next)
		if (depends[d].node == node && depends[d].table == table_number(t) &&
		    first >= depends[d].first && first + count <= (u32)depends[d].first + depends[d].count)
			return true;
	return false;
}
