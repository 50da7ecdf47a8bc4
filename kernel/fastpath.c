/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The short way through the system call, for what programs do most: a call of a start capability, a return to a resume
 * capability, and a number asked for itself. It does what syscall_general() would do, in the case in which nothing has to
 * be brought in, reserved, woken or chosen; as soon as anything is otherwise it gives up, before the first change, and the
 * general path starts from the trap again. So the general path is the reference, and each condition here is a promise of
 * what that path would find.
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
#include "kernel/ready.h"

#define FAST_STRING FRAME_SIZE   /* longer strings go the general way */
_Static_assert(FAST_STRING <= CONFIG_MAX_STRING, "no string is refused here");

#define LIKELY(x) __builtin_expect(!!(x), 1)
#define UNLIKELY(x) __builtin_expect(!!(x), 0)

/* What is copied: at most two pages on each side, hence three pieces. */
struct copy {
	u32 sent, len, pieces;
	struct {
		const char *from;
		char *to;
		u32 len;
	} piece[3];
};

/* The loaded process, dirty in this epoch, that a start or resume capability names; NULL = find out in general. */
static inline struct context *loaded(const struct cap *c)
{
	u32 index = OID_INDEX(cap_oid(c));
	struct frame *f = frame_peek(cap_oid(c));
	struct context *ctx;

	if (UNLIKELY(!f || index >= POT_NODES || !f->hook[index]))
		return NULL;
	ctx = &contexts[f->hook[index] - 1];
	if (UNLIKELY(ctx->proc != f || ctx->proc_index != index || ctx->epoch != state.epoch || !context_root_known(ctx)))
		return NULL;
	f->age = 0;
	return ctx;
}

/* ---- strings ---- */

static bool block_get(const struct context *ctx, struct abi_string *s)
{
	word_t at = hal_msg_str(&ctx->regs);
	const void *p;

	if (!context_root_known(ctx) || at % FRAME_SIZE > FRAME_SIZE - sizeof(*s))
		return false;
	p = map_peek(ctx->root, at, false);
	if (!p)
		return false;
	__builtin_memcpy(s, p, sizeof(*s));
	return true;
}

/* All pieces of a string, or false. */
static bool string_get(const struct context *from, const struct context *to, struct copy *c)
{
	struct abi_string src, dst;

	if (!block_get(from, &src) || src.send_len > FAST_STRING)
		return false;
	c->sent = (u32)src.send_len;
	if (!c->sent || !hal_msg_str(&to->regs))
		return !c->sent; /* the general path looks at a string that nobody wants, too */
	if (!block_get(to, &dst))
		return false;
	c->len = (u32)MIN(src.send_len, dst.recv_max);
	for (u32 off = 0; off < c->sent;) {
		u32 in = FRAME_SIZE - (u32)((src.send + off) % FRAME_SIZE), n = MIN(in, c->sent - off);
		const char *p = map_peek(from->root, src.send + off, false);
		char *q = NULL;

		if (off < c->len) {
			u32 out = FRAME_SIZE - (u32)((dst.recv + off) % FRAME_SIZE);

			n = MIN(n, MIN(out, c->len - off));
			q = map_peek(to->root, dst.recv + off, true);
		}
		if (!p || (off < c->len && !q) || src.send + off < src.send || dst.recv + off < dst.recv)
			return false;
		if (q) {
			c->piece[c->pieces].from = p;
			c->piece[c->pieces].to = q;
			c->piece[c->pieces++].len = n;
		}
		off += n;
	}
	return true;
}

static void string_copy(const struct copy *c)
{
	for (u32 i = 0; i < c->pieces; i++)
		memmove(c->piece[i].to, c->piece[i].from, c->piece[i].len);
}

/* ---- queues ---- */

/* Would the first ready activity of this priority run next, once `leaving` is gone from the head of its queue? */
static inline bool goes_first(const struct activity *leaving, u32 prio)
{
	u32 mask = leaving->next ? ready.mask : ready.mask & ~(1u << leaving->prio);

	return !(mask >> prio >> 1) && cpu0.kthread_prio < (s32)prio;
}

