// SPDX-License-Identifier: Apache-2.0
/* Attacks with messages: strings, resume capabilities, prompt forms. */
#include "hostile.h"
#include <invoke.h>
#include <process.h>
#include <string.h>

static char big[66000];

/* A call with this string block; the reply's lengths. */
struct lengths {
	uintptr_t rc, in, sent, w1, w2, w3;
};

static struct lengths raw(unsigned type, unsigned reg, uintptr_t code, uintptr_t w1, uintptr_t w2, const void *block)
{
	struct inv_regs r = { .ctl = INV_CTL(type, reg, 0, 0, 0, 0), .w = { code, w1, w2 }, .str = (uintptr_t)block };
	invoke_raw(&r);
	return (struct lengths){ r.w[0], r.rcv, r.str, r.w[1], r.w[2], r.w[3] };
}

static void too_long(void)
{
	struct abi_string s = { (uintptr_t)big, ABI_MAX_STRING + 1, 0, 0 };
	expect("string of 64 KiB + 1", raw(INV_CALL, H_SERVER_START, SERVE_ECHO, 0, 0, &s).rc, RC_TOO_LONG);
	expect("the same in a send", raw(INV_SEND, H_SERVER_START, SERVE_ECHO, 0, 0, &s).rc, RC_TOO_LONG);
	s.send_len = ~(uintptr_t)0;
	expect("string of all there is", raw(INV_CALL, H_SERVER_START, SERVE_ECHO, 0, 0, &s).rc, RC_TOO_LONG);
	s.send = ~(uintptr_t)0;
	expect("the same from the last byte", raw(INV_CALL, KR_KLOG, OP_KLOG_WRITE, 0, 0, &s).rc, RC_TOO_LONG);
	s = (struct abi_string){ (uintptr_t)big, 257, 0, 0 };
	expect("kernel log: a line of 257 bytes", raw(INV_CALL, KR_KLOG, OP_KLOG_WRITE, 0, 0, &s).rc, RC_TOO_LONG);
	s = (struct abi_string){ 0, 0, (uintptr_t)big, 64 };
	expect("kernel log: read from its start", raw(INV_CALL, KR_KLOG, OP_KLOG_READ, 0, 0, &s).rc, RC_OK);
	expect("kernel log: read from 2^32-1", raw(INV_CALL, KR_KLOG, OP_KLOG_READ, ~(uintptr_t)0, 0, &s).rc, RC_REQUEST);
	expect("kernel log: read from 2^63", raw(INV_CALL, KR_KLOG, OP_KLOG_READ, 0, 0x80000000u, &s).rc, RC_REQUEST);
	expect("kernel log: read without a buffer", raw(INV_CALL, KR_KLOG, OP_KLOG_READ, 0, 0, 0).rc, RC_REQUEST);
	s = (struct abi_string){ (uintptr_t)big, 4097, 0, 0 };
	expect("console: 4097 bytes", raw(INV_CALL, KR_CONSOLE, OP_CON_WRITE, 0, 0, &s).rc, RC_TOO_LONG);
	s = (struct abi_string){ (uintptr_t)big + 1, ABI_MAX_STRING, 0, 0 };
	struct lengths l = raw(INV_CALL, H_SERVER_START, SERVE_ECHO, 0, 0, &s);
	expect("string of 64 KiB at an odd address", l.rc, RC_OK);
	expect_number("the server gets what it has room for", l.w1, 4096);
	expect_number("and is told what was sent", l.w2, ABI_MAX_STRING);
}

static void page_to(uintptr_t recv, uintptr_t max, const char *what, uintptr_t want)
{
	struct abi_string s = { 0, 0, recv, max };
	struct lengths l = raw(INV_CALL, H_PAGE, OP_PAGE_READ, 0, 4096, &s);
	expect_number(what, l.in, want);
	if (l.rc != RC_OK || l.sent != 4096)
		expect_number("and its length is told", l.sent, 4096);
}

