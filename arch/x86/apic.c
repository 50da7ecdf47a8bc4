/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The local APIC: its timer gives the tick and, counted, the time. Device interrupts still come from the 8259A pair, through
 * the APIC's first local line ("virtual wire"); the APIC needs no acknowledging for those. The 8254's first counter, which
 * has nothing else to do, gives the alarm.
 *
 * How fast the timer counts is measured against the 8254's third counter, whose clock is known. Both are read together at
 * two moments; of several readings of a moment the one is taken that took least, so that a disturbance (a hypervisor, the
 * firmware) does no harm. (Intel SDM volume 3, chapter "APIC".)
 */
#include "arch/x86/msr.h"
#include "arch/x86/x86.h"

#include <hal/io.h>
#include <kernel/entry.h>
#include <kernel/panic.h>

#define MSR_APIC_BASE 0x1bu
#define BASE_ENABLED ((u64)1 << 11)
#define BASE_X2APIC ((u64)1 << 10)
#define BASE_ADDRESS (((u64)1 << 52) - FRAME_SIZE)
#define CPUID1_EDX_APIC (1u << 9)

#define REG_PRIORITY 0x080
#define REG_END 0x0b0
#define REG_SPURIOUS 0x0f0
#define REG_REQUESTED 0x200      /* of vectors 0-31; 32 each, 16 bytes on */
#define REG_TIMER 0x320
#define REG_LINE0 0x350
#define REG_LINE1 0x360
#define REG_ERROR 0x370
#define REG_INITIAL 0x380
#define REG_CURRENT 0x390
#define REG_DIVIDE 0x3e0

#define SPURIOUS_ENABLED 0x100u
#define LINE_EXTERNAL 0x700u
#define LINE_NMI 0x400u
#define LINE_MASKED 0x10000u
#define TIMER_PERIODIC 0x20000u
#define DIVIDE_BY_16 0x3u

#define PIT_HZ 1193182u
#define PIT_COMMAND 0x43
#define PIT_COUNTER0 0x40
#define PIT_COUNTER0_ONCE 0x30   /* both bytes, interrupt at the end */
#define PIT_COUNTER2 0x42
#define PIT_COUNTER2_ONCE 0xb0   /* both bytes, out goes high at the end */
#define GATE 0x61
#define GATE_OPEN 0x01
#define GATE_SPEAKER 0x02
#define GATE_OUT 0x20
#define PIT_LATCH_COUNTER2 0x80
#define MEASURE_COUNT (PIT_HZ / 100)
#define READINGS 16u

static volatile u32 *regs;
static u32 period;               /* the timer's counts a tick */
static u64 hz, ticks, now_ms;    /* the last two change only where interrupts are let in */

static u32 apic_read(u32 reg)
{
	return regs[reg / sizeof(*regs)];
}

static void apic_write(u32 reg, u32 v)
{
	regs[reg / sizeof(*regs)] = v;
}

/* In its first mode, with registers in memory: off and on again, if the firmware left it in the second. */
static void enable(void)
{
	u64 base = rdmsr(MSR_APIC_BASE);

	if (!(cpuid(1).edx & CPUID1_EDX_APIC) && !(base & BASE_ENABLED))
		panic("this processor has no local APIC: take the i386 kernel");
	if (base & BASE_X2APIC)
		wrmsr(MSR_APIC_BASE, base & ~(BASE_X2APIC | BASE_ENABLED));
	wrmsr(MSR_APIC_BASE, (base & ~BASE_X2APIC) | BASE_ENABLED);
	regs = hal_map_device(base & BASE_ADDRESS, FRAME_SIZE);
	if (!regs)
		panic("the local APIC at %llx cannot be mapped", (unsigned long long)(base & BASE_ADDRESS));
	apic_write(REG_PRIORITY, 0);
	apic_write(REG_LINE0, LINE_EXTERNAL);
	apic_write(REG_LINE1, LINE_NMI);
	apic_write(REG_ERROR, LINE_MASKED);
	apic_write(REG_SPURIOUS, SPURIOUS_ENABLED | APIC_VECTOR_SPURIOUS);
	for (u32 i = 0; i < 256; i++) /* what another system has taken and not ended */
		apic_write(REG_END, 0);
}