static inline void ready_leave(struct activity *a)
{
	struct queue *q = &ready.queue[a->prio];

	q->head = a->next;
	if (a->next) {
		act_at(a->next)->prev = 0;
		a->next = 0;
	} else {
		q->tail = 0;
		ready.mask &= ~(1u << a->prio);
	}
}

static inline void ready_enter(struct activity *a, u16 index)
{
	struct queue *q = &ready.queue[a->prio];

	a->next = q->head;
	if (q->head)
		act_at(q->head)->prev = index;
	else
		q->tail = index;
	q->head = index;
	ready.mask |= 1u << a->prio;
}

/* ---- delivery ---- */

static inline void capabilities_pass(const struct context *from, struct context *to, u32 ctl, u32 rcv)
{
	for (u32 k = 0; k < 3; k++) {
		u32 s = ctl >> (8 + 5 * k) & 31, r = rcv >> 5 * k & 31;

		if (r)
			to->regnode->slot[r] = s ? from->regnode->slot[s] : cap_void();
	}
}

/* Words, capabilities but the last, string; then `to` is what runs. */
static inline struct context *hand_over(struct context *from, struct context *to, u32 ctl, u32 facet, const struct copy *c)
{
	u32 rcv = hal_msg_rcv(&to->regs);

	if (rcv & 0x7fff)
		capabilities_pass(from, to, ctl, rcv);
	for (u32 k = 0; k < 4; k++)
		hal_msg_set_word(&to->regs, k, hal_msg_word(&from->regs, k));
	if (UNLIKELY(c->sent)) {
		string_copy(c);
		hal_msg_set_result(&to->regs, facet, c->len, c->sent);
	} else {
		hal_msg_set_result(&to->regs, facet, 0, 0);
	}
	hal_regs_advance(&from->regs);
	to->p.run_state = RS_RUNNING;
	cpu0.current = to;
	if (LIKELY(cpu0.loaded_root != to->root)) {
		cpu0.loaded_root = to->root;
		hal_space_load(to->root);
	}
	return to;
}

/* ---- call ---- */

/* sched_admits() and act_alloc(). */
static inline bool admitted(const struct context *ctx)
{
	const struct use *u = &uses[ctx->use];

	return ctx->sched_known == 1 && ready.free_head && u->oid == ctx->sched_oid && u->version == ctx->sched_version &&
	       u->count < ctx->sched_limit;
}

static inline struct activity *activity_take(struct context *ctx)
{
	u16 index = ready.free_head;
	struct activity *a = act_at(index);

	ready.free_head = a->next;
	uses[ctx->use].count++;
	a->oid = ctx->node->oid;
	a->version = ctx->node->version;
	a->state = AS_READY;
	a->prio = ctx->prio;
	a->restarted = false;
	a->sched_oid = ctx->sched_oid;
	a->sched_version = ctx->sched_version;
	a->use = ctx->use;
	a->ctx = ctx->index;
	ctx->act = index;
	return a;
}

static inline struct context *fast_call(struct context *from, struct activity *a, const struct cap *target, u32 ctl)
{
	struct context *to = loaded(target);
	struct copy c;
	u32 r;

	if (UNLIKELY(!to || to->node->version != cap_version(target) || to->p.run_state != RS_AVAILABLE || to->act ||
		     !admitted(to) || !goes_first(a, to->prio)))
		return NULL;
	c.sent = c.len = c.pieces = 0;
	if (hal_msg_str(&from->regs) && !string_get(from, to, &c))
		return NULL;

	/* Committed. */
	from->p.run_state = RS_WAITING;
	ready_leave(a);
	a->state = AS_WAITING;
	a->wake = 0;
	to->p.flags &= (u16)~PF_STOPPED;
	(void)activity_take(to);
	ready_enter(act_at(to->act), to->act);
	r = hal_msg_rcv(&to->regs) >> 15 & 31;
	hand_over(from, to, ctl, cap_payload(target), &c);
	if (LIKELY(r)) {
		u64 count = from->node->call_count;

		to->regnode->slot[r] = cap_make(CT_RESUME, (u32)(count >> 32), (u32)count, from->node->oid, 0);
	}
	return to;
}

