/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The machine on which test_fastpath.c lets two copies live: five processes, four schedules of which some have a reserve,
 * three forwarders, a clock with a tick and an alarm. All that happens is drawn from one row of random numbers, so that it
 * happens to both.
 */
#ifndef TESTS_TWO_WAYS_H
#define TESTS_TWO_WAYS_H

#include "fake_mm.h"

#include <hal/hal.h>
#include <kernel/kthread.h>
#include <kernel/sched.h>

#define PROCS 5u
#define FORWARDERS 3u
/* Registers. */
#define OBJECT 24u
#define GIVEN 25u
#define NOTICE 26u
#define RESUME 27u
#define SLEEP 28u
#define NUMBER 29u
/* Addresses. */
#define OWN 0x1000u      /* two writable pages of its own */
#define FIXED 0x3000u    /* read-only */
#define SHARED 0x4000u   /* one page, writable by all */
#define NOWHERE 0x9000u

extern struct proc {
	struct cap process, caps, schedule;
	struct frame *page[2];
	struct context *ctx;
} p[PROCS];
extern struct cap forwarder[FORWARDERS];
extern struct frame *fixed, *shared;
extern struct context *running;
extern jmp_buf nobody;           /* where hal_idle() goes */
extern u32 thread_steps;
extern u64 now_ns, alarm_ns;     /* ~0 = none */

u32 pick(u32 n);
u32 number(oid_t process);
struct cap start_of(u32 n);
struct cap opaque(u32 n);        /* the form of a forwarder that only forwards */
struct cap *reg(u32 n, u32 r);
void world(u32 random);
void parameters(u32 n, u32 priority, u32 limit, struct sched_reserve r);
/* Something happens to the machine, between two steps; time passes. */
void disturb(void);
void alarm_comes(void);
/* Process n is about to ask for a change of a schedule or a reserve, or to give up its time. */
void ask_of_schedule(u32 n);
/* The same of a forwarder; or it calls somebody by way of one. */
void ask_of_forwarder(u32 n);

#endif
