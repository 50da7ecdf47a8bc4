/* SPDX-License-Identifier: Apache-2.0 */
/* Schedules, reserves, clocks and what waits. */
#include "handlers.h"

static void schedules(void **unused)
{
	struct cap s = node_cap(CT_SCHEDULE, N_SCHED, 0), sys = cap_make(CT_SYSCTL, 0, 0, 0, 0);

	(void)unused;
	arg0 = s;
	assert_int_equal(call(sys, OP_SYS_SCHED_SET, 14, 4, 0), RC_REQUEST);
	assert_int_equal(call(sys, OP_SYS_SCHED_SET, 9, CONFIG_NR_ACTIVITIES + 1, 0), RC_BUSY);
	activities[0] = (struct activity){ .oid = 8, .sched_oid = POT_OID | N_SCHED, .sched_version = 3, .state = AS_READY };
	activities[1] = (struct activity){ .oid = 16, .sched_oid = 99, .sched_version = 3, .state = AS_READY };
	state.limits = 1; /* another schedule's */
	assert_int_equal(call(sys, OP_SYS_SCHED_SET, 9, CONFIG_NR_ACTIVITIES, 0), RC_BUSY);
	assert_int_equal(call(sys, OP_SYS_SCHED_SET, 9, CONFIG_NR_ACTIVITIES - 1, 0), RC_OK);
	assert_int_equal(state.limits, CONFIG_NR_ACTIVITIES);
	assert_int_equal(call(sys, OP_SYS_SCHED_SET, 9, 8, 0), RC_OK);
	assert_int_equal(state.limits, 9);
	assert_int_equal(activities[0].prio, 9);
	assert_int_equal(activities[0].state, AS_READY);
	assert_int_equal(activities[1].prio, 0);
	arg0 = node_cap(CT_SCHEDULE, N_SCHED2, 0);
	assert_int_equal(call(s, OP_SCHED_DIVIDE, 10, 1, 0), RC_REQUEST);
	assert_int_equal(call(s, OP_SCHED_DIVIDE, 9, 9, 0), RC_REQUEST);
	assert_int_equal(call(s, OP_SCHED_DIVIDE, 9, 8, 0), RC_BUSY);
	assert_int_equal(call(s, OP_SCHED_DIVIDE, 5, 7, 0), RC_OK);
	assert_int_equal(call(s, OP_SCHED_GET, 0, 0, 0), RC_OK);
	assert_int_equal(inv.r.w[1], 9);
	assert_int_equal(inv.r.w[2], 1);
	assert_int_equal(inv.r.w[3], 1);
	assert_int_equal(call(arg0, OP_SCHED_GET, 0, 0, 0), RC_OK);
	assert_int_equal(inv.r.w[1], 5);
	assert_int_equal(inv.r.w[2], 7);
	assert_int_equal(state.limits, 9);
	assert_int_equal(call(s, OP_SCHED_DIVIDE, 5, 0, 0), RC_BUSY);
	arg0 = cap_void();
	assert_int_equal(call(s, OP_SCHED_DIVIDE, 5, 0, 0), RC_BAD_CAP);
}

static void reserve_is(struct cap s, u32 period, u32 budget)
{
	assert_int_equal(call(s, OP_SCHED_RESERVE, 0, 0, 0), RC_OK);
	assert_int_equal(inv.r.w[1], period);
	assert_int_equal(inv.r.w[2], budget);
}

