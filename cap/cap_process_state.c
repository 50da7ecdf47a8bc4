/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Process: registers and run states, which live in the context of a loaded process; so these operations load it.
 * They refuse the process that asks and the one that gets the answer (RC_BUSY): its state is the operation's own.
 */
#include <kernel/lib.h>
#include <kernel/sched.h>
#include "ops.h"

#define REGS_BYTES (sizeof(struct abi_process_regs) + HAL_REGS_BYTES)
#define REGS_VERSION 1

/* The loaded process, whose state may be changed; `runs`: it may need an activity. */
static rc_t state_prepare(struct inv *i, bool runs, struct context **out)
{
	rc_t rc = process_load(&i->ref, out);

	if (rc)
		return rc;
	if (*out == i->from || *out == i->reply_to)
		return RC_BUSY;
	return runs ? process_can_run(*out) : RC_OK;
}

static void clear_fault(struct context *ctx)
{
	ctx->p.fault_code = FAULT_NONE;
	ctx->p.fault_addr = ctx->p.fault_info = 0;
	ctx->p.flags &= (u16)~(PF_FAULT_DUE | PF_RECEIVES);
}

rc_t proc_run(struct inv *i)
{
	struct context *ctx;
	rc_t rc = state_prepare(i, true, &ctx);

	if (rc)
		return rc;
	inv_commit(i);
	process_available(ctx);
	clear_fault(ctx);
	hal_regs_start(&ctx->regs, i->w[1], i->w[2], i->w[3]);
	hal_regs_sanitise(&ctx->regs);
	process_run(ctx);
	return RC_OK;
}

/*
 * Space, registers and start in one step. A process that does it to itself gets no answer: the registers into which it would
 * come are those of the new program.
 */
rc_t proc_exec(struct inv *i)
{
	struct context *ctx;
	struct cap *space;
	rc_t rc = process_load(&i->ref, &ctx);

	if (rc == RC_OK && ctx == i->from)
		rc = i->reply_to == ctx ? RC_OK : RC_REQUEST;
	else if (rc == RC_OK)
		rc = state_prepare(i, true, &ctx);
	if (rc == RC_OK)
		rc = frame_make_dirty(i->ref.frame);
	if (rc)
		return rc;
	inv_commit(i);
	if (ctx != i->from) {
		process_available(ctx);
		clear_fault(ctx);
	}
	space = &target_change(i)->slot[PS_SPACE];
	i->r.c[0] = fetched(&i->target, *space);
	*space = i->c[0];
	context_slot_changed(ctx, PS_SPACE);
	sched_wake_faults(KEY_PROCESS(ctx->oid));
	hal_regs_start(&ctx->regs, i->w[1], i->w[2], i->w[3]);
	hal_regs_sanitise(&ctx->regs);
	if (ctx == i->from)
		i->waits = true;
	else
		process_run(ctx);
	return RC_OK;
}

static bool waits_in_kernel(const struct context *ctx)
{
	const struct activity *a = act_of(ctx);

	u8 s = a ? act_lasting_state(a) : AS_FREE;

	return s == AS_SLEEPING || s == AS_CKPT || s == AS_CONSOLE || s == AS_MONOTONIC || s == AS_WALL;
}

void proc_halt(struct context *ctx)
{
	if (waits_in_kernel(ctx)) {
		process_wake_from_waiting(ctx);
		hal_msg_set_word(&ctx->regs, 0, RC_RESTARTED);
		hal_msg_set_result(&ctx->regs, 0, 0, 0);
	}
	process_stop(ctx);
}

rc_t proc_stop(struct inv *i)
{
	struct context *ctx;
	rc_t rc = state_prepare(i, false, &ctx);

	if (rc)
		return rc;
	inv_commit(i);
	proc_halt(ctx);
	return RC_OK;
}

/* A process that waits for a reply needs its activity again, so that the reply needs none. */
static void wait_again(struct context *ctx)
{
	if (ctx->act)
		return;
	process_run(ctx);
	ctx->p.run_state = RS_WAITING;
	if (ctx->act)
		act_park(act_of(ctx), AS_WAITING, 0);
}

