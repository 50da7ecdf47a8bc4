/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Forwarder, seen by its owner. An invocation of the opaque form is forwarded by the core and never comes here.
 *
 * Who waits behind a forwarder waits at what was found at the end of the way: a blocked forwarder, or a process that is
 * not available. So whatever changes the way (target, blocking, destruction) wakes the waiters of each place on it; those
 * that came by another way find the same again and go on waiting. The way is looked up in the prepare phase, because the
 * objects on it may have to be fetched.
 */
#include <kernel/sched.h>
#include "ops.h"

rc_t fwd_waiters(const struct node *fwd, struct fwd_way *way)
{
	const struct cap *c = &fwd->slot[0];
	struct objref ref;

	way->key[0] = KEY_PROCESS(fwd->oid);
	for (way->count = 1; way->count <= FWD_DEPTH; c = &ref.node->slot[0]) {
		rc_t rc = cap_type(c) == CT_FORWARDER || cap_type(c) == CT_START ? cap_lookup(c, &ref) : RC_VOID;

		if (rc) /* who waited there was woken when it went */
			return rc == RC_STALL ? rc : RC_OK;
		way->key[way->count++] = KEY_PROCESS(cap_oid(c));
		if (cap_type(c) == CT_START)
			break;
	}
	return RC_OK;
}

void fwd_wake(const struct fwd_way *way)
{
	for (u32 k = 0; k < way->count; k++)
		sched_wake_key(way->key[k]);
	if (way->count)
		sched_wake_faults(way->key[way->count - 1]);
}

/* Prepares a change. */
static rc_t change_prepare(struct inv *i, struct fwd_way *way)
{
	rc_t rc = fwd_waiters(i->ref.node, way);

	return rc == RC_OK ? frame_make_dirty(i->ref.frame) : rc;
}

static rc_t fwd_target(struct inv *i)
{
	struct fwd_way way;
	rc_t rc = change_prepare(i, &way);

	if (rc)
		return rc;
	inv_commit(i);
	target_change(i)->slot[0] = i->c[0];
	fwd_wake(&way);
	return RC_OK;
}

static rc_t fwd_block(struct inv *i)
{
	struct fwd_way way;
	struct node *n;
	rc_t rc = change_prepare(i, &way);

	if (rc)
		return rc;
	inv_commit(i);
	n = target_change(i);
	n->flags = (u16)((n->flags & ~FWD_BLOCKED) | (arg(i, 1) ? FWD_BLOCKED : 0));
	fwd_wake(&way);
	return RC_OK;
}

static rc_t fwd_opaque(struct inv *i)
{
	struct cap c = i->target;

	c.w[3] |= CR_OPAQUE << 24;
	return reply_cap(i, c);
}

static rc_t fwd_get(struct inv *i)
{
	const struct node *n = i->ref.node;

	inv_commit(i);
	i->r.w[1] = n->flags;
	i->r.w[2] = cap_type(&n->slot[1]) == CT_NUMBER ? n->slot[1].w[1] : 0;
	i->r.c[0] = fetched(&i->target, n->slot[0]);
	return RC_OK;
}

/* Nobody waits for these. */
static rc_t fwd_options(struct inv *i)
{
	u32 flags = arg(i, 1);
	struct node *n;
	rc_t rc = flags & FWD_BLOCKED ? RC_REQUEST : frame_make_dirty(i->ref.frame);

	if (rc)
		return rc;
	inv_commit(i);
	n = target_change(i);
	n->flags = (u16)((n->flags & FWD_BLOCKED) | flags);
	n->slot[1] = cap_number(arg(i, 2), 0, 0);
	return RC_OK;
}

/* While it waits, a caller's registers still say what it sent. */
static rc_t fwd_push_back(struct inv *i)
{
	struct objref ref;
	struct context *ctx;
	rc_t rc = arg_lookup(i, &ref);

	if (rc == RC_OK)
		rc = process_load(&ref, &ctx);
	if (rc == RC_OK && (ctx->p.run_state != RS_WAITING || !ctx->act || act_lasting_state(ctx->act) != AS_WAITING ||
			    ctx->act->wake == MADE_TO_WAIT))
		rc = RC_BAD_CAP;
	if (rc)
		return rc;
	inv_commit(i);
	process_wake_from_waiting(ctx);
	hal_regs_retreat(&ctx->regs);
	hal_regs_sanitise(&ctx->regs);
	act_ready(act_of(ctx), false);
	return RC_OK;
}

CAP_OPS(forwarder,
	OP(FWD_TARGET, fwd_target),
	OP(FWD_BLOCK, fwd_block),
	OP(FWD_OPAQUE, fwd_opaque),
	OP_OPT(FWD_GET, CONFIG_MORE_OPS, fwd_get),
	OP(FWD_OPTIONS, fwd_options),
	OP_OPT(FWD_PUSH_BACK, CONFIG_MORE_OPS, fwd_push_back));
