// SPDX-License-Identifier: Apache-2.0
/* What single types of capabilities do: the operations of each, used as they are meant and as they are not. */
#include "hostile.h"
#include <invoke.h>
#include <process.h>
#include <stdbool.h>

/* ---- forwarders ---------------------------------------------------------------------------------------------------- */

/* What arrives as word 3 and as third capability, through the opaque form in T0. */
static uintptr_t added(unsigned into)
{
	struct msg m = { .w = { SERVE_ADDED, 1, 2, 3 }, .cap = { 0, 0, H_PAGE }, .take = { (uint8_t)into } };
	uintptr_t rc = call(T0, &m);
	return rc ? rc : m.w[1];
}

static void forwarded(void)
{
	struct msg m = { .w = { OP_FWD_GET }, .take = { T2 } };
	expect("forwarder: an option that there is not", op(H_FORWARDER, OP_FWD_OPTIONS, 8, 0, 0, 0, 0), RC_REQUEST);
	expect("forwarder: blocked is no option", op(H_FORWARDER, OP_FWD_OPTIONS, FWD_BLOCKED, 0, 0, 0, 0), RC_REQUEST);
	expect_number("word 3 as it is without options", added(T1), 3);
	expect_number("and the third capability", type_of(T1), CT_PAGE);
	expect("payload and identity", op(H_FORWARDER, OP_FWD_OPTIONS, FWD_PAYLOAD | FWD_IDENTITY, 0x87654321u, 0, 0, 0), RC_OK);
	expect_number("word 3 with a payload", added(T1), 0x87654321u);
	expect_number("the third capability with identity", type_of(T1), CT_FORWARDER);
	expect("it may change the forwarder", op(T1, OP_FWD_BLOCK, 1, 0, 0, 0, 0), RC_OK);
	expect("which is blocked then", prompt(T0, SERVE_ECHO, 0, 0, 0, 0, 0), RC_WOULD_BLOCK);
	expect("what it is", call(H_FORWARDER, &m), RC_OK);
	expect_number("flags", m.w[1], FWD_BLOCKED | FWD_PAYLOAD | FWD_IDENTITY);
	expect_number("payload", m.w[2], 0x87654321u);
	expect("target", op(T2, SERVE_ECHO, 0, 0, 0, 0, 0), RC_OK);
	expect("not any longer", op(T1, OP_FWD_BLOCK, 0, 0, 0, 0, 0), RC_OK);
	expect("none of these", op(H_FORWARDER, OP_FWD_OPTIONS, 0, 0, 0, 0, 0), RC_OK);
	expect_number("word 3 as it was", added(T1), 3);
}

/* A child waits behind two forwarders for a process that never comes, until its way leads elsewhere. */
static void retargeted(void)
{
	struct process_status s;
	make(6, 0, NK_FORWARDER, T1);
	op(H_FORWARDER, OP_FWD_OPAQUE, 0, 0, 0, 0, T0);
	op(T1, OP_FWD_TARGET, 0, 0, 0, T0, 0);
	op(T1, OP_FWD_OPAQUE, 0, 0, 0, 0, T2);
	op(KR_SELF, OP_PROC_START_CAP, 0, 0, 0, 0, T3);
	op(H_FORWARDER, OP_FWD_TARGET, 0, 0, 0, T3, 0);
	op(H_CHILD, OP_PROC_CAP_STORE, V_OTHER, 0, 0, T2, 0);
	run(H_CHILD, ROLE_CHILD, A_CALL_OTHER);
	expect("a caller waits behind two forwarders, and the outer one is rescinded", op(KR_RANGE, OP_RANGE_RESCIND, 0, 0, 0, T1, 0), RC_OK);
	settle(H_CHILD);
	process_status(H_CHILD, &s);
	expect("the caller is told", s.fault == FAULT_ADDRESS ? s.fault_addr - FAR : 1000, RC_VOID);
	op(H_CHILD, OP_PROC_CAP_STORE, V_OTHER, 0, 0, T0, 0);
	run(H_CHILD, ROLE_CHILD, A_CALL_OTHER);
	expect("it waits behind one, which is led to the console", op(H_FORWARDER, OP_FWD_TARGET, 0, 0, 0, KR_CONSOLE, 0), RC_OK);
	settle(H_CHILD);
	process_status(H_CHILD, &s);
	expect("the console answers", s.fault == FAULT_ADDRESS ? s.fault_addr - FAR : 1000, RC_UNKNOWN_OP);
	op(H_CHILD, OP_PROC_AVAILABLE, 0, 0, 0, 0, 0);
}

