/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Destroying an object on behalf of a range.
 *
 * A node may hold resume capabilities on which somebody waits. Each is answered RC_DESTROYED before the node goes: a
 * loop of bounded operations, each whole in itself, in the prepare phase. If one stalls, the rescission starts again
 * and finds those that were answered dead, because their call counts have risen. So it holds one foreign context at
 * a time, however many callers wait.
 */
#include <kernel/sched.h>
#include "ops.h"

static u32 slots_of(const struct node *n)
{
	return n->kind == NK_PROCESS ? PS_NR : NODE_SLOTS;
}

/* The process goes on, told that nobody will reply; one that waited for its keeper stays stopped with its fault. */
static void answer(struct context *ctx, u32 type)
{
	struct activity *a = act_of(ctx);

	process_wake_from_waiting(ctx);
	if (type == CT_FAULT) {
		process_stop(ctx);
		return;
	}
	hal_msg_set_word(&ctx->regs, 0, RC_DESTROYED);
	for (u32 k = 1; k < 4; k++)
		hal_msg_set_word(&ctx->regs, k, 0);
	hal_msg_set_result(&ctx->regs, 0, 0, 0);
	if (a) {
		a->pending = 0;
		act_ready(a, false);
	}
}

/* RC_OK if nobody waits on this capability any more, else RC_STALL. What cannot be loaded cannot wait. */
static rc_t answer_holder(const struct inv *i, const struct cap *c)
{
	struct context *ctx;
	struct objref ref;
	bool was_loaded;
	rc_t rc;

	if (cap_type(c) != CT_RESUME && cap_type(c) != CT_FAULT)
		return RC_OK;
	rc = cap_lookup(c, &ref);
	if (rc)
		return rc == RC_STALL ? rc : RC_OK;
	was_loaded = context_of(ref.frame, ref.index) != NULL;
	rc = process_load(&ref, &ctx);
	if (rc)
		return rc == RC_STALL ? rc : RC_OK;
	if (ctx == i->reply_to || ctx->p.run_state != RS_WAITING)
		return RC_OK;
	answer(ctx, cap_type(c));
	if (!was_loaded)
		context_unload(ctx);
	return RC_OK;
}

static rc_t answer_holders(const struct inv *i, const struct node *n)
{
	rc_t rc = RC_OK;

	for (u32 k = 0; rc == RC_OK && k < slots_of(n); k++)
		rc = answer_holder(i, &n->slot[k]);
	return rc;
}

/* A process that dies gives its activity back, loaded or not. */
static void end_process(const struct objref *ref)
{
	struct context *ctx = context_of(ref->frame, ref->index);
	struct activity *a = act_find(ref->frame->oid | ref->index);

	if (ctx)
		process_stop(ctx);
	else if (a)
		act_free(a);
}

static bool serves(const struct context *ctx, const struct objref *ref)
{
	return ctx && ref->node && context_of(ref->frame, ref->index) == ctx;
}

/* RC_BUSY for the nodes of the process that asks, and of the one that gets the answer. */
rc_t object_destroy(struct inv *i, const struct cap *c)
{
	struct objref ref;
	rc_t rc = obj_destroy_prepare(c, &ref);

	if (rc)
		return rc == RC_VOID ? RC_BAD_CAP : rc;
	if (serves(i->from, &ref) || serves(i->reply_to, &ref))
		return RC_BUSY;
	if (ref.node)
		rc = answer_holders(i, ref.node);
	if (rc)
		return rc;
	inv_commit(i);
	if (cap_type(c) == CT_PROCESS)
		end_process(&ref);
	obj_destroy_perform(&ref);
	return RC_OK;
}
