/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Processor capacity reserves: of each period, the processes of a schedule together get at least the budget.
 *
 * A reserve has a queue of its own. While it has budget left it comes before all priorities and before late kernel threads;
 * of several the one whose period ends first (earliest deadline first: what admission has let in fits). With its budget used
 * up its processes run behind all others of their priority, until the next period. Periods begin when the first of its
 * processes becomes ready, unless what is left of the last one is not more than its share of the time left: so sleeping
 * until the end of a period does not give two budgets at once (the rule of the constant bandwidth server: Abeni and Buttazzo,
 * "Integrating multimedia applications in hard real-time systems", 1998).
 *
 * Used-up budget is a cache: a restart begins anew. Documentation/design/scheduling.md.
 */
#include <hal/hal.h>
#include <kernel/cpu.h>
#include <kernel/panic.h>
#include "kernel/ready.h"

#define GRAIN_NS 2000u /* less than this is not worth an interrupt */

static struct reserve reserves[NR_RESERVES];
static u64 since;      /* from then on the process that runs uses up ready.charged */

static u32 bit(const struct reserve *r)
{
	return 1u << (r - reserves);
}

static void drop(struct reserve *r)
{
	assert(!r->queue.head);
	r->use->reserve = NULL;
	r->use = NULL;
	if (ready.charged == r)
		ready.charged = NULL;
}

/* Admission keeps those with users below NR_RESERVES; the others only remember. */
static struct reserve *take(void)
{
	for (struct reserve *r = reserves; r < reserves + NR_RESERVES; r++)
		if (!r->use)
			return r;
	for (struct reserve *r = reserves; r < reserves + NR_RESERVES; r++)
		if (!r->use->count) {
			drop(r);
			return r;
		}
	return NULL;
}

void reserve_set(struct use *u, struct sched_reserve p)
{
	struct reserve *r;

	if (u->reserve)
		drop(u->reserve);
	r = reserve_share(p) ? take() : NULL;
	if (!r)
		return;
	*r = (struct reserve){ .use = u, .period = p.period * 1000, .budget = p.budget * 1000 };
	u->reserve = r;
}

struct sched_reserve reserve_get(const struct use *u)
{
	const struct reserve *r = u->reserve;

	return r ? (struct sched_reserve){ r->period / 1000, r->budget / 1000 } : (struct sched_reserve){ 0, 0 };
}

static void renew(struct reserve *r, u64 end)
{
	r->end = end;
	r->left = r->budget;
	r->done = false;
}

void reserve_enter(struct reserve *r)
{
	u64 now = hal_time_ns();

	if (now >= r->end || (u64)r->left * r->period > (r->end - now) * r->budget)
		renew(r, now + r->period);
	ready.reserved |= bit(r);
}

void reserve_leave(struct reserve *r)
{
	ready.reserved &= ~bit(r);
}

struct reserve *reserve_first(void)
{
	struct reserve *best = NULL, *rest = NULL;

	for (u32 m = ready.reserved; m; m &= m - 1) {
		struct reserve *r = &reserves[__builtin_ctz(m)];

		if (r->done)
			continue;
		if (r->left) {
			if (!best || r->end < best->end)
				best = r;
		} else if (!rest || r->queue.head->prio > rest->queue.head->prio) {
			rest = r;
		}
	}
	if (best || !rest || ready.mask >> rest->queue.head->prio)
		return best;
	return rest;
}

void reserve_give_up(const struct activity *a)
{
	a->use->reserve->done = true;
	cpu0.resched = true;
}

static void period_over(struct reserve *r, u64 now)
{
	if (r->left && !r->done)
		r->missed++;
	renew(r, r->end + r->period > now ? r->end + r->period : now + r->period);
}

void reserves_stop(void)
{
	u64 now = hal_time_ns();
	struct reserve *r = ready.charged;

	if (r)
		r->left = now - since + GRAIN_NS < r->left ? r->left - (u32)(now - since) : 0;
	ready.charged = NULL;
	for (u32 m = ready.reserved; m; m &= m - 1)
		if (now >= reserves[__builtin_ctz(m)].end)
			period_over(&reserves[__builtin_ctz(m)], now);
}

void reserves_start(const struct activity *a)
{
	u64 now = hal_time_ns(), next = ~(u64)0;
	struct reserve *r = a ? a->use->reserve : NULL;

	for (u32 m = ready.reserved; m; m &= m - 1)
		next = MIN(next, reserves[__builtin_ctz(m)].end);
	if (r && r->left) {
		ready.charged = r;
		since = now;
		next = MIN(next, now + r->left);
	}
	hal_alarm_ns(next > now ? next - now : 0);
}
