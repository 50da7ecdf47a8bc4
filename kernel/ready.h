/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The tables behind sched.c, for the two files that touch them: sched.c itself, and fastpath.c, which does in a few
 * instructions what the functions of sched.c do in general.
 */
#ifndef KERNEL_READY_H
#define KERNEL_READY_H

#include <kernel/sched.h>

#define STALL_BUCKETS 64

struct queue {
	struct activity *head, *tail; /* NULL = empty */
};

struct ready {
	u32 mask;                /* priorities whose queue is not empty */
	struct activity *free;   /* list of the free ones */
	struct queue queue[PRIO_NR], stalled[STALL_BUCKETS];
};

/* Activities in use of one schedule. */
struct use {
	oid_t oid;
	u32 version, count;
};

extern struct ready ready;
extern struct use uses[CONFIG_NR_ACTIVITIES];
extern struct context contexts[CONFIG_NR_CONTEXTS];

static inline struct queue *stall_bucket(u64 key)
{
	return &ready.stalled[((u32)key ^ (u32)key >> 3 ^ (u32)key >> 9) % STALL_BUCKETS];
}

#endif
