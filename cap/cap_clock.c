/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Clocks beside the persistent-monotonic one: since the restart, and the time of day. The kernel keeps neither over a
 * restart: who waits for the first is told, who waits for the second waits until somebody has set it again.
 */
#include <kernel/cpu.h>
#include "ops.h"

/* How much a clock is ahead of the persistent one, modulo 2^64. RC_REQUEST, RC_OFFLINE. */
static rc_t clock_offset(u32 clock, u64 *offset)
{
	*offset = 0;
	if (clock >= CLOCK_NR)
		return RC_REQUEST;
	if (clock == CLOCK_MONOTONIC)
		*offset = time_boot_ms() - time_persistent_ms();
	if (clock == CLOCK_WALL)
		*offset = state.wall_offset;
	return clock == CLOCK_WALL && !state.wall_offset ? RC_OFFLINE : RC_OK;
}

rc_t clock_read(struct inv *i)
{
	u64 offset;
	rc_t rc = clock_offset(arg(i, 1), &offset);

	if (rc)
		return rc;
	inv_commit(i);
	reply64(i, 1, time_persistent_ms() + offset);
	return RC_OK;
}

rc_t clock_wait(struct inv *i)
{
	static const u8 states[CLOCK_NR] = { AS_SLEEPING, AS_MONOTONIC, AS_WALL };
	u32 clock = arg(i, 1);
	u64 offset, ms = arg64(i, 2);
	bool wait;
	rc_t rc = clock_offset(clock, &offset);

	if (rc)
		return rc;
	wait = ms > time_persistent_ms() + offset;
	rc = wait ? may_wait(i) : RC_OK;
	if (rc)
		return rc;
	inv_commit(i);
	/* Who waits for the wall clock waits for what it says, however it is set. The persistent time of another clock's is
	 * never less than that, unless there is none. */
	if (wait)
		inv_wait(i, states[clock], clock == CLOCK_WALL ? ms : MAX(ms, ms - offset));
	return RC_OK;
}

/* Only a capability that system control made. The offset of a clock that is set is never 0. */
rc_t clock_set(struct inv *i)
{
	u64 ms = arg64(i, 1);

	if (!cap_payload(&i->target))
		return RC_NO_ACCESS;
	if (ms <= time_persistent_ms())
		return RC_REQUEST;
	inv_commit(i);
	time_wall_set(ms);
	return RC_OK;
}

rc_t sys_clock(struct inv *i)
{
	return reply_cap(i, cap_make(CT_SLEEP, 1, 0, 0, 0));
}
