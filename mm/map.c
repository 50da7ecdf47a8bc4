/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Mappings: from a walk to hardware entries. Theory of operation.
 *
 * A table of level L spans 2^(12 + PT_BITS * (L + 1)) bytes. Its producer is the smallest GPT on the path whose size
 * is at least that; producer and offset in it name the table, so that all spaces which contain the producer share
 * it, whatever their rights. It holds what the path *below* the producer's capability allows; what the path above
 * allows stands in the entry that points at it: write permission there is ANDed by the hardware. No port has
 * no-execute there, nor weakness, to which a device is void: so a path that has them has tables of its own (they are part of
 * the key). Roots, and tables that no GPT on the path covers, are named by the space's capability, and hold what the whole
 * path allows.
 *
 * An entry depends on the GPTs from its table's producer down to what it refers to: the page, or the producer
 * of the lower table. Those are recorded first (depend.c), then what it refers to (rmap.c), then it is written.
 * M3  a leaf is writable only if the path below the producer allows it and its page is dirty in this epoch. What the
 *     path allows stands in it whether it is or not (hal_pte_may_write): the first write need not walk (fastmap.c).
 *
 * Over a snapshot tables stay, and with them what can be read. A table bears the epoch in which it was made or renewed, and
 * M3 holds of those of this epoch only. A stale one is led to by no entry that allows writing (M4), nor is it loaded as a
 * root: a snapshot leaves the loaded space, and table_get(), through which every other way to a table goes, renews a stale
 * one, that is, forbids writing in all its entries. So the snapshot itself does nothing for any table or page. (With
 * CONFIG_SNAPSHOT_DISCARD it throws them all away instead.)
 * M4  an upper entry allows writing only if the table that it points at is of this epoch, or if it is in a stale one itself.
 * M5  a leaf without a frame is a device's (hal_pte_is_device): it has no reverse-map record, is never executable, and is
 *     writable as the path below the producer allows. A snapshot takes that away as from every leaf; the next write has it back.
 */
#include "mm.h"

#include <abi/error.h>
#include <abi/process.h>
#include <hal/hal.h>
#include <kernel/panic.h>

void map_init(void)
{
	rmap_init();
	depend_init();
	table_init();
}

/* ---- what a path says ---- */

s32 map_producer(const struct path *p, u32 level)
{
	s32 k = -1;

	if (level == PT_LEVELS - 1)
		return -1;
	while (k + 1 < (s32)p->n && p->step[k + 1].size >= pt_span_bits(level))
		k++;
	return k;
}

/* The rights of the capabilities from..to (steps), gathered. */
static u32 rights(const struct path *p, s32 from, s32 to)
{
	u32 r = 0;

	for (s32 k = from; k <= to; k++)
		r |= p->own[k];
	return r & CR_WEAK ? r | CR_RO : r;
}

/* What an entry in a table of this level refers to: a lower table's producer, or the page. */
static s32 referent(const struct path *p, u32 level)
{
	return level ? map_producer(p, level - 1) : (s32)p->n;
}

bool map_may_write(const struct path *p, u32 level)
{
	return !(rights(p, map_producer(p, level) + 1, referent(p, level)) & CR_RO);
}

bool map_may_exec(const struct path *p)
{
	return !(rights(p, 0, (s32)p->n) & CR_NX);
}

/* What a path has for itself in the tables that it leads to. */
#define KEY_RIGHTS (CR_NX | (IS_ENABLED(CONFIG_USER_DRIVERS) ? CR_WEAK : 0))

struct table_key map_key(const struct cap *space, const struct path *p, u64 va, u32 level)
{
	s32 k = map_producer(p, level);
	u64 base = ~low_mask(pt_span_bits(level));
	const struct path_step *s;
	oid_t oid;

	if (k < 0)
		return (struct table_key){ *space, va & base, level };
	s = &p->step[k];
	oid = s->frame->oid + s->index;
	return (struct table_key){ cap_make(KEY_PRODUCER, rights(p, 0, k) & KEY_RIGHTS, 0, oid, 0), s->offset & base, level };
}

/* ---- writing entries ---- */

/* Entries of a table of `level` that a GPT of 2^size bytes around `va` can have made. */
static void depend_range(const struct path_step *s, struct table *t, u64 va)
{
	u32 level = t->key.level, first = 0, count = PT_USER_ENTRIES(level);

	if (s->size < pt_span_bits(level)) {
		first = pt_index(va & ~low_mask(s->size), level);
		count = MIN(1u << (s->size - pt_entry_bits(level)), count - first);
	}
	depend_add(s->frame, s->index, t, first, count);
}

static void record_depends(const struct path *p, struct table *t, u64 va)
{
	s32 from = MAX(map_producer(p, t->key.level), 0);
	s32 to = MIN(referent(p, t->key.level), (s32)p->n - 1);

	for (s32 k = from; k <= to; k++)
		depend_range(&p->step[k], t, va);
}

