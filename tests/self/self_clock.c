/* SPDX-License-Identifier: Apache-2.0 */
/* The tick comes, and the clock goes at its pace. */
#include <hal/hal.h>
#include <kernel/cpu.h>

#include "tests/self/self.h"

#define TICKS 5u

void clock_ticks(void)
{
	u64 first = cpu0.ticks, from = hal_time_ms(), last, ms;

	for (u32 i = 0; i < 1000 && cpu0.ticks < first + TICKS; i++)
		hal_idle();
	last = cpu0.ticks;
	ms = hal_time_ms() - from;
	expect(last >= first + TICKS);
	/* At least all whole ticks but the first; how much more is the emulator's affair. */
	expect(ms >= (TICKS - 1) * 1000 / CONFIG_TICK_HZ - 1);
	for (u64 now = from, i = 0; i < 1000; i++) {
		expect(hal_time_ms() >= now);
		now = hal_time_ms();
	}
}
