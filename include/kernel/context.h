/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Contexts (loaded processes) and activities (places in a queue).
 *
 * A context caches one process: traps save straight into regs. It may run, or be an
 * invokee, only if ctx->epoch == state.epoch: its two nodes are dirty and reserved in this
 * epoch, so writing it back can neither fail nor stall (invariant P1).
 *
 * An activity is held by every process that runs, is stalled, or waits for a reply; it is
 * charged to the process's schedule. A process that is available or stopped has none. So a
 * reply never needs one. Nobody waits for an activity: RC_NO_ACTIVITY.
 * Invariants: P2 a process has at most one activity. P3 a READY activity is in exactly one
 * ready queue; a STALLED one in exactly one stall bucket.
 */
#ifndef KERNEL_CONTEXT_H
#define KERNEL_CONTEXT_H

#include <abi/process.h>
#include <hal/regs.h>
#include <kernel/object.h>
#include <kernel/reserve.h>

struct context;
struct use; /* kernel/ready.h */
struct queue;

#define MADE_TO_WAIT 1u

struct activity {
	oid_t oid;               /* the process; 0 = free */
	u32 version;
	u8 state;                /* enum act_state */
	u8 prio;
	u8 tries;                /* restarts of the trap in hand: 8 take the progress token */
	u8 pending;              /* READY, but a kernel reply is due first: the state it waited in */
	u64 key;                 /* STALLED: what it waits for; HELD: the state it had */
	u64 wake;                /* SLEEPING, MONOTONIC: persistent-monotonic ms; WALL: wall ms; CKPT: generation asked for;
				  * STALLED at a keeper: KEY_PROCESS() of the process whose fault it is to be told;
				  * WAITING: 0, or MADE_TO_WAIT: it has made no call */
	oid_t sched_oid;
	u32 sched_version;
	bool restarted;          /* the pending reply is RC_RESTARTED */
	u16 shares;              /* steps of the operation in hand that ended for their share, up to SHARES_MAX */
	struct context *ctx;     /* NULL = not loaded */
	struct activity *next, *prev; /* queue links */
	struct use *use;         /* where it is counted */
};

/* What it is in as far as its process and a checkpoint are concerned. */
static inline u8 act_lasting_state(const struct activity *a)
{
	if (a->state == AS_HELD)
		return (u8)a->key;
	return a->pending ? a->pending : a->state;
}

struct context {
	struct hal_regs regs;            /* first: the port's entry code saves here */
	struct abi_process_regs p;       /* portable part */
	struct frame *proc, *caps;       /* pots of the two nodes; NULL = slot free */
	u8 proc_index, caps_index;
	struct activity *act;            /* NULL = none */
	u16 index;                       /* 1 + its place in the table */
	u8 prio;                         /* of its schedule; with the next two: cached */
	u8 sched_known;                  /* 0 = look it up, 1 = valid, 2 = it has none, 3 = valid, and has a reserve */
	u32 sched_version, sched_limit;
	struct sched_reserve reserve;
	oid_t sched_oid;
	oid_t oid;                       /* of the process node */
	u32 epoch;                       /* P1 */
	u64 root_serial;                 /* root is good, and P1 holds, while this is state.root_serial; 0 with a reserve */
	paddr_t root;                    /* hardware root table */
	struct node *node, *regnode;     /* the two nodes in their pots */
	struct queue *callers;           /* where those stall that wait for it to become available, and others */
	struct use *use;                 /* of its schedule, while sched_known is 1 and this is not NULL */
	u32 pin;                         /* state.pin_serial: in use by the operation in hand, stays loaded */
};

#endif
