// SPDX-License-Identifier: Apache-2.0
/*
 * Attacks with keepers. A receiver takes strings at FAR, where a page is only if its keeper gives one; both are servers. It
 * and the sender are processes made here, so that they can be rescinded.
 */
#include "hostile.h"
#include <invoke.h>
#include <print.h>
#include <process.h>

#define RECEIVER 60        /* frames: the process and its registers */
#define SENDER 61
#define GPT 62
#define PAGE 63
#define FORWARDER 65

/* A process under the victims' schedule, in the space of the one in `slot` of H_MORE. */
static void process(uintptr_t frame, unsigned slot, unsigned into)
{
	unmake(frame, 0);
	unmake(frame, 1);
	op(H_MORE, OP_NODE_FETCH, slot, 0, 0, 0, into);
	op(into, OP_PROC_FETCH, PS_SPACE, 0, 0, 0, T5);
	make(frame, 0, NK_PROCESS, into);
	make(frame, 1, NK_NODE, T6);
	op(into, OP_PROC_STORE, PS_CAPREGS, 0, 0, T6, 0);
	op(into, OP_PROC_STORE, PS_SPACE, 0, 0, T5, 0);
	op(H_CHILD, OP_PROC_FETCH, PS_SCHEDULE, 0, 0, 0, T6);
	op(into, OP_PROC_STORE, PS_SCHEDULE, 0, 0, T6, 0);
}

static void object(uintptr_t frame, unsigned into)
{
	op(KR_RANGE, OP_RANGE_GET, frame, 0, 0, 0, into);
}

/* How long the string is that the sender says has arrived; 1000 + its run state if nothing is said. */
static uintptr_t told(void)
{
	struct process_status s = { .run_state = RS_WAITING };
	object(SENDER, T0);
	/* While it waits for its answer the receiver is at work: after a restart that comes from the disk first. */
	for (int tries = 0; tries < 100 && s.run_state == RS_WAITING && !s.fault; tries++) {
		if (tries)
			sleep_ms(5);
		settle(T0);
		process_status(T0, &s);
	}
	return s.fault == FAULT_ADDRESS ? s.fault_addr - FAR : (uintptr_t)1000 + s.run_state;
}

static uintptr_t sends(void)
{
	object(SENDER, T0);
	run(T0, ROLE_CHILD, A_STRING);
	return told();
}

/* A string of the attacker's own, without waiting: how much arrives. */
static uintptr_t promptly(unsigned start)
{
	static char bytes[SENT];
	struct abi_string s = { (uintptr_t)bytes, sizeof bytes, 0, 0 };
	struct inv_regs r = { .ctl = INV_CTL(INV_PCALL, start, 0, 0, 0, 0), .w = { SERVE_ECHO }, .str = (uintptr_t)&s };
	invoke_raw(&r);
	return r.w[0] ? 1000 + r.w[0] : r.w[1];
}

/* The keeper's start capability into T4. */
static void keep(enum keeping how)
{
	op(H_KEPT, OP_PROC_START_CAP, 21, 0, 0, 0, T4);
	op(T4, SERVE_KEEP, how, 0, 0, 0, 0);
}

static uintptr_t faults(void)
{
	struct msg m = { .w = { SERVE_TOLD } };
	keep(KEEP_GIVE);
	call(T4, &m);
	return m.w[1];
}

