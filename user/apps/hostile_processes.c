// SPDX-License-Identifier: Apache-2.0
/* Attacks with processes: faults, hostile registers, address spaces that are none, limits, what is destroyed. */
#include "hostile.h"
#include <invoke.h>
#include <print.h>
#include <process.h>
#include <string.h>

static uintptr_t fault_of(unsigned reg)
{
	struct process_status s;
	settle(reg);
	uintptr_t rc = process_status(reg, &s);
	return rc ? 1000 + rc : s.fault;
}

static uintptr_t child_fault(unsigned which)
{
	run(H_CHILD, ROLE_CHILD, which);
	return fault_of(H_CHILD);
}

static void faults(void)
{
	static const struct {
		const char *what;
		unsigned which, fault;
	} all[] = {
		{ "nothing", A_NONE, FAULT_NONE }, { "read of address 0", A_NULL_READ, FAULT_ADDRESS },
		{ "store to address 0", A_NULL_WRITE, FAULT_ADDRESS }, { "store to its program", A_WRITE_TEXT, FAULT_ACCESS },
		{ "read of the kernel", A_KERNEL_READ, FAULT_ADDRESS }, { "store to the kernel", A_KERNEL_WRITE, FAULT_ADDRESS },
		{ "jump into the kernel", A_KERNEL_JUMP, FAULT_ADDRESS }, { "jump to nowhere", A_FAR_JUMP, FAULT_ADDRESS },
		{ "send of a string that is not there", A_STRING_UNMAPPED, FAULT_ADDRESS },
		{ "of one that is there in half", A_STRING_HALF, FAULT_ADDRESS },
		{ "of one in the kernel", A_STRING_KERNEL, FAULT_ADDRESS }, { "of one that wraps", A_STRING_WRAPS, FAULT_ADDRESS },
		{ "a string block that is not there", A_BLOCK_UNMAPPED, FAULT_ADDRESS },
		{ "one that is there in half", A_BLOCK_HALF, FAULT_ADDRESS }, { "one in the kernel", A_BLOCK_KERNEL, FAULT_ADDRESS },
		{ "one that wraps", A_BLOCK_WRAPS, FAULT_ADDRESS }, { "invocation of type 6", A_TYPE_6, FAULT_SYSCALL },
		{ "invocation of type 7", A_TYPE_7, FAULT_SYSCALL },
	};
	char what[80];
	for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
		format(what, sizeof what, "process without a keeper: %s", all[i].what);
		expect_fault(what, child_fault(all[i].which), all[i].fault);
	}
	for (unsigned n = 0; n < machine_attacks(); n++) {
		uintptr_t fault;
		format(what, sizeof what, "process without a keeper: %s", machine_attack_name(n, &fault));
		expect_fault(what, child_fault(A_MACHINE + n), fault);
		if (fault == FAULT_NONE)
			continue;
		expect("and it is continued as it is", op(H_CHILD, OP_PROC_CONTINUE, 0, 0, 0, 0, 0), RC_OK);
		settle(H_CHILD);
	}
	run(H_KEPT, ROLE_CHILD, A_STRING_UNMAPPED);
	expect_fault("process with a keeper: a string that is not there", fault_of(H_KEPT), FAULT_ADDRESS);
	op(H_CHILD, OP_PROC_START_CAP, 0, 0, 0, 0, T0);
	op(H_CHILD, OP_PROC_STORE, PS_KEEPER, 0, 0, T0, 0);
	expect_fault("process that is its own keeper", child_fault(A_NULL_WRITE), FAULT_ADDRESS);
	op(H_CHILD, OP_PROC_STORE, PS_KEEPER, 0, 0, H_PAGE, 0);
	expect_fault("process with a page for a keeper", child_fault(A_NULL_WRITE), FAULT_ADDRESS);
	op(H_CHILD, OP_PROC_STORE, PS_KEEPER, 0, 0, 0, 0);
}

/* ---- registers ----------------------------------------------------------------------------------------------------------- */

static uintptr_t set_regs(unsigned reg, const void *regs, size_t n)
{
	struct msg m = { .w = { OP_PROC_SET_REGS }, .out = regs, .out_len = n };
	return call(reg, &m);
}