/* ---- return ---- */

/* act_free() of an activity that is at the head of its ready queue. */
static inline void activity_give(struct context *ctx, struct activity *a)
{
	ready_leave(a);
	uses[a->use].count--;
	a->oid = 0;
	a->state = AS_FREE;
	a->ctx = 0;
	a->next = ready.free_head;
	ready.free_head = ctx->act;
	ctx->act = 0;
}

static inline struct context *fast_return(struct context *from, struct activity *a, const struct cap *target, u32 ctl)
{
	struct context *to = loaded(target);
	struct activity *b;
	struct node *n;
	struct copy c;
	struct cap last;
	u32 r;

	if (UNLIKELY(!to || to->p.run_state != RS_WAITING || !to->act))
		return NULL;
	n = to->node;
	b = act_at(to->act);
	if (UNLIKELY(n->call_count != cap_count56(target) || n->call_count >= COUNT_MAX || b->state != AS_WAITING ||
		     b->pending || !goes_first(a, b->prio) ||
		     stall_bucket(KEY_PROCESS(from->proc->oid | from->proc_index))->head))
		return NULL;
	c.sent = c.len = c.pieces = 0;
	if (hal_msg_str(&from->regs) && !string_get(from, to, &c))
		return NULL;

	/* Committed. */
	from->p.run_state = RS_AVAILABLE;
	from->p.flags &= (u16)~PF_STOPPED;
	activity_give(from, a);
	n->call_count++;
	if (to->proc->tag.call_count < n->call_count)
		to->proc->tag.call_count = n->call_count;
	b->state = AS_READY;
	ready_enter(b, to->act);
	r = hal_msg_rcv(&to->regs) >> 15 & 31;
	last = ctl >> 23 & 31 ? from->regnode->slot[ctl >> 23 & 31] : cap_void();
	hand_over(from, to, ctl, 0, &c);
	if (r)
		to->regnode->slot[r] = last;
	return to;
}

/* ---- number ---- */

static inline struct context *fast_number(struct context *ctx, const struct cap *number)
{
	word_t op = hal_msg_word(&ctx->regs, 0);
	bool get = op == OP_NUM_GET;

	if (hal_msg_rcv(&ctx->regs) || hal_msg_str(&ctx->regs) || !(get || op == OP_TYPE))
		return NULL;
	hal_msg_set_word(&ctx->regs, 0, RC_OK);
	hal_msg_set_word(&ctx->regs, 1, get ? number->w[1] : CT_NUMBER);
	hal_msg_set_word(&ctx->regs, 2, get ? number->w[2] : 0);
	hal_msg_set_word(&ctx->regs, 3, get ? number->w[3] : 0);
	hal_msg_set_result(&ctx->regs, 0, 0, 0);
	hal_regs_advance(&ctx->regs);
	return ctx;
}

static inline struct context *fast(struct context *ctx)
{
	u32 ctl = hal_msg_ctl(&ctx->regs), type = ctl >> 5 & 7;
	struct activity *a = act_at(ctx->act);
	const struct cap *target = &ctx->regnode->slot[ctl & 31];

	/* A first try (so that it has not the token), of what is first in its queue, and nothing has happened since. */
	if (UNLIKELY(cpu0.resched || a->tries || ready.queue[a->prio].head != ctx->act || !(ctl & 31)))
		return NULL;
	if (type == INV_CALL && cap_type(target) == CT_START)
		return fast_call(ctx, a, target, ctl);
	if (type == INV_RETURN && cap_type(target) == CT_RESUME)
		return fast_return(ctx, a, target, ctl);
	if (type == INV_CALL && cap_type(target) == CT_NUMBER)
		return fast_number(ctx, target);
	return NULL;
}

struct context *kernel_syscall(struct context *ctx)
{
	struct context *next;

	assert(ctx->proc && ctx->epoch == state.epoch && ctx->act);
	next = fast(ctx);
	return LIKELY(next != NULL) ? next : syscall_general(ctx);
}
