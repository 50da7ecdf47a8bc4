/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The tables behind sched.c, for the two files that touch them: sched.c itself, and fastpath.c, which does in a few
 * instructions what the functions of sched.c do in general.
 */
#ifndef KERNEL_READY_H
#define KERNEL_READY_H

#include <kernel/sched.h>

#define STALL_BUCKETS 64
#define PRIO_RESERVE (PRIO_NR + 1) /* above late kernel threads */

struct queue {
	struct activity *head, *tail; /* NULL = empty */
};

struct ready {
	u32 mask;                /* priorities whose queue is not empty */
	struct activity *free;   /* list of the free ones */
	u32 reserved;            /* reserves whose queue is not empty, a bit each */
	struct reserve *charged; /* whose budget the process that runs uses up, or NULL */
	struct queue queue[PRIO_NR], stalled[STALL_BUCKETS];
};

/* Activities in use of one schedule. */
struct use {
	oid_t oid;
	u32 version, count;
	struct reserve *reserve; /* NULL = none */
};

/* What the processes of a schedule have of the processor, in ns. Its ready activities are here, not in ready.queue. */
struct reserve {
	struct use *use;         /* NULL = free */
	u32 period, budget;
	u32 left;                /* of the budget, in the period that ends at `end` (hal_time_ns()) */
	u32 missed;              /* periods that ended with budget left and somebody ready */
	bool done;               /* they wait for the next period */
	u64 end;
	struct queue queue;
};

extern struct ready ready;
extern struct use uses[CONFIG_NR_ACTIVITIES];
extern struct context contexts[CONFIG_NR_CONTEXTS];

/* ---- reserve.c: called only with CONFIG_RESERVES ---- */
/* The schedule has this reserve from now on; its queue is empty if there was another. */
void reserve_set(struct use *u, struct sched_reserve p);
struct sched_reserve reserve_get(const struct use *u);
void reserve_enter(struct reserve *r);   /* its queue gets its first activity */
void reserve_leave(struct reserve *r);   /* its queue is empty */
/* Whose queue goes before ready.queue: one with budget left, else one that is alone at the highest ready priority. */
struct reserve *reserve_first(void);
void reserves_stop(void);                /* what ran is charged; periods that are over begin again */
void reserves_start(const struct activity *a); /* it runs next, NULL = nobody; sets the alarm */

static inline struct reserve *reserve_of(const struct activity *a)
{
	return IS_ENABLED(CONFIG_RESERVES) ? a->use->reserve : NULL;
}

static inline struct queue *stall_bucket(u64 key)
{
	return &ready.stalled[((u32)key ^ (u32)key >> 3 ^ (u32)key >> 9) % STALL_BUCKETS];
}

#endif
