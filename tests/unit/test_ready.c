/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Ready queues and reserves against a model that knows nothing of queues: a random history, from a seed, of all that can
 * happen to activities. After each step the order of every queue and who goes first are as the model says. Of reserves, which
 * together are no more than admission lets in, two things are counted: none ever gets more than its budget in a period
 * before others, and none that is ready all the time gets less.
 */
#include "fake_mm.h"

#include <hal/hal.h>
#include <kernel/entry.h>
#include <kernel/sched.h>
#include <stdlib.h>
#include <string.h>

#include "kernel/ready.h"

#define PROCS 24u
#define SCHEDULES 8u
#define STEPS 60000u
#define SEEDS 4u
#define GRAIN 2000u /* ns: what is left of a budget is not given if it is less */
#define KEYS 3u

const struct ckpt_ops *ckpt_ops;
static u64 now_ns, alarm_ns;

u64 hal_time_ms(void) { return now_ns / 1000000; }
u64 hal_time_ns(void) { return now_ns; }
void hal_alarm_ns(u64 ns) { alarm_ns = now_ns + ns; }
bool hal_console_getc(char *c) { (void)c; return false; }
void hal_exit(int code) { exit(code); }
void hal_idle(void) { abort(); }

/* ---- the model: what each activity and schedule is, and since when ----------------------------------------------------- */

static struct schedule {
	u32 prio;
	u64 period, budget;      /* ns; 0 = no reserve */
	u64 left, end;
	bool done;
	u64 begun, got, waited;  /* the period in hand: when it began, time before others, time not ready in it */
} schedules[SCHEDULES];

static struct proc {
	struct context ctx;
	struct node node;
	struct activity *act;
	u32 schedule, state, key;
	s64 order;               /* lower goes first */
} p[PROCS];

static struct schedule *runs; /* on its budget */
static u64 since;
static s64 last, first;  /* orders given so far */
static u32 random_state;
static u64 disturbed;    /* parameters changed: until then nothing is promised */
static u64 met;          /* periods that a reserve was wanted in all the time, and got it */

static u32 pick(u32 n)
{
	random_state = random_state * 1664525 + 1013904223;
	return (u32)((u64)random_state * n >> 32);
}

static bool wants(u32 s)
{
	for (u32 k = 0; k < PROCS; k++)
		if (p[k].act && p[k].state == AS_READY && p[k].schedule == s)
			return true;
	return false;
}

static void begin(struct schedule *s, u64 end)
{
	if (s->begun) {
		assert_true(s->got <= s->budget);
		if (!s->waited && !s->done && s->begun >= disturbed) {
			assert_true(s->got + GRAIN >= s->budget);
			met++;
		}
	}
	s->end = end;
	s->left = s->budget;
	s->done = false;
	s->begun = now_ns;
	s->got = s->waited = 0;
}

/* The schedule's first process becomes ready. */
static void awake(struct schedule *s)
{
	if (s->budget && (now_ns >= s->end || s->left * s->period > (s->end - now_ns) * s->budget)) {
		s->begun = 0;
		begin(s, now_ns + s->period);
	}
}

static void model_ready(u32 k, bool front)
{
	struct schedule *s = &schedules[p[k].schedule];

	p[k].state = AS_FREE;
	if (!wants(p[k].schedule))
		awake(s);
	p[k].state = AS_READY;
	p[k].order = front ? --first : ++last;
}

/* Lower is sooner. Budget left: before all, by the end of the period. Used up: behind the ordinary of the same priority. */
static bool sooner(u32 a, u32 b)
{
	const struct schedule *s = &schedules[p[a].schedule], *t = &schedules[p[b].schedule];
	bool now_s = s->budget && s->left, now_t = t->budget && t->left;

	if (now_s != now_t)
		return now_s;
	if (now_s && s != t && s->end != t->end)
		return s->end < t->end;
	if (!now_s && s->prio != t->prio)
		return s->prio > t->prio;
	if (!now_s && !s->budget != !t->budget)
		return !s->budget;
	return (s == t || (!s->budget && !t->budget)) && p[a].order < p[b].order;
}

