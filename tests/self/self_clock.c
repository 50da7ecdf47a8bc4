/* SPDX-License-Identifier: Apache-2.0 */
/* The tick comes, and the clock goes at its pace. */
#include <hal/hal.h>
#include <kernel/cpu.h>

#include "tests/self/self.h"

#define TICKS 5u
#define TRIES 20u
#define SHORTEST ((TICKS - 1) * 1000 / CONFIG_TICK_HZ - 1)

/* Milliseconds that some ticks took; 0 = they did not come. */
static u64 measure(void)
{
	u64 first = cpu0.ticks, from = hal_time_ms();

	for (u32 i = 0; i < 1000 && cpu0.ticks < first + TICKS; i++)
		hal_idle();
	return cpu0.ticks < first + TICKS ? 0 : hal_time_ms() - from;
}

void clock_ticks(void)
{
	u64 from = hal_time_ms(), ms = 0;

	/*
	 * At least all whole ticks but the first; how much more is the emulator's affair. One that was kept waiting makes up
	 * for late ticks in a hurry, so that only the best of some tries says how the clock goes.
	 */
	for (u32 i = 0; i < TRIES && ms < SHORTEST; i++) {
		ms = measure();
		expect(ms != 0);
	}
	expect(ms >= SHORTEST);
	for (u64 now = from, i = 0; i < 1000; i++) {
		expect(hal_time_ms() >= now);
		now = hal_time_ms();
	}
}