static void forwarders(void)
{
	op(H_MORE, OP_NODE_FETCH, 3, 0, 0, 0, T0);
	expect("five forwarders to go through", prompt(T0, SERVE_ECHO, 0, 0, 0, 0, 0), RC_TOO_DEEP);
	op(H_MORE, OP_NODE_FETCH, 4, 0, 0, 0, T0);
	expect("four", prompt(T0, SERVE_ECHO, 0, 0, 0, 0, 0), RC_OK);
	op(H_MORE, OP_NODE_FETCH, 5, 0, 0, 0, T0);
	expect("a circle of one", op(T0, SERVE_ECHO, 0, 0, 0, 0, 0), RC_TOO_DEEP);
	op(H_MORE, OP_NODE_FETCH, 6, 0, 0, 0, T0);
	expect("one that is blocked", prompt(T0, SERVE_ECHO, 0, 0, 0, 0, 0), RC_WOULD_BLOCK);
	expect("unblock it", op(H_FORWARDER, OP_FWD_BLOCK, 0, 0, 0, 0, 0), RC_OK);
	expect("now it leads on", prompt(T0, SERVE_ECHO, 0, 0, 0, 0, 0), RC_OK);
	forwarded();
	expect("lead it to nothing", op(H_FORWARDER, OP_FWD_TARGET, 0, 0, 0, 0, 0), RC_OK);
	expect("then it is void", op(T0, SERVE_ECHO, 0, 0, 0, 0, 0), RC_VOID);
	op(H_FORWARDER, OP_FWD_TARGET, 0, 0, 0, H_SERVER_START, 0);
	retargeted();
}

/* ---- notices --------------------------------------------------------------------------------------------------------- */

static uintptr_t post(unsigned reg, uintptr_t bits)
{
	return op(reg, OP_NOTICE_POST, bits, 0, 0, 0, 0);
}

/* The server counts the notices that it gets; it is more urgent than the attacker. */
static void noticed(const char *what, uintptr_t count, uintptr_t last)
{
	struct msg m = { .w = { SERVE_NOTICED } };
	settle(H_SERVER);
	expect(what, call(H_SERVER_START, &m), RC_OK);
	expect_number("notices that it got", m.w[1], count);
	expect_number("bits of the last", m.w[2], last);
	expect_number("facet of the last", m.w[3], count ? FACET_NOTICE : 0);
}

static void notices(void)
{
	static const char spoof[] = "x";
	op(H_MORE, OP_NODE_FETCH, 7, 0, 0, 0, T0);
	expect_number("type of notice", type_of(T0), CT_NOTICE);
	expect("post nothing", post(T0, 0), RC_REQUEST);
	expect("post 25 bits", post(T0, 0x1000010), RC_REQUEST);
	expect("post bits that it has not", post(T0, 0x11), RC_NO_ACCESS);
	expect("reduce it to more", op(T0, OP_NOTICE_REDUCE, 0x70, 0, 0, 0, T1), RC_NO_ACCESS);
	expect("reduce it to one bit", op(T0, OP_NOTICE_REDUCE, 0x20, 0, 0, 0, T1), RC_OK);
	expect("that has not the other", post(T1, 0x10), RC_NO_ACCESS);
	expect("operation that it has not", op(T1, 3, 1, 0, 0, 0, 0), RC_UNKNOWN_OP);
	struct msg m = { .w = { OP_NOTICE, 0x10 }, .out = spoof, .out_len = 1 };
	expect("a call that pretends to be a notice", call(H_SERVER_START, &m), RC_OK);
	noticed("is none", 0, 0);
	expect("post to a server that waits", post(T1, 0x20), RC_OK);
	noticed("it gets it at once", 1, 0x20);
	expect("hold one bit back", op(H_SERVER, OP_PROC_NOTICES, 0x20, 0, 0, 0, 0), RC_OK);
	expect("a prompt post", prompt(T0, OP_NOTICE_POST, 0x20, 0, 0, 0, 0), RC_OK);
	noticed("it does not get it", 1, 0x20);
	expect("post both", post(T0, 0x30), RC_OK);
	noticed("it gets the other", 2, 0x10);
	uintptr_t pending = 0;
	expect("hold nothing back", call_get(H_SERVER, OP_PROC_NOTICES, 0, &pending), RC_OK);
	expect_number("this was posted", pending, 0x20);
	noticed("it gets the first", 3, 0x20);
	expect("bits of a notice: none", op(H_CHILD, OP_PROC_NOTICE_CAP, 0, 0, 0, 0, T2), RC_REQUEST);
	expect("bits of a notice: 2^24", op(H_CHILD, OP_PROC_NOTICE_CAP, 0x1000000, 0, 0, 0, T2), RC_REQUEST);
	/* To oneself, to one that runs for ever, and to one that is no more. */
	op(KR_SELF, OP_PROC_NOTICE_CAP, 1, 0, 0, 0, T2);
	expect("post to oneself", post(T2, 1), RC_OK);
	call_get(KR_SELF, OP_PROC_NOTICES, 1, &pending);
	expect_number("it is there", pending, 1);
	make(6, 0, NK_PROCESS, T3);
	op(T3, OP_PROC_NOTICE_CAP, 1, 0, 0, 0, T4);
	expect("post to a process without registers", post(T4, 1), RC_MALFORMED);
	expect("a notice names no object", op(KR_RANGE, OP_RANGE_RESCIND, 0, 0, 0, T4, 0), RC_BAD_CAP);
	unmake(6, 0);
	expect("post to one that is gone", post(T4, 1), RC_VOID);
}