static bool may_run(u32 k)
{
	return p[k].act && p[k].state == AS_READY && !schedules[p[k].schedule].done;
}

/* ---- comparison -------------------------------------------------------------------------------------------------------- */

static u32 number(const struct activity *a)
{
	for (u32 k = 0; k < PROCS; k++)
		if (p[k].act == a)
			return k;
	fail_msg("an activity of nobody");
	return 0;
}

/* In the order of the model, linked both ways; returns how many. */
static u32 walk(const struct queue *q, u32 schedule, u32 prio)
{
	const struct activity *before = NULL;
	u32 n = 0;

	for (const struct activity *a = q->head; a; before = a, a = a->next, n++) {
		u32 k = number(a);

		assert_ptr_equal(a->prev, before);
		assert_int_equal(p[k].state, AS_READY);
		assert_int_equal(a->state, AS_READY);
		assert_true(schedule < SCHEDULES ? p[k].schedule == schedule : a->prio == prio);
		assert_true(!before || p[number(before)].order < p[k].order);
	}
	assert_ptr_equal(q->tail, before);
	return n;
}

static void compare(void)
{
	const struct activity *a = sched_first();
	u32 queued = 0, ready_ones = 0, some = PROCS;

	for (u32 prio = 0; prio < PRIO_NR; prio++) {
		u32 n = walk(&ready.queue[prio], SCHEDULES, prio);

		assert_int_equal(n != 0, ready.mask >> prio & 1);
		queued += n;
	}
	for (u32 k = 0; k < PROCS; k++) {
		if (!p[k].act)
			continue;
		assert_int_equal(p[k].act->state, p[k].state);
		assert_int_equal(p[k].act->prio, schedules[p[k].schedule].prio);
		assert_int_equal(!p[k].act->use->reserve, !schedules[p[k].schedule].budget);
		ready_ones += p[k].state == AS_READY;
		if (may_run(k) && (some == PROCS || sooner(k, some)))
			some = k;
	}
	for (u32 s = 0; s < SCHEDULES; s++)
		for (u32 k = 0; k < PROCS; k++)
			if (p[k].act && p[k].schedule == s && schedules[s].budget) {
				const struct reserve *r = p[k].act->use->reserve;

				queued += walk(&r->queue, s, 0);
				assert_int_equal(r->queue.head != NULL, wants(s));
				break;
			}
	assert_int_equal(queued, ready_ones);
	assert_int_equal(a != NULL, some != PROCS);
	if (!a) {
		assert_int_equal(sched_first_prio(), PRIO_NR);
		return;
	}
	assert_true(may_run(number(a)));
	assert_false(sooner(some, number(a)));
	assert_int_equal(sched_first_prio(), a->use->reserve && a->use->reserve->left ? PRIO_RESERVE : a->prio);
}

/* ---- steps ------------------------------------------------------------------------------------------------------------- */

static struct sched_reserve reserve(u32 s)
{
	return (struct sched_reserve){ (u32)(schedules[s].period / 1000), (u32)(schedules[s].budget / 1000) };
}

static void start(u32 k, u32 s)
{
	struct context *c = &p[k].ctx;

	*c = (struct context){ .node = &p[k].node, .sched_known = 1, .sched_limit = PROCS, .prio = (u8)schedules[s].prio,
			       .sched_oid = 8000 + 8 * s, .sched_version = 5, .reserve = reserve(s) };
	p[k].node.oid = 8 * (k + 1);
	p[k].schedule = s;
	p[k].act = act_alloc(c);
	assert_non_null(p[k].act);
	p[k].state = AS_WAITING;
}

