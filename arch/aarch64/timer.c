/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The virtual timer of the generic timer (Arm ARM, D11): the tick, and the time. The counter never stops, so that a late
 * tick makes no time lost.
 */
#include "arch/aarch64/aarch64.h"

#include <kernel/entry.h>
#include <kernel/panic.h>

#define VIRTUAL 2u                        /* third interrupt of the node */
#define CONTROL_ENABLE 1u

u32 timer_irq = IRQ_NONE;
#define NEVER (~(u64)0)
#define ALARM_MAX_NS 1000000000u

static u64 frequency, start, next, period, alarm = NEVER;

static u64 counter(void)
{
	isb();
	return read_sysreg(cntvct_el0);
}

void timer_init(void)
{
	u32 node = fdt_by_compatible(&board, FDT_NONE, "arm,armv8-timer"), hz = 0;
	struct fdt_irq irq;

	if (!node)
		boot_stop("the device tree has no timer that this kernel drives (arm,armv8-timer)");
	if (fdt_irq(&board, node, VIRTUAL, &irq))
		timer_irq = gic_irq(&irq);
	if (timer_irq == IRQ_NONE)
		boot_stop("the timer's third interrupt, of the virtual timer, is not one of the interrupt controller: mend its interrupts");
	(void)fdt_word(&board, node, "clock-frequency", 0, &hz);
	frequency = hz ? hz : read_sysreg(cntfrq_el0) & 0xffffffff;
	if (frequency < CONFIG_TICK_HZ)
		boot_stop("nobody says how fast the timer counts: give its node a clock-frequency");
	period = frequency / CONFIG_TICK_HZ;
	start = counter();
	next = start + period;
	write_sysreg(cntv_cval_el0, next);
	write_sysreg(cntv_ctl_el0, CONTROL_ENABLE);
	hal_irq_enable(timer_irq);
}

void timer_tick(void)
{
	u64 now = counter();

	if (now >= next) {
		next += period;
		if (next <= now)
			next = now + period;
		kernel_irq_note(IRQ_TIMER);
	}
	if (now >= alarm) {
		alarm = NEVER;
		kernel_irq_note(IRQ_ALARM);
	}
	write_sysreg(cntv_cval_el0, MIN(next, alarm));
	isb();
}

u64 hal_time_ns(void)
{
	u64 t = counter() - start;

	return t / frequency * 1000000000 + t % frequency * 1000000000 / frequency;
}

void hal_alarm_ns(u64 ns)
{
	alarm = counter() + MIN(ns, ALARM_MAX_NS) * frequency / 1000000000;
	write_sysreg(cntv_cval_el0, MIN(next, alarm));
	isb();
}

u64 hal_time_ms(void)
{
	u64 t = frequency ? counter() - start : 0;

	return frequency ? t / frequency * 1000 + t % frequency * 1000 / frequency : 0;
}
