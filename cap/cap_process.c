/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Process: its root slots and capability registers. Both nodes are used in place, so these operations need no
 * context; a loaded one is told which root slot changed. Run states and registers: cap_process_state.c.
 */
#include <kernel/sched.h>
#include "ops.h"

/* The brand says who made the process: it can be stored, never fetched. */
static rc_t proc_fetch(struct inv *i)
{
	u32 slot = arg(i, 1);

	if (slot == PS_BRAND)
		return RC_NO_ACCESS;
	return reply_cap(i, fetched(&i->target, i->ref.node->slot[slot]));
}

/* Capability registers need full authority over a node, and cannot be taken from under an operation in hand. */
static rc_t caps_slot_check(const struct inv *i)
{
	const struct context *ctx = context_of(i->ref.frame, i->ref.index);

	if (cap_type(&i->c[0]) != CT_NODE || cap_rights(&i->c[0]))
		return RC_BAD_CAP;
	return ctx && (ctx == i->from || ctx == i->reply_to) ? RC_BUSY : RC_OK;
}

/* A running process gets its activity under a new schedule by OP_PROC_CONTINUE, not by the store. */
static rc_t proc_store(struct inv *i)
{
	u32 slot = arg(i, 1);
	struct context *ctx;
	rc_t rc = slot == PS_CAPREGS ? caps_slot_check(i) : RC_OK;

	if (rc == RC_OK)
		rc = frame_make_dirty(i->ref.frame);
	if (rc)
		return rc;
	inv_commit(i);
	target_change(i)->slot[slot] = i->c[0];
	sched_wake_faults(KEY_PROCESS(cap_oid(&i->target)));
	ctx = context_of(i->ref.frame, i->ref.index);
	if (ctx)
		context_slot_changed(ctx, slot);
	return RC_OK;
}

/* The node of capability registers. RC_MALFORMED if the process has none. */
static rc_t registers(const struct inv *i, struct objref *out)
{
	const struct cap *c = &i->ref.node->slot[PS_CAPREGS];
	rc_t rc;

	if (cap_type(c) != CT_NODE || cap_rights(c))
		return RC_MALFORMED;
	rc = cap_lookup(c, out);
	return rc == RC_VOID ? RC_MALFORMED : rc;
}

static rc_t proc_cap_fetch(struct inv *i)
{
	struct objref regs;
	rc_t rc = registers(i, &regs);

	if (rc)
		return rc;
	return reply_cap(i, arg(i, 1) ? fetched(&i->target, regs.node->slot[arg(i, 1)]) : cap_void());
}

static rc_t proc_cap_store(struct inv *i)
{
	struct objref regs;
	rc_t rc = registers(i, &regs);

	if (rc == RC_OK)
		rc = frame_make_dirty(regs.frame);
	if (rc)
		return rc;
	inv_commit(i);
	node_writable(regs.frame, regs.index)->slot[arg(i, 1)] = i->c[0];
	return RC_OK;
}

static rc_t proc_start_cap(struct inv *i)
{
	const struct cap *c = &i->target;

	return reply_cap(i, cap_make(CT_START, arg(i, 1), cap_version(c), cap_oid(c), 0));
}

CAP_OPS(process,
	OP(PROC_YIELD, proc_yield),
	OP(PROC_FETCH, proc_fetch),
	OP(PROC_STORE, proc_store),
	OP(PROC_CAP_FETCH, proc_cap_fetch),
	OP(PROC_CAP_STORE, proc_cap_store),
	OP(PROC_GET_REGS, proc_get_regs),
	OP(PROC_SET_REGS, proc_set_regs),
	OP(PROC_START_CAP, proc_start_cap),
	OP(PROC_RESUME_CAP, proc_resume_cap),
	OP(PROC_RUN, proc_run),
	OP(PROC_STOP, proc_stop),
	OP(PROC_CONTINUE, proc_continue),
	OP(PROC_AVAILABLE, proc_available),
	OP(PROC_STATUS, proc_status),
	OP_OPT(PROC_NOTICE_CAP, CONFIG_NOTICE, proc_notice_cap),
	OP_OPT(PROC_NOTICES, CONFIG_NOTICE, proc_notices),
	OP_OPT(PROC_EXEC, CONFIG_MORE_OPS, proc_exec));
