/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The 8254 timer with reserves. Its third counter runs freely and is the clock; it has 16 bits (55 ms), so it is looked at more
 * often than that. The first counter interrupts once, at the next tick or alarm, and is set anew each time: what that takes
 * makes a tick late by some microseconds, but no time is lost. (Intel 8254 data sheet, modes 0 and 2.)
 */
#include "arch/x86/x86.h"

#include <hal/io.h>
#include <kernel/entry.h>

#define PIT_HZ 1193182u
#define PIT_COUNTER0 0x40
#define PIT_COUNTER2 0x42
#define PIT_COMMAND 0x43
#define PIT_COUNTER0_ONCE 0x30
#define PIT_COUNTER2_RATE 0xb4
#define PIT_LATCH_COUNTER2 0x80
#define GATE 0x61
#define GATE_OPEN 0x01
#define GATE_SPEAKER 0x02
#define IRQ_PIT 0
#define FAR 20000u       /* counts: no interrupt is farther away */
#define TICK (PIT_HZ / CONFIG_TICK_HZ)
#define NEVER (~(u64)0)

static u64 clock, tick_at, alarm_at = NEVER, now_ms; /* counts; now_ms changes only where interrupts are let in */

static u64 look(void)
{
	u32 low, passed;

	outb(PIT_COMMAND, PIT_LATCH_COUNTER2);
	low = inb(PIT_COUNTER2);
	passed = (u16)(-(low | (u32)inb(PIT_COUNTER2) << 8) - (u32)clock); /* it counts down from 65536 */
	clock += passed;
	return clock;
}

static void set(u64 now)
{
	u64 at = MIN(tick_at, alarm_at);
	u32 counts = at <= now + 1 ? 1 : (u32)MIN(at - now, FAR);

	outb(PIT_COMMAND, PIT_COUNTER0_ONCE);
	outb(PIT_COUNTER0, (u8)counts);
	outb(PIT_COUNTER0, (u8)(counts >> 8));
}

void timer_init(void)
{
	outb(GATE, (u8)((inb(GATE) & ~GATE_SPEAKER) | GATE_OPEN));
	outb(PIT_COMMAND, PIT_COUNTER2_RATE);
	outb(PIT_COUNTER2, 0);
	outb(PIT_COUNTER2, 0);
	tick_at = TICK;
	set(look());
	hal_irq_enable(IRQ_PIT);
}

void timer_irq0(void)
{
	u64 now = look();

	now_ms = now * 1000 / PIT_HZ;
	if (now >= tick_at) {
		tick_at = MAX(tick_at + TICK, now + 1);
		kernel_irq_note(IRQ_TIMER);
	}
	if (now >= alarm_at) {
		alarm_at = NEVER;
		kernel_irq_note(IRQ_ALARM);
	}
	set(now);
}

u64 hal_time_ms(void)
{
	return now_ms;
}

u64 hal_time_ns(void)
{
	u64 now = look();

	return now / PIT_HZ * 1000000000 + now % PIT_HZ * 1000000000 / PIT_HZ;
}

void hal_alarm_ns(u64 ns)
{
	u64 now = look();

	alarm_at = now + MIN(ns, 50000000) * PIT_HZ / 1000000000 + 1;
	set(now);
}
