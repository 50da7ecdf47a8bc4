/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Destroying an object on behalf of a range.
 *
 * Who runs under a schedule is stopped before it goes.
 * A node may hold resume capabilities on which somebody waits. Each is answered RC_DESTROYED before the node goes: a
 * loop of bounded operations, each whole in itself, in the prepare phase. If one stalls, or the step's share is used up,
 * the rescission starts again and finds those that were answered dead, because their call counts have risen. So it holds
 * one foreign context at a time, however many callers wait. It is the same with those who are stopped.
 */
#include <kernel/sched.h>
#include "ops.h"

#define PROCESS_UNITS 120u /* of a step's share: to load a process, answer or stop it, and unload it */

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

/* The process of c in a context for a moment; NULL if it cannot be loaded, or takes part in the operation. RC_STALL. */
static rc_t borrow(const struct inv *i, const struct cap *c, struct context **out, bool *was_loaded)
{
	struct objref ref;
	rc_t rc = cap_lookup(c, &ref);

	*out = NULL;
	if (rc == RC_OK) {
		*was_loaded = context_of(ref.frame, ref.index) != NULL;
		rc = process_load(&ref, out);
	}
	if (rc || *out == i->from || *out == i->reply_to)
		*out = NULL;
	return rc == RC_STALL ? rc : RC_OK;
}

static void put_back(struct context *ctx, bool was_loaded)
{
	ctx->pin = 0;
	if (!was_loaded)
		context_unload(ctx);
}

/* RC_OK if nobody waits on this capability any more, else RC_STALL. What cannot be loaded cannot wait. */
static rc_t answer_holder(const struct inv *i, const struct cap *c)
{
	struct context *ctx;
	bool was_loaded;
	rc_t rc;

	if (cap_type(c) != CT_RESUME && cap_type(c) != CT_FAULT)
		return RC_OK;
	rc = borrow(i, c, &ctx, &was_loaded);
	if (rc || !ctx)
		return rc;
	if (ctx->p.run_state == RS_WAITING)
		answer(ctx, cap_type(c));
	put_back(ctx, was_loaded);
	return share_used(PROCESS_UNITS) ? stall_on(KEY_AGAIN) : RC_OK;
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
	oid_t oid = ref->frame->oid | ref->index;
	struct activity *a = act_find(oid);

	sched_wake_faults(KEY_PROCESS(oid));
	if (!a)
		return;
	if (a->ctx)
		a->ctx->act = NULL;
	act_free(a);
}

static bool runs_under(const struct activity *a, const struct objref *schedule)
{
	return a && a->state != AS_FREE && a->sched_oid == (schedule->frame->oid | schedule->index) &&
	       a->sched_version == schedule->node->version;
}

/* What cannot be loaded cannot run again either. */
static rc_t stop_user(const struct inv *i, struct activity *a)
{
	const struct cap process = cap_make(CT_PROCESS, 0, a->version, a->oid, 0);
	struct context *ctx;
	bool was_loaded;
	rc_t rc = borrow(i, &process, &ctx, &was_loaded);

	if (rc)
		return rc;
	if (!ctx && a->ctx)
		return RC_BUSY;
	if (!ctx) {
		act_free(a);
		return RC_OK;
	}
	proc_halt(ctx);
	put_back(ctx, was_loaded);
	return share_used(PROCESS_UNITS) ? stall_on(KEY_AGAIN) : RC_OK;
}

/* RC_BUSY if the process that asks, or the one that gets the answer, is among them. */
static rc_t stop_users(const struct inv *i, const struct objref *schedule)
{
	rc_t rc = RC_OK;

	if (runs_under(act_of(i->from), schedule) || (i->reply_to && runs_under(act_of(i->reply_to), schedule)))
		return RC_BUSY;
	for (u32 k = 0; rc == RC_OK && k < CONFIG_NR_ACTIVITIES; k++)
		if (runs_under(&activities[k], schedule))
			rc = stop_user(i, &activities[k]);
	return rc;
}

static bool serves(const struct context *ctx, const struct objref *ref)
{
	return ctx && ref->node && context_of(ref->frame, ref->index) == ctx;
}

/* RC_BUSY for the nodes of the process that asks and of the one that gets the answer, and for what they run under. */
rc_t object_destroy(struct inv *i, const struct cap *c)
{
	struct fwd_way way = { .count = 0 };
	struct objref ref;
	rc_t rc = obj_destroy_prepare(c, &ref);

	if (rc)
		return rc == RC_VOID ? RC_BAD_CAP : rc;
	if (serves(i->from, &ref) || serves(i->reply_to, &ref))
		return RC_BUSY;
	if (ref.node)
		rc = answer_holders(i, ref.node);
	if (rc == RC_OK && cap_type(c) == CT_SCHEDULE)
		rc = stop_users(i, &ref);
	if (rc == RC_OK && cap_type(c) == CT_FORWARDER)
		rc = fwd_waiters(ref.node, &way);
	if (rc)
		return rc;
	inv_commit(i);
	if (cap_type(c) == CT_PROCESS)
		end_process(&ref);
	if (cap_type(c) == CT_SCHEDULE)
		sched_params_set(&ref, (struct sched_params){ .limit = 0 });
	obj_destroy_perform(&ref);
	fwd_wake(&way);
	return RC_OK;
}
