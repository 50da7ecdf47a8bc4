/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The operations of the kernel's objects: rights, error codes, weakening on every fetch path, one commit.
 * Lookup and weakening are the real ones; frames, processes and the scheduler are fakes that record calls.
 */
#ifndef TESTS_HANDLERS_H
#define TESTS_HANDLERS_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include <hal/hal.h>
#include <kernel/klog.h>
#include <kernel/map.h>
#include <kernel/panic.h>
#include <kernel/sched.h>

/* Frame 0 is a page, 1 another, 2 a pot with a node of each kind. */
enum { F_PAGE, F_PAGE2, F_POT, F_NR };
enum { N_NODE, N_NODE2, N_GPT, N_PROC, N_FWD, N_SCHED, N_SCHED2 };
#define OID_BASE 0x1000u
#define POT_OID (OID_BASE + F_POT * 8)

extern u8 content[F_NR][FRAME_SIZE];
extern struct inv inv;                 /* of the last call() */
extern struct context client, loaded;  /* who calls; the process N_PROC */
/* What the fakes were asked, and what they answer. */
extern struct world {
	u32 commits, dirty, unhooked, hooked, slot_changed, woken, wait_state, ran, stopped, made_available;
	u64 wait_wake, now, boot;
	rc_t dirty_rc, load_rc, can_run_rc;
	const char *string, *typed;
	char logged[300];
	oid_t destroyed, allocated;
	bool is_loaded, gave_up;
	struct sched_reserve reserve;
	struct message delivered;
	struct device {
		enum hal_space space;
		paddr_t at;
		u32 bytes;
		bool write;
		u32 value;
	} device;
	u32 line_open, bound;
} world;
extern struct cap arg0, arg1;          /* what call() sends */

/* All of the above as at first: versions 5 (pages) and 3 (nodes), call counts 7. */
int setup(void **unused);
#define T(f) cmocka_unit_test_setup(f, setup)

struct node *node(u32 index);
struct cap page_cap(u32 f, u32 rights);
struct cap node_cap(u32 type, u32 index, u32 rights);
/* One invocation as the core would make it (inv.type stays); checks what every handler owes. */
rc_t call(struct cap target, u32 op, word_t w1, word_t w2, word_t w3);

#define BITS(c) cap_rights(&(c))
#define expect_cap(a, b) assert_memory_equal(&(a), &(b), sizeof(struct cap))

#endif
