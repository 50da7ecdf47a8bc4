/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The short way through the system call, for what programs do most: a call of a start capability, a return (prompt or
 * not) to a resume capability, one to a fault capability, a notice posted by who then waits, and a number asked for
 * itself. It does what syscall_general() would do, in the case in which nothing has to be brought in, reserved, woken or
 * chosen; as soon as anything is otherwise it gives up, before the first change, and the general path starts from the
 * trap again. So the general path is the reference, and each condition here is a promise of what that path would find.
 *
 * Nothing here can stall or fetch, so nothing is pinned. What is written is dirty in this epoch: nodes of loaded contexts
 * by P1, pages of strings because the hardware's entries let the program write them (map.h).
 */
#include <hal/hal.h>
#include <hal/pt.h>
#include <kernel/entry.h>
#include <kernel/lib.h>
#include <kernel/map.h>
#include <kernel/panic.h>
#include <kernel/peek.h>
#include "kernel/fast.h"

/* A string that lies in one page on either side. */
struct copy {
	u32 sent, len;
	const void *from;
	void *to;
};

static NOINLINE struct context *otherwise(struct context *from, const struct cap *c)
{
	hint_set(c);
	return syscall_general(from);
}

/* ---- strings: up to a page ---- */
_Static_assert(FRAME_SIZE <= CONFIG_MAX_STRING, "no string is refused here");

/* The string block in its page; NULL = find out in general, as if it had an odd address. */
static inline const struct abi_string *block(const struct context *ctx)
{
	word_t at = hal_msg_str(&ctx->regs);

	if (at % sizeof(word_t) || at % FRAME_SIZE > FRAME_SIZE - sizeof(struct abi_string))
		return NULL;
	return map_peek(ctx->root, at, false);
}

static inline bool in_one_page(word_t at, word_t len)
{
	return at % FRAME_SIZE <= FRAME_SIZE - len;
}

/* What is to be copied, or NULL. Good until the next. Each word of a block is read once. */
static NOINLINE const struct copy *string_get(const struct context *from, const struct context *to)
{
	static struct copy c;
	const struct abi_string *src, *dst;
	word_t at, len;

	src = context_root_known(from) ? block(from) : NULL;
	if (!src)
		return NULL;
	len = src->send_len;
	if (len > FRAME_SIZE)
		return NULL;
	c.sent = (u32)len;
	c.len = 0;
	if (!len)
		return &c;
	at = src->send;
	c.from = map_peek(from->root, at, false);
	dst = hal_msg_str(&to->regs) ? block(to) : NULL;
	if (!c.from || !dst || !in_one_page(at, len))
		return NULL;
	at = dst->recv_max;
	len = MIN(len, at);
	if (!len)
		return &c;
	c.len = (u32)len;
	at = dst->recv;
	c.to = map_peek(to->root, at, true);
	return c.to && in_one_page(at, len) ? &c : NULL;
}

static NOINLINE void string_copy(struct context *to, u32 facet, const struct copy *c)
{
	if (c->len)
		memmove(c->to, c->from, c->len);
	hal_msg_set_result(&to->regs, facet, c->len, c->sent);
}

/* ---- delivery ---- */

/* Words, capabilities but the last, string. */
static inline void hand_over(struct context *from, struct context *to, u32 facet, const struct copy *c)
{
	const struct cap *sent = from->regnode->slot;
	struct cap *got = to->regnode->slot;

	for (u32 r = hal_msg_rcv(&to->regs) & 0x7fff, s = hal_msg_ctl(&from->regs) >> 8; r; r >>= 5, s >>= 5)
		if (r & 31)
			got[r & 31] = s & 31 ? sent[s & 31] : cap_void();
	for (u32 k = 0; k < 4; k++)
		hal_msg_set_word(&to->regs, k, hal_msg_word(&from->regs, k));
	if (UNLIKELY(c))
		string_copy(to, facet, c);
	else
		hal_msg_set_result(&to->regs, facet, 0, 0);
	hal_regs_advance(&from->regs);
	to->p.run_state = RS_RUNNING;
}

/* ---- call ---- */