/* After process_can_run(), if a notice is due. */
static void open_wait(struct context *ctx)
{
	process_available(ctx);
	notice_set(ctx, ctx->p.notice_bits, ctx->p.notice_mask);
}

rc_t proc_continue(struct inv *i)
{
	struct context *ctx;
	rc_t rc = state_prepare(i, true, &ctx);
	bool faulted, receives;

	if (rc)
		return rc;
	inv_commit(i);
	faulted = ctx->p.fault_code != FAULT_NONE;
	receives = ctx->p.flags & PF_RECEIVES;
	clear_fault(ctx);
	if (ctx->p.run_state == RS_AVAILABLE)
		return RC_OK;
	if (ctx->p.run_state == RS_WAITING && !faulted) {
		wait_again(ctx);
		return RC_OK;
	}
	if (receives) {
		open_wait(ctx);
		return RC_OK;
	}
	if (ctx->p.run_state == RS_WAITING)
		process_wake_from_waiting(ctx);
	process_run(ctx);
	return RC_OK;
}

rc_t proc_available(struct inv *i)
{
	struct context *ctx;
	rc_t rc = state_prepare(i, false, &ctx);

	if (rc == RC_OK && notice_due(ctx))
		rc = process_can_run(ctx);
	if (rc)
		return rc;
	inv_commit(i);
	clear_fault(ctx);
	open_wait(ctx);
	return RC_OK;
}

rc_t proc_resume_cap(struct inv *i)
{
	struct context *ctx;
	rc_t rc = state_prepare(i, true, &ctx);

	if (rc)
		return rc;
	inv_commit(i);
	clear_fault(ctx);
	process_run(ctx);
	process_waiting(ctx);
	i->r.c[0] = process_resume_cap(ctx, CT_RESUME);
	return RC_OK;
}

rc_t proc_yield(struct inv *i)
{
	const struct context *ctx = context_of(i->ref.frame, i->ref.index);
	struct activity *from = act_of(i->from);
	struct activity *to = ctx ? act_of(ctx) : act_find(i->ref.frame->oid | i->ref.index);

	inv_commit(i);
	i->r.w[1] = to && act_yield(from, to);
	return RC_OK;
}

rc_t proc_status(struct inv *i)
{
	struct context *ctx;
	rc_t rc = process_load(&i->ref, &ctx);

	if (rc)
		return rc;
	inv_commit(i);
	i->r.w[1] = ctx->p.run_state;
	i->r.w[2] = ctx->p.fault_code;
	i->r.w[3] = (word_t)ctx->p.fault_addr;
	return RC_OK;
}

rc_t proc_get_regs(struct inv *i)
{
	struct context *ctx;
	struct abi_process_regs *out = inv_scratch();
	rc_t rc = process_load(&i->ref, &ctx);

	if (rc)
		return rc;
	inv_commit(i);
	*out = ctx->p;
	out->layout = HAL_LAYOUT;
	out->version = REGS_VERSION;
	hal_regs_save(&ctx->regs, (u8 *)(out + 1));
	i->r.str = out;
	i->r.len = REGS_BYTES;
	return RC_OK;
}

/* Sets notices and the port's registers. Run state, flags and fault change by their own operations only. */
rc_t proc_set_regs(struct inv *i)
{
	const struct abi_process_regs *given = inv_scratch();
	struct context *ctx;
	rc_t rc = i->src.len == REGS_BYTES ? string_to_scratch(i, REGS_BYTES) : RC_REQUEST;

	if (rc == RC_OK && (given->layout != HAL_LAYOUT || given->version != REGS_VERSION))
		rc = RC_REQUEST;
	if (rc == RC_OK)
		rc = state_prepare(i, false, &ctx);
	if (rc == RC_OK)
		rc = notice_prepare(ctx, given->notice_bits, given->notice_mask);
	if (rc)
		return rc;
	inv_commit(i);
	hal_regs_load(&ctx->regs, (const u8 *)(given + 1));
	hal_regs_sanitise(&ctx->regs);
	notice_set(ctx, given->notice_bits, given->notice_mask);
	return RC_OK;
}
