/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The 8254 timer gives the tick and, counted, the time; pit_once.c does it with reserves. Its counter has 16 bits, so a tick
 * slower than 19 Hz is made of several interrupts.
 */
#include "arch/x86/x86.h"

#include <hal/io.h>
#include <kernel/entry.h>

#define PIT_HZ 1193182u
#define PIT_DATA 0x40
#define PIT_COMMAND 0x43
#define PIT_RATE_GENERATOR 0x34
#define IRQ_PIT 0

#define INTERRUPTS_PER_TICK (CONFIG_TICK_HZ < 20 ? 2u : 1u)
#define DIVISOR (PIT_HZ / (CONFIG_TICK_HZ * INTERRUPTS_PER_TICK))
_Static_assert(DIVISOR < 65536, "the counter has 16 bits");

static u64 interrupts, now_ms; /* change only where interrupts are let in */

void timer_init(void)
{
	outb(PIT_COMMAND, PIT_RATE_GENERATOR);
	outb(PIT_DATA, (u8)DIVISOR);
	outb(PIT_DATA, (u8)(DIVISOR >> 8));
	hal_irq_enable(IRQ_PIT);
}

void timer_irq0(void)
{
	interrupts++;
	now_ms = interrupts * DIVISOR * 1000 / PIT_HZ;
	if (interrupts % INTERRUPTS_PER_TICK == 0)
		kernel_irq_note(IRQ_TIMER);
}

u64 hal_time_ms(void)
{
	return now_ms;
}