static NOINLINE struct context *fast_call(struct context *from, struct activity *a, const struct cap *target)
{
	struct context *to = loaded(target);
	const struct copy *c = NULL;
	struct activity *b;
	u32 r;
	u8 prio;

	if (UNLIKELY(!to))
		return otherwise(from, target);
	prio = to->prio;
	if (UNLIKELY(to->node->version != cap_version(target) || to->p.run_state != RS_AVAILABLE || to->act ||
		     !admitted(to) || !goes_first(a, prio)))
		return syscall_general(from);
	if (UNLIKELY(hal_msg_str(&from->regs))) {
		c = string_get(from, to);
		if (!c)
			return syscall_general(from);
	}

	/* Committed. */
	from->p.run_state = RS_WAITING;
	a->state = AS_WAITING;
	a->wake = 0;
	to->p.flags &= (u16)~PF_STOPPED;
	b = activity_take(to, cap_version(target), prio);
	ready_replace(a, b);
	r = hal_msg_rcv(&to->regs) >> 15 & 31;
	hand_over(from, to, cap_payload(target), c);
	if (LIKELY(r))
		to->regnode->slot[r] = resume_cap(from, CT_RESUME);
	return go_on(to);
}

/* ---- return ---- */

/* act_free() of an activity that is out of its queue. */
static inline void activity_give(struct context *ctx, struct activity *a)
{
	a->use->count--;
	a->oid = 0;
	a->state = AS_FREE;
	a->ctx = NULL;
	a->next = ready.free;
	ready.free = a;
	ctx->act = NULL;
}

/* Can it be in an open wait without waking anyone? */
static inline bool can_wait(const struct context *from)
{
	return !from->callers->head && !(IS_ENABLED(CONFIG_NOTICE) && from->p.notice_bits);
}

static inline void count_up(struct context *to)
{
	struct node *n = to->node;

	n->call_count++;
	if (to->proc->tag.call_count < n->call_count)
		to->proc->tag.call_count = n->call_count;
}

static NOINLINE struct context *fast_return(struct context *from, struct activity *a, const struct cap *target)
{
	struct context *to = loaded(target);
	const struct copy *c = NULL;
	struct activity *b;
	struct node *n;
	u32 r;

	if (UNLIKELY(!to))
		return otherwise(from, target);
	if (UNLIKELY(to->p.run_state != RS_WAITING || !to->act))
		return syscall_general(from);
	n = to->node;
	b = to->act;
	if (UNLIKELY((u32)n->call_count != cap_version(target) || (u32)(n->call_count >> 32) != cap_payload(target) ||
		     cap_payload(target) == COUNT_MAX >> 32 || b->state != AS_WAITING || b->pending ||
		     !goes_first(a, b->prio) || !can_wait(from)))
		return syscall_general(from);
	if (UNLIKELY(hal_msg_str(&from->regs))) {
		c = string_get(from, to);
		if (!c)
			return syscall_general(from);
	}

	/* Committed. */
	assert(!(from->p.flags & PF_STOPPED)); /* it has an activity */
	from->p.run_state = RS_AVAILABLE;
	b->state = AS_READY;
	ready_replace(a, b);
	activity_give(from, a);
	count_up(to);
	r = hal_msg_rcv(&to->regs) >> 15 & 31;
	hand_over(from, to, 0, c);
	if (UNLIKELY(r)) {
		u32 s = hal_msg_ctl(&from->regs) >> 23 & 31;

		to->regnode->slot[r] = s ? from->regnode->slot[s] : cap_void();
	}
	return go_on(to);
}

/*
 * To a fault capability: the instruction runs again. What was missing is mapped at once if it is there now, so that the
 * instruction need not fault a second time. That is what its second fault would do first. Only
 * the tables of the space just loaded are looked at, and nothing here depends on whether it was done.
 */
static NOINLINE struct context *fast_fault_reply(struct context *from, struct activity *a, const struct cap *target)
{
	struct context *to = loaded(target);
	struct activity *b;
	struct node *n;
	bool missing;

	if (UNLIKELY(!to))
		return otherwise(from, target);
	n = to->node;
	b = to->act;
	if (UNLIKELY(to->p.run_state != RS_WAITING || !b || n->call_count != cap_count56(target) ||
		     cap_payload(target) == COUNT_MAX >> 32 || b->state != AS_WAITING || b->pending || !goes_first(a, b->prio) ||
		     !can_wait(from) || hal_msg_word(&from->regs, 0) != RC_OK || hal_msg_str(&from->regs) ||
		     to->p.flags & PF_RECEIVES))
		return syscall_general(from);

	/* Committed. */
	from->p.run_state = RS_AVAILABLE;
	b->state = AS_READY;
	ready_replace(a, b);
	activity_give(from, a);
	count_up(to);
	hal_regs_advance(&from->regs);
	missing = to->p.fault_code == FAULT_ADDRESS || to->p.fault_code == FAULT_ACCESS;
	to->p.fault_code = FAULT_NONE;
	to->p.run_state = RS_RUNNING;
	to = go_on(to);
	if (IS_ENABLED(CONFIG_FAST_FAULT) && missing)
		(void)map_fault_short((uintptr_t)to->root, (uintptr_t)to->p.fault_addr, (enum access)to->p.fault_info);
	return to;
}

