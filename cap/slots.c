/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The slot operations of nodes and gpts, and reduce and guard of memory capabilities.
 *
 * Whatever leaves through a weak capability goes through cap_weaken(): fetch, swap and clone. Storing into a gpt
 * first takes the hardware mappings made from it, in the prepare phase and a share at a time, because they can be many. A
 * node that serves as capability registers is used in place, so a store into it needs no more than the store.
 */
#include <kernel/map.h>
#include "ops.h"

rc_t target_prepare(struct inv *i)
{
	return obj_change_prepare(i->ref.frame, i->ref.index);
}

struct node *target_change(struct inv *i)
{
	return node_writable(i->ref.frame, i->ref.index);
}

/* For a change of slot arg 1. Nothing is mapped through a void one, so a space grows without losing mappings. */
static rc_t slot_prepare(struct inv *i)
{
	return cap_type(&i->ref.node->slot[arg(i, 1)]) == CT_VOID ? frame_make_dirty(i->ref.frame) : target_prepare(i);
}

struct cap fetched(const struct cap *through, struct cap c)
{
	return cap_rights(through) & CR_WEAK ? cap_weaken(c) : c;
}

rc_t slot_fetch(struct inv *i)
{
	return reply_cap(i, fetched(&i->target, i->ref.node->slot[arg(i, 1)]));
}

static rc_t slot_put(struct inv *i, struct cap c)
{
	rc_t rc = slot_prepare(i);

	if (rc)
		return rc;
	inv_commit(i);
	target_change(i)->slot[arg(i, 1)] = c;
	return RC_OK;
}

rc_t slot_store(struct inv *i)
{
	return slot_put(i, i->c[0]);
}

rc_t slot_number(struct inv *i)
{
	return slot_put(i, cap_number(arg(i, 2), arg(i, 3), 0));
}

rc_t slot_swap(struct inv *i)
{
	rc_t rc = slot_prepare(i);
	struct cap *slot;

	if (rc)
		return rc;
	inv_commit(i);
	slot = &target_change(i)->slot[arg(i, 1)];
	i->r.c[0] = fetched(&i->target, *slot);
	*slot = i->c[0];
	return RC_OK;
}

rc_t slots_clear(struct inv *i)
{
	rc_t rc = target_prepare(i);
	struct node *n;

	if (rc)
		return rc;
	inv_commit(i);
	n = target_change(i);
	for (u32 k = 0; k < NODE_SLOTS; k++)
		n->slot[k] = cap_void();
	return RC_OK;
}

/* A gpt's clone has its l2v and flags too: without them the slots would mean something else. */
rc_t slots_clone(struct inv *i)
{
	struct objref from;
	struct node *n;
	rc_t rc = arg_lookup(i, &from);

	if (rc)
		return rc;
	if (cap_rights(&i->c[0]) & CR_OPAQUE)
		return RC_NO_ACCESS;
	rc = target_prepare(i);
	if (rc)
		return rc;
	inv_commit(i);
	n = target_change(i);
	n->l2v = from.node->l2v;
	n->flags = from.node->flags;
	for (u32 k = 0; k < NODE_SLOTS; k++)
		n->slot[k] = fetched(&i->c[0], from.node->slot[k]);
	return RC_OK;
}

rc_t mem_reduce(struct inv *i)
{
	struct cap c = i->target;

	c.w[3] |= arg(i, 1) << 24;
	return reply_cap(i, c);
}

/* The guard must fit its 18 bits, and size and guard together the 64 bits of an address. */
static bool guard_fits(u32 size, u32 guard)
{
	return guard <= CAP_GUARD_MAX && (size < 64 ? guard <= ~(u64)0 >> size : guard == 0);
}

/* An opaque gpt's size is what its holder can reach, so through an opaque capability it cannot grow. */
rc_t mem_guard(struct inv *i)
{
	u32 size = arg(i, 1), guard = arg(i, 2);
	struct cap c = i->target;
	u32 largest = cap_type(&c) == CT_PAGE ? FRAME_SHIFT : 64;

	if (size < FRAME_SHIFT || size > largest || !guard_fits(size, guard))
		return RC_REQUEST;
	if (cap_rights(&c) & CR_OPAQUE && size > cap_size(&c))
		return RC_NO_ACCESS;
	c.w[0] = cap_type(&c) | (guard << 6 | (size - FRAME_SHIFT)) << 8;
	return reply_cap(i, c);
}