/* No sum of reserves is more than the processor gives: set, divided, taken away, destroyed. */
static void reserves_are_admitted(void **unused)
{
	struct cap s = node_cap(CT_SCHEDULE, N_SCHED, 0), t = node_cap(CT_SCHEDULE, N_SCHED2, 0);
	struct cap sys = cap_make(CT_SYSCTL, 0, 0, 0, 0), ro = node_cap(CT_SCHEDULE, N_SCHED, CR_RO);
	static const u32 wrong[][2] = { { 499, 100 }, { 1000001, 5 }, { 1000, 0 }, { 0, 1 }, { 1000, 1001 }, { ~0u, ~0u } };
	u32 most = CONFIG_RESERVE_PERCENT * 10;

	(void)unused;
	arg0 = s;
	state.limits = state.shares = 0;
	for (u32 k = 0; k < ARRAY_SIZE(wrong); k++)
		assert_int_equal(call(sys, OP_SYS_RESERVE_SET, wrong[k][0], wrong[k][1], 0), RC_REQUEST);
	arg0 = ro;
	assert_int_equal(call(sys, OP_SYS_RESERVE_SET, 1000, 300, 0), RC_NO_ACCESS);
	arg0 = s;
	assert_int_equal(call(sys, OP_SYS_RESERVE_SET, 1000, most + 1, 0), RC_BUSY);
	assert_int_equal(state.shares, 0);
	assert_int_equal(call(sys, OP_SYS_RESERVE_SET, 1000, most, 0), RC_OK);
	assert_int_equal(state.shares, most);
	assert_int_equal(world.reserve.budget, most);
	reserve_is(s, 1000, most);
	arg0 = t;
	assert_int_equal(call(sys, OP_SYS_RESERVE_SET, 1000000, 1, 0), RC_BUSY);
	assert_int_equal(call(s, OP_SCHED_DIVIDE_RESERVE, 1000, most + 1, 0), RC_REQUEST);
	assert_int_equal(call(s, OP_SCHED_DIVIDE_RESERVE, 2000, 300, 0), RC_OK);
	reserve_is(t, 2000, 300);
	reserve_is(s, 1000, most - 150);
	assert_int_equal(state.shares, most);
	assert_int_equal(call(s, OP_SCHED_DIVIDE_RESERVE, 2000, 300, 0), RC_BUSY);
	arg0 = s;
	assert_int_equal(call(s, OP_SCHED_DIVIDE_RESERVE, 1000, 100, 0), RC_BUSY);
	assert_int_equal(call(sys, OP_SYS_RESERVE_SET, 0, 0, 0), RC_OK);
	assert_int_equal(state.shares, 150);
	reserve_is(s, 0, 0);
	arg0 = t;
	assert_int_equal(call(s, OP_SCHED_DIVIDE_RESERVE, 1000, 100, 0), RC_REQUEST);
	assert_int_equal(call(sys, OP_SYS_SCHED_SET, 3, 4, 0), RC_OK);
	reserve_is(t, 2000, 300);
	assert_int_equal(state.limits, 4);
	/* A read-only capability takes nothing, also not from who has something to give. */
	assert_int_equal(call(sys, OP_SYS_RESERVE_SET, 2000, 300, 0), RC_OK);
	arg0 = node_cap(CT_SCHEDULE, N_SCHED, CR_RO);
	assert_int_equal(call(t, OP_SCHED_DIVIDE_RESERVE, 2000, 100, 0), RC_NO_ACCESS);
	reserve_is(s, 0, 0);
	arg0 = t;
	/* What is left of a divided one counts at least as much as the smallest; if that is more than there was, nothing is left. */
	arg0 = s;
	assert_int_equal(call(sys, OP_SYS_RESERVE_SET, 1000, 50, 0), RC_OK);
	arg0 = t;
	assert_int_equal(call(sys, OP_SYS_RESERVE_SET, 0, 0, 0), RC_OK);
	assert_int_equal(state.shares, 50);
	assert_int_equal(call(s, OP_SCHED_DIVIDE_RESERVE, 1000, 40, 0), RC_OK);
	reserve_is(t, 1000, 40);
	reserve_is(s, 0, 0);
	assert_int_equal(state.shares, 40);
	/* The smallest counts for a 32nd of the processor, so that the table of those in force is never full. */
	assert_int_equal(call(sys, OP_SYS_RESERVE_SET, 1000000, 1, 0), RC_OK);
	assert_true(state.shares * NR_RESERVES > 1000);
	assert_int_equal(call(cap_make(CT_RANGE, 0, F_NR, OID_BASE, 0), OP_RANGE_RESCIND, 0, 0, 0), RC_OK);
	assert_int_equal(state.shares, 0);
	assert_int_equal(state.limits, 0);
}

static void periods(void **unused)
{
	struct cap sleep = cap_make(CT_SLEEP, 0, 0, 0, 0);

	(void)unused;
	client.act = &activities[0];
	world.reserve = (struct sched_reserve){ 0, 0 };
	assert_int_equal(call(sleep, OP_SLEEP_PERIOD, 0, 0, 0), RC_REQUEST);
	assert_false(world.gave_up);
	world.reserve = (struct sched_reserve){ 1000, 300 };
	assert_int_equal(call(sleep, OP_SLEEP_PERIOD, 0, 0, 0), RC_OK);
	assert_true(world.gave_up);
	assert_int_equal(call(sleep, OP_SLEEP_NOW_NS, 0, 0, 0), RC_OK);
	assert_int_equal(inv.r.w[1], 0x3456789a);
	assert_int_equal(inv.r.w[2], 0x12);
}