/* The schedule of limit 1: whose other process waits cannot be started by a notice, and its poster is told. */
static void notices_need_an_activity(void)
{
	op(H_MORE, OP_NODE_FETCH, 0, 0, 0, 0, T0);
	op(H_MORE, OP_NODE_FETCH, 1, 0, 0, 0, T1);
	op(T0, OP_PROC_AVAILABLE, 0, 0, 0, 0, 0);
	op(T1, OP_PROC_AVAILABLE, 0, 0, 0, 0, 0);
	op(T1, OP_PROC_NOTICE_CAP, 1, 0, 0, 0, T2);
	run(T0, ROLE_SLEEPER, 0);
	expect("post to one whose schedule is at its limit", post(T2, 1), RC_NO_ACTIVITY);
	op(T0, OP_PROC_AVAILABLE, 0, 0, 0, 0, 0);
	expect("when it is not", post(T2, 1), RC_OK);
	op(T1, OP_PROC_AVAILABLE, 0, 0, 0, 0, 0);
}

/* ---- pushing back, trees of nodes, a new space ------------------------------------------------------------------------- */

static void pushing_back(void)
{
	struct process_status s;
	op(H_FORWARDER, OP_FWD_TARGET, 0, 0, 0, H_SERVER_START, 0);
	op(H_FORWARDER, OP_FWD_OPAQUE, 0, 0, 0, 0, T0);
	op(H_CHILD, OP_PROC_CAP_STORE, V_OTHER, 0, 0, T0, 0);
	run(H_CHILD, ROLE_CHILD, A_CALL_OTHER);
	expect("a caller that is held", op(H_SERVER_START, SERVE_GIVE, 0, 0, 0, 0, T1), RC_OK);
	expect("push back nobody", op(H_FORWARDER, OP_FWD_PUSH_BACK, 0, 0, 0, 0, 0), RC_BAD_CAP);
	op(H_FORWARDER, OP_FWD_BLOCK, 1, 0, 0, 0, 0);
	expect("push it back", op(H_FORWARDER, OP_FWD_PUSH_BACK, 0, 0, 0, T1, 0), RC_OK);
	expect("once", op(H_FORWARDER, OP_FWD_PUSH_BACK, 0, 0, 0, T1, 0), RC_BAD_CAP);
	op(H_FORWARDER, OP_FWD_TARGET, 0, 0, 0, KR_CONSOLE, 0);
	op(H_FORWARDER, OP_FWD_BLOCK, 0, 0, 0, 0, 0);
	settle(H_CHILD);
	process_status(H_CHILD, &s);
	expect("it has called again, the console this time", s.fault == FAULT_ADDRESS ? s.fault_addr - FAR : 1000, RC_UNKNOWN_OP);
	expect("make it wait where it is", op(H_CHILD, OP_PROC_RESUME_CAP, 0, 0, 0, 0, T1), RC_OK);
	expect("push back who made no call", op(H_FORWARDER, OP_FWD_PUSH_BACK, 0, 0, 0, T1, 0), RC_BAD_CAP);
	op(H_CHILD, OP_PROC_AVAILABLE, 0, 0, 0, 0, 0);
}

