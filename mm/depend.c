/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Depend entries: for each GPT, the ranges of hardware entries that were built through it.
 *
 * One record says: entries [first, first + count) of a table may have been made from this GPT. A GPT of
 * 2^s bytes makes one aligned range in each table in which it shows, so records are few. They are
 * chained by GPT (hashed by its place in memory: a GPT that is evicted is unhooked first) and by table.
 * When none is free the oldest goes, with the hardware entries that it covers.
 */
#include "mm.h"

#include <kernel/lib.h>
#include <kernel/panic.h>

struct depend {
	u32 node;              /* frame number * 8 + index */
	u32 next, table_next;  /* chains by GPT (also the free list) and by table; 0 ends */
	u16 table, first, count; /* count 0 = free */
};
_Static_assert(CONFIG_NR_DEPEND >= 4 * PATH_MAX, "one mapping must fit");

#define BUCKETS 1024u

static struct depend depends[CONFIG_NR_DEPEND + 1]; /* 0 is not used */
static u32 buckets[BUCKETS];
static u32 free_depend, bump, hand;

void depend_init(void)
{
	memset(depends, 0, sizeof(depends));
	memset(buckets, 0, sizeof(buckets));
	free_depend = 0;
	bump = 1;
	hand = 1;
}

static u32 node_name(const struct frame *f, u32 index)
{
	return frame_number(f) << 3 | index;
}

static u32 *bucket(u32 node)
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

static void unlink_node(u32 d)
{
	u32 *p = bucket(depends[d].node);

	while (*p != d)
		p = &depends[*p].next;
	*p = depends[d].next;
	frame_at(depends[d].node >> 3)->depend--;
}

static void unlink_table(u32 d)
{
	u32 *p = &table_at(depends[d].table)->depend;

	while (*p != d)
		p = &depends[*p].table_next;
	*p = depends[d].table_next;
}

static void release(u32 d)
{
	depends[d] = (struct depend){ .next = free_depend };
	free_depend = d;
}

/* Clears what it covers and removes it. True: flush. */
static bool undo(u32 d)
{
	struct table *t = table_at(depends[d].table);
	bool flush = table_clear_range(t, depends[d].first, depends[d].count);

	t->run.count = 0;
	unlink_node(d);
	unlink_table(d);
	release(d);
	return flush;
}

void map_unhook_node(struct frame *f, u32 index)
{
	u32 node = node_name(f, index), d, next;
	bool flush = false;

	if (!f->depend)
		return;
	for (d = *bucket(node); d; d = next) {
		next = depends[d].next;
		if (depends[d].node == node)
			flush |= undo(d);
	}
	if (flush)
		hal_tlb_flush_all();
}

void depend_drop_table(struct table *t)
{
	u32 d, next;

	for (d = t->depend; d; d = next) {
		next = depends[d].table_next;
		unlink_node(d);
		release(d);
	}
	t->depend = 0;
}

void depend_forget_all(void)
{
	for (u32 d = 1; d < bump; d++)
		if (depends[d].count)
			frame_at(depends[d].node >> 3)->depend = 0;
	memset(depends, 0, bump * sizeof(depends[0]));
	memset(buckets, 0, sizeof(buckets));
	free_depend = 0;
	bump = 1;
	hand = 1;
}

/* ---- making ---- */

static u32 take(bool *evicted)
{
	u32 d;

	if (!free_depend && bump <= CONFIG_NR_DEPEND)
		return bump++;
	if (!free_depend) {
		*evicted = true;
		if (undo(hand))
			hal_tlb_flush_all();
		hand = hand % CONFIG_NR_DEPEND + 1;
	}
	d = free_depend;
	free_depend = depends[d].next;
	return d;
}

bool depend_add(struct frame *gpt, u32 index, struct table *t, u32 first, u32 count)
{
	u32 node = node_name(gpt, index), d;
	bool evicted = false;

	if (find(node, t, first, count))
		return false;
	d = take(&evicted);
	depends[d] = (struct depend){ .node = node, .next = *bucket(node), .table_next = t->depend,
				      .table = (u16)table_number(t), .first = (u16)first, .count = (u16)count };
	*bucket(node) = d;
	t->depend = d;
	gpt->depend++;
	return evicted;
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