/* ---- notice ---- */

/* Posted by who waits then, to a process that waits for it. */
static NOINLINE struct context *fast_post(struct context *from, struct activity *a, const struct cap *target)
{
	struct context *to = loaded(target);
	u32 bits = (u32)hal_msg_word(&from->regs, 1), due;

	if (UNLIKELY(!to))
		return otherwise(from, target);
	due = (to->p.notice_bits | bits) & ~to->p.notice_mask;
	if (UNLIKELY((u32)hal_msg_word(&from->regs, 0) != OP_NOTICE_POST || !bits || bits & ~cap_payload(target) || !due ||
		     !can_begin(to, target, a) || !can_wait(from) || hal_msg_str(&from->regs) ||
		     hal_msg_ctl(&from->regs) >> 23 & 31))
		return syscall_general(from);

	/* Committed. */
	to->p.notice_bits = (to->p.notice_bits | bits) & to->p.notice_mask;
	to->p.flags &= (u16)~PF_STOPPED;
	from->p.run_state = RS_AVAILABLE;
	ready_replace(a, activity_take(to, cap_version(target), to->prio));
	activity_give(from, a);
	hal_regs_advance(&from->regs);
	kernel_message(to, FACET_NOTICE, OP_NOTICE, due, 0, 0, cap_void());
	return go_on(to);
}

/* Apart, so that the two commonest invocations do not pay for the choice. */
static NOINLINE struct context *fast_other_return(struct context *ctx, struct activity *a, const struct cap *target)
{
	if (cap_type(target) == CT_FAULT)
		return fast_fault_reply(ctx, a, target);
	if (IS_ENABLED(CONFIG_NOTICE) && cap_type(target) == CT_NOTICE)
		return fast_post(ctx, a, target);
	return syscall_general(ctx);
}

/* ---- number ---- */

static inline struct context *fast_number(struct context *ctx, const struct cap *number)
{
	word_t op = hal_msg_word(&ctx->regs, 0);
	bool get = op == OP_NUM_GET;

	if (hal_msg_rcv(&ctx->regs) || hal_msg_str(&ctx->regs) || !(get || op == OP_TYPE))
		return syscall_general(ctx);
	hal_msg_set_word(&ctx->regs, 0, RC_OK);
	hal_msg_set_word(&ctx->regs, 1, get ? number->w[1] : CT_NUMBER);
	hal_msg_set_word(&ctx->regs, 2, get ? number->w[2] : 0);
	hal_msg_set_word(&ctx->regs, 3, get ? number->w[3] : 0);
	hal_msg_set_result(&ctx->regs, 0, 0, 0);
	hal_regs_advance(&ctx->regs);
	return ctx;
}

struct context *kernel_syscall(struct context *ctx)
{
	u32 ctl = hal_msg_ctl(&ctx->regs), type = ctl >> 5 & 7;
	struct activity *a = ctx->act;
	const struct cap *target = &ctx->regnode->slot[ctl & 31];

	assert(ctx->proc && ctx->epoch == state.epoch && ctx->act);
	/* A first try (so that it has not the token), of what is first in its queue, and nothing has happened since. */
	if (UNLIKELY(cpu0.resched || a->tries || ready.queue[a->prio].head != a || !(ctl & 31)))
		return syscall_general(ctx);
	if (type == INV_CALL && cap_type(target) == CT_START)
		return fast_call(ctx, a, target);
	if (type == INV_RETURN && cap_type(target) == CT_RESUME)
		return fast_return(ctx, a, target);
	if (type == INV_CALL && cap_type(target) == CT_NUMBER)
		return fast_number(ctx, target);
	if (type == INV_PRETURN && cap_type(target) == CT_RESUME) /* neither form waits for anybody here */
		return fast_return(ctx, a, target);
	if (type == INV_RETURN)
		return fast_other_return(ctx, a, target);
	return syscall_general(ctx);
}
