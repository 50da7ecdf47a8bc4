/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Kernel threads are step functions: each call does a bounded piece of work (at most about
 * 2,000 instructions, or one frame copied or summed) and returns. They keep their place in
 * a record of their own, so they need no stacks, hold no object pointer or pin across steps,
 * and a snapshot can only happen between steps. They are scheduled with user work by priority.
 */
#ifndef KERNEL_KTHREAD_H
#define KERNEL_KTHREAD_H

#include <kernel/types.h>

enum kt_result { KT_AGAIN, KT_WAIT };  /* ready at once / until kthread_wake() or its time */

#define KT_PRIO_DEVICE 15
#define KT_PRIO_URGENT 14
#define KT_PRIO_BACKGROUND 1
#define PRIO_NR 16

struct kthread {
	const char *name;
	enum kt_result (*step)(struct kthread *kt);
	u8 prio;
	bool ready;
	u64 wake_ms;               /* 0 = none; hal_time_ms() scale */
	u64 ready_ms;              /* since when it has been ready without waiting */
	u32 turn;                  /* counts up: when it ran last */
	struct kthread *next;
};
void kthread_register(struct kthread *kt);
void kthread_wake(struct kthread *kt);         /* also from interrupt handlers */
void kthread_wake_at(struct kthread *kt, u64 ms);
void kthread_set_prio(struct kthread *kt, u8 prio);
/* A thread waits for a device until the same call with -1: without CONFIG_KERNEL_THREADS no process runs meanwhile. */
void kthread_device(int change);
bool kthread_stops_world(void);
/* Runs kernel threads until *done: at boot. */
void kthread_run_until(bool (*done)(void *), void *arg);

#endif
