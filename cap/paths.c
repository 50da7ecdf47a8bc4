/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Trees of nodes in one step, and what a memory capability is. A path is the same as that many fetches: each step goes
 * through fetched(), so that a weak node anywhere on the way weakens what lies behind it, and makes it read-only.
 */
#include "ops.h"

#define LEVELS_MAX 6u
#define SLOT_BITS 5u

/* Goes down to the last node of the path: its capability, itself, and the slot in it. Pins at most LEVELS_MAX frames. */
static rc_t path_walk(const struct inv *i, struct cap *c, struct objref *ref, u32 *slot)
{
	u32 path = arg(i, 1), levels = arg(i, 2);

	if (!levels || levels > LEVELS_MAX || path >> levels * SLOT_BITS)
		return RC_REQUEST;
	*c = i->target;
	*ref = i->ref;
	for (; levels > 1; levels--, path >>= SLOT_BITS) {
		rc_t rc;

		*c = fetched(c, ref->node->slot[path % NODE_SLOTS]);
		if (cap_type(c) != CT_NODE)
			return RC_BAD_CAP;
		if (cap_rights(c) & CR_OPAQUE)
			return RC_NO_ACCESS;
		rc = cap_lookup(c, ref);
		if (rc)
			return rc == RC_VOID ? RC_BAD_CAP : rc;
	}
	*slot = path;
	return RC_OK;
}

rc_t node_fetch_path(struct inv *i)
{
	struct objref ref;
	struct cap c;
	u32 slot;
	rc_t rc = path_walk(i, &c, &ref, &slot);

	return rc ? rc : reply_cap(i, fetched(&c, ref.node->slot[slot]));
}

rc_t node_swap_path(struct inv *i)
{
	struct objref ref;
	struct cap c, *at;
	u32 slot;
	rc_t rc = path_walk(i, &c, &ref, &slot);

	if (rc == RC_OK && cap_rights(&c) & CR_RO)
		rc = RC_NO_ACCESS;
	if (rc == RC_OK)
		rc = frame_make_dirty(ref.frame);
	if (rc)
		return rc;
	inv_commit(i);
	at = &node_writable(ref.frame, ref.index)->slot[slot];
	i->r.c[0] = fetched(&c, *at);
	*at = i->c[0];
	return RC_OK;
}

rc_t mem_attributes(struct inv *i)
{
	const struct cap *c = &i->target;

	inv_commit(i);
	i->r.w[1] = cap_rights(c);
	if (cap_is_memory(cap_type(c))) {
		i->r.w[2] = cap_size(c);
		i->r.w[3] = (word_t)cap_guard(c);
	}
	return RC_OK;
}