static void bad_receivers(void)
{
	page_to(PROGRAM_START, 4096, "reply to a read-only page: bytes", 0);
	page_to(FAR, 4096, "reply to where no page is: bytes", 0);
	page_to(KERNEL, 4096, "reply to the kernel: bytes", 0);
	page_to((uintptr_t)0 - 16, 4096, "reply to an address that wraps: bytes", 0);
	page_to(0, 4096, "reply to address 0: bytes", 0);
	volatile char *end = (volatile char *)(STACK_TOP - 8);
	char kept[8];
	for (int i = 0; i < 8; i++)
		kept[i] = end[i];
	page_to(STACK_TOP - 8, 4096, "reply over the end of the stack: bytes", 8);
	for (int i = 0; i < 8; i++)
		end[i] = kept[i];
	page_to((uintptr_t)big, ~(uintptr_t)0, "reply to a buffer of all there is: bytes", 4096);
	struct abi_string s = { (uintptr_t)big, 300, 0, 0 };
	static const struct {
		const char *name;
		uintptr_t at, size;
	} all[] = {
		{ "server with a read-only buffer: bytes", PROGRAM_START, 64 }, { "with no page there: bytes", FAR, 64 },
		{ "in the kernel: bytes", KERNEL, 64 }, { "that wraps: bytes", (uintptr_t)0 - 4, 64 },
		{ "of no bytes: bytes", 0, 0 },
	};
	for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
		op(H_SERVER_START, SERVE_BUFFER, all[i].at, all[i].size, 0, 0, 0);
		struct lengths l = raw(INV_CALL, H_SERVER_START, SERVE_ECHO, 0, 0, &s);
		expect_number(all[i].name, l.rc ? l.rc + 1000 : l.w1, 0);
	}
	op(H_SERVER_START, SERVE_BUFFER, 0, 4096, 0, 0, 0);
	expect_number("server with a good buffer: bytes", raw(INV_CALL, H_SERVER_START, SERVE_ECHO, 0, 0, &s).w1, 300);
}

static void odd_blocks(void)
{
	static char room[sizeof(struct abi_string) + 8];
	struct abi_string s = { (uintptr_t)big, 11, 0, 0 };
	memcpy(room + 3, &s, sizeof s);
	expect_number("string block at an odd address: bytes", raw(INV_CALL, H_SERVER_START, SERVE_ECHO, 0, 0, room + 3).w1, 11);
	s = (struct abi_string){ FAR, 0, FAR, 0 };
	expect("no bytes from where no page is", raw(INV_CALL, H_SERVER_START, SERVE_ECHO, 0, 0, &s).rc, RC_OK);
	s.send = KERNEL;
	expect("no bytes from the kernel", raw(INV_CALL, H_SERVER_START, SERVE_ECHO, 0, 0, &s).rc, RC_OK);
}