static void clocks(void **unused)
{
	struct cap sleep = cap_make(CT_SLEEP, 0, 0, 0, 0), setter;

	(void)unused;
	inv.type = INV_CALL;
	state.wall_offset = 0;
	world.now = 0x300000000ull;
	world.boot = 7;
	assert_int_equal(call(sleep, OP_SLEEP_READ, CLOCK_PERSISTENT, 0, 0), RC_OK);
	assert_int_equal(inv.r.w[1], 0);
	assert_int_equal(inv.r.w[2], 3);
	assert_int_equal(call(sleep, OP_SLEEP_READ, CLOCK_MONOTONIC, 0, 0), RC_OK);
	assert_int_equal(inv.r.w[1], 7);
	assert_int_equal(inv.r.w[2], 0);
	assert_int_equal(call(sleep, OP_SLEEP_READ, CLOCK_NR, 0, 0), RC_REQUEST);
	assert_int_equal(call(sleep, OP_SLEEP_READ, CLOCK_WALL, 0, 0), RC_OFFLINE);
	assert_int_equal(call(sleep, OP_SLEEP_WAIT, CLOCK_WALL, 1, 1), RC_OFFLINE);
	assert_int_equal(call(sleep, OP_SLEEP_WAIT, CLOCK_NR, 1, 1), RC_REQUEST);
	assert_int_equal(call(sleep, OP_SLEEP_SET, 0, 0x400, 0), RC_NO_ACCESS);
	assert_int_equal(call(cap_make(CT_SYSCTL, 0, 0, 0, 0), OP_SYS_CLOCK, 0, 0, 0), RC_OK);
	setter = inv.r.c[0];
	assert_int_equal(cap_type(&setter), CT_SLEEP);
	assert_int_equal(call(setter, OP_SLEEP_SET, 0, 3, 0), RC_REQUEST);
	assert_int_equal(call(setter, OP_SLEEP_SET, 5, 0x400, 0), RC_OK);
	assert_int_equal(call(sleep, OP_SLEEP_READ, CLOCK_WALL, 0, 0), RC_OK);
	assert_int_equal(inv.r.w[1], 5);
	assert_int_equal(inv.r.w[2], 0x400);
	assert_int_equal(call(sleep, OP_SLEEP_WAIT, CLOCK_WALL, 5, 0x400), RC_OK);
	assert_false(inv.waits);
	assert_int_equal(call(sleep, OP_SLEEP_WAIT, CLOCK_WALL, 6, 0x400), RC_OK);
	assert_int_equal(world.wait_state, AS_WALL);
	assert_true(world.wait_wake == 0x40000000006ull);
	assert_int_equal(call(sleep, OP_SLEEP_WAIT, CLOCK_MONOTONIC, 7, 0), RC_OK);
	assert_false(inv.waits);
	assert_int_equal(call(sleep, OP_SLEEP_WAIT, CLOCK_MONOTONIC, 10, 0), RC_OK);
	assert_int_equal(world.wait_state, AS_MONOTONIC);
	assert_true(world.wait_wake == 0x300000003ull);
	assert_int_equal(call(sleep, OP_SLEEP_WAIT, CLOCK_PERSISTENT, 1, 3), RC_OK);
	assert_int_equal(world.wait_state, AS_SLEEPING);
	inv.type = INV_PCALL;
	assert_int_equal(call(sleep, OP_SLEEP_WAIT, CLOCK_PERSISTENT, 1, 3), RC_WOULD_BLOCK);
	inv.type = INV_SEND;
	assert_int_equal(call(sleep, OP_SLEEP_WAIT, CLOCK_WALL, 6, 0x400), RC_REQUEST);
	inv.type = INV_CALL;
}

static u64 request(void) { return 42; }
static u64 committed(void) { return 41; }
static const struct ckpt_ops fake_ckpt = { .request = request, .committed = committed };

static void waiting(void **unused)
{
	struct cap sleep = cap_make(CT_SLEEP, 0, 0, 0, 0), con = cap_make(CT_CONSOLE, 0, 0, 0, 0);
	struct cap ckpt = cap_make(CT_CHECKPOINT, 0, 0, 0, 0);

	(void)unused;
	inv.type = INV_PCALL;
	assert_int_equal(call(sleep, OP_SLEEP_FOR, 5, 0, 0), RC_WOULD_BLOCK);
	assert_int_equal(call(sleep, OP_SLEEP_FOR, 0, 0, 0), RC_OK);
	assert_false(inv.waits);
	assert_int_equal(call(con, OP_CON_READ, 0, 0, 0), RC_OK);
	assert_int_equal(inv.r.w[0], RC_WOULD_BLOCK);
	inv.type = INV_SEND;
	assert_int_equal(call(sleep, OP_SLEEP_UNTIL, 0, 1, 0), RC_REQUEST);
	inv.type = INV_CALL;
	assert_int_equal(call(sleep, OP_SLEEP_UNTIL, 4, 1, 0), RC_OK);
	assert_int_equal(world.wait_state, AS_SLEEPING);
	assert_true(world.wait_wake == 0x100000004ull);
	assert_int_equal(call(con, OP_CON_READ, 0, 0, 0), RC_OK);
	assert_int_equal(world.wait_state, AS_CONSOLE);
	world.typed = "ls\n";
	assert_int_equal(call(con, OP_CON_READ, 0, 0, 0), RC_OK);
	assert_false(inv.waits);
	assert_memory_equal(inv.r.str, "ls\n", 3);
	assert_int_equal(call(ckpt, OP_CKPT_TAKE, 0, 0, 0), RC_OFFLINE);
	ckpt_ops = &fake_ckpt;
	assert_int_equal(call(ckpt, OP_CKPT_TAKE, 0, 0, 0), RC_OK);
	assert_int_equal(world.wait_state, AS_CKPT);
	assert_int_equal(world.wait_wake, 42);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(schedules), T(reserves_are_admitted), T(periods), T(clocks), T(waiting),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
