/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the short ways share (fastpath.c, fastfault.c): finding a loaded process, queues, activities, messages that the
 * kernel makes. Each function does in one case what one of process.c, sched.c or message.c does in general.
 */
#ifndef KERNEL_FAST_H
#define KERNEL_FAST_H

#include <hal/hal.h>
#include <hal/pt.h>
#include <kernel/panic.h>
#include "kernel/ready.h"

#define LIKELY(x) __builtin_expect(!!(x), 1)
#define UNLIKELY(x) __builtin_expect(!!(x), 0)
#define NOINLINE __attribute__((noinline))
#define HINTS 256

/* Does the capability name this OID? In one comparison where a word holds it. */
static inline bool names(const struct cap *c, oid_t oid)
{
	u64 w;

	if (sizeof(word_t) < sizeof(w))
		return (u32)oid == c->w[2] && (u32)(oid >> 32) == (c->w[3] & 0xffffff);
	__builtin_memcpy(&w, __builtin_assume_aligned(&c->w[2], sizeof(w)), sizeof(w)); /* it is in a slot */
	return !((w ^ oid) << 8);
}

extern struct context *hints[HINTS]; /* fastfault.c */

static inline struct context **hint_of(const struct cap *c)
{
	return &hints[(c->w[2] ^ c->w[2] >> 3) % HINTS];
}

/*
 * The loaded process, dirty in this epoch, that a start or resume capability names; NULL = ask otherwise(). A hint is only
 * where to look: what is found there says itself whether it is the one.
 */
static inline struct context *loaded(const struct cap *c)
{
	struct context *ctx = *hint_of(c);

	if (UNLIKELY(!ctx || !names(c, ctx->oid) || !context_root_known(ctx)))
		return NULL;
	assert(ctx->epoch == state.epoch); /* so its frames do not age */
	return ctx;
}

/* The right hint for the next time, if there is one. */
void hint_set(const struct cap *c);

/*
 * Would the first ready activity of this priority run next, once `leaving`, which is what runs, is gone from the head of
 * its queue? Nothing more urgent than that is ready.
 */
static inline bool goes_first(const struct activity *leaving, u32 prio)
{
	u32 mask = ready.mask;

	if (LIKELY(leaving->prio == prio))
		return true;
	if (IS_ENABLED(CONFIG_RESERVES) && ready.reserved) /* one that is used up may be between the two */
		return false;
	if (!leaving->next)
		mask &= ~(1u << leaving->prio);
	return !(mask >> prio >> 1) && cpu0.kthread_prio < (s32)prio;
}

/* Of different priorities; fastfault.c. */
void ready_leave(struct activity *a);
void ready_enter(struct activity *a);

/* `a` leaves the head of its queue, and b is ready before all others of its priority. */
static inline void ready_replace(struct activity *a, struct activity *b)
{
	u32 prio = a->prio;
	struct queue *q = &ready.queue[prio];
	struct activity *next = a->next;

	if (UNLIKELY(prio != b->prio)) {
		ready_leave(a);
		ready_enter(b);
		return;
	}
	q->head = b;
	if (LIKELY(!next)) {
		q->tail = b;
	} else {
		next->prev = b;
		b->next = next;
		a->next = NULL;
	}
}

/* sched_admits() and act_alloc(). */
static inline bool admitted(const struct context *ctx)
{
	return ctx->sched_known == 1 && ctx->use && ctx->use->count < ctx->sched_limit && ready.free;
}

static inline struct activity *activity_take(struct context *ctx, u32 version, u8 prio)
{
	struct activity *a = ready.free;
	struct use *use = ctx->use;

	ready.free = a->next;
	a->next = NULL;
	use->count++;
	a->oid = ctx->oid;
	a->version = version;
	a->state = AS_READY;
	a->prio = prio;
	a->restarted = false;
	a->sched_oid = ctx->sched_oid;
	a->sched_version = ctx->sched_version;
	a->use = use;
	a->ctx = ctx;
	ctx->act = a;
	return a;
}

/* Would it run next, and nothing else, if it got a message now? The capability names it by version. */
static inline bool can_begin(const struct context *to, const struct cap *c, const struct activity *leaving)
{
	return to->node->version == cap_version(c) && to->p.run_state == RS_AVAILABLE && !to->act && admitted(to) &&
	       goes_first(leaving, to->prio);
}

/* process_resume_cap() */
static inline struct cap resume_cap(const struct context *ctx, u32 type)
{
	u64 count = ctx->node->call_count;

	return cap_make(type, (u32)(count >> 32), (u32)count, ctx->oid, 0);
}

/* A message that the kernel makes: words, no string, no capability but the last. */
static inline void kernel_message(struct context *to, u32 facet, word_t w0, word_t w1, word_t w2, word_t w3, struct cap last)
{
	struct cap *got = to->regnode->slot;
	u32 rcv = hal_msg_rcv(&to->regs);

	for (u32 r = rcv & 0x7fff; r; r >>= 5)
		if (r & 31)
			got[r & 31] = cap_void();
	if (rcv >> 15 & 31)
		got[rcv >> 15 & 31] = last;
	hal_msg_set_word(&to->regs, 0, w0);
	hal_msg_set_word(&to->regs, 1, w1);
	hal_msg_set_word(&to->regs, 2, w2);
	hal_msg_set_word(&to->regs, 3, w3);
	hal_msg_set_result(&to->regs, facet, 0, 0);
	to->p.run_state = RS_RUNNING;
}

/* Last, so that next to nothing has to be kept over a call. */
static inline struct context *go_on(struct context *to)
{
	cpu0.current = to;
	if (LIKELY((uintptr_t)cpu0.loaded_root != (uintptr_t)to->root)) {
		cpu0.loaded_root = to->root;
		hal_space_load(to->root);
	}
	return to;
}

#endif