static void step_other(u32 k)
{
	struct activity *a = p[k].act;
	u32 to = pick(PROCS);
	bool front = pick(2);

	switch (pick(7)) {
	case 0:
		act_stall(a, p[k].key = pick(KEYS));
		p[k].state = AS_STALLED;
		p[k].order = ++last;
		break;
	case 1:
		act_park(a, AS_WAITING, 0);
		p[k].state = AS_WAITING;
		break;
	case 2:
		act_free(a);
		p[k].act = NULL;
		p[k].state = AS_FREE;
		break;
	case 3:
		if (p[to].act && act_yield(a, p[to].act)) {
			assert_int_equal(p[to].state, AS_READY);
			if (p[k].state == AS_READY)
				p[k].order = ++last;
			p[to].order = --first;
		}
		break;
	case 4:
		if (schedules[p[k].schedule].budget) {
			reserve_give_up(a);
			schedules[p[k].schedule].done = true;
		}
		break;
	default:
		act_ready(a, front);
		model_ready(k, front);
	}
}

static void wake(u32 key)
{
	sched_wake_key(key);
	for (;;) { /* in the order in which they stalled */
		u32 some = PROCS;

		for (u32 k = 0; k < PROCS; k++)
			if (p[k].act && p[k].state == AS_STALLED && p[k].key == key &&
			    (some == PROCS || p[k].order < p[some].order))
				some = k;
		if (some == PROCS)
			return;
		model_ready(some, false);
	}
}

/* Sometimes with a reserve: as much as admission lets in. */
static void parameters(u32 s)
{
	u32 shares = 0;

	schedules[s] = (struct schedule){ .prio = pick(4) * 4 };
	for (u32 t = 0; t < SCHEDULES; t++)
		shares += reserve_share(reserve(t));
	if (pick(3)) {
		schedules[s].period = (500 + pick(9500)) * 1000;
		schedules[s].budget = (u64)(1 + pick(900)) * schedules[s].period / 1000 / 1000 * 1000;
		if (!reserve_share(reserve(s)) || shares + reserve_share(reserve(s)) > RESERVE_PERCENT * 10)
			schedules[s].period = schedules[s].budget = 0;
	}
}

/* Who is ready goes over in the order of the table. The same reserve is not a new one. */
static void change(u32 s)
{
	if (pick(2)) {
		schedules[s].prio = pick(4) * 4;
	} else {
		parameters(s);
		if (runs == &schedules[s])
			runs = NULL;
		disturbed = now_ns + 10000000;
	}
	sched_change(8000 + 8 * s, 5, (u8)schedules[s].prio, reserve(s));
	for (u32 i = 0; i < CONFIG_NR_ACTIVITIES; i++)
		for (u32 k = 0; k < PROCS; k++)
			if (p[k].act == &activities[i] && p[k].schedule == s && p[k].state == AS_READY)
				p[k].state = AS_HELD;
	for (u32 i = 0; i < CONFIG_NR_ACTIVITIES; i++)
		for (u32 k = 0; k < PROCS; k++)
			if (p[k].act == &activities[i] && p[k].state == AS_HELD)
				model_ready(k, false);
}

/* As the dispatcher does: what ran is charged, somebody is chosen and runs until the alarm or a trap before that. */
static void slice(void)
{
	const struct activity *a;
	u64 most = 1 + pick(300000);

	if (ready.reserved || ready.charged)
		reserves_stop();
	if (runs) {
		runs->got += now_ns - since;
		runs->left = now_ns - since + GRAIN < runs->left ? runs->left - (now_ns - since) : 0;
	}
	runs = NULL;
	for (u32 s = 0; s < SCHEDULES; s++)
		if (schedules[s].budget && wants(s) && now_ns >= schedules[s].end)
			begin(&schedules[s], MAX(schedules[s].end, now_ns) + schedules[s].period);
	compare();
	a = sched_first();
	alarm_ns = ~(u64)0;
	if (ready.reserved)
		reserves_start(a);
	if (a && a->use->reserve && a->use->reserve->left)
		runs = &schedules[p[number(a)].schedule];
	since = now_ns;
	assert_true(alarm_ns >= now_ns);
	now_ns += MIN(alarm_ns - now_ns, most);
	for (u32 s = 0; s < SCHEDULES; s++)
		schedules[s].waited |= !wants(s);
}

static void anew(u32 seed)
{
	random_state = seed;
	now_ns = 1000000000;
	runs = NULL;
	memset(p, 0, sizeof(p));
	memset(&ready, 0, sizeof(ready));
	memset(uses, 0, sizeof(uses));
	sched_init();
	memset(schedules, 0, sizeof(schedules));
}

