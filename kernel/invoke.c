/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The one system call: decode, prepare, commit, perform (kernel/invoke.h). Kernel objects
 * behave as if a server implemented them; the reply goes to the invoker of a call, else to the
 * resume capability in c[3], if it is one.
 */
#include <kernel/lib.h>
#include <kernel/map.h>
#include <kernel/panic.h>
#include <kernel/entry.h>
#include <kernel/sched.h>
#include <hal/hal.h>

static u64 scratch[FRAME_SIZE / 8];

void *inv_scratch(void)
{
	return scratch;
}

void inv_commit(struct inv *i)
{
	assert(!cpu0.committed);
	cpu0.committed = true;
	hal_regs_advance(&i->from->regs);
}

void inv_string_in(const struct inv *i, u32 off, void *dst, u32 len)
{
	user_pages_copy_in(&i->src, off, dst, len);
}

void inv_wait(struct inv *i, enum act_state s, u64 wake)
{
	struct context *from = i->from;

	assert(cpu0.committed);
	i->waits = true;
	from->p.run_state = RS_WAITING;
	if (from->act)
		act_park(act_of(from), s, wake);
}

static u32 form(const struct inv *i) /* INV_CALL, INV_RETURN or INV_SEND */
{
	return i->type < INV_PCALL ? i->type : i->type - INV_PCALL;
}

void invoker_sent(struct inv *i)
{
	struct context *from = i->from;

	if (form(i) == INV_CALL) {
		from->p.run_state = RS_WAITING;
		if (from->act)
			act_park(act_of(from), AS_WAITING, 0);
	} else if (form(i) == INV_RETURN) {
		process_open_wait(from);
	} else {
		hal_msg_set_word(&from->regs, 0, RC_OK);
	}
}

/* The invocation ends with an error that only its maker learns of. */
static void answer_error(struct inv *i, rc_t rc)
{
	struct context *from = i->from;

	if (!cpu0.committed)
		inv_commit(i);
	if (form(i) == INV_RETURN) {
		process_open_wait(from);
		return;
	}
	hal_msg_set_word(&from->regs, 0, (word_t)rc);
	for (u32 k = 1; k < 4; k++)
		hal_msg_set_word(&from->regs, k, 0);
	if (form(i) == INV_CALL)
		hal_msg_set_result(&from->regs, 0, 0, 0);
}

/* Whose reply it is, if not the caller's own: the process of a live resume capability in c[3]. */
static rc_t find_reply_to(struct inv *i)
{
	struct objref ref;
	rc_t rc;

	i->reply_to = NULL;
	if (form(i) == INV_CALL) {
		i->reply_to = i->from;
		return RC_OK;
	}
	if (cap_type(&i->c[3]) != CT_RESUME)
		return RC_OK;
	rc = cap_lookup(&i->c[3], &ref);
	if (rc == RC_OK)
		rc = process_load(&ref, &i->reply_to);
	if (rc == RC_STALL)
		return rc;
	if (rc || i->reply_to->p.run_state != RS_WAITING)
		i->reply_to = NULL;
	return RC_OK;
}

static void reply_perform(struct inv *i)
{
	struct context *to = i->reply_to, *from = i->from;

	assert(i->r.len <= FRAME_SIZE);
	if (!to || !to->proc)
		return;
	if (to != from) {
		if (to->p.run_state != RS_WAITING)
			return;
		process_wake_from_waiting(to);
		if (to->act)
			act_ready(act_of(to), false);
	}
	deliver(to, &i->r, &i->dst);
}

rc_t invoke_kernel_object(struct inv *i)
{
	u32 type = cap_type(&i->target);
	struct walk w;
	rc_t rc = find_reply_to(i);

	if (rc)
		return rc;
	i->dst.len = 0;
	if (i->reply_to && hal_msg_str(&i->reply_to->regs)) {
		rc = receive_pages(i->reply_to, FRAME_SIZE, &i->dst, &w);
		if (rc)
			return rc;
	}
	if (cap_of_earlier_boot(&i->target))
		return RC_VOID;
	if (cap_is_object(type)) {
		rc = cap_lookup(&i->target, &i->ref);
		if (rc)
			return rc;
	}
	rc = cap_invoke(i);
	if (rc == RC_STALL)
		return rc;
	if (!cpu0.committed) {
		assert(rc != RC_OK);
		inv_commit(i);
		i->r = (struct message){ .w = { (word_t)rc } };
	}
	if (i->waits || !i->from->proc)
		return RC_OK;
	if (form(i) == INV_SEND && i->reply_to != i->from)
		hal_msg_set_word(&i->from->regs, 0, RC_OK);
	if (form(i) == INV_RETURN)
		process_open_wait(i->from);
	reply_perform(i);
	return RC_OK;
}