/* What a process may not do it may not do with any part of its registers full of ones either, its flags among them. */
static void registers_of(unsigned attack, const char *name)
{
	static unsigned char regs[512], bad[512];
	struct msg m = { .w = { OP_PROC_GET_REGS }, .in = regs, .in_max = sizeof regs };
	unsigned went_on = 0;
	char what[80];

	child_fault(A_MACHINE + attack);
	format(what, sizeof what, "registers before %s", name);
	expect(what, call(H_CHILD, &m), RC_OK);
	for (size_t at = sizeof(struct abi_process_regs); at < m.in_len; at += 4) {
		memcpy(bad, regs, m.in_len);
		memset(bad + at, 0xff, 4);
		if (set_regs(H_CHILD, bad, m.in_len) == RC_OK && op(H_CHILD, OP_PROC_CONTINUE, 0, 0, 0, 0, 0) == RC_OK)
			went_on += fault_of(H_CHILD) == FAULT_NONE || fault_of(H_CHILD) == FAULT_BREAKPOINT; /* a step behind it */
		else
			went_on++;
	}
	format(what, sizeof what, "%s with any of them full of ones", name);
	expect_number(what, went_on, 0);
}

static void registers(void)
{
	static unsigned char regs[512], bad[512];
	struct msg m = { .w = { OP_PROC_GET_REGS }, .in = regs, .in_max = sizeof regs };
	char what[64];
	run(H_CHILD, ROLE_CHILD, A_NULL_WRITE);
	expect("registers of a process", call(H_CHILD, &m), RC_OK);
	size_t n = m.in_len, head = sizeof(struct abi_process_regs);
	expect("set none", set_regs(H_CHILD, regs, 0), RC_REQUEST);
	expect("set one byte less", set_regs(H_CHILD, regs, n - 1), RC_REQUEST);
	expect("set one byte more", set_regs(H_CHILD, regs, n + 1), RC_REQUEST);
	memcpy(bad, regs, n);
	bad[0] ^= 2;
	expect("set those of another machine", set_regs(H_CHILD, bad, n), RC_REQUEST);
	memcpy(bad, regs, n);
	bad[2] = 9;
	expect("set those of another version", set_regs(H_CHILD, bad, n), RC_REQUEST);
	expect("set one's own", set_regs(KR_SELF, regs, n), RC_BUSY);
	for (unsigned k = 0; k < 12; k++) {
		static const unsigned char fill[] = { 0, 0xff, 0x55, 0xaa, 0x80, 0x7f };
		uintptr_t rc;
		memcpy(bad, regs, n);
		memset(bad + head, fill[k % 6], n - head);
		if (k >= 6)
			memset(bad + 4, fill[k % 6], head - 4);
		rc = set_regs(H_CHILD, bad, n);
		if (rc == RC_OK)
			rc = op(H_CHILD, OP_PROC_CONTINUE, 0, 0, 0, 0, 0);
		format(what, sizeof what, "run with registers full of 0x%02x%s", fill[k % 6], k >= 6 ? ", state too" : "");
		expect(what, rc, RC_OK);
		format(what, sizeof what, "it faults and nothing else happens: %s", fault_name((unsigned)fault_of(H_CHILD)));
		expect_number(what, fault_of(H_CHILD) == FAULT_NONE || fault_of(H_CHILD) > FAULT_OTHER, 0);
	}
	for (unsigned k = 0; k < 3; k++) {
		uintptr_t fault;
		const char *name = machine_attack_name(k, &fault);
		registers_of(k, name);
	}
	expect("run at the kernel, with its stack there", op(H_CHILD, OP_PROC_RUN, KERNEL, KERNEL, 0, 0, 0), RC_OK);
	expect_number("it faults", fault_of(H_CHILD) == FAULT_NONE, 0);
	expect("run oneself", op(KR_SELF, OP_PROC_RUN, 0, 0, 0, 0, 0), RC_BUSY);
	expect("stop oneself", op(KR_SELF, OP_PROC_STOP, 0, 0, 0, 0, 0), RC_BUSY);
	expect("make oneself available", op(KR_SELF, OP_PROC_AVAILABLE, 0, 0, 0, 0, 0), RC_BUSY);
	expect("a resume capability to oneself", op(KR_SELF, OP_PROC_RESUME_CAP, 0, 0, 0, 0, T0), RC_BUSY);
}

/* ---- address spaces ------------------------------------------------------------------------------------------------------ */

