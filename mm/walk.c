/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The walk of guarded page tables: from an address-space capability to a page.
 *
 * Each capability on the path has a size and a guard: above its size the offset must equal the
 * guard. A GPT divides what is left by l2v. Child size <= l2v < own size, or the space is
 * malformed; so the walk ends after at most PATH_MAX GPTs, whatever the tree looks like. Instead of a page it may end at
 * device memory, of any number of pages that fits.
 */
#include "mm.h"

#include <abi/error.h>
#include <abi/process.h>
#include <hal/hal.h>
#include <kernel/panic.h>

static rc_t fault(struct walk *w, enum fault_code code)
{
	w->fault = (u8)code;
	return RC_OK;
}

/* A capability on the path could not be looked up. */
static rc_t lookup_fault(struct walk *w, rc_t rc)
{
	if (rc == RC_STALL)
		return rc;
	return fault(w, rc == RC_VOID ? FAULT_ADDRESS : FAULT_DAMAGED);
}

/* An address of this port is a word. */
#define WORD_BITS (8 * sizeof(word_t))

static inline word_t shifted(word_t offset, u32 bits)
{
	return bits < WORD_BITS ? offset >> bits : 0;
}

static inline word_t below(word_t offset, u32 bits)
{
	return bits < WORD_BITS ? offset & (((word_t)1 << bits) - 1) : offset;
}

/* cap_lookup() of a page's or GPT's capability, in few instructions if the object is there. */
static inline rc_t look_up(const struct cap *c, u32 type, struct objref *ref)
{
	struct frame *f = IS_ENABLED(CONFIG_FAST_FAULT) ? frame_hash_find(c->w[2], c->w[3] & 0xffffff) : NULL;
	u32 index = OID_INDEX(c->w[2]);
	struct node *n = NULL;

	if (!f || f->use != (type == CT_PAGE ? FU_PAGE : FU_POT) || index >= POT_NODES)
		return cap_lookup(c, ref);
	if (type == CT_GPT)
		n = &frame_pot(f)->node[index];
	if (n ? n->kind != NK_GPT || n->version != cap_version(c) :
		f->tag.kind != NK_PAGE || f->tag.version != cap_version(c) || index)
		return RC_VOID;
	frame_pin(f);
	f->age = 0;
	*ref = (struct objref){ f, n, index };
	return RC_OK;
}

static void gather(struct walk *w, u32 rights)
{
	w->rights |= rights;
	if (w->rights & CR_WEAK)
		w->rights |= CR_RO | CR_NOCALL;
}

static rc_t end_at_page(struct walk *w, struct frame *page, enum access acc)
{
	if ((acc == ACC_WRITE && (w->rights & CR_RO)) || (acc == ACC_EXEC && (w->rights & CR_NX)))
		return fault(w, FAULT_ACCESS);
	w->page = page;
	return RC_OK;
}

/* Device memory fills a slot from its first page on; an address behind its end is none. The same capability allows single
 * accesses (cap_device.c), so that it is refused where they are. */
static rc_t end_at_device(struct walk *w, const struct cap *c, u64 offset, u32 limit, enum access acc)
{
	u64 page = offset >> FRAME_SHIFT;

	if (((u64)cap_payload(c) << FRAME_SHIFT) - 1 > low_mask(limit))
		return fault(w, FAULT_MALFORMED);
	w->device = (paddr_t)(cap_oid(c) + page) << FRAME_SHIFT;
	if (cap_of_earlier_boot(c) || page >= cap_payload(c) || !hal_is_device(w->device))
		return fault(w, FAULT_ADDRESS);
	gather(w, cap_rights(c) | CR_NX);
	return end_at_page(w, NULL, acc);
}

/* Records the GPT and finds the slot of `offset` in it: NULL = w->fault is set. */
static const struct cap *step_down(const struct objref *gpt, u32 size, word_t offset, struct walk *w, struct path *p)
{
	const struct node *node = gpt->node;
	bool keeper = node->flags & GPT_KEEPER;
	word_t slot;

	if (node->l2v < FRAME_SHIFT || node->l2v >= size) {
		w->fault = FAULT_MALFORMED;
		return NULL;
	}
	p->step[p->n++] = (struct path_step){ gpt->frame, (u8)gpt->index, (u8)size, offset };
	if (keeper && !(w->rights & CR_NOCALL))
		w->keeper = &node->slot[NODE_SLOTS - 1];
	slot = shifted(offset, node->l2v);
	if (slot >= NODE_SLOTS - (keeper ? 1u : 0u)) {
		w->fault = FAULT_ADDRESS;
		return NULL;
	}
	return &node->slot[slot];
}

rc_t walk_path(const struct cap *space, u64 va, enum access acc, struct walk *w, struct path *p)
{
	const struct cap *c = space;
	word_t offset = (word_t)va;
	u32 limit = 64; /* the most that the next capability may span */

	*w = (struct walk){ .fault = FAULT_NONE };
	p->n = 0;
	if (offset != va)
		return fault(w, FAULT_ADDRESS);
	for (;;) {
		const struct cap *here = c;
		struct objref ref;
		u32 type, size;
		rc_t rc;

		if (w->rights & CR_WEAK) {
			p->weak = cap_weaken(*c);
			here = &p->weak;
		}
		type = cap_type(here);
		size = type == CT_PAGE ? FRAME_SHIFT : cap_size(here);

		if (type == CT_VOID)
			return fault(w, FAULT_ADDRESS);
		if (IS_ENABLED(CONFIG_USER_DRIVERS) && type == CT_DEVMEM) {
			p->own[p->n] = (u8)(cap_rights(c) | CR_NX);
			return end_at_device(w, here, offset, limit, acc);
		}
		if (!cap_is_memory(type) || cap_size(here) != size || size > limit)
			return fault(w, FAULT_MALFORMED);
		if (shifted(offset, size) != cap_guard(here))
			return fault(w, FAULT_ADDRESS);
		offset = below(offset, size);
		rc = look_up(here, type, &ref);
		if (rc != RC_OK)
			return lookup_fault(w, rc);
		p->own[p->n] = (u8)cap_rights(c);
		gather(w, cap_rights(here));
		if (type == CT_PAGE)
			return end_at_page(w, ref.frame, acc);
		c = step_down(&ref, size, offset, w, p);
		if (!c)
			return RC_OK;
		limit = ref.node->l2v;
		offset = below(offset, limit);
	}
}

rc_t space_walk(const struct cap *space, uaddr_t va, enum access acc, struct walk *w)
{
	static struct path path;

	if (va >= hal_user_end()) {
		*w = (struct walk){ .fault = FAULT_ADDRESS };
		return RC_OK;
	}
	return walk_path(space, va, acc, w, &path);
}
