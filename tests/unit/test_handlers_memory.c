/* SPDX-License-Identifier: Apache-2.0 */
/* Nodes, GPTs, pages and ranges. */
#include "handlers.h"

static void slots(void **unused)
{
	struct cap five = cap_number(5, 0, 0), c = node_cap(CT_NODE, N_NODE, 0), g = node_cap(CT_GPT, N_GPT, 0);
	struct cap expected = cap_number(8, 9, 0);

	(void)unused;
	arg0 = five;
	assert_int_equal(call(c, OP_NODE_STORE, 32, 0, 0), RC_REQUEST);
	assert_int_equal(call(c, OP_NODE_FETCH, 32, 0, 0), RC_REQUEST);
	assert_int_equal(call(c, OP_NODE_SWAP, (word_t)-1, 0, 0), RC_REQUEST);
	assert_int_equal(call(c, OP_NODE_STORE, 31, 0, 0), RC_OK);
	expect_cap(node(N_NODE)->slot[31], five);
	assert_int_equal(world.unhooked, 0);
	assert_int_equal(call(g, OP_NODE_NUMBER, 2, 8, 9), RC_OK);
	expect_cap(node(N_GPT)->slot[2], expected);
	assert_int_equal(world.unhooked, 0); /* it was void */
	assert_int_equal(call(g, OP_NODE_NUMBER, 2, 8, 9), RC_OK);
	assert_int_equal(world.unhooked, 1);
	world.hooked = 3; /* a share at a time, and nothing has changed before it is the last one */
	assert_int_equal(call(g, OP_NODE_NUMBER, 2, 1, 1), RC_STALL);
	assert_int_equal(call(g, OP_NODE_NUMBER, 2, 1, 1), RC_STALL);
	expect_cap(node(N_GPT)->slot[2], expected);
	assert_int_equal(call(g, OP_NODE_NUMBER, 2, 8, 9), RC_OK);
	arg0 = cap_void();
	assert_int_equal(call(g, OP_NODE_SWAP, 2, 0, 0), RC_OK);
	expect_cap(inv.r.c[0], expected);
	assert_int_equal(world.unhooked, 5);
	assert_int_equal(call(g, OP_NODE_SWAP, 2, 0, 0), RC_OK);
	assert_int_equal(world.unhooked, 5);
	arg0 = five;
	assert_int_equal(call(g, OP_NODE_CLONE, 0, 0, 0), RC_BAD_CAP);
	arg0 = c;
	assert_int_equal(call(g, OP_NODE_CLONE, 0, 0, 0), RC_BAD_CAP);
	arg0 = node_cap(CT_NODE, N_NODE2, 0);
	arg0.w[1]++;
	assert_int_equal(call(c, OP_NODE_CLONE, 0, 0, 0), RC_BAD_CAP);
	arg0 = node_cap(CT_NODE, N_NODE2, CR_OPAQUE);
	assert_int_equal(call(c, OP_NODE_CLONE, 0, 0, 0), RC_NO_ACCESS);
	world.dirty_rc = RC_STALL;
	assert_int_equal(call(c, OP_NODE_CLEAR, 0, 0, 0), RC_STALL);
	expect_cap(node(N_NODE)->slot[31], five);
}