/* Runs the child at `pc` in the space in `reg`, then gives it back its own. Returns its fault. */
static uintptr_t in_space(unsigned reg, uintptr_t pc)
{
	uintptr_t rc, fault;
	op(H_CHILD, OP_PROC_FETCH, PS_SPACE, 0, 0, 0, T6);
	op(H_CHILD, OP_PROC_STORE, PS_SPACE, 0, 0, reg, 0);
	rc = op(H_CHILD, OP_PROC_RUN, pc, pc, ROLE_CHILD, 0, 0);
	fault = rc ? 1000 + rc : fault_of(H_CHILD);
	op(H_CHILD, OP_PROC_AVAILABLE, 0, 0, 0, 0, 0);
	op(H_CHILD, OP_PROC_STORE, PS_SPACE, 0, 0, T6, 0);
	return fault;
}

/* A gpt at index n of frame 8 + n/7 with this l2v, `child` in `slot`; the capability of 2^size bytes into `into`. */
static void gpt(unsigned n, unsigned size, unsigned l2v, unsigned slot, unsigned child, unsigned into)
{
	unmake(8 + n / 7, n % 7);
	make(8 + n / 7, n % 7, NK_GPT, into);
	op(into, OP_GPT_SET, l2v, 0, 0, 0, 0);
	op(into, OP_NODE_STORE, slot, 0, 0, child, 0);
	op(into, OP_MEM_GUARD, size, 0, 0, 0, into);
}

/* A page that ends with a system call, alone at the top of what a program may use. */
static void top_of_space(void)
{
	uintptr_t va = machine_user_end - 4096;
	struct msg m = { .w = { OP_PAGE_WRITE, 4096 - machine_call_bytes }, .out = machine_call, .out_len = machine_call_bytes };
	make(4, 0, NK_PAGE, T0);
	call(T0, &m);
	for (unsigned n = 0, bits = 17; bits < 12 + 8 * sizeof va - 12 + 5 && (n == 0 || (uint64_t)va >> (bits - 5)); n++, bits += 5)
		gpt(n, bits, bits - 5, (unsigned)(va >> (bits - 5)) & 31, T0, T0);
	uintptr_t pc = machine_user_end - machine_call_bytes;
	expect_fault("a system call in the last bytes of memory", in_space(T0, pc), FAULT_ADDRESS);
	unmake(4, 0);
}

static void spaces(void)
{
	char what[64];
	op(H_NODE, OP_NODE_NUMBER, 0, 5, 5, 0, 0);
	op(H_NODE, OP_NODE_FETCH, 0, 0, 0, 0, T0);
	expect_fault("nothing for a space", in_space(0, PROGRAM_START), FAULT_ADDRESS);
	expect_fault("a number for a space", in_space(T0, PROGRAM_START), FAULT_MALFORMED);
	expect_fault("a node for a space", in_space(H_NODE, PROGRAM_START), FAULT_MALFORMED);
	expect_fault("itself for a space", in_space(H_CHILD, PROGRAM_START), FAULT_MALFORMED);
	expect_fault("a page for a space", in_space(H_PAGE, PROGRAM_START), FAULT_ADDRESS);
	gpt(0, 22, 17, 0, 0, T0);
	op(T0, OP_NODE_STORE, 0, 0, 0, T0, 0);
	expect_fault("a gpt that holds itself", in_space(T0, PROGRAM_START), FAULT_MALFORMED);
	gpt(1, 17, 12, 0, T0, T1);
	op(T0, OP_NODE_STORE, 0, 0, 0, T1, 0);
	expect_fault("two gpts in a circle", in_space(T0, 0), FAULT_MALFORMED);
	op(T1, OP_MEM_GUARD, 18, 0, 0, 0, T2);
	op(T0, OP_NODE_STORE, 0, 0, 0, T2, 0);
	expect_fault("a gpt larger than its slot", in_space(T0, PROGRAM_START), FAULT_MALFORMED);
	op(T1, OP_MEM_GUARD, 16, 0, 0, 0, T2);
	op(T0, OP_NODE_STORE, 0, 0, 0, T2, 0);
	expect_fault("one behind its guard", in_space(T0, PROGRAM_START), FAULT_ADDRESS);
	op(T1, OP_MEM_GUARD, 17, 1, 0, 0, T2);
	op(T0, OP_NODE_STORE, 0, 0, 0, T2, 0);
	expect_fault("one whose guard no address has", in_space(T0, PROGRAM_START), FAULT_ADDRESS);
	op(T0, OP_GPT_SET, 22, 0, 0, 0, 0);
	expect_fault("l2v as large as the space", in_space(T0, PROGRAM_START), FAULT_MALFORMED);
	op(T0, OP_GPT_SET, 63, 0, 0, 0, 0);
	expect_fault("l2v 63", in_space(T0, PROGRAM_START), FAULT_MALFORMED);
	gpt(0, 22, 17, 31, H_PAGE, T0);
	op(T0, OP_GPT_SET, 17, GPT_KEEPER, 0, 0, 0);
	expect_fault("a page for a memory keeper", in_space(T0, PROGRAM_START), FAULT_ADDRESS);
	expect_fault("the keeper's slot is no memory", in_space(T0, 31 << 17), FAULT_ADDRESS);
	op(H_CHILD, OP_PROC_START_CAP, 0, 0, 0, 0, T1);
	op(T0, OP_NODE_STORE, 31, 0, 0, T1, 0);
	expect_fault("the process itself for a memory keeper", in_space(T0, PROGRAM_START), FAULT_ADDRESS);
	/* As deep as a space can be: one bit a level. The page is the program's own first one. */
	op(H_CHILD, OP_PROC_FETCH, PS_SPACE, 0, 0, 0, T0);
	for (unsigned n = 0; n < 30; n++)
		gpt(n, 34 + n, 33 + n, 0, T0, T0);
	expect_fault("a space of 33 levels", in_space(T0, PROGRAM_START), FAULT_NONE + FAULT_ADDRESS);
	format(what, sizeof what, "a space of 33 levels without its page");
	unmake(8, 3);
	expect_fault(what, in_space(T0, PROGRAM_START), FAULT_ADDRESS);
	top_of_space();
	for (unsigned n = 0; n < 30; n++)
		unmake(8 + n / 7, n % 7);
}

