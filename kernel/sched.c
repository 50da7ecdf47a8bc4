/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Activities: ready queues by priority, stall buckets by key, sleepers.
 *
 * Links are 1 + index, so that 0 ends a list. The activity that runs stays at the head of
 * its ready queue; a timer tick sends it to the tail.
 */
#include <kernel/cpu.h>
#include <kernel/panic.h>
#include <kernel/sched.h>
#include <kernel/kthread.h>
#include "kernel/ready.h"

struct activity activities[CONFIG_NR_ACTIVITIES];
struct ready ready;
struct use uses[CONFIG_NR_ACTIVITIES];
static u64 next_wake; /* earliest wake of all sleepers, or later than that */

void sched_init(void)
{
	ready.free = NULL;
	for (u32 i = CONFIG_NR_ACTIVITIES; i-- > 0;) {
		activities[i] = (struct activity){ .next = ready.free };
		ready.free = &activities[i];
	}
	next_wake = ~(u64)0;
}

static void push(struct queue *q, struct activity *a, bool front)
{
	a->next = front ? q->head : NULL;
	a->prev = front ? NULL : q->tail;
	if (a->next)
		a->next->prev = a;
	else
		q->tail = a;
	if (a->prev)
		a->prev->next = a;
	else
		q->head = a;
}

static void unlink(struct queue *q, struct activity *a)
{
	if (a->prev)
		a->prev->next = a->next;
	else
		q->head = a->next;
	if (a->next)
		a->next->prev = a->prev;
	else
		q->tail = a->prev;
	a->next = a->prev = NULL;
}

static void ready_unlink(struct activity *a)
{
	struct reserve *r = reserve_of(a);

	unlink(r ? &r->queue : &ready.queue[a->prio], a);
	if (r && !r->queue.head)
		reserve_leave(r);
	else if (!r && !ready.queue[a->prio].head)
		ready.mask &= ~(1u << a->prio);
}

static void ready_push(struct activity *a, bool front)
{
	struct reserve *r = reserve_of(a);

	if (r && !r->queue.head)
		reserve_enter(r);
	push(r ? &r->queue : &ready.queue[a->prio], a, front);
	if (!r)
		ready.mask |= 1u << a->prio;
	cpu0.resched = true;
}

static void leave(struct activity *a)
{
	if (a->state == AS_READY) {
		ready_unlink(a);
	} else if (a->state == AS_STALLED) {
		unlink(stall_bucket(a->key), a);
	}
}

void act_ready(struct activity *a, bool front)
{
	leave(a);
	a->state = AS_READY;
	ready_push(a, front);
}

void act_stall(struct activity *a, u64 key)
{
	if (key == KEY_AGAIN) { /* it stays first in its queue: the dispatcher's window is the point of preemption */
		cpu0.resched = true;
		a->shares += a->shares < SHARES_MAX;
		a->tries += !a->tries; /* so that no short way ends it, and op_end() does */
		return;
	}
	leave(a);
	a->state = AS_STALLED;
	a->key = key;
	if (!a->pending)
		a->wake = cpu0.stall_for;
	if (a->tries < 255)
		a->tries++;
	push(stall_bucket(key), a, false);
}

/* The persistent-monotonic time at which a wait for a clock ends; of any other wait: never. */
static u64 due(const struct activity *a)
{
	if (a->state == AS_SLEEPING || (IS_ENABLED(CONFIG_CLOCKS) && a->state == AS_MONOTONIC))
		return a->wake;
	if (!IS_ENABLED(CONFIG_CLOCKS) || a->state != AS_WALL || !state.wall_offset)
		return ~(u64)0;
	return a->wake > state.wall_offset ? a->wake - state.wall_offset : 0;
}

void act_park(struct activity *a, enum act_state s, u64 wake)
{
	leave(a);
	a->state = (u8)s;
	a->wake = wake;
	a->tries = 0;
	next_wake = MIN(next_wake, due(a));
}

void sched_wake_key(u64 key)
{
	struct queue *q = stall_bucket(key);

	for (struct activity *a = q->head, *next; a; a = next) {
		next = a->next;
		if (a->key == key)
			act_ready(a, false);
	}
}

void sched_wake_faults(u64 key)
{
	for (u32 i = 0; i < CONFIG_NR_ACTIVITIES && activities[i].use; i++)
		if (activities[i].state == AS_STALLED && activities[i].wake == key)
			act_ready(&activities[i], false);
}

/* Records are taken in their order the first time, and freed ones keep their use: behind one without nobody ever was. */
struct activity *act_find(oid_t oid)
{
	for (u32 i = 0; i < CONFIG_NR_ACTIVITIES && activities[i].use; i++)
		if (activities[i].state != AS_FREE && activities[i].oid == oid)
			return &activities[i];
	return NULL;
}