/* A tree of two nodes; what is on the way decides like as many fetches. */
static void node_paths(void **unused)
{
	struct cap top = node_cap(CT_NODE, N_NODE, 0), below = node_cap(CT_NODE, N_NODE2, 0), seven = cap_number(7, 0, 0);

	(void)unused;
	node(N_NODE)->slot[30] = below;
	node(N_NODE2)->slot[9] = seven;
	assert_int_equal(call(top, OP_NODE_FETCH_PATH, 30 | 9 << 5, 2, 0), RC_OK);
	expect_cap(inv.r.c[0], seven);
	assert_int_equal(call(top, OP_NODE_FETCH_PATH, 30, 1, 0), RC_OK);
	expect_cap(inv.r.c[0], below);
	assert_int_equal(call(top, OP_NODE_FETCH_PATH, 30 | 9 << 5, 1, 0), RC_REQUEST);
	assert_int_equal(call(top, OP_NODE_FETCH_PATH, 30, 0, 0), RC_REQUEST);
	assert_int_equal(call(top, OP_NODE_FETCH_PATH, 30, 7, 0), RC_REQUEST);
	assert_int_equal(call(top, OP_NODE_FETCH_PATH, 1u << 30, 6, 0), RC_REQUEST);
	assert_int_equal(call(top, OP_NODE_FETCH_PATH, 30 | 9 << 5, 3, 0), RC_BAD_CAP); /* a number on the way */
	assert_int_equal(call(top, OP_NODE_FETCH_PATH, 1, 2, 0), RC_BAD_CAP);
	arg0 = cap_number(8, 0, 0);
	assert_int_equal(call(top, OP_NODE_SWAP_PATH, 30 | 9 << 5, 2, 0), RC_OK);
	expect_cap(inv.r.c[0], seven);
	expect_cap(node(N_NODE2)->slot[9], arg0);
	assert_int_equal(call(node_cap(CT_NODE, N_NODE, CR_WEAK), OP_NODE_SWAP_PATH, 30 | 9 << 5, 2, 0), RC_NO_ACCESS);
	node(N_NODE2)->slot[9] = below;
	assert_int_equal(call(node_cap(CT_NODE, N_NODE, CR_WEAK), OP_NODE_FETCH_PATH, 30 | 9 << 5, 2, 0), RC_OK);
	assert_int_equal(BITS(inv.r.c[0]), CR_RO | CR_WEAK | CR_NOCALL);
	node(N_NODE)->slot[30] = node_cap(CT_NODE, N_NODE2, CR_OPAQUE);
	assert_int_equal(call(top, OP_NODE_FETCH_PATH, 30 | 9 << 5, 2, 0), RC_NO_ACCESS);
	node(N_NODE)->slot[30] = node_cap(CT_NODE, N_NODE2, CR_RO);
	assert_int_equal(call(top, OP_NODE_SWAP_PATH, 30 | 9 << 5, 2, 0), RC_NO_ACCESS);
	node(N_NODE)->slot[30].w[1]++; /* gone */
	assert_int_equal(call(top, OP_NODE_FETCH_PATH, 30 | 9 << 5, 2, 0), RC_BAD_CAP);
	node(N_NODE)->slot[5] = top; /* a circle is no more than six levels */
	assert_int_equal(call(top, OP_NODE_FETCH_PATH, 5 | 5 << 5 | 5 << 10 | 5 << 15 | 5 << 20 | 1 << 25, 6, 0), RC_OK);
}

static void guards(void **unused)
{
	struct cap g = node_cap(CT_GPT, N_GPT, 0), p = page_cap(F_PAGE, 0);

	(void)unused;
	assert_int_equal(call(g, OP_MEM_GUARD, 17, 0x3ffff, 0), RC_OK);
	assert_int_equal(cap_size(&inv.r.c[0]), 17);
	assert_int_equal(cap_guard(&inv.r.c[0]), 0x3ffff);
	assert_int_equal(call(g, OP_MEM_GUARD, 17, 0x40000, 0), RC_REQUEST);
	assert_int_equal(call(g, OP_MEM_GUARD, 11, 0, 0), RC_REQUEST);
	assert_int_equal(call(g, OP_MEM_GUARD, 65, 0, 0), RC_REQUEST);
	assert_int_equal(call(g, OP_MEM_GUARD, 64, 0, 0), RC_OK);
	assert_int_equal(call(g, OP_MEM_GUARD, 64, 1, 0), RC_REQUEST);
	assert_int_equal(call(g, OP_MEM_GUARD, 63, 1, 0), RC_OK);
	assert_int_equal(call(g, OP_MEM_GUARD, 63, 2, 0), RC_REQUEST);
	assert_int_equal(call(p, OP_MEM_GUARD, 12, 3, 0), RC_OK);
	assert_int_equal(call(p, OP_MEM_GUARD, 13, 0, 0), RC_REQUEST);
	assert_int_equal(call(node_cap(CT_GPT, N_GPT, CR_OPAQUE), OP_MEM_GUARD, 13, 0, 0), RC_NO_ACCESS);
	assert_int_equal(call(g, OP_GPT_SET, 11, 0, 0), RC_REQUEST);
	assert_int_equal(call(g, OP_GPT_SET, 64, 0, 0), RC_REQUEST);
	assert_int_equal(call(g, OP_GPT_SET, 12, 2, 0), RC_REQUEST);
	assert_int_equal(call(g, OP_GPT_SET, 17, GPT_KEEPER, 0), RC_OK);
	assert_int_equal(world.unhooked, 1);
	assert_int_equal(call(g, OP_GPT_GET, 0, 0, 0), RC_OK);
	assert_int_equal(inv.r.w[1], 17);
	assert_int_equal(inv.r.w[2], GPT_KEEPER);
}

