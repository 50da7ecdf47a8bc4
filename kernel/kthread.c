/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Kernel threads: a list of step functions. A thread that has been ready for
 * LATE_MS without getting to wait again runs before everything else, so that a spinning
 * program cannot stop checkpoints.
 */
#include <hal/hal.h>
#include <kernel/cpu.h>
#include <kernel/irqchip.h>
#include <kernel/panic.h>
#include <kernel/entry.h>
#include <kernel/sched.h>
#include <kernel/kthread.h>

#define LATE_MS 20
#define IRQ_USERS 16u

static struct kthread *threads;
static struct kthread *chosen;          /* by kthread_first_prio(), until anything changes */
static u32 turns;
static int at_devices;                  /* requests under way */
static struct {
	u32 irq;
	struct kthread *kt;
} irq_users[IRQ_USERS];
static u32 irq_user_count;

void kthread_register(struct kthread *kt)
{
	struct kthread **p = &threads;

	while (*p)
		p = &(*p)->next;
	kt->next = NULL;
	*p = kt;
}

void kthread_wake(struct kthread *kt)
{
	if (!kt->ready) {
		kt->ready = true;
		kt->ready_ms = hal_time_ms();
	}
	chosen = NULL;
	cpu0.resched = true;
}

void kthread_wake_at(struct kthread *kt, u64 ms)
{
	kt->wake_ms = ms;
}

void kthread_set_prio(struct kthread *kt, u8 prio)
{
	kt->prio = prio;
	chosen = NULL;
}

void kthread_timers(u64 now)
{
	for (struct kthread *kt = threads; kt; kt = kt->next)
		if (kt->wake_ms && kt->wake_ms <= now) {
			kt->wake_ms = 0;
			kthread_wake(kt);
		}
}

static int effective_prio(const struct kthread *kt, u64 now)
{
	return now - kt->ready_ms > LATE_MS ? PRIO_NR : kt->prio;
}

/* The most urgent; of equals the one that ran longest ago. */
static struct kthread *first(int *prio)
{
	struct kthread *best = NULL;
	u64 now = hal_time_ms();

	*prio = -1;
	for (struct kthread *kt = threads; kt; kt = kt->next) {
		int p;

		if (!kt->ready)
			continue;
		p = effective_prio(kt, now);
		if (p > *prio || (p == *prio && (s32)(kt->turn - best->turn) < 0)) {
			best = kt;
			*prio = p;
		}
	}
	return best;
}

int kthread_first_prio(void)
{
	int prio;

	chosen = first(&prio);
	return prio;
}

void kthread_device(int change)
{
	at_devices += change;
}

bool kthread_stops_world(void)
{
	return !IS_ENABLED(CONFIG_KERNEL_THREADS) && (at_devices || kthread_first_prio() >= 0);
}

const char *kthread_next(void)
{
	int prio;

	return (chosen ? chosen : first(&prio))->name;
}

void kthread_step(void)
{
	int prio;
	struct kthread *kt = chosen ? chosen : first(&prio);

	chosen = NULL;
	kt->turn = ++turns;
	/* Cleared first: a wake during the step must not be lost. */
	kt->ready = false;
	pins_drop();
	cpu0.committed = false;
	if (kt->step(kt) == KT_AGAIN)
		kt->ready = true; /* ready_ms stays: it has not waited */
}

void kernel_idle(void)
{
	u64 start = hal_cycles();

	hal_idle();
	if (!state.running)
		state.boot_cycles += hal_cycles() - start;
}

void kthread_run_until(bool (*done)(void *), void *arg)
{
	while (!done(arg)) {
		hal_irq_window();
		kthread_timers(hal_time_ms());
		if (kthread_first_prio() >= 0)
			kthread_step();
		else
			kernel_idle();
	}
}

void irq_register(u32 irq, struct kthread *kt)
{
	if (irq_user_count == IRQ_USERS)
		panic("interrupt line %u: more than %u users of interrupts", irq, IRQ_USERS);
	irq_users[irq_user_count].irq = irq;
	irq_users[irq_user_count++].kt = kt;
}

bool irq_is_kernels(u32 irq)
{
	for (u32 i = 0; i < irq_user_count; i++)
		if (irq_users[i].irq == irq)
			return true;
	return false;
}

void kernel_irq_note(u32 irq)
{
	if (irq == IRQ_TIMER) {
		cpu0.ticks++;
		cpu0.resched = true;
		return;
	}
	if (irq == IRQ_ALARM) {
		cpu0.resched = true;
		return;
	}
	for (u32 i = 0; i < irq_user_count; i++)
		if (irq_users[i].irq == irq)
			kthread_wake(irq_users[i].kt);
	if (IS_ENABLED(CONFIG_USER_DRIVERS))
		irq_bound_note(irq);
}
