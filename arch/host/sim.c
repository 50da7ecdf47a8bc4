/* SPDX-License-Identifier: Apache-2.0 */
/* The virtual clock, the one queue of events and the one source of chance. */
#include "host.h"

#include <hal/hal.h>
#include <kernel/entry.h>
#include <kernel/panic.h>
#include <string.h>

u64 sim_now, sim_instructions, sim_trace;
static u64 random_state;
static struct sim_event *queue; /* ascending; equal times in order of arrival */

void sim_init(u64 seed)
{
	random_state = seed;
	sim_now = 0;
	sim_trace = seed;
}

u64 sim_random(void) /* splitmix64 */
{
	u64 z = random_state += 0x9e3779b97f4a7c15u;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
	z = (z ^ z >> 27) * 0x94d049bb133111ebu;
	return z ^ z >> 31;
}

u64 sim_below(u64 n)
{
	return n == 0 ? 0 : sim_random() % n;
}

u64 sim_mix(u64 digest, u64 value)
{
	u64 z = (digest ^ value) * 0x9e3779b97f4a7c15u;

	return z ^ z >> 29;
}

u64 sim_sum(const void *data, size_t bytes)
{
	u64 digest = bytes;

	for (size_t i = 0; i < bytes; i += 8) {
		u64 v;
		memcpy(&v, (const u8 *)data + i, 8);
		digest = sim_mix(digest, v);
	}
	return digest;
}

void sim_after(struct sim_event *e, u64 ns)
{
	struct sim_event **p = &queue;

	check(!e->queued);
	e->when = sim_now + ns;
	e->queued = true;
	while (*p != NULL && (*p)->when <= e->when)
		p = &(*p)->next;
	e->next = *p;
	*p = e;
}

void sim_cancel(struct sim_event *e)
{
	struct sim_event **p = &queue;

	while (*p != NULL && *p != e)
		p = &(*p)->next;
	if (*p != NULL)
		*p = e->next;
	e->queued = false;
}

u64 sim_next(void)
{
	return queue == NULL ? UINT64_MAX : queue->when;
}

bool sim_advance(u64 ns)
{
	bool any = false;

	sim_now += ns;
	while (queue != NULL && queue->when <= sim_now) {
		struct sim_event *e = queue;

		queue = e->next;
		e->queued = false;
		sim_trace = sim_mix(sim_trace, e->when);
		e->fire(e);
		any = true;
	}
	return any;
}

static void tick(struct sim_event *e)
{
	u64 period = 1000000000u / CONFIG_TICK_HZ;

	kernel_irq_note(IRQ_TIMER);
	sim_after(e, period / 2 + sim_below(period));
}

static void alarm_fires(struct sim_event *e)
{
	(void)e;
	kernel_irq_note(IRQ_ALARM);
}

void hal_alarm_ns(u64 ns)
{
	static struct sim_event alarm = { .fire = alarm_fires };

	sim_cancel(&alarm);
	sim_after(&alarm, ns);
}

void sim_timer_start(void)
{
	static struct sim_event timer = { .fire = tick };

	if (!timer.queued)
		sim_after(&timer, 1);
}
