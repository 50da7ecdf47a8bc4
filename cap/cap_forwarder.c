/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Forwarder, seen by its owner. An invocation of the opaque form is forwarded by the core and never comes here.
 * Whoever waits on a blocked forwarder tries again after each change.
 */
#include "ops.h"

static rc_t fwd_target(struct inv *i)
{
	rc_t rc = frame_make_dirty(i->ref.frame);

	if (rc)
		return rc;
	inv_commit(i);
	target_change(i)->slot[0] = i->c[0];
	sched_wake_key(KEY_PROCESS(cap_oid(&i->target)));
	return RC_OK;
}

static rc_t fwd_block(struct inv *i)
{
	struct node *n;
	rc_t rc;

	if (arg(i, 1) > 1)
		return RC_REQUEST;
	rc = frame_make_dirty(i->ref.frame);
	if (rc)
		return rc;
	inv_commit(i);
	n = target_change(i);
	n->flags = (u16)((n->flags & ~FWD_BLOCKED) | (arg(i, 1) ? FWD_BLOCKED : 0));
	sched_wake_key(KEY_PROCESS(cap_oid(&i->target)));
	return RC_OK;
}

static rc_t fwd_opaque(struct inv *i)
{
	struct cap c = i->target;

	c.w[3] |= CR_OPAQUE << 24;
	return reply_cap(i, c);
}

rc_t cap_forwarder_invoke(struct inv *i)
{
	static const struct op ops[] = {
		{ OP_FWD_TARGET, OPF_SLOT | OPF_STORE, fwd_target },
		{ OP_FWD_BLOCK, OPF_SLOT | OPF_STORE, fwd_block },
		{ OP_FWD_OPAQUE, 0, fwd_opaque },
	};

	return OP_DISPATCH(i, ops);
}
