/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A fault told to its keeper in few instructions, as fastpath.c does system calls; and what both of them call. Unlike
 * fastpath.c it is not called by the port's entry alone, so it keeps the registers that a function has to keep.
 */
#include "kernel/fast.h"

struct context *hints[HINTS];

void hint_set(const struct cap *c)
{
	struct frame *f = frame_peek(cap_oid(c));
	u32 index = OID_INDEX(cap_oid(c));
	struct context *ctx = f && index < POT_NODES && f->hook[index] ? &contexts[f->hook[index] - 1] : NULL;

	if (ctx && ctx->oid == cap_oid(c))
		*hint_of(c) = ctx;
}

void ready_leave(struct activity *a)
{
	struct queue *q = &ready.queue[a->prio];

	q->head = a->next;
	if (a->next) {
		a->next->prev = NULL;
		a->next = NULL;
	} else {
		q->tail = NULL;
		ready.mask &= ~(1u << a->prio);
	}
}

void ready_enter(struct activity *a)
{
	struct queue *q = &ready.queue[a->prio];

	a->next = q->head;
	if (q->head)
		q->head->prev = a;
	else
		q->tail = a;
	q->head = a;
	ready.mask |= 1u << a->prio;
}

struct context *fast_fault(struct context *from, const struct cap *keeper, u32 code, u64 addr, u64 info)
{
	struct activity *a = from->act;
	struct context *to = loaded(keeper);

	if (!to)
		hint_set(keeper);
	if (!to || cpu0.resched || a->tries || ready.queue[a->prio].head != a || !can_begin(to, keeper, a))
		return NULL;

	/* Committed. */
	from->p.fault_code = (u8)code;
	from->p.fault_addr = addr;
	from->p.fault_info = info;
	from->p.run_state = RS_WAITING;
	a->state = AS_WAITING;
	a->wake = 0;
	to->p.flags &= (u16)~PF_STOPPED;
	ready_replace(a, activity_take(to, cap_version(keeper), to->prio));
	kernel_message(to, cap_payload(keeper), OP_FAULT, code, (word_t)addr, (word_t)hal_regs_pc(&from->regs),
		       resume_cap(from, CT_FAULT));
	return go_on(to);
}