/*
 * Who uses how much of which schedule. An entry stays where it is, also at 0, until another schedule needs the place: then
 * contexts forget it. There are as many entries as activities, so that one with count 0 is found whenever an activity is
 * free; one without a reserve if there is any, because what a reserve has used up stands there.
 */
static struct use *use_find(oid_t oid, u32 version)
{
	for (u32 i = 0; i < CONFIG_NR_ACTIVITIES; i++)
		if (uses[i].oid == oid && uses[i].version == version)
			return &uses[i];
	return NULL;
}

static struct use *use_make(oid_t oid, u32 version)
{
	struct use *u = use_find(oid, version);

	if (u)
		return u;
	for (u = uses; u->count; u++)
		check(u < uses + CONFIG_NR_ACTIVITIES - 1);
	for (struct use *v = u; IS_ENABLED(CONFIG_RESERVES) && u->reserve && v < uses + CONFIG_NR_ACTIVITIES; v++)
		if (!v->count && !v->reserve)
			u = v;
	contexts_forget_use(u);
	if (IS_ENABLED(CONFIG_RESERVES))
		reserve_set(u, (struct sched_reserve){ 0, 0 });
	u->oid = oid;
	u->version = version;
	return u;
}

static struct use *use_of(struct context *ctx)
{
	if (!ctx->use)
		ctx->use = use_make(ctx->sched_oid, ctx->sched_version);
	return ctx->use;
}

u32 sched_in_use(oid_t sched_oid, u32 version)
{
	const struct use *u = use_find(sched_oid, version);

	return u ? u->count : 0;
}

static bool in_force(const struct use *u, struct sched_reserve r)
{
	struct sched_reserve now = reserve_get(u);

	return now.period == r.period && now.budget == r.budget;
}

/* Moves who is ready under it to the queue that is now theirs; a reserve that stays the same has used up what it has. Of a
 * context with a reserve the root is never known, so that the short way (fastpath.c) is not for it. */
static void rearrange(struct use *u, struct sched_reserve r, s32 prio)
{
	for (u32 i = 0; i < CONFIG_NR_ACTIVITIES; i++)
		if (activities[i].state == AS_READY && activities[i].use == u)
			ready_unlink(&activities[i]);
	if (IS_ENABLED(CONFIG_RESERVES) && !in_force(u, r))
		reserve_set(u, r);
	for (u32 i = 0; i < CONFIG_NR_ACTIVITIES; i++) {
		struct activity *a = &activities[i];

		if (a->state == AS_FREE || a->use != u)
			continue;
		if (prio >= 0)
			a->prio = (u8)prio;
		if (a->ctx)
			a->ctx->root_serial = 0;
		if (a->state == AS_READY)
			ready_push(a, false);
	}
}

void sched_change(oid_t sched_oid, u32 version, u8 prio, struct sched_reserve r)
{
	struct use *u = use_find(sched_oid, version);

	if (u)
		rearrange(u, r, prio);
}

/* For a new activity of u, whose process is in ctx or not loaded. */
static void use_reserve(struct use *u, struct sched_reserve r, struct context *ctx)
{
	if (!IS_ENABLED(CONFIG_RESERVES) || (!u->reserve && !reserve_share(r)))
		return;
	if (!in_force(u, r))
		rearrange(u, r, -1);
	if (ctx)
		ctx->root_serial = 0;
}

struct sched_reserve sched_reserve_of(const struct activity *a)
{
	return IS_ENABLED(CONFIG_RESERVES) ? reserve_get(a->use) : (struct sched_reserve){ 0, 0 };
}

u32 sched_missed(oid_t sched_oid, u32 version)
{
	const struct use *u = use_find(sched_oid, version);

	return u && u->reserve ? u->reserve->missed : 0;
}

bool sched_admits(struct context *ctx)
{
	return ready.free && use_of(ctx)->count < ctx->sched_limit;
}

struct activity *act_alloc(struct context *ctx)
{
	struct activity *a;

	if (!ready.free)
		return NULL;
	a = ready.free;
	ready.free = a->next;
	*a = (struct activity){ .oid = ctx->node->oid,
				.version = ctx->node->version,
				.state = AS_WAITING,
				.prio = ctx->prio,
				.sched_oid = ctx->sched_oid,
				.sched_version = ctx->sched_version,
				.use = use_of(ctx),
				.ctx = ctx };
	use_reserve(a->use, ctx->reserve, ctx);
	a->use->count++;
	ctx->act = a;
	return a;
}

void token_drop(const struct activity *a)
{
	if (state.token != a)
		return;
	state.token = NULL;
	pins_token_end();
}

void op_begin(struct activity *a)
{
	cpu0.committed = false;
	if (a->tries >= TOKEN_TRIES && !state.token)
		state.token = a;
	if (state.token == a)
		pins_token();
	else
		pins_drop();
	if (HAS_SHARES && a->shares >= SHARES_MAX)
		cpu0.share = SHARE_UNBOUND;
}