/* Both counters at one moment; both count down. */
struct moment {
	u32 apic, pit;
};

static u32 read_pit(void)
{
	u32 low;

	outb(PIT_COMMAND, PIT_LATCH_COUNTER2);
	low = inb(PIT_COUNTER2);
	return low | (u32)inb(PIT_COUNTER2) << 8;
}

static struct moment now(void)
{
	struct moment best = { 0, 0 };
	u32 least = ~0u;

	for (u32 i = 0; i < READINGS; i++) {
		u32 before = apic_read(REG_CURRENT), pit = read_pit(), took = before - apic_read(REG_CURRENT);

		if (took >= least)
			continue;
		least = took;
		best = (struct moment){ before - took / 2, pit };
	}
	return best;
}

/* The timer's frequency; 0 = the 8254 ran out meanwhile. */
static u64 measure(void)
{
	struct moment start, end;

	outb(GATE, (u8)((inb(GATE) & ~GATE_SPEAKER) | GATE_OPEN));
	outb(PIT_COMMAND, PIT_COUNTER2_ONCE);
	outb(PIT_COUNTER2, 0xff);
	outb(PIT_COUNTER2, 0xff);
	apic_write(REG_INITIAL, ~0u);
	start = now();
	while (!(inb(GATE) & GATE_OUT) && start.pit - read_pit() < MEASURE_COUNT)
		;
	end = now();
	if (inb(GATE) & GATE_OUT || start.pit <= end.pit)
		return 0;
	return (u64)(start.apic - end.apic) * PIT_HZ / (start.pit - end.pit);
}

void timer_init(void)
{
	enable();
	apic_write(REG_DIVIDE, DIVIDE_BY_16);
	apic_write(REG_TIMER, LINE_MASKED);
	for (u32 i = 0; !hz && i < READINGS; i++)
		hz = measure();
	period = (u32)(hz / CONFIG_TICK_HZ);
	if (!period)
		panic("the local APIC's timer stands still: take the i386 kernel");
	apic_write(REG_TIMER, TIMER_PERIODIC | APIC_VECTOR_TIMER);
	apic_write(REG_INITIAL, period);
}

void apic_interrupt(u32 vector)
{
	if (vector != APIC_VECTOR_TIMER)
		return;
	apic_write(REG_END, 0);
	ticks++;
	now_ms = ticks * period * 1000 / hz;
	kernel_irq_note(IRQ_TIMER);
}

void timer_irq0(void)
{
	kernel_irq_note(IRQ_ALARM);
}

u64 hal_time_ms(void)
{
	return now_ms;
}

/* With interrupts closed the counter may have begun again and its tick still be to come. */
u64 hal_time_ns(void)
{
	u32 left = apic_read(REG_CURRENT);
	u64 counts = ticks * period;

	if (apic_read(REG_REQUESTED + APIC_VECTOR_TIMER / 32 * 16) >> APIC_VECTOR_TIMER % 32 & 1) {
		left = apic_read(REG_CURRENT);
		counts += period;
	}
	counts += period - left;
	return counts / hz * 1000000000 + counts % hz * 1000000000 / hz;
}

void hal_alarm_ns(u64 ns)
{
	u64 counts = MIN(ns, 50000000) * PIT_HZ / 1000000000 + 1;
	static bool enabled;

	if (!enabled)
		hal_irq_enable(0);
	enabled = true;
	outb(PIT_COMMAND, PIT_COUNTER0_ONCE);
	outb(PIT_COUNTER0, (u8)counts);
	outb(PIT_COUNTER0, (u8)(counts >> 8));
}
