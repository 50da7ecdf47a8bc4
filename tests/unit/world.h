/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Three processes made by hand, in memory without a store, for tests that enter the kernel where a port does. Each
 * has a pot of its own (process, capability registers, space, schedule of priority 3, limit 1) and one writable page.
 */
#ifndef TESTS_WORLD_H
#define TESTS_WORLD_H

#include "fake_mm.h"

#include <abi/syscall.h>
#include <hal/hal.h>
#include <kernel/entry.h>
#include <kernel/sched.h>
#include <stdlib.h>
#include <string.h>

#define A_CALL INV_CTL(INV_CALL, 1, 2, 0, 0, 0) /* register 1 is invoked, 2 is sent */
#define RESUME 27
#define DATA 0x1000u   /* a writable page of each process */
#define BLOCK 0x1f00u  /* its string block */
#define NOWHERE 0x8000u
#define POT_OF(n) ((oid_t)(100 + (n)) * 8)

struct proc {
	struct cap process, caps, schedule;
	struct frame *data;
	struct context *ctx;
	u64 first_count;
};

extern const char *world_typed;  /* what the console has still to give */
enum { A, B, C, PROCS };
extern struct proc p[PROCS];
extern u64 world_ms;           /* the time */

/* A runs; B and C are available, in an open wait that receives everything. Register 1 of each: the next one's start. */
int world_setup(void **s);
struct cap world_schedule(oid_t oid, u32 priority, u32 limit);
struct cap start_of(u32 n, u32 facet);
struct cap *reg(u32 n, u32 r);
u64 count(u32 n);              /* ways out of waiting since the process was made */
u32 run_state(u32 n);
void run(u32 n);
/* What the kernel does in its dispatcher ends when there is nobody to run. */
void enter(struct context *(*entry)(struct context *ctx), u32 n);
/* The same, and who runs then; NULL = nobody. */
struct context *world_next(struct context *(*entry)(struct context *ctx), struct context *ctx);
/* The process invokes; returns by how many instructions it went on. Between the steps world_between() is called, if any. */
extern void (*world_between)(void);
u32 invoke(u32 n, u32 ctl, u32 rcv, word_t w0, word_t str);
/* A calls `target` with these words and capabilities (c1: what is in its register 7). Returns word 0 of the reply; its
 * capability is in register ASK_GOT. */
#define ASK_GOT 6
extern struct asking {
	word_t w3, str;
	bool unchecked;        /* no mm_check() after each */
} asking;
/* No answer but one that idl/ tells of. */
word_t ask(struct cap target, word_t code, word_t w1, word_t w2, struct cap c0);
word_t word(u32 n, u32 k);
void string(u32 n, word_t send, word_t len, word_t recv, word_t max);
/* P2: an activity for whoever runs or waits for a reply, unless stopped; for nobody else. */
void check_activities(void);

#endif