/* A page that is mapped here and read through its capability into itself. */
static void overlap(void)
{
	static char room[3 * 4096];
	uintptr_t page = ((uintptr_t)room + 4095) & ~(uintptr_t)4095, l2v = 0;
	*(volatile char *)page = 1;
	op(KR_SELF, OP_PROC_FETCH, PS_SPACE, 0, 0, 0, T0);
	for (call_get(T0, OP_GPT_GET, 0, &l2v); type_of(T0) == CT_GPT; call_get(T0, OP_GPT_GET, 0, &l2v))
		if (op(T0, OP_NODE_FETCH, page >> l2v & 31, 0, 0, 0, T0))
			break;
	expect_number("the page under its own buffer", type_of(T0), CT_PAGE);
	struct abi_string s = { page + 8, 1000, page + 16, 2000 };
	expect("page: read to 16 bytes behind itself", raw(INV_CALL, T0, OP_PAGE_READ, 0, 2000, &s).rc, RC_OK);
	expect("page: write from 8 bytes behind itself", raw(INV_CALL, T0, OP_PAGE_WRITE, 0, 0, &s).rc, RC_OK);
	/* To the server, which takes strings in the same page at another place. */
	op(H_SERVER, OP_PROC_FETCH, PS_SPACE, 0, 0, 0, T1);
	call_get(T1, OP_GPT_GET, 0, &l2v);
	make(3, 0, NK_GPT, T2);
	op(T2, OP_GPT_SET, 12, 0, 0, 0, 0);
	op(T2, OP_NODE_STORE, 0, 0, 0, T0, 0);
	op(T2, OP_MEM_GUARD, 17, 0, 0, 0, T2);
	op(T1, OP_NODE_STORE, FAR >> l2v, 0, 0, T2, 0);
	op(H_SERVER_START, SERVE_BUFFER, FAR + 24, 2000, 0, 0, 0);
	s.recv = s.recv_max = 0;
	struct lengths l = raw(INV_CALL, H_SERVER_START, SERVE_ECHO, 0, 0, &s);
	expect_number("a string into the page that it comes from: bytes", l.w1, 1000);
	/* It waits with its string block there, and then no page is there. */
	op(H_PAGE, OP_PAGE_ZERO, 0, 0, 0, 0, 0);
	op(T2, OP_NODE_STORE, 1, 0, 0, H_PAGE, 0);
	op(H_SERVER_START, SERVE_BUFFER, 0, 4096, FAR + 4096, 0, 0);
	op(T1, OP_NODE_STORE, FAR >> l2v, 0, 0, 0, 0);
	l = raw(INV_CALL, H_SERVER_START, SERVE_BUFFER, 0, 4096, &s);
	expect("a server whose string block has gone", l.rc, RC_OK);
	expect_number("gets no bytes", l.w1, 0);
	unmake(3, 0);
}

/* ---- resume capabilities ---------------------------------------------------------------------------------------------- */

static uintptr_t answer(unsigned reg, uintptr_t with)
{
	struct msg m = { .w = { with } };
	return send(reg, &m);
}

static uintptr_t told(unsigned reg)
{
	struct process_status s;
	settle(reg);
	process_status(reg, &s);
	return s.fault == FAULT_ADDRESS ? s.fault_addr - FAR : (uintptr_t)1000 + s.run_state;
}

static void replies(void)
{
	run(H_CHILD, ROLE_CHILD, A_CALL_PEER);
	expect("the server gives a caller away", op(H_SERVER_START, SERVE_GIVE, 0, 0, 0, 0, T0), RC_OK);
	op(H_NODE, OP_NODE_STORE, 0, 0, 0, T0, 0);
	op(H_NODE, OP_NODE_FETCH, 0, 0, 0, 0, T1);
	expect("a resume capability has no operations, it answers", answer(T0, RC_WORN), RC_OK);
	expect("what the caller got", told(H_CHILD), RC_WORN);
	expect("answer again", answer(T0, RC_OK), RC_VOID);
	expect("answer by a copy", answer(T1, RC_OK), RC_VOID);
	op(H_NODE, OP_NODE_FETCH, 0, 0, 0, 0, T1);
	expect("answer by a copy out of a node", op(T1, 0, 0, 0, 0, 0, 0), RC_VOID);
	expect("what the caller got is what it got first", told(H_CHILD), RC_WORN);
	run(H_CHILD, ROLE_CHILD, A_CALL_PEER);
	expect("an old answer to a new call", answer(T1, RC_OK), RC_VOID);
	expect_number("it still waits", told(H_CHILD), 1000 + RS_WAITING);

	expect("resume capability of a process", op(H_CHILD, OP_PROC_RESUME_CAP, 0, 0, 0, 0, T0), RC_OK);
	expect("and another", op(H_CHILD, OP_PROC_RESUME_CAP, 0, 0, 0, 0, T1), RC_OK);
	expect("the first is void", answer(T0, 0), RC_VOID);
	expect("making it available", op(H_CHILD, OP_PROC_AVAILABLE, 0, 0, 0, 0, 0), RC_OK);
	expect("makes the second void", answer(T1, 0), RC_VOID);
	run(H_CHILD, ROLE_CHILD, A_CALL_PEER);
	expect("an answer to a call that was given up", answer(T1, 0), RC_VOID);

	run(H_CHILD, ROLE_CHILD, A_CALL_PEER);
	op(H_SERVER_START, SERVE_GIVE, 0, 0, 0, 0, T0);
	make(3, 0, NK_NODE, T1);
	op(T1, OP_NODE_STORE, 5, 0, 0, T0, 0);
	expect("rescind a node that holds a caller", op(KR_RANGE, OP_RANGE_RESCIND, 0, 0, 0, T1, 0), RC_OK);
	expect("the caller is told", told(H_CHILD), RC_DESTROYED);
	expect("nobody else can answer it", answer(T0, RC_OK), RC_VOID);

	/* Kernel objects answer whoever the last capability of a send names. */
	run(H_CHILD, ROLE_CHILD, A_CALL_PEER);
	op(H_SERVER_START, SERVE_GIVE, 0, 0, 0, 0, T0);
	struct msg m = { .w = { 99 }, .cap = { 0, 0, 0, T0 } };
	expect("send to a page for another's sake", send(H_PAGE, &m), RC_OK);
	expect("the other gets the answer", told(H_CHILD), RC_UNKNOWN_OP);
	m = (struct msg){ .w = { 99 }, .cap = { 0, 0, 0, T0 } };
	expect("the same with a stale capability", send(H_PAGE, &m), RC_OK);
	m = (struct msg){ .w = { OP_PROC_STOP }, .cap = { 0, 0, 0, H_SERVER_START } };
	expect("the same with a start capability", send(H_CHILD, &m), RC_OK);
}