static void pages(void **unused)
{
	struct cap p = page_cap(F_PAGE, 0);

	(void)unused;
	world.string = "hello";
	assert_int_equal(call(p, OP_PAGE_WRITE, 4092, 0, 0), RC_REQUEST);
	assert_int_equal(call(p, OP_PAGE_WRITE, (u32)-1, 0, 0), RC_REQUEST);
	assert_int_equal(call(p, OP_PAGE_WRITE, 4091, 0, 0), RC_OK);
	assert_memory_equal(content[F_PAGE] + 4091, "hello", 5);
	assert_int_equal(call(p, OP_PAGE_READ, 4091, 6, 0), RC_REQUEST);
	assert_int_equal(call(p, OP_PAGE_READ, 4091, 5, 0), RC_OK);
	assert_memory_equal(inv.r.str, "hello", 5);
	arg0 = p;
	assert_int_equal(call(page_cap(F_PAGE2, 0), OP_PAGE_CLONE, 0, 0, 0), RC_OK);
	assert_memory_equal(content[F_PAGE2], content[F_PAGE], FRAME_SIZE);
	arg0 = node_cap(CT_NODE, N_NODE, 0);
	assert_int_equal(call(p, OP_PAGE_CLONE, 0, 0, 0), RC_BAD_CAP);
	assert_int_equal(call(p, OP_PAGE_ZERO, 0, 0, 0), RC_OK);
	assert_int_equal(content[F_PAGE][4091], 0);
}

static void ranges(void **unused)
{
	struct cap r = cap_make(CT_RANGE, 0, F_NR, OID_BASE, 0), big = cap_make(CT_RANGE, 2, 1, OID_BASE, 0);

	(void)unused;
	assert_int_equal(call(big, OP_RANGE_LENGTH, 0, 0, 0), RC_OK);
	assert_int_equal(inv.r.w[1], 1);
	assert_int_equal(inv.r.w[2], 2);
	assert_int_equal(call(r, OP_RANGE_SUB, 1, 3, 0), RC_REQUEST);
	assert_int_equal(call(r, OP_RANGE_SUB, 4, (u32)-3, 0), RC_REQUEST);
	assert_int_equal(call(r, OP_RANGE_SUB, 1, 0, 0), RC_REQUEST);
	assert_int_equal(call(r, OP_RANGE_SUB, 1, 2, 0), RC_OK);
	assert_int_equal(cap_oid(&inv.r.c[0]), OID_BASE + 8);
	assert_int_equal(cap_count56(&inv.r.c[0]), 2);
	assert_int_equal(call(r, OP_RANGE_ALLOC, 3, 0, NK_PAGE), RC_REQUEST);
	assert_int_equal(call(r, OP_RANGE_ALLOC, 0, 1, NK_PAGE), RC_REQUEST);
	assert_int_equal(call(r, OP_RANGE_ALLOC, 2, 7, NK_NODE), RC_REQUEST);
	assert_int_equal(call(r, OP_RANGE_ALLOC, 2, 0, NK_FREE), RC_REQUEST);
	assert_int_equal(call(r, OP_RANGE_ALLOC, 2, 0, NK_NR), RC_REQUEST);
	for (u32 kind = NK_FREE + 1; kind < NK_NR; kind++) /* what no checkpoint saves does not run, and promises nothing */
		assert_int_equal(call(cap_make(CT_RANGE, 0, 8, OID_NP_BASE, 0), OP_RANGE_ALLOC, 2, 0, kind), RC_REQUEST);
	assert_int_equal(call(r, OP_RANGE_ALLOC, 2, N_GPT, NK_GPT), RC_OK);
	assert_int_equal(world.allocated, POT_OID | N_GPT);
	assert_int_equal(cap_type(&inv.r.c[0]), CT_GPT);
	assert_int_equal(call(r, OP_RANGE_GET, 0, 1, 0), RC_VOID);
	assert_int_equal(call(r, OP_RANGE_GET, 2, N_SCHED, 0), RC_OK);
	assert_int_equal(cap_type(&inv.r.c[0]), CT_SCHEDULE);
	arg0 = node_cap(CT_GPT, N_GPT, CR_RO);
	assert_int_equal(call(r, OP_RANGE_IDENTIFY, 0, 0, 0), RC_OK);
	assert_int_equal(inv.r.w[1], 2);
	assert_int_equal(inv.r.w[2], N_GPT);
	assert_int_equal(inv.r.w[3], NK_GPT);
	assert_int_equal(call(cap_make(CT_RANGE, 0, 2, OID_BASE, 0), OP_RANGE_IDENTIFY, 0, 0, 0), RC_REQUEST);
	arg0 = node_cap(CT_START, N_PROC, 0);
	assert_int_equal(call(r, OP_RANGE_IDENTIFY, 0, 0, 0), RC_BAD_CAP);
}

