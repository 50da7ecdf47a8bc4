/* SPDX-License-Identifier: Apache-2.0 */
/* Sleep: waiting, and the persistent-monotonic clock, which goes on over restarts but not while down. Others: cap_clock.c. */
#include <kernel/sched.h>
#include "ops.h"

/* A time that has come is answered at once, to every form of invocation. */
static rc_t sleep_until(struct inv *i, u64 deadline)
{
	rc_t rc = deadline > time_persistent_ms() ? may_wait(i) : RC_OK;

	if (rc)
		return rc;
	inv_commit(i);
	if (deadline > time_persistent_ms())
		inv_wait(i, AS_SLEEPING, deadline);
	return RC_OK;
}

static rc_t sleep_for(struct inv *i)
{
	return sleep_until(i, time_persistent_ms() + arg(i, 1));
}

static rc_t sleep_until_time(struct inv *i)
{
	return sleep_until(i, arg64(i, 1));
}

static rc_t sleep_now(struct inv *i)
{
	inv_commit(i);
	reply64(i, 1, time_persistent_ms());
	i->r.w[3] = (u32)time_boot_ms();
	return RC_OK;
}

/* It stays ready: what a restart finds goes on at once. */
static rc_t sleep_period(struct inv *i)
{
	rc_t rc = may_wait(i);

	if (rc)
		return rc;
	if (!sched_reserve_of(i->from->act).period)
		return RC_REQUEST;
	inv_commit(i);
	reserve_give_up(i->from->act);
	return RC_OK;
}

static rc_t sleep_now_ns(struct inv *i)
{
	inv_commit(i);
	reply64(i, 1, time_boot_ns());
	return RC_OK;
}

CAP_OPS(sleep,
	OP(SLEEP_FOR, sleep_for),
	OP(SLEEP_UNTIL, sleep_until_time),
	OP(SLEEP_NOW, sleep_now),
	OP_OPT(SLEEP_READ, CONFIG_CLOCKS, clock_read),
	OP_OPT(SLEEP_WAIT, CONFIG_CLOCKS, clock_wait),
	OP_OPT(SLEEP_SET, CONFIG_CLOCKS, clock_set),
	OP_OPT(SLEEP_PERIOD, CONFIG_RESERVES, sleep_period),
	OP_OPT(SLEEP_NOW_NS, CONFIG_RESERVES, sleep_now_ns));
