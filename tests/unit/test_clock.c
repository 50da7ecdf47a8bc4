/* SPDX-License-Identifier: Apache-2.0 */
/* Waiting for the clocks: who is answered when, also over a restart and when the wall clock is set. */
#include "world.h"

#define CLOCK 3
#define BOOT 1000u /* persistent-monotonic time at boot */

static int setup(void **s)
{
	int rc;

	world_ms = 5;
	rc = world_setup(s);
	state.persistent_base_ms = BOOT;
	state.boot_ms = 5;
	state.wall_offset = 0;
	*reg(A, CLOCK) = cap_make(CT_SLEEP, 1, 0, 0, 0);
	return rc;
}

static void clock_op(u32 op, word_t w1, word_t w2, word_t w3)
{
	struct hal_regs *r = &p[A].ctx->regs;

	r->x[HAL_REG_A0] = INV_CTL(INV_CALL, CLOCK, 0, 0, 0, 0);
	r->x[HAL_REG_A0 + 1] = 0;
	r->x[HAL_REG_A0 + 2] = op;
	r->x[HAL_REG_A0 + 3] = w1;
	r->x[HAL_REG_A0 + 4] = w2;
	r->x[HAL_REG_A0 + 5] = w3;
	r->x[HAL_REG_A0 + 6] = 0;
	enter(kernel_syscall, A);
	check_activities();
}

/* Is A still waiting after so many milliseconds? */
static bool waits_at(u64 ms)
{
	struct activity *a = act_of(p[A].ctx);

	world_ms = 5 + ms;
	sched_timers();
	return a->state != AS_READY;
}

static void until_the_time_since_the_restart(void **s)
{
	(void)s;
	clock_op(OP_SLEEP_WAIT, CLOCK_MONOTONIC, 40, 0);
	assert_int_equal(act_of(p[A].ctx)->state, AS_MONOTONIC);
	assert_true(waits_at(39));
	assert_false(waits_at(40));
	assert_int_equal(act_of(p[A].ctx)->pending, AS_MONOTONIC);
}

/* After fifty days the time has more than 32 bits. */
static void after_a_long_time(void **s)
{
	(void)s;
	state.persistent_base_ms = (u64)1 << 32;
	clock_op(OP_SLEEP_FOR, 40, 0, 0);
	assert_int_equal(act_of(p[A].ctx)->state, AS_SLEEPING);
	assert_true(waits_at(39));
	assert_false(waits_at(40));
}

/* The end of time is no time that has come, on no clock. */
static void until_the_end_of_time(void **s)
{
	static const u32 clocks[] = { CLOCK_PERSISTENT, CLOCK_MONOTONIC };

	for (u32 k = 0; k < ARRAY_SIZE(clocks); k++) {
		assert_int_equal(setup(s), 0);
		clock_op(OP_SLEEP_WAIT, clocks[k], 0xffffffff, 0xffffffff);
		assert_int_equal(run_state(A), RS_WAITING);
		assert_true(waits_at(1000000));
	}
}

static void until_the_persistent_time(void **s)
{
	(void)s;
	clock_op(OP_SLEEP_WAIT, CLOCK_PERSISTENT, BOOT + 20, 0);
	assert_true(waits_at(19));
	assert_false(waits_at(20));
}

/* Noon is when the clock says so, also if it is set while somebody waits. */
static void until_noon(void **s)
{
	(void)s;
	clock_op(OP_SLEEP_WAIT, CLOCK_WALL, 500000, 0);
	assert_int_equal(word(A, 0), RC_OFFLINE);
	clock_op(OP_SLEEP_SET, 400000, 0, 0);
	assert_int_equal(word(A, 0), RC_OK);
	clock_op(OP_SLEEP_WAIT, CLOCK_WALL, 500000, 0);
	assert_true(waits_at(1000));
	time_wall_set(499990);
	assert_true(waits_at(1009));
	time_wall_set(499900); /* back again */
	assert_true(waits_at(1108));
	assert_false(waits_at(1109));
}

/* As the store brings an activity back: the wait for the time since the restart is over, that for noon is not. */
static void over_a_restart(void **s)
{
	struct activity saved;

	(void)s;
	clock_op(OP_SLEEP_SET, 400000, 0, 0);
	clock_op(OP_SLEEP_WAIT, CLOCK_WALL, 500000, 0);
	saved = *act_of(p[A].ctx);
	assert_int_equal(saved.state, AS_WALL);
	act_free(act_of(p[A].ctx));
	p[A].ctx->act = NULL;
	state.wall_offset = 0;
	assert_true(sched_restore(&saved, (struct sched_reserve){ 0, 0 }, false));
	p[A].ctx->act = act_find(saved.oid);
	assert_true(waits_at(10000000));
	time_wall_set(500001);
	assert_false(waits_at(10000000));

	act_free(act_of(p[A].ctx));
	saved.state = AS_MONOTONIC;
	assert_true(sched_restore(&saved, (struct sched_reserve){ 0, 0 }, false));
	p[A].ctx->act = act_find(saved.oid);
	assert_int_equal(act_of(p[A].ctx)->state, AS_READY);
	assert_int_equal(act_of(p[A].ctx)->pending, AS_MONOTONIC);
	assert_true(act_of(p[A].ctx)->restarted);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup(name, setup)
	const struct CMUnitTest tests[] = {
		T(until_the_time_since_the_restart), T(after_a_long_time), T(until_the_end_of_time), T(until_the_persistent_time),
		T(until_noon), T(over_a_restart),
	};

	return cmocka_run_group_tests_name("clock", tests, NULL, NULL);
}