/* The gpt's only page is gone; the receiver sees it through a capability with these rights, and waits with its buffer there. */
static void renew(enum keeping how, unsigned rights)
{
	uintptr_t l2v = 0;
	process(RECEIVER, 0, T0);
	run(T0, ROLE_SERVER, 0);
	op(T0, OP_PROC_START_CAP, 9, 0, 0, 0, T1);
	run(H_KEPT, ROLE_SERVER, 0);
	keep(how);
	unmake(GPT, 0);
	unmake(PAGE, 0);
	make(GPT, 0, NK_GPT, T2);
	make(PAGE, 0, NK_PAGE, T3);
	op(T2, OP_GPT_SET, 12, GPT_KEEPER, 0, 0, 0);
	op(T2, OP_NODE_STORE, 31, 0, 0, T4, 0);
	op(H_KEPT, OP_PROC_CAP_STORE, V_OTHER, 0, 0, T2, 0);
	op(H_KEPT, OP_PROC_CAP_STORE, V_PEER, 0, 0, T3, 0);
	op(T2, OP_MEM_GUARD, 17, 0, 0, 0, T2);
	op(T2, OP_MEM_REDUCE, rights, 0, 0, 0, T2);
	op(T0, OP_PROC_FETCH, PS_SPACE, 0, 0, 0, T0);
	call_get(T0, OP_GPT_GET, 0, &l2v);
	op(T0, OP_NODE_STORE, FAR >> l2v, 0, 0, T2, 0);
	op(T1, SERVE_BUFFER, FAR, 4096, 0, 0, 0);
	process(SENDER, 1, T0);
	op(T0, OP_PROC_CAP_STORE, V_PEER, 0, 0, T1, 0);
}

/* What the keeper would answer now. */
static void give(uintptr_t rc)
{
	struct msg m = { .w = { rc } };
	object(GPT, T2);
	object(PAGE, T3);
	op(T2, OP_NODE_STORE, 0, 0, 0, T3, 0);
	keep(KEEP_GIVE);
	op(T4, SERVE_GIVE, 0, 0, 0, 0, T5);
	send(T5, &m);
}

static void receiver(unsigned into)
{
	object(RECEIVER, into);
}

static void asked(void)
{
	struct process_status s;
	renew(KEEP_GIVE, 0);
	expect_number("prompt call where a keeper would give the page: bytes", promptly(T1), 0);
	expect_number("a call that waits: bytes", sends(), SENT);
	expect_number("the keeper was told", faults(), 1);
	expect_number("a prompt call now: bytes", promptly(T1), SENT);
	renew(KEEP_GIVE, CR_NOCALL);
	expect_number("a receiver that calls no keeper there: bytes", sends(), 0);
	renew(KEEP_REFUSE, 0);
	expect_number("a keeper refuses: the sender waits", sends(), 1000 + RS_RUNNING);
	receiver(T0);
	process_status(T0, &s);
	expect_fault("the receiver is stopped with its fault", s.fault, FAULT_ADDRESS);
	expect_number("which is where its buffer is", s.fault_addr, FAR);
	keep(KEEP_GIVE);
	expect("it is continued", op(T0, OP_PROC_CONTINUE, 0, 0, 0, 0, 0), RC_OK);
	expect_number("and gets the string: bytes", told(), SENT);
}

static void never_answered(void)
{
	renew(KEEP_HOLD, 0);
	expect_number("a keeper never answers: the sender waits", sends(), 1000 + RS_RUNNING);
	receiver(T0);
	op(T0, OP_PROC_START_CAP, 9, 0, 0, 0, T1);
	expect_number("who is prompt does not", promptly(T1), 1000 + RC_WOULD_BLOCK);
	op(H_KEPT, OP_PROC_START_CAP, 21, 0, 0, 0, T4);
	op(T4, SERVE_GIVE, 0, 0, 0, 0, T5);
	expect("a fault capability is called", op(T5, RC_OK, 0, 0, 0, 0, 0), RC_REQUEST);
	object(SENDER, T0);
	expect("the sender is rescinded", op(KR_RANGE, OP_RANGE_RESCIND, 0, 0, 0, T0, 0), RC_OK);
	give(RC_OK);
	receiver(T0);
	op(T0, OP_PROC_START_CAP, 9, 0, 0, 0, T1);
	expect_number("the receiver is there for others: bytes", promptly(T1), SENT);
	renew(KEEP_HOLD, 0);
	sends();
	receiver(T0);
	expect("the receiver is rescinded while its keeper is at it", op(KR_RANGE, OP_RANGE_RESCIND, 0, 0, 0, T0, 0), RC_OK);
	expect_number("the sender is told", told(), RC_VOID);
	give(RC_OK);
	renew(KEEP_HOLD, 0);
	sends();
	op(H_KEPT, OP_PROC_START_CAP, 21, 0, 0, 0, T4);
	op(T4, SERVE_GIVE, 0, 0, 0, 0, T5);
	make(PAGE + 1, 0, NK_NODE, T6);
	op(T6, OP_NODE_STORE, 3, 0, 0, T5, 0);
	expect("the fault capability is rescinded", op(KR_RANGE, OP_RANGE_RESCIND, 0, 0, 0, T6, 0), RC_OK);
	struct process_status s;
	receiver(T0);
	process_status(T0, &s);
	expect_fault("the receiver stays stopped", s.fault, FAULT_ADDRESS);
	expect_number("with the sender before its call", told(), 1000 + RS_RUNNING);
}