static void decode(struct inv *i, struct context *ctx)
{
	u32 ctl = hal_msg_ctl(&ctx->regs);
	const struct node *regs = &frame_pot(ctx->caps)->node[ctx->caps_index];

	i->from = ctx;
	i->reply_to = NULL;
	i->waits = false;
	i->type = ctl >> 5 & 7;
	i->src.len = i->dst.len = 0;
	for (u32 k = 0; k < 4; k++)
		i->r.w[k] = 0; /* 0 is RC_OK */
	i->r.c[0] = cap_void(); /* the others never are anything else */
	i->r.str = NULL;
	i->r.len = 0;
	i->target = ctl & 31 ? regs->slot[ctl & 31] : cap_void();
	UNROLL_4
	for (u32 k = 0; k < 4; k++) {
		u32 r = ctl >> (8 + 5 * k) & 31;

		i->w[k] = hal_msg_word(&ctx->regs, k);
		i->c[k] = r ? regs->slot[r] : cap_void();
	}
	if (form(i) == INV_CALL)
		i->c[3] = cap_void();
}

/* Prompt forms wait for no keeper, so they get an error. */
static rc_t send_fault(struct inv *i, const struct walk *w)
{
	if (inv_prompt(i))
		return RC_ADDRESS;
	return fault_deliver(i->from, w->fault, w->va, ACC_READ, w);
}

/* The sent string's pages. A fault here is the sender's own, taken before the rendezvous. */
static rc_t send_pages(struct inv *i)
{
	struct abi_string s;
	struct walk w;
	rc_t rc;

	if (!hal_msg_str(&i->from->regs))
		return RC_OK;
	rc = string_block(i->from, &s, &w);
	if (rc == RC_ADDRESS)
		return send_fault(i, &w);
	if (rc || !s.send_len)
		return rc;
	if (s.send_len > CONFIG_MAX_STRING)
		return RC_TOO_LONG;
	rc = user_pages_get(i->from, s.send, (u32)s.send_len, false, &i->src, &w);
	if (rc == RC_OK && i->src.len < s.send_len)
		return send_fault(i, &w);
	return rc;
}

/* Invoking it is invoking its target. */
static bool forwards(const struct cap *c)
{
	return cap_type(c) == CT_FORWARDER && cap_rights(c) & CR_OPAQUE;
}

rc_t follow_forwarders(struct cap *target, word_t *w3, struct cap *c2, bool prompt)
{
	for (u32 depth = 0; forwards(target); depth++) {
		const struct cap *number;
		struct objref ref;
		rc_t rc = depth == FWD_DEPTH ? RC_TOO_DEEP : cap_lookup(target, &ref);

		if (rc)
			return rc;
		if (ref.node->flags & FWD_BLOCKED)
			return prompt ? RC_WOULD_BLOCK : stall_on(KEY_PROCESS(ref.frame->oid | ref.index));
		number = &ref.node->slot[1];
		if (ref.node->flags & FWD_PAYLOAD)
			*w3 = cap_type(number) == CT_NUMBER ? number->w[1] : 0;
		if (ref.node->flags & FWD_IDENTITY)
			*c2 = obj_cap(ref.frame, ref.index);
		*target = ref.node->slot[0];
	}
	return RC_OK;
}

static rc_t invoke(struct context *ctx)
{
	static struct inv inv;
	struct inv *i = &inv;
	rc_t rc;

	decode(i, ctx);
	if (i->type >= INV_NR)
		return fault_deliver(ctx, FAULT_SYSCALL, hal_regs_pc(&ctx->regs), 0, NULL);
	rc = send_pages(i);
	if (rc == RC_STALL || cpu0.committed)
		return rc;
	if (rc == RC_OK && forwards(&i->target))
		rc = follow_forwarders(&i->target, &i->w[3], &i->c[2], inv_prompt(i));
	if (rc == RC_OK)
		switch (cap_type(&i->target)) {
		case CT_START:
			rc = ipc_start(i);
			break;
		case CT_RESUME:
		case CT_FAULT:
			rc = ipc_resume(i);
			break;
		default:
			rc = cap_has_ops(cap_type(&i->target)) ? invoke_kernel_object(i) : RC_VOID;
		}
	if (rc == RC_STALL || (rc == RC_OK && cpu0.committed))
		return rc;
	if (i->from->proc)
		answer_error(i, rc);
	return RC_OK;
}

struct context *syscall_general(struct context *ctx)
{
	assert(ctx->proc && ctx->epoch == state.epoch && ctx->act);
	op_begin(act_of(ctx));
	frame_pin(ctx->proc);
	frame_pin(ctx->caps);
	op_end(ctx, invoke(ctx));
	return kernel_exit(ctx);
}