static void trees(void)
{
	make(6, 0, NK_NODE, T0);
	make(6, 1, NK_NODE, T1);
	op(T0, OP_NODE_STORE, 3, 0, 0, T1, 0);
	op(T1, OP_NODE_STORE, 9, 0, 0, H_PAGE, 0);
	expect("fetch out of a tree", op(T0, OP_NODE_FETCH_PATH, 3 | 9 << 5, 2, 0, 0, T2), RC_OK);
	expect_number("what is there", type_of(T2), CT_PAGE);
	expect("no levels", op(T0, OP_NODE_FETCH_PATH, 0, 0, 0, 0, T2), RC_REQUEST);
	expect("2^32-1 levels", op(T0, OP_NODE_FETCH_PATH, 0, 0xffffffffu, 0, 0, T2), RC_REQUEST);
	expect("through a page", op(T0, OP_NODE_FETCH_PATH, 3 | 9 << 5, 3, 0, 0, T2), RC_BAD_CAP);
	op(T0, OP_NODE_REDUCE, CR_WEAK, 0, 0, 0, T3);
	expect("swap through a weak node", op(T3, OP_NODE_SWAP_PATH, 3 | 9 << 5, 2, 0, H_PAGE, T2), RC_NO_ACCESS);
	op(T3, OP_NODE_FETCH_PATH, 3 | 9 << 5, 2, 0, 0, T2);
	expect("what comes out of it cannot be written", op(T2, OP_PAGE_ZERO, 0, 0, 0, 0, 0), RC_NO_ACCESS);
	uintptr_t rights = 0;
	call_get(T2, OP_MEM_ATTRIBUTES, 0, &rights);
	expect_number("what it lacks", rights, CR_RO | CR_WEAK | CR_NOCALL);
	unmake(6, 0);
	unmake(6, 1);
}

static void new_space(void)
{
	op(H_CHILD, OP_PROC_FETCH, PS_SPACE, 0, 0, 0, T0);
	struct msg m = { .w = { OP_PROC_EXEC, PROGRAM_START, STACK_TOP, ROLE_CHILD | A_NULL_WRITE << 8 }, .take = { T1 } };
	expect("a new space for a child: none", call(H_CHILD, &m), RC_OK);
	expect_number("the old one comes back", type_of(T1), CT_GPT);
	settle(H_CHILD);
	struct process_status s;
	process_status(H_CHILD, &s);
	expect_fault("it faults at its first instruction", s.fault_addr == PROGRAM_START ? s.fault : 1000, FAULT_ADDRESS);
	m = (struct msg){ .w = { OP_PROC_EXEC, PROGRAM_START, STACK_TOP, ROLE_CHILD | A_NULL_WRITE << 8 }, .cap = { T0 } };
	expect("its own space again", call(H_CHILD, &m), RC_OK);
	settle(H_CHILD);
	process_status(H_CHILD, &s);
	expect_fault("it runs, as far as it should", s.fault_addr == 0 ? s.fault : 1000, FAULT_ADDRESS);
	m = (struct msg){ .w = { OP_PROC_EXEC, PROGRAM_START, STACK_TOP, 0 } };
	expect("a new space for oneself by a send", send(KR_SELF, &m), RC_OK);
	expect_number("does nothing", type_of(KR_SELF), CT_PROCESS);
	op(H_CHILD, OP_PROC_AVAILABLE, 0, 0, 0, 0, 0);
}

/* ---- keybits, process tool -------------------------------------------------------------------------------------------- */

/* The bytes of a capability; false if its object is gone. */
static bool bits_of(unsigned reg, uint32_t word[4])
{
	struct msg m = { .w = { OP_KEYBITS_GET }, .cap = { (uint8_t)reg }, .in = word, .in_max = 16 };
	expect("key bits", call(T0, &m), RC_OK);
	expect_number("their layout", m.w[1], 1);
	expect_number("bytes", m.in_len, 16);
	return m.w[2];
}