/* The opaque form of a blocked forwarder to the keeper, with a payload, into T5. */
static void forwarder(void)
{
	unmake(FORWARDER, 0);
	make(FORWARDER, 0, NK_FORWARDER, T6);
	op(H_KEPT, OP_PROC_START_CAP, 21, 0, 0, 0, T4);
	op(T6, OP_FWD_TARGET, 0, 0, 0, T4, 0);
	op(T6, OP_FWD_OPTIONS, FWD_PAYLOAD, 77, 0, 0, 0);
	op(T6, OP_FWD_BLOCK, 1, 0, 0, 0, 0);
	op(T6, OP_FWD_OPAQUE, 0, 0, 0, 0, T5);
}

static void behind_a_forwarder(void)
{
	struct msg m = { .w = { SERVE_TOLD } };
	struct process_status s;
	renew(KEEP_GIVE, 0);
	forwarder();
	op(T2, OP_NODE_STORE, 31, 0, 0, T5, 0);
	expect_number("a keeper behind a blocked forwarder: the sender waits", sends(), 1000 + RS_RUNNING);
	receiver(T0);
	op(T0, OP_PROC_START_CAP, 9, 0, 0, 0, T1);
	expect_number("the receiver is there for others: bytes", promptly(T1), 0);
	object(FORWARDER, T6);
	expect("the forwarder is opened", op(T6, OP_FWD_BLOCK, 0, 0, 0, 0, 0), RC_OK);
	expect_number("and the string arrives: bytes", told(), SENT);
	op(H_KEPT, OP_PROC_START_CAP, 21, 0, 0, 0, T4);
	call(T4, &m);
	expect_number("its payload came in place of the pc", m.w[3], 77);
	for (int rescinded = 0; rescinded < 2; rescinded++) {
		forwarder();
		op(H_CHILD, OP_PROC_STORE, PS_KEEPER, 0, 0, T5, 0);
		op(T4, SERVE_KEEP, KEEP_HOLD, 0, 0, 0, 0);
		run(H_CHILD, ROLE_CHILD, A_NULL_WRITE);
		process_status(H_CHILD, &s);
		expect_fault("a fault waits there", s.fault, FAULT_NONE);
		if (rescinded)
			op(KR_RANGE, OP_RANGE_RESCIND, 0, 0, 0, T6, 0);
		else
			op(T6, OP_FWD_BLOCK, 0, 0, 0, 0, 0);
		settle(H_CHILD);
		process_status(H_CHILD, &s);
		expect_fault(rescinded ? "the forwarder is rescinded" : "it is let through", s.fault, FAULT_ADDRESS);
		expect_number("and the child", s.run_state, rescinded ? RS_RUNNING : RS_WAITING);
	}
	op(H_CHILD, OP_PROC_AVAILABLE, 0, 0, 0, 0, 0);
	op(H_CHILD, OP_PROC_STORE, PS_KEEPER, 0, 0, 0, 0);
}

void attack_keepers(void)
{
	note("keepers");
	asked();
	never_answered();
	behind_a_forwarder();
}

void leave_in_the_middle(void)
{
	renew(KEEP_HOLD, 0);
	expect_number("a sender, its receiver and a keeper in the middle", sends(), 1000 + RS_RUNNING);
}

void after_the_restart(void)
{
	sleep_ms(300); /* the shell's prompt comes first */
	print("\n# hostile: begin\n");
	expect_number("after a restart the sender waits as before", told(), 1000 + RS_RUNNING);
	give(RC_OK);
	expect_number("the keeper answers, and the string arrives: bytes", told(), SENT);
}