/* What it refers to is `to`, or a device's page. */
static void entry_write(const struct path *p, struct table *t, u64 va, struct frame *to, hal_pte_t e)
{
	u32 i = pt_index(va, t->key.level);
	hal_pte_t *entries = table_entries(t);

	if (hal_pte_present(entries[i]) && hal_pte_paddr(entries[i]) != hal_pte_paddr(e) && table_clear_entry(t, i))
		hal_tlb_flush_all();
	record_depends(p, t, va);
	if (!hal_pte_present(entries[i])) {
		if (to)
			rmap_add(to, t, i);
		table_count(t, i);
	}
	hal_pte_set(entries, i, e);
}

/*
 * A leaf allows execution when that was asked for, and while it stays: what is only read and written costs no port the
 * care that fetching takes (aarch64 has caches to write back).
 */
static bool is_exec(const struct table *t, u64 va, const struct frame *page)
{
	hal_pte_t e = table_entries(t)[pt_index(va, 0)];

	return hal_pte_present(e) && hal_pte_exec(e) && hal_pte_paddr(e) == frame_paddr(page);
}

/* What of the leaf is not the path's alone: is the page dirty, and whose is it? */
static hal_pte_t leaf_entry(const struct path *p, const struct table *t, u64 va, enum access acc, const struct walk *w)
{
	hal_pte_t e;

	if (IS_ENABLED(CONFIG_USER_DRIVERS) && !w->page)
		return hal_pte_device(w->device, map_may_write(p, 0));
	e = hal_pte_leaf(frame_paddr(w->page), map_may_write(p, 0),
			 map_may_exec(p) && (acc == ACC_EXEC || is_exec(t, va, w->page)));
	return hal_pte_write(e) && w->page->epoch != state.epoch ? hal_pte_deny_write(e) : e;
}

/* RC_STALL: the step's share is used up. What is mapped by then is right as it is. */
static __attribute__((noinline)) rc_t map_page(const struct cap *space, const struct path *p, u64 va, enum access acc,
					       const struct walk *w)
{
	struct table_key key = map_key(space, p, va, PT_LEVELS - 1);
	struct table *t;

	if (share_used(0))
		return stall_on(KEY_AGAIN);
	(void)share_used(50 + 25 * p->n);
	if (!depend_reserve(p->n + PT_LEVELS)) /* each GPT once, and the producers in the table above too */
		return stall_on(KEY_AGAIN);
	tables_begin();
	t = table_get(&key);
	if (!t)
		return stall_on(KEY_AGAIN);

	for (u32 level = PT_LEVELS - 1; level > 0; level--) {
		hal_pte_t *e = &table_entries(t)[pt_index(va, level)];
		bool write = map_may_write(p, level);
		struct table *lower;
		paddr_t pa;

		key = map_key(space, p, va, level - 1);
		lower = table_get(&key);
		if (!lower)
			return stall_on(KEY_AGAIN);
		pa = frame_paddr(lower->frame);
		if (!hal_pte_present(*e) || hal_pte_paddr(*e) != pa || hal_pte_write(*e) != write)
			entry_write(p, t, va, lower->frame, hal_pte_table(pa, write));
		t = lower;
	}
	entry_write(p, t, va, w->page, leaf_entry(p, t, va, acc, w));
	hal_tlb_flush_va(va);
	return RC_OK;
}

rc_t map_fault(const struct cap *space, uaddr_t va, enum access acc, struct walk *w)
{
	static struct path path;
	rc_t rc;

	if (va >= hal_user_end()) {
		*w = (struct walk){ .fault = FAULT_ADDRESS };
		return RC_OK;
	}
	rc = walk_path(space, va, acc, w, &path);
	if (rc != RC_OK || w->fault)
		return rc;
	if (acc == ACC_WRITE && w->page) {
		rc = frame_make_dirty(w->page);
		if (rc == RC_STALL)
			return rc;
		if (rc != RC_OK) {
			w->fault = FAULT_DAMAGED;
			return RC_OK;
		}
	}
	return map_page(space, &path, va, acc, w);
}

/* ---- roots ---- */

paddr_t map_root(const struct cap *space)
{
	struct table_key key = { *space, 0, PT_LEVELS - 1 };
	struct table *t;

	tables_begin();
	t = table_get(&key);
	return t ? frame_paddr(t->frame) : 0;
}

bool map_root_valid(paddr_t root, const struct cap *space)
{
	const struct frame *f = root ? frame_of_paddr(root) : NULL;

	return f && f->use == FU_TABLE && f->table && table_valid(f->table) &&
	       f->table->key.level == PT_LEVELS - 1 && cap_equal(&f->table->key.id, space);
}

void map_snapshot(void)
{
	if (IS_ENABLED(CONFIG_SNAPSHOT_DISCARD)) {
		map_discard_all();
		return;
	}
	state.root_serial++;
	this_cpu()->loaded_root = 0;
	hal_space_load(0);
	hal_tlb_flush_all();
}

void map_discard_all(void)
{
	state.root_serial++;
	rmap_forget_all();
	depend_forget_all();
	for (u32 n = 0; n < CONFIG_NR_TABLES; n++)
		if (table_at(n)->frame)
			table_forget(table_at(n));
	hal_tlb_flush_all();
}