static void keybits(void)
{
	uint32_t page[4], number[4], none[4];
	op(H_MORE, OP_NODE_FETCH, 8, 0, 0, 0, T0);
	expect_number("type of keybits", type_of(T0), CT_KEYBITS);
	make(6, 0, NK_PAGE, T1);
	expect_number("a page is there", bits_of(T1, page), true);
	expect_number("its bytes say so", page[0] & 0xff, CT_PAGE);
	unmake(6, 0);
	expect_number("and then it is not", bits_of(T1, page), false);
	expect_number("the bits of nothing", bits_of(0, none), false);
	expect_number("are zero", none[0] | none[1] | none[2] | none[3], 0);
	/* A number with the bytes of a page is a number. */
	op(H_NODE, OP_NODE_NUMBER, 0, page[1], page[2], 0, 0);
	op(H_NODE, OP_NODE_FETCH, 0, 0, 0, 0, T2);
	expect_number("a number is there", bits_of(T2, number), true);
	expect_number("and is one", number[0], CT_NUMBER);
	expect("key bits: operation 2", op(T0, 2, 0, 0, 0, H_PAGE, 0), RC_UNKNOWN_OP);
}

static uintptr_t tool(uintptr_t code, unsigned what, unsigned brand, uintptr_t *type, uintptr_t *facet)
{
	struct msg m = { .w = { code }, .cap = { (uint8_t)what, (uint8_t)brand }, .take = { T3 } };
	uintptr_t rc = call(T0, &m);
	*type = m.w[1];
	*facet = m.w[2];
	return rc;
}

static void process_tool(void)
{
	uintptr_t type, facet;
	op(H_MORE, OP_NODE_FETCH, 9, 0, 0, 0, T0);
	expect_number("type of process tool", type_of(T0), CT_PROCTOOL);
	op(H_NODE, OP_NODE_NUMBER, 0, 4711, 1, 0, 0);
	op(H_NODE, OP_NODE_FETCH, 0, 0, 0, 0, T1);
	expect("open the server with a brand that is wrong in its last word", tool(OP_TOOL_OPEN, H_SERVER_START, T1, &type, &facet),
	       RC_NO_ACCESS);
	expect("with none", tool(OP_TOOL_OPEN, H_SERVER_START, 0, &type, &facet), RC_NO_ACCESS);
	op(H_CHILD, OP_PROC_START_CAP, 5, 0, 0, 0, T2);
	expect("open one that has no brand with none", tool(OP_TOOL_OPEN, T2, 0, &type, &facet), RC_NO_ACCESS);
	expect("open a page", tool(OP_TOOL_OPEN, H_PAGE, T1, &type, &facet), RC_BAD_CAP);
	expect("brand it", op(H_CHILD, OP_PROC_STORE, PS_BRAND, 0, 0, T1, 0), RC_OK);
	expect("open it", tool(OP_TOOL_OPEN, T2, T1, &type, &facet), RC_OK);
	expect_number("by a start capability", type, CT_START);
	expect_number("of this facet", facet, 5);
	expect_number("what comes out", type_of(T3), CT_PROCESS);
	expect("and it is the child", op(T3, OP_PROC_AVAILABLE, 0, 0, 0, 0, 0), RC_OK);
	expect("has the server the same brand?", tool(OP_TOOL_SAME, T2, H_SERVER_START, &type, &facet), RC_OK);
	expect_number("no", type, 0);
	expect("has the child its own?", tool(OP_TOOL_SAME, T2, T2, &type, &facet), RC_OK);
	expect_number("yes", type, 1);
	op(H_FORWARDER, OP_FWD_TARGET, 0, 0, 0, T2, 0);
	op(H_FORWARDER, OP_FWD_OPAQUE, 0, 0, 0, 0, T4);
	expect("a forwarder to it", tool(OP_TOOL_FORWARDER, T4, T1, &type, &facet), RC_OK);
	expect("can be changed", op(T3, OP_FWD_TARGET, 0, 0, 0, H_SERVER_START, 0), RC_OK);
	expect("one to the server not", tool(OP_TOOL_FORWARDER, T4, T1, &type, &facet), RC_NO_ACCESS);
	op(H_CHILD, OP_PROC_FETCH, PS_SPACE, 0, 0, 0, T4);
	expect("a space without a keeper", tool(OP_TOOL_SPACE, T4, T1, &type, &facet), RC_NO_ACCESS);
	op(H_CHILD, OP_PROC_STORE, PS_BRAND, 0, 0, 0, 0);
}