/* One page all over a large space: more hardware tables, and records of them, than there are. */
static void sweep(void)
{
	static unsigned char counted[4];
	struct msg m = { .w = { OP_PAGE_READ, 0, 4 }, .in = counted, .in_max = 4 };
	make(4, 0, NK_PAGE, T2);
	gpt(0, 17, 12, 0, T2, T1);
	gpt(1, 27, 22, 0, T1, T3);
	for (uintptr_t slot = 1; slot < 32; slot++)
		op(T3, OP_NODE_STORE, slot, 0, 0, T1, 0);
	op(H_CHILD, OP_PROC_FETCH, PS_SPACE, 0, 0, 0, T0);
	gpt(15, 32, 27, 0, T0, T4);
	op(T4, OP_NODE_STORE, 1, 0, 0, T3, 0);
	for (unsigned n = 2; n < 15; n++) {
		gpt(n, 27, 22, 0, T1, T5);
		op(T5, OP_NODE_CLONE, 0, 0, 0, T3, 0);
		op(T4, OP_NODE_STORE, n, 0, 0, T5, 0);
	}
	op(H_CHILD, OP_PROC_STORE, PS_SPACE, 0, 0, T4, 0);
	expect_fault("a process that sweeps through its space", child_fault(A_SWEEP), FAULT_NONE);
	call(T2, &m);
	expect_number("has come by everywhere, twice", counted[0], 2 * (SWEEP_TO - SWEEP_FROM) / SWEEP_STEP % 256);
	op(H_CHILD, OP_PROC_STORE, PS_SPACE, 0, 0, T0, 0);
	for (unsigned n = 0; n < 16; n++)
		unmake(8 + n / 7, n % 7);
	unmake(4, 0);
}