static void rescind(void **unused)
{
	struct cap r = cap_make(CT_RANGE, 0, F_NR, OID_BASE, 0);

	(void)unused;
	arg0 = node_cap(CT_PROCESS, N_PROC, 0);
	assert_int_equal(call(cap_make(CT_RANGE, 0, 2, OID_BASE, 0), OP_RANGE_RESCIND, 0, 0, 0), RC_REQUEST);
	arg0.w[1]++;
	assert_int_equal(call(r, OP_RANGE_RESCIND, 0, 0, 0), RC_BAD_CAP);
	arg0.w[1]--;
	activities[2] = (struct activity){ .oid = POT_OID | N_PROC, .state = AS_WAITING };
	assert_int_equal(call(r, OP_RANGE_RESCIND, 0, 0, 0), RC_OK);
	assert_int_equal(world.destroyed, POT_OID | N_PROC);
	assert_int_equal(activities[2].state, AS_FREE);
}

/* Who waits on a resume capability in a destroyed node is told; who no longer waits is left alone. */
static void rescind_answers(void **unused)
{
	struct cap r = cap_make(CT_RANGE, 0, F_NR, OID_BASE, 0);

	(void)unused;
	node(N_NODE)->slot[9] = cap_make(CT_RESUME, 0, 7, POT_OID | N_PROC, 0);
	loaded.p.run_state = RS_WAITING;
	loaded.act = &activities[0];
	activities[0] = (struct activity){ .oid = POT_OID | N_PROC, .state = AS_WAITING };
	arg0 = node_cap(CT_NODE, N_NODE, 0);
	assert_int_equal(call(r, OP_RANGE_RESCIND, 0, 0, 0), RC_OK);
	assert_int_equal(loaded.p.run_state, RS_RUNNING);
	assert_int_equal(hal_msg_word(&loaded.regs, 0), RC_DESTROYED);
	assert_int_equal(activities[0].state, AS_READY);
	node(N_NODE)->slot[9] = cap_make(CT_RESUME, 0, 6, POT_OID | N_PROC, 0);
	loaded.p.run_state = RS_WAITING;
	assert_int_equal(call(r, OP_RANGE_RESCIND, 0, 0, 0), RC_OK);
	assert_int_equal(loaded.p.run_state, RS_WAITING);
}

/* A capability that only posts does not stand for the process. */
static void a_notice_names_no_object(void **unused)
{
	(void)unused;
	arg0 = cap_make(CT_NOTICE, 1, 3, POT_OID | N_PROC, 0);
	assert_int_equal(call(cap_make(CT_RANGE, 0, F_NR, OID_BASE, 0), OP_RANGE_RESCIND, 0, 0, 0), RC_BAD_CAP);
	assert_int_equal(call(cap_make(CT_RANGE, 0, F_NR, OID_BASE, 0), OP_RANGE_IDENTIFY, 0, 0, 0), RC_BAD_CAP);
}

static void ranges_compared(void **unused)
{
	static const struct {
		u32 first, frames, relation, offset;
	} all[] = {
		{ 100, 10, RANGES_SAME, 0 }, { 102, 3, RANGES_INSIDE, 2 }, { 100, 9, RANGES_INSIDE, 0 }, { 101, 9, RANGES_INSIDE, 1 },
		{ 99, 12, RANGES_AROUND, 0 }, { 100, 11, RANGES_AROUND, 0 }, { 90, 10, RANGES_DISJOINT, 0 },
		{ 110, 5, RANGES_DISJOINT, 0 }, { 105, 9, RANGES_OVERLAP, 5 }, { 95, 6, RANGES_OVERLAP, 0 },
	};

	(void)unused;
	for (u32 k = 0; k < ARRAY_SIZE(all); k++) {
		arg0 = cap_make(CT_RANGE, 0, all[k].frames, (oid_t)all[k].first * 8, 0);
		assert_int_equal(call(cap_make(CT_RANGE, 0, 10, 800, 0), OP_RANGE_COMPARE, 0, 0, 0), RC_OK);
		assert_int_equal(inv.r.w[1], all[k].relation);
		assert_int_equal(inv.r.w[2], all[k].offset);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(slots), T(node_paths), T(guards), T(pages), T(ranges), T(rescind), T(rescind_answers),
		T(a_notice_names_no_object), T(ranges_compared),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