/* ---- clocks ------------------------------------------------------------------------------------------------------------ */

static void clocks(void)
{
	uintptr_t now = 0, later = 0;
	expect("clock 3", op(KR_SLEEP, OP_SLEEP_READ, CLOCK_NR, 0, 0, 0, 0), RC_REQUEST);
	expect("clock 2^32-1", op(KR_SLEEP, OP_SLEEP_WAIT, 0xffffffffu, 0, 0, 0, 0), RC_REQUEST);
	expect("the wall clock, which nobody has set", op(KR_SLEEP, OP_SLEEP_READ, CLOCK_WALL, 0, 0, 0, 0), RC_OFFLINE);
	expect("wait for it", op(KR_SLEEP, OP_SLEEP_WAIT, CLOCK_WALL, 0, 0, 0, 0), RC_OFFLINE);
	expect("set it by a capability that only sleeps", op(KR_SLEEP, OP_SLEEP_SET, 0, 1, 0, 0, 0), RC_NO_ACCESS);
	expect("one that may set it", op(KR_SYSCTL, OP_SYS_CLOCK, 0, 0, 0, 0, T0), RC_OK);
	expect("set it to before the first boot", op(T0, OP_SLEEP_SET, 0, 0, 0, 0, 0), RC_REQUEST);
	expect("set it to 2^56", op(T0, OP_SLEEP_SET, 0, 0x1000000, 0, 0, 0), RC_OK);
	expect("set it to 2^32", op(T0, OP_SLEEP_SET, 0, 1, 0, 0, 0), RC_OK);
	expect("wait for what has been", op(KR_SLEEP, OP_SLEEP_WAIT, CLOCK_WALL, 0xffffffffu, 0, 0, 0), RC_OK);
	expect("prompt wait for what will be", prompt(KR_SLEEP, OP_SLEEP_WAIT, CLOCK_WALL, 0, 9, 0, 0), RC_WOULD_BLOCK);
	call_get(KR_SLEEP, OP_SLEEP_READ, CLOCK_MONOTONIC, &now);
	expect("wait 20 ms by the time since the restart", op(KR_SLEEP, OP_SLEEP_WAIT, CLOCK_MONOTONIC, now + 20, 0, 0, 0), RC_OK);
	call_get(KR_SLEEP, OP_SLEEP_READ, CLOCK_MONOTONIC, &later);
	expect_number("they have gone by", later - now >= 20, 1);
	call_get(KR_SLEEP, OP_SLEEP_READ, CLOCK_WALL, &now);
	expect("wait 20 ms by the wall clock", op(KR_SLEEP, OP_SLEEP_WAIT, CLOCK_WALL, now + 20, 1, 0, 0), RC_OK);
	call_get(KR_SLEEP, OP_SLEEP_READ, CLOCK_WALL, &later);
	expect_number("they have gone by", later - now >= 20, 1);
}

/* ---- devices ----------------------------------------------------------------------------------------------------------- */

static uintptr_t device(uintptr_t type, uintptr_t base, uintptr_t count)
{
	return op(KR_SYSCTL, OP_SYS_DEVICE, type, base, count, 0, T0);
}

