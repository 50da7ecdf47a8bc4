/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The short way through a page fault: the tables for the address are there, and nothing but a leaf entry is missing, or its
 * right to write. It does what map_fault() would do then; as soon as anything is otherwise it gives up, before the first
 * change that anyone could see, and map_fault() starts from the beginning. So that is the reference.
 *
 * It does not walk from the space's capability: that an upper entry is present says that the path to the table's producer
 * is as it was when the entry was made (map.c, depend.c), so the walk begins at the producer. And a leaf that is present and
 * may be written says the same of the whole path (hal_pte_may_write).
 *
 * Nothing here can stall or fetch, so nothing is pinned. What would take a frame (a copy of what a checkpoint
 * holds) is left to map_fault(): a table that is being looked at could be taken back for it.
 */
#include "mm.h"

#include <abi/error.h>
#include <abi/process.h>
#include <hal/hal.h>
#include <kernel/lib.h>
#include <kernel/panic.h>
#include <kernel/peek.h>

/* pt_index() of an address that is a word. */
static inline u32 entry_of(uintptr_t va, u32 level)
{
	return (u32)(va >> pt_entry_bits(level)) & ((1u << PT_BITS) - 1);
}

/* A table entry on its way: which capability comes next, and what is left of the address for it. */
struct descent {
	const struct cap *cap;
	uintptr_t offset;
	u32 limit;   /* the most that cap may span */
	u32 rights;  /* gathered: below the producer, and no-execute */
};

static inline struct frame *object(const struct cap *c, enum frame_use use)
{
	struct frame *f = frame_hash_find(c->w[2], c->w[3] & 0xffffff);

	return f && f->use == use ? f : NULL;
}

/* One GPT of 2^size bytes: from d->offset in it to the next capability. What the path's last one has is kept in t->run. */
static inline bool descend(struct descent *d, struct frame *f, u32 index, u32 size, struct table *t, u32 entry)
{
	const struct node *n = &frame_pot(f)->node[index];
	u32 slots = NODE_SLOTS - (n->flags & GPT_KEEPER ? 1u : 0u), first = entry, count = 1;
	uintptr_t slot;

	if (n->l2v >= 8 * sizeof(slot)) /* a producer larger than any address */
		return false;
	slot = d->offset >> n->l2v;
	if (slot >= slots)
		return false;
	if (n->l2v == FRAME_SHIFT) {
		first = entry - (u32)slot;
		count = size < 17 ? MIN(slots, 1u << (size - 12)) : slots;
	}
	/* A record of a time when the GPT was named with another size may be there still. */
	if (!depend_has(f, index, t, first, count))
		return false;
	f->age = 0;
	d->cap = &n->slot[slot];
	d->limit = n->l2v;
	d->offset &= ((uintptr_t)1 << n->l2v) - 1;
	if (n->l2v == FRAME_SHIFT)
		t->run = (struct run){ n->slot, (u16)first, (u16)count, (u8)d->rights };
	return true;
}

/* The GPT that d->cap names. Which kind of node it is and whether its l2v is one need not be asked: it has a record. */
static inline bool enter(struct descent *d, struct table *t, u32 entry)
{
	const struct cap *c = d->cap;
	u32 index = OID_INDEX(c->w[2]), size = cap_size(c);
	struct frame *f = object(c, FU_POT);
	const struct node *n;

	if (cap_type(c) != CT_GPT || !f || index >= POT_NODES || size > d->limit || d->offset >> size != cap_guard(c))
		return false;
	n = &frame_pot(f)->node[index];
	if (n->version != cap_version(c) || n->l2v >= size)
		return false;
	d->offset &= ((uintptr_t)1 << size) - 1;
	d->rights |= cap_rights(c);
	return descend(d, f, index, size, t, entry);
}

/* Makes t->run cover the entry, if the tree has slots of a page each there. */
static bool find_run(struct table *t, u32 entry)
{
	const struct cap *id = &t->key.id;
	struct descent d = { id, (uintptr_t)t->key.offset + ((uintptr_t)entry << FRAME_SHIFT), 64, 0 };
	bool producer = cap_type(id) == KEY_PRODUCER;
	struct frame *f;

	t->run.count = 0;
	if (producer) {
		f = object(id, FU_POT); /* one that leaves takes the entry that led here with it */
		d.rights = cap_payload(id) & CR_NX; /* that it is weak stands in the entry above: read-only */
		if (!descend(&d, f, OID_INDEX(id->w[2]), 64, t, entry))
			return false;
	}
	while (!t->run.count)
		if (!enter(&d, t, entry))
			return false;
	return true;
}

/* Dirty in this epoch. Where the store cannot do it at once no operation waits: the last one, which has committed, is over. */
static inline bool dirty(struct frame *page)
{
	if (page->epoch)
		return page->epoch == state.epoch;
	cpu0.committed = false;
	return frame_dirty(page) == RC_OK;
}

static __attribute__((noinline)) bool fill(hal_pte_t *entries, u32 i, enum access acc)
{
	struct table *t = frame_there((uintptr_t)entries - direct_map.offset)->table;
	struct frame *page;
	const struct cap *c;
	u32 rights;
	bool may_write;
	hal_pte_t e;

	if (i - t->run.first >= t->run.count && !find_run(t, i))
		return false;
	c = &t->run.slot[i - t->run.first];
	rights = t->run.rights | cap_rights(c);
	may_write = !(rights & (CR_RO | CR_WEAK));
	if (c->w[0] != CT_PAGE || OID_INDEX(c->w[2])) /* of a page's size, and without a guard */
		return false;
	page = object(c, FU_PAGE); /* what was destroyed has another version */
	if (!page || page->tag.version != cap_version(c) ||
	    (acc == ACC_EXEC && rights & CR_NX) || (acc == ACC_WRITE && !(may_write && dirty(page))))
		return false;
	page->age = t->frame->age = 0;
	e = hal_pte_leaf(hal_virt_to_phys(page->data), may_write, acc == ACC_EXEC);
	if (may_write && page->epoch != state.epoch)
		e = hal_pte_deny_write(e);
	rmap_add(page, t, i);
	table_count(t, i);
	hal_pte_set(entries, i, e);
	return true;
}

static bool allow(hal_pte_t *e)
{
	hal_pte_t old = *e;
	struct frame *page = frame_there(hal_pte_paddr(old));

	if (!hal_pte_may_write(old) || !dirty(page))
		return false;
	page->age = 0;
	hal_pte_set(e, 0, hal_pte_allow_write(old));
	return true;
}

bool map_fault_short(uintptr_t root, uintptr_t va, enum access acc)
{
	hal_pte_t *table = direct_map_at(root);
	bool done;

	if (va >= direct_map.user_end)
		return false;
#pragma GCC unroll 4
	for (u32 level = PT_LEVELS - 1; level > 0; level--) {
		hal_pte_t e = table[entry_of(va, level)];

		if (!hal_pte_present(e) || (acc == ACC_WRITE && !hal_pte_write(e)))
			return false;
		table = direct_map_at(hal_pte_paddr(e));
	}
	if (!hal_pte_present(table[entry_of(va, 0)]))
		done = fill(table, entry_of(va, 0), acc);
	else
		done = acc == ACC_WRITE && allow(&table[entry_of(va, 0)]);
	if (done)
		hal_tlb_flush_va(va);
	return done;
}