static void history(u32 seed)
{
	anew(seed);
	for (u32 s = 0; s < SCHEDULES; s++)
		parameters(s);
	for (u32 step = 0; step < STEPS; step++) {
		u32 k = pick(PROCS);

		if (!pick(2000))
			change(pick(SCHEDULES));
		else if (!p[k].act)
			start(k, pick(SCHEDULES));
		else if (!pick(40))
			step_other(k);
		else if (!pick(20))
			wake(pick(KEYS));
		else if (p[k].state == AS_WAITING && !pick(8))
			act_ready(p[k].act, false), model_ready(k, false);
		slice();
	}
	for (u32 k = 0; k < PROCS; k++)
		if (p[k].act)
			act_free(p[k].act);
	assert_int_equal(ready.mask | ready.reserved, 0);
}

static void as_the_model_says(void **unused)
{
	(void)unused;
	fake_boot(64);
	for (u32 seed = 1; seed <= SEEDS; seed++)
		history(seed);
	print_message("# %llu periods met\n", (unsigned long long)met);
	assert_true(met > 1000);
}

static u32 missed_after(u64 ns)
{
	now_ns += ns;
	reserves_stop();
	return sched_missed(8000 + 8 * p[0].schedule, 5);
}

/* A period that ends with budget left is missed by who was ready, unless he gave it up. */
static void periods_that_are_missed(void **unused)
{
	(void)unused;
	fake_boot(64);
	anew(1);
	for (u32 s = 0; s < SCHEDULES; s++)
		schedules[s] = (struct schedule){ .prio = 3, .period = 1000000, .budget = 200000 };
	start(0, 0);
	act_ready(p[0].act, false);
	assert_int_equal(missed_after(1000000), 1);
	reserves_start(p[0].act);
	assert_int_equal(missed_after(200000), 1);
	assert_int_equal(missed_after(800000), 1); /* that one was used up */
	reserve_give_up(p[0].act);
	assert_int_equal(missed_after(1000000), 1);
	assert_int_equal(missed_after(1000000), 2);
	act_free(p[0].act);
}

static void use_up(u32 k)
{
	act_ready(p[k].act, false);
	reserves_start(p[k].act);
	now_ns += schedules[p[k].schedule].budget;
	reserves_stop();
	assert_int_equal(p[k].act->use->reserve->left, 0);
	act_free(p[k].act);
}

/* Whose processes are all available has no activity; others begin meanwhile; until the period ends nothing is given anew. */
static void what_is_used_up_is_remembered(void **unused)
{
	static struct node nodes[CONFIG_NR_ACTIVITIES];
	static struct context c[CONFIG_NR_ACTIVITIES];

	(void)unused;
	fake_boot(64);
	anew(1);
	for (u32 s = 0; s < 2; s++)
		schedules[s] = (struct schedule){ .prio = 3, .period = 1000000, .budget = 200000 };
	for (u32 s = 0; s < 2; s++) {
		start(s, s);
		use_up(s);
	}
	for (u32 i = 0; i < 2 * CONFIG_NR_ACTIVITIES; i++) {
		start(2, 2);
		p[2].act->use->version = i + 6; /* each time another */
		act_free(p[2].act);
	}
	for (u32 s = 0; s < 2; s++) {
		start(s, s);
		act_ready(p[s].act, false);
		assert_int_equal(p[s].act->use->reserve->left, 0);
		act_free(p[s].act);
	}
	for (u32 i = 0; i < CONFIG_NR_ACTIVITIES; i++) { /* where nothing else is left it is forgotten */
		nodes[i].oid = 100000 + i;
		c[i] = (struct context){ .node = &nodes[i], .sched_known = 1, .sched_limit = 1, .sched_oid = 100000 + i };
		assert_non_null(act_alloc(&c[i]));
	}
	for (u32 i = 0; i < CONFIG_NR_ACTIVITIES; i++)
		act_free(c[i].act);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(as_the_model_says), cmocka_unit_test(periods_that_are_missed),
					    cmocka_unit_test(what_is_used_up_is_remembered) };

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
