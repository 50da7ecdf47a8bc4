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
static const struct cap *step_down(const struct objref *gpt, u32 size, u64 offset, struct walk *w, struct path *p)
{
	const struct node *node = gpt->node;
	bool keeper = node->flags & GPT_KEEPER;
	u64 slot;

	if (node->l2v < FRAME_SHIFT || node->l2v >= size) {
		w->fault = FAULT_MALFORMED;
		return NULL;
	}
	p->step[p->n++] = (struct path_step){ gpt->frame, (u8)gpt->index, (u8)size, offset };
	if (keeper && !(w->rights & CR_NOCALL)) {
		w->has_keeper = true;
		w->keeper = node->slot[NODE_SLOTS - 1];
	}
	slot = offset >> node->l2v;
	if (slot >= NODE_SLOTS - (keeper ? 1u : 0u)) {
		w->fault = FAULT_ADDRESS;
		return NULL;
	}
	return &node->slot[slot];
}

rc_t walk_path(const struct cap *space, u64 va, enum access acc, struct walk *w, struct path *p)
{
	const struct cap *c = space;
	u64 offset = va;
	u32 limit = 64; /* the most that the next capability may span */

	*w = (struct walk){ .fault = FAULT_NONE };
	p->n = 0;
	for (;;) {
		struct cap here = w->rights & CR_WEAK ? cap_weaken(*c) : *c;
		u32 type = cap_type(&here), size = type == CT_PAGE ? FRAME_SHIFT : cap_size(&here);
		struct objref ref;
		rc_t rc;

		if (type == CT_VOID)
			return fault(w, FAULT_ADDRESS);
		if (IS_ENABLED(CONFIG_USER_DRIVERS) && type == CT_DEVMEM) {
			p->own[p->n] = (u8)(cap_rights(c) | CR_NX);
			return end_at_device(w, &here, offset, limit, acc);
		}
		if (!cap_is_memory(type) || cap_size(&here) != size || size > limit)
			return fault(w, FAULT_MALFORMED);
		if ((size < 64 ? offset >> size : 0) != cap_guard(&here))
			return fault(w, FAULT_ADDRESS);
		offset &= low_mask(size);
		rc = cap_lookup(&here, &ref);
		if (rc != RC_OK)
			return lookup_fault(w, rc);
		p->own[p->n] = (u8)cap_rights(c);
		gather(w, cap_rights(&here));
		if (type == CT_PAGE)
			return end_at_page(w, ref.frame, acc);
		c = step_down(&ref, size, offset, w, p);
		if (!c)
			return RC_OK;
		limit = ref.node->l2v;
		offset &= low_mask(limit);
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