/* May an operation keep the token while it waits for this? Only the disk and log space; or if it does not wait. */
static bool token_may_wait(u64 key)
{
	return key <= KEY_AGAIN;
}

void op_end(struct context *ctx, rc_t rc)
{
	struct activity *a = ctx->proc ? act_of(ctx) : NULL;

	if (!a)
		return;
	if (rc == RC_STALL) {
		assert(!cpu0.committed);
		act_stall(a, cpu0.stall_key);
	} else {
		a->tries = 0;
		a->shares = 0;
	}
	if (rc != RC_STALL || !token_may_wait(cpu0.stall_key))
		token_drop(a);
}

void act_free(struct activity *a)
{
	token_drop(a);
	leave(a);
	a->use->count--;
	*a = (struct activity){ .next = ready.free, .use = a->use };
	ready.free = a;
}

static bool may_be_held(u8 s)
{
	return s != AS_CONSOLE && s != AS_CKPT && s != AS_WAITING;
}

/* What a checkpoint will save of a process that is held: a state, whatever a volume said. */
static u8 state_known(u8 s)
{
	return s == AS_FREE || s == AS_HELD || s >= AS_NR ? AS_READY : s;
}

bool sched_restore(const struct activity *saved, struct sched_reserve r, bool hold)
{
	struct activity *a;

	if (!ready.free)
		return false;
	a = ready.free;
	ready.free = a->next;
	*a = *saved;
	a->use = use_make(a->sched_oid, a->sched_version);
	a->use->count++;
	a->next = a->prev = NULL;
	a->ctx = NULL;
	a->tries = 0;
	a->prio = MIN(a->prio, PRIO_NR - 1);
	a->state = AS_WAITING;
	use_reserve(a->use, r, NULL);
	if (hold && may_be_held(saved->state)) {
		a->state = AS_HELD;
		a->key = state_known(saved->state);
		return true;
	}
	switch (saved->state) {
	case AS_CKPT:
	case AS_MONOTONIC:
		a->pending = saved->state;
		a->restarted = true;
		act_ready(a, false);
		break;
	case AS_SLEEPING:
	case AS_WALL:
		act_park(a, saved->state, saved->wake);
		break;
	case AS_CONSOLE:
		act_park(a, AS_CONSOLE, 0);
		break;
	case AS_WAITING:
		break;
	default:
		act_ready(a, false);
	}
	return true;
}

static struct reserve *first_reserve(void)
{
	return IS_ENABLED(CONFIG_RESERVES) && ready.reserved ? reserve_first() : NULL;
}

static u32 top(void)
{
	return ready.mask ? 31u - (u32)__builtin_clz(ready.mask) : PRIO_NR;
}

u32 sched_first_prio(void)
{
	const struct reserve *r = first_reserve();

	if (!r)
		return top();
	return r->left ? PRIO_RESERVE : r->queue.head->prio;
}

struct activity *sched_first(void)
{
	const struct reserve *r = first_reserve();

	if (r)
		return r->queue.head;
	return ready.mask ? ready.queue[top()].head : NULL;
}

void sched_rotate(struct activity *a)
{
	if (a->state == AS_READY && a->next)
		act_ready(a, false);
}

bool act_yield(struct activity *from, struct activity *to)
{
	if (from == to || to->state != AS_READY || to->prio != from->prio || reserve_of(to) != reserve_of(from))
		return false;
	sched_rotate(from);
	act_ready(to, true);
	return true;
}

/* Answers every activity parked in `s` whose wake value has come. */
void sched_answer(enum act_state s, u64 upto)
{
	for (u32 i = 0; i < CONFIG_NR_ACTIVITIES; i++) {
		struct activity *a = &activities[i];

		if (a->state == s && a->wake <= upto) {
			a->pending = (u8)s;
			act_ready(a, false);
		}
	}
}

bool sched_answer_one(enum act_state s, bool restarted)
{
	for (u32 i = 0; i < CONFIG_NR_ACTIVITIES; i++)
		if (activities[i].state == s) {
			activities[i].pending = (u8)s;
			activities[i].restarted = restarted;
			act_ready(&activities[i], false);
			return true;
		}
	return false;
}

static void answer(struct activity *a)
{
	a->pending = a->state;
	act_ready(a, false);
}

void sched_timers(void)
{
	u64 now = time_persistent_ms();

	if (now < next_wake)
		return;
	next_wake = ~(u64)0;
	for (u32 i = 0; i < CONFIG_NR_ACTIVITIES; i++)
		if (due(&activities[i]) <= now)
			answer(&activities[i]);
		else
			next_wake = MIN(next_wake, due(&activities[i]));
}

void time_wall_set(u64 ms)
{
	state.wall_offset = ms - time_persistent_ms();
	next_wake = 0;
}