/* The old process can be answered twice: an answer at the last count would leave its resume capability good. */
static void last_count(void)
{
	op(H_MORE, OP_NODE_FETCH, 10, 0, 0, 0, T3);
	for (unsigned slot = 0; slot < 3; slot++) {
		run(T3, ROLE_CHILD, A_CALL_PEER);
		op(H_SERVER_START, SERVE_GIVE, 0, 0, 0, 0, T0);
		op(H_NODE, OP_NODE_STORE, slot, 0, 0, T0, 0);
		expect(slot < 2 ? "answer to one of the last calls" : "answer at the last count", answer(T0, RC_WORN),
		       slot < 2 ? RC_OK : RC_VOID);
		expect_number("its caller", told(T3), slot < 2 ? RC_WORN : 1000 + RS_WAITING);
	}
	for (unsigned slot = 0; slot < 3; slot++) {
		op(H_NODE, OP_NODE_FETCH, slot, 0, 0, 0, T0);
		expect("all its resume capabilities are void", answer(T0, RC_OK), RC_VOID);
	}
	for (unsigned k = 0; k < 2; k++) { /* the second time there is a short way to it */
		run(T3, ROLE_CHILD, A_STRING);
		expect_number("a server's own answer at the last count does not come", told(T3), 1000 + RS_WAITING);
	}
	expect("the server goes on", op(H_SERVER_START, SERVE_ECHO, 0, 0, 0, 0, 0), RC_OK);
	expect("a resume capability at the last count", op(T3, OP_PROC_RESUME_CAP, 0, 0, 0, 0, T0), RC_OK);
	expect("is void", answer(T0, RC_OK), RC_VOID);
	op(T3, OP_PROC_AVAILABLE, 0, 0, 0, 0, 0);
}

/* ---- prompt forms ---------------------------------------------------------------------------------------------------------- */