/* What is unmade must be gone from a space at once. */
static void unmade_memory(void)
{
	uintptr_t l2v = 0;
	op(H_CHILD, OP_PROC_FETCH, PS_SPACE, 0, 0, 0, T0);
	call_get(T0, OP_GPT_GET, 0, &l2v);
	for (int how = 0; how < 4; how++) {
		static const char *const name[] = { "its page is rescinded", "its gpt is rescinded", "its slot is cleared",
						    "its page becomes read-only" };
		char what[80];
		make(4, 0, NK_PAGE, T2);
		gpt(0, 17, 12, 0, T2, T1);
		op(T0, OP_NODE_STORE, FAR >> l2v, 0, 0, T1, 0);
		run(H_CHILD, ROLE_CHILD, A_TOUCH_FAR);
		expect_fault("a process writes to a page and waits", fault_of(H_CHILD), FAULT_NONE);
		op(H_SERVER_START, SERVE_GIVE, 0, 0, 0, 0, T3);
		op(T2, OP_MEM_REDUCE, CR_RO, 0, 0, 0, T4);
		if (how == 0)
			op(KR_RANGE, OP_RANGE_RESCIND, 0, 0, 0, T2, 0);
		else if (how == 1)
			op(KR_RANGE, OP_RANGE_RESCIND, 0, 0, 0, T1, 0);
		else
			op(T1, OP_NODE_STORE, 0, 0, 0, how == 2 ? 0 : T4, 0);
		struct msg m = { .w = { RC_OK } };
		send(T3, &m);
		format(what, sizeof what, "then %s and it writes again", name[how]);
		expect_fault(what, fault_of(H_CHILD), how == 3 ? FAULT_ACCESS : FAULT_ADDRESS);
		unmake(4, 0);
		unmake(8, 0);
	}
	/* By the process itself, so that nothing else runs in between. */
	make(4, 0, NK_PAGE, T2);
	gpt(0, 17, 12, 0, T2, T1);
	op(T0, OP_NODE_STORE, FAR >> l2v, 0, 0, T1, 0);
	op(H_CHILD, OP_PROC_CAP_FETCH, V_OTHER, 0, 0, 0, T3);
	op(H_CHILD, OP_PROC_CAP_STORE, V_OTHER, 0, 0, T1, 0);
	expect_fault("a process clears its own memory and writes again", child_fault(A_OWN_MEMORY), FAULT_ADDRESS);
	op(H_CHILD, OP_PROC_CAP_STORE, V_OTHER, 0, 0, T3, 0);
	unmake(4, 0);
	unmake(8, 0);
	op(T0, OP_NODE_STORE, FAR >> l2v, 0, 0, 0, 0);
}

/* ---- limits, and processes that are none ------------------------------------------------------------------------------- */

static void limits(void)
{
	op(H_MORE, OP_NODE_FETCH, 0, 0, 0, 0, T0);
	op(H_MORE, OP_NODE_FETCH, 1, 0, 0, 0, T1);
	op(H_MORE, OP_NODE_FETCH, 2, 0, 0, 0, T2);
	expect("the first process under a limit of one", run(T0, ROLE_SLEEPER, 0), RC_OK);
	expect("the second", run(T1, ROLE_SLEEPER, 0), RC_NO_ACTIVITY);
	expect("call of the second", op(T2, 1, 0, 0, 0, 0, 0), RC_NO_ACTIVITY);
	expect("prompt call of the second", prompt(T2, 1, 0, 0, 0, 0, 0), RC_NO_ACTIVITY);
	expect("a resume capability to the second", op(T1, OP_PROC_RESUME_CAP, 0, 0, 0, 0, T3), RC_NO_ACTIVITY);
	expect("stop the first", op(T0, OP_PROC_STOP, 0, 0, 0, 0, 0), RC_OK);
	expect("now the second can run", run(T1, ROLE_SLEEPER, 0), RC_OK);
	expect("but the first cannot go on", op(T0, OP_PROC_CONTINUE, 0, 0, 0, 0, 0), RC_NO_ACTIVITY);
	expect("stop the second", op(T1, OP_PROC_AVAILABLE, 0, 0, 0, 0, 0), RC_OK);
	op(T1, OP_PROC_FETCH, PS_SCHEDULE, 0, 0, 0, T3);
	make(5, 0, NK_SCHEDULE, T4);
	op(T1, OP_PROC_STORE, PS_SCHEDULE, 0, 0, T4, 0);
	expect("under a schedule of no limit", run(T1, ROLE_SLEEPER, 0), RC_NO_ACTIVITY);
	unmake(5, 0);
	expect("under a schedule that is gone it stays stopped", run(T1, ROLE_SLEEPER, 0), RC_OK);
	op(T1, OP_PROC_AVAILABLE, 0, 0, 0, 0, 0);
	op(T1, OP_PROC_STORE, PS_SCHEDULE, 0, 0, H_PAGE, 0);
	expect("under a page for a schedule too", run(T1, ROLE_SLEEPER, 0), RC_OK);
	op(T1, OP_PROC_AVAILABLE, 0, 0, 0, 0, 0);
	op(T1, OP_PROC_STORE, PS_SCHEDULE, 0, 0, T3, 0);
}