static void devices(void)
{
	/* Memory is at one of these on every machine (or there is no such place). */
	static const uintptr_t memory[] = { 0x400, 0x40400 };
	unsigned refused = 0;
	expect("a device that is a page", device(CT_PAGE, 0, 1), RC_REQUEST);
	expect("no ports", device(CT_IOPORTS, 0, 0), RC_REQUEST);
	expect("ports over the end", device(CT_IOPORTS, 0xffff, 2), RC_REQUEST);
	expect("device memory of 2^24 pages", device(CT_DEVMEM, 0, 0x1000000), RC_REQUEST);
	expect("interrupt 2^32-1", device(CT_IRQ, 0xffffffffu, 1), RC_REQUEST);
	expect("two interrupts", device(CT_IRQ, 5, 2), RC_REQUEST);
	for (int k = 0; k < 2; k++) {
		expect("device memory", device(CT_DEVMEM, memory[k], 1), RC_OK);
		refused += op(T0, OP_DEV_READ, 0, 4, 0, 0, 0) == RC_IO;
	}
	expect_number("memory is not a device's", refused > 0, 1);
	expect("device memory: 3 bytes", op(T0, OP_DEV_READ, 0, 3, 0, 0, 0), RC_REQUEST);
	expect("device memory: at an odd address", op(T0, OP_DEV_READ, 2, 4, 0, 0, 0), RC_REQUEST);
	expect("device memory: over its end", op(T0, OP_DEV_WRITE, 4096, 4, 0, 0, 0), RC_REQUEST);
	expect("device memory: at 2^32-4", op(T0, OP_DEV_READ, 0xfffffffcu, 4, 0, 0, 0), RC_REQUEST);
	expect("a part that is larger", op(T0, OP_DEV_SUB, 0, 2, 0, 0, T1), RC_REQUEST);
	expect("only to read", op(T0, OP_DEV_REDUCE, 0, 0, 0, 0, T1), RC_OK);
	expect("write through it", op(T1, OP_DEV_WRITE, 0, 4, 0, 0, 0), RC_NO_ACCESS);
	expect("a part of it", op(T1, OP_DEV_SUB, 0, 1, 0, 0, T1), RC_OK);
	expect("write through that", op(T1, OP_DEV_WRITE, 0, 4, 0, 0, 0), RC_NO_ACCESS);
	op(H_NODE, OP_NODE_REDUCE, CR_WEAK, 0, 0, 0, T2);
	op(H_NODE, OP_NODE_STORE, 0, 0, 0, T0, 0);
	op(T2, OP_NODE_FETCH, 0, 0, 0, 0, T3);
	expect_number("fetched through a weak node it is", type_of(T3), CT_VOID);
	expect("an interrupt line", device(CT_IRQ, 900, 1), RC_OK);
	expect("bound to a page", op(T0, OP_IRQ_BIND, 0, 0, 0, H_PAGE, 0), RC_BAD_CAP);
	op(H_MORE, OP_NODE_FETCH, 7, 0, 0, 0, T1);
	expect("bound to a notice", op(T0, OP_IRQ_BIND, 0, 0, 0, T1, 0), RC_OK);
	expect("bound again", op(T0, OP_IRQ_BIND, 0, 0, 0, T1, 0), RC_BUSY);
	expect("released", op(T0, OP_IRQ_RELEASE, 0, 0, 0, 0, 0), RC_OK);
	expect("opened", op(T0, OP_IRQ_OPEN, 0, 0, 0, 0, 0), RC_OK);
}

static void memory_for_devices(void)
{
	expect("no page for a device", device(CT_RANGE, 0, 0), RC_REQUEST);
	expect("page 2^32-1 for a device", device(CT_RANGE, 0xffffffffu, 1), RC_REQUEST);
	expect("a physical range", device(CT_RANGE, 0, 1), RC_OK);
	expect("a node in it", op(T0, OP_RANGE_ALLOC, 0, 0, NK_NODE, 0, T1), RC_REQUEST);
	expect("a page behind it", op(T0, OP_RANGE_ALLOC, 1, 0, NK_PAGE, 0, T1), RC_REQUEST);
	expect("a page in it", op(T0, OP_RANGE_ALLOC, 0, 0, NK_PAGE, 0, T1), RC_OK);
	expect("where it is", op(T0, OP_RANGE_ADDRESS, 0, 0, 0, T1, 0), RC_OK);
	expect("where a page of the store is", op(T0, OP_RANGE_ADDRESS, 0, 0, 0, H_PAGE, 0), RC_REQUEST);
	expect("rescinded", op(T0, OP_RANGE_RESCIND, 0, 0, 0, T1, 0), RC_OK);
	expect("where it was", op(T0, OP_RANGE_ADDRESS, 0, 0, 0, T1, 0), RC_BAD_CAP);
}

void attack_types(void)
{
	note("forwarders");
	forwarders();
	note("notices");
	notices();
	notices_need_an_activity();
	note("pushing back, trees of nodes, a new space");
	pushing_back();
	trees();
	new_space();
	note("keybits, process tool");
	keybits();
	process_tool();
	note("clocks");
	clocks();
	note("devices");
	devices();
	memory_for_devices();
}