/* What a server is to answer is not a resume capability, but leads to where it would wait for ever. */
static void answer_for_nobody(void)
{
	op(KR_SELF, OP_PROC_FETCH, PS_KEEPER, 0, 0, 0, T0);
	struct msg m = { .w = { 1 }, .cap = { 0, 0, 0, T0 } };
	send(T0, &m);
	expect("a keeper that is to answer itself goes on", prompt(T0, 1, 0, 0, 0, 0, 0), RC_UNKNOWN_OP);
	m = (struct msg){ .w = { SERVE_ECHO }, .cap = { 0, 0, 0, H_SERVER_START } };
	send(H_SERVER_START, &m);
	expect("a server that is to answer itself goes on", prompt(H_SERVER_START, SERVE_ECHO, 0, 0, 0, 0, 0), RC_OK);
	op(H_MORE, OP_NODE_FETCH, 6, 0, 0, 0, T0);
	op(H_FORWARDER, OP_FWD_BLOCK, 1, 0, 0, 0, 0);
	m = (struct msg){ .w = { SERVE_ECHO }, .cap = { 0, 0, 0, T0 } };
	send(H_SERVER_START, &m);
	expect("and a blocked forwarder", prompt(H_SERVER_START, SERVE_ECHO, 0, 0, 0, 0, 0), RC_OK);
}

static void prompts(void)
{
	struct abi_string s = { 0, 0, (uintptr_t)big, 64 }, far = { FAR, 8, 0, 0 };
	run(H_CHILD, ROLE_CHILD, A_CALL_PEER);
	op(H_CHILD, OP_PROC_START_CAP, 0, 0, 0, 0, T0);
	expect("prompt call of a process that waits", prompt(T0, 1, 0, 0, 0, 0, 0), RC_WOULD_BLOCK);
	expect("prompt send to it", raw(INV_PSEND, T0, 1, 0, 0, NULL).rc, RC_WOULD_BLOCK);
	op(KR_SELF, OP_PROC_START_CAP, 0, 0, 0, 0, T1);
	expect("prompt call of oneself", prompt(T1, 1, 0, 0, 0, 0, 0), RC_WOULD_BLOCK);
	expect("prompt send to oneself", raw(INV_PSEND, T1, 1, 0, 0, NULL).rc, RC_WOULD_BLOCK);
	expect("prompt sleep", prompt(KR_SLEEP, OP_SLEEP_FOR, 10, 0, 0, 0, 0), RC_WOULD_BLOCK);
	expect("sleep by a send", raw(INV_SEND, KR_SLEEP, OP_SLEEP_FOR, 10, 0, NULL).rc, RC_OK);
	expect("prompt checkpoint", prompt(KR_CKPT, OP_CKPT_TAKE, 0, 0, 0, 0, 0), RC_WOULD_BLOCK);
	expect("prompt read of the console", raw(INV_PCALL, KR_CONSOLE, OP_CON_READ, 0, 0, &s).rc, RC_WOULD_BLOCK);
	expect("read of the console into nothing", op(KR_CONSOLE, OP_CON_READ, 0, 0, 0, 0, 0), RC_REQUEST);
	expect("prompt send of a string that is not there", raw(INV_PSEND, H_SERVER_START, 1, 0, 0, &far).rc, RC_ADDRESS);
	expect("prompt call with a string block in the kernel", raw(INV_PCALL, H_SERVER_START, 1, 0, 0, (void *)KERNEL).rc,
	       RC_ADDRESS);
	expect_number("all that a server learns of its caller is the facet",
		      raw(INV_PCALL, H_SERVER_START, SERVE_ECHO, 0, 0, NULL).w3, 7);
	struct msg m = { .w = { 99 }, .cap = { 0, 0, 0, T0 } };
	send(H_PAGE, &m);
	expect_number("a start capability answers nobody", told(H_CHILD), 1000 + RS_WAITING);
	expect("prompt call of a server that is free", prompt(H_SERVER_START, SERVE_ECHO, 0, 0, 0, 0, 0), RC_OK);
	op(H_CHILD, OP_PROC_AVAILABLE, 0, 0, 0, 0, 0);
	answer_for_nobody();
}

void attack_messages(void)
{
	note("strings");
	too_long();
	bad_receivers();
	odd_blocks();
	overlap();
	note("replies");
	replies();
	last_count();
	note("prompt forms");
	prompts();
}