static void no_processes(void)
{
	make(5, 1, NK_PROCESS, T0);
	make(5, 2, NK_NODE, T1);
	expect("a process without registers: status", op(T0, OP_PROC_STATUS, 0, 0, 0, 0, 0), RC_MALFORMED);
	expect("run it", op(T0, OP_PROC_RUN, 0, 0, 0, 0, 0), RC_MALFORMED);
	expect("fetch a register", op(T0, OP_PROC_CAP_FETCH, 1, 0, 0, 0, T2), RC_MALFORMED);
	op(T0, OP_PROC_START_CAP, 0, 0, 0, 0, T2);
	expect("call it", op(T2, 1, 0, 0, 0, 0, 0), RC_MALFORMED);
	op(H_CHILD, OP_PROC_FETCH, PS_CAPREGS, 0, 0, 0, T3);
	op(H_CHILD, OP_PROC_STATUS, 0, 0, 0, 0, 0);
	expect("give it another's registers", op(T0, OP_PROC_STORE, PS_CAPREGS, 0, 0, T3, 0), RC_OK);
	expect("that makes no process", op(T0, OP_PROC_STATUS, 0, 0, 0, 0, 0), RC_MALFORMED);
	op(KR_SELF, OP_PROC_FETCH, PS_CAPREGS, 0, 0, 0, T3);
	op(T0, OP_PROC_STORE, PS_CAPREGS, 0, 0, T3, 0);
	expect("nor does it with one's own", op(T0, OP_PROC_RUN, 0, 0, 0, 0, 0), RC_MALFORMED);
	expect("give it registers", op(T0, OP_PROC_STORE, PS_CAPREGS, 0, 0, T1, 0), RC_OK);
	expect("status", op(T0, OP_PROC_STATUS, 0, 0, 0, 0, 0), RC_OK);
	expect("rescind its registers", op(KR_RANGE, OP_RANGE_RESCIND, 0, 0, 0, T1, 0), RC_OK);
	expect("now it is none again", op(T0, OP_PROC_STATUS, 0, 0, 0, 0, 0), RC_MALFORMED);
	/* Somebody who waits for a process that never comes. */
	make(5, 2, NK_NODE, T1);
	op(T0, OP_PROC_STORE, PS_CAPREGS, 0, 0, T1, 0);
	op(T0, OP_PROC_RESUME_CAP, 0, 0, 0, 0, T4);
	op(H_CHILD, OP_PROC_CAP_STORE, V_OTHER, 0, 0, T2, 0);
	expect("a child calls one that waits", child_fault(A_CALL_OTHER), FAULT_NONE);
	expect("which is rescinded", op(KR_RANGE, OP_RANGE_RESCIND, 0, 0, 0, T0, 0), RC_OK);
	struct process_status s;
	settle(H_CHILD);
	process_status(H_CHILD, &s);
	expect("the child is told", s.fault == FAULT_ADDRESS ? s.fault_addr - FAR : 1000, RC_VOID);
	expect("call of what is gone", op(T2, 1, 0, 0, 0, 0, 0), RC_VOID);
	expect("prompt call of it", prompt(T2, 1, 0, 0, 0, 0, 0), RC_VOID);
	expect("answer to what is gone", op(T4, 0, 0, 0, 0, 0, 0), RC_VOID);
	unmake(5, 2);
	/* A call of oneself waits for itself, and can be stopped. */
	op(H_CHILD, OP_PROC_START_CAP, 0, 0, 0, 0, T2);
	op(H_CHILD, OP_PROC_CAP_STORE, V_OTHER, 0, 0, T2, 0);
	expect("a child calls itself", child_fault(A_CALL_OTHER), FAULT_NONE);
	expect("it is stopped", op(H_CHILD, OP_PROC_STOP, 0, 0, 0, 0, 0), RC_OK);
	expect("and made available", op(H_CHILD, OP_PROC_AVAILABLE, 0, 0, 0, 0, 0), RC_OK);
	expect("its registers are taken while it runs", run(H_CHILD, ROLE_CHILD, A_CALL_PEER), RC_OK);
	op(H_CHILD, OP_PROC_FETCH, PS_CAPREGS, 0, 0, 0, T3);
	make(5, 2, NK_NODE, T1);
	expect("another node of registers", op(H_CHILD, OP_PROC_STORE, PS_CAPREGS, 0, 0, T1, 0), RC_OK);
	expect("the old one back", op(H_CHILD, OP_PROC_STORE, PS_CAPREGS, 0, 0, T3, 0), RC_OK);
	expect("it waits as before", op(H_CHILD, OP_PROC_STATUS, 0, 0, 0, 0, 0), RC_OK);
	unmake(5, 2);
	op(H_CHILD, OP_PROC_AVAILABLE, 0, 0, 0, 0, 0);
}

void attack_processes(void)
{
	note("faults");
	faults();
	note("registers");
	registers();
	note("address spaces");
	spaces();
	unmade_memory();
	sweep();
	note("limits");
	limits();
	note("processes");
	no_processes();
}
