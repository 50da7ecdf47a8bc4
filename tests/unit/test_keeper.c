/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A message's string has no page at its receiver: who waits for the receiver anyway has the receiver's memory keeper asked
 * first, all others cut. A sends, B receives, C is the keeper of B's space.
 */
#include "rooms.h"

#define FACET 5u
#define SPARE ((oid_t)900 * 8)

static struct cap space_of(u32 n)
{
	return fake_node(&p[n].process)->slot[PS_SPACE];
}

static void keeper_is(struct cap c)
{
	struct cap space = space_of(B);

	fake_node(&space)->flags = GPT_KEEPER;
	fake_node(&space)->slot[31] = c;
}

/* Another page at this address of B. */
static void give(u64 va)
{
	struct cap space = space_of(B);

	fake_node(&space)->slot[va >> 12] = fake_alloc(SPARE + 8 * (va >> 12), NK_PAGE);
}

/* B's buffer is here, A sends 3,000 bytes. */
static void want(u64 at, u64 max)
{
	string(B, 0, 0, at, max);
	p[B].ctx->regs.x[HAL_REG_A0 + 6] = BLOCK;
	string(A, DATA, 3000, 0, 0);
}

static int setup(void **s)
{
	(void)world_setup(s);
	keeper_is(start_of(C, FACET));
	p[B].ctx->regs.pc = 0x300;
	want(NOWHERE, 4096);
	return 0;
}

static u32 send_by(u32 form)
{
	return invoke(A, INV_CTL(form, 1, 2, 0, 0, 0), INV_RCV(10, 11, 12, 13), 70, BLOCK);
}

static u32 again(u32 n)
{
	u64 before = p[n].ctx->regs.pc;

	assert_int_equal(act_of(p[n].ctx)->state, AS_READY);
	enter(kernel_syscall, n);
	mm_check();
	return (u32)(p[n].ctx->regs.pc - before) / 4;
}

static void asked(u64 va, u32 code, u32 access)
{
	assert_int_equal(run_state(A), RS_RUNNING); /* before its trap */
	assert_int_equal(run_state(B), RS_WAITING);
	assert_int_equal(run_state(C), RS_RUNNING);
	assert_int_equal(p[B].ctx->p.fault_code, code);
	assert_int_equal(p[B].ctx->p.fault_addr, va);
	assert_int_equal(p[B].ctx->p.fault_info, access);
	assert_int_equal(word(C, 0), OP_FAULT);
	assert_int_equal(word(C, 1), code);
	assert_int_equal(word(C, 2), va);
	assert_int_equal(word(C, 3), 0x300);
	assert_int_equal(hal_msg_ctl(&p[C].ctx->regs), FACET);
	assert_int_equal(cap_type(reg(C, RESUME)), CT_FAULT);
	check_activities();
}

static void answer(word_t rc)
{
	assert_int_equal(invoke(C, INV_CTL(INV_RETURN, RESUME, 0, 0, 0, 0), INV_RCV(24, 25, 26, RESUME), rc, 0), 1);
	check_activities();
}

static void delivered(u32 bytes)
{
	assert_int_equal(run_state(B), RS_RUNNING);
	assert_int_equal(word(B, 0), 70);
	assert_int_equal(hal_msg_ctl(&p[B].ctx->regs), 9);
	assert_int_equal(hal_msg_rcv(&p[B].ctx->regs), bytes);
	assert_int_equal(hal_msg_str(&p[B].ctx->regs), 3000);
	assert_int_equal(p[B].ctx->regs.pc, 0x300);
	assert_int_equal(p[B].ctx->p.fault_code, FAULT_NONE);
	assert_int_equal(p[B].ctx->p.flags, 0);
	check_activities();
}

/* ---- asked and answered ---------------------------------------------------------------------------------------------- */

static void the_keeper_gives_the_page(void **s)
{
	for (u32 form = INV_CALL; form <= INV_SEND; form++) {
		u64 calls;

		setup(s);
		calls = count(B);
		assert_int_equal(send_by(form), 0);
		asked(NOWHERE, FAULT_ADDRESS, ACC_WRITE);
		assert_int_equal(again(A), 0); /* it waits for B, as for any process that is not available */
		assert_int_equal(act_of(p[A].ctx)->state, AS_STALLED);
		give(NOWHERE);
		answer(RC_OK);
		assert_int_equal(run_state(B), RS_AVAILABLE);
		assert_int_equal(count(B), calls + 1);
		assert_int_equal(again(A), 1);
		delivered(3000);
		assert_int_equal(run_state(A), form == INV_CALL ? RS_WAITING : form == INV_RETURN ? RS_AVAILABLE : RS_RUNNING);
		assert_int_equal(run_state(C), RS_AVAILABLE);
	}
}

/* Each page is asked for by its own address: of the buffer, and of the string block. */
static void each_page_in_its_turn(void **s)
{
	struct cap space = space_of(B);
	struct abi_string block = { 0, 0, NOWHERE + 4000, 3000 };

	(void)s;
	want(NOWHERE + 4000, 3000);
	p[B].ctx->regs.x[HAL_REG_A0 + 6] = 0x2ff4; /* in two pages */
	assert_int_equal(send_by(INV_CALL), 0);
	asked(0x2ff4, FAULT_ADDRESS, ACC_READ);
	give(0x2000);
	memcpy((u8 *)frame_data(frame_peek(SPARE + 8 * 2)) + 0xff4, &block, 12);
	answer(RC_OK);
	assert_int_equal(again(A), 0);
	asked(0x3000, FAULT_ADDRESS, ACC_READ);
	give(0x3000);
	memcpy(frame_data(frame_peek(SPARE + 8 * 3)), (u8 *)&block + 12, sizeof(block) - 12);
	answer(RC_OK);
	assert_int_equal(again(A), 0);
	asked(NOWHERE + 4000, FAULT_ADDRESS, ACC_WRITE);
	give(NOWHERE);
	fake_node(&space)->slot[NOWHERE >> 12].w[3] |= CR_RO << 24; /* and one that is not to be written to */
	answer(RC_OK);
	assert_int_equal(again(A), 0);
	asked(NOWHERE + 4000, FAULT_ACCESS, ACC_WRITE);
	fake_node(&space)->slot[NOWHERE >> 12].w[3] = 0;
	answer(RC_OK);
	assert_int_equal(again(A), 0);
	asked(NOWHERE + 4096, FAULT_ADDRESS, ACC_WRITE);
	give(NOWHERE + 4096);
	answer(RC_OK);
	assert_int_equal(again(A), 1);
	delivered(3000);
}

/* The sender's own block: the page that is missing is the one that its keeper is told of. */
static void the_senders_block_in_two_pages(void **s)
{
	struct cap space = space_of(A);

	(void)s;
	fake_node(&space)->flags = GPT_KEEPER;
	fake_node(&space)->slot[31] = start_of(C, FACET);
	assert_int_equal(invoke(A, A_CALL, 0, 70, DATA + 0xff8), 0);
	assert_int_equal(word(C, 0), OP_FAULT);
	assert_int_equal(word(C, 2), DATA + 0x1000);
	assert_int_equal(run_state(A), RS_WAITING);
	assert_int_equal(run_state(B), RS_AVAILABLE);
}

/* ---- cut ------------------------------------------------------------------------------------------------------------------ */

static void cut(u32 form)
{
	assert_int_equal(send_by(form), 1);
	delivered(0);
	assert_int_equal(run_state(C), RS_AVAILABLE);
}

static void nobody_is_asked(void **s)
{
	struct cap space;

	for (u32 form = INV_PCALL; form <= INV_PSEND; form++) { /* prompt */
		setup(s);
		cut(form);
	}
	setup(s);
	keeper_is(cap_void());
	cut(INV_CALL);
	setup(s);
	keeper_is(cap_number(1, 2, 3));
	cut(INV_CALL);
	setup(s);
	keeper_is(start_of(A, FACET)); /* who sends would wait for itself */
	cut(INV_CALL);
	setup(s);
	keeper_is(start_of(B, FACET)); /* so would the receiver */
	cut(INV_CALL);
	setup(s);
	keeper_is(cap_make(CT_START, 0, cap_version(&p[C].process) + 1, cap_oid(&p[C].process), 0)); /* gone */
	cut(INV_CALL);
	setup(s);
	fake_node(&p[B].process)->slot[PS_SPACE].w[3] |= CR_NOCALL << 24;
	cut(INV_CALL);
	setup(s); /* a process keeper hears of what its process does, and this is not that */
	space = space_of(B);
	fake_node(&space)->flags = 0;
	fake_node(&p[B].process)->slot[PS_KEEPER] = start_of(C, FACET);
	cut(INV_CALL);
	setup(s); /* not memory that any keeper could give */
	want(END, 64);
	cut(INV_CALL);
}

/* B and its keeper under one schedule with room for one of them: no activity for both, and none too many. */
static void one_activity_for_two(void **s)
{
	(void)s;
	fake_node(&p[C].process)->slot[PS_SCHEDULE] = p[B].schedule;
	context_slot_changed(p[C].ctx, PS_SCHEDULE);
	cut(INV_CALL);
	assert_int_equal(sched_in_use(cap_oid(&p[B].schedule), cap_version(&p[B].schedule)), 1);
}

/* By C, what its register 4 names, with its register 5. */
static void asked_of_c(u32 op, word_t w1)
{
	struct hal_regs *r = &p[C].ctx->regs;
	const word_t w[] = { INV_CTL(INV_CALL, 4, 5, 0, 0, 0), INV_RCV(8, 0, 0, 0), op, w1, 0, 0, 0 };

	for (u32 k = 0; k < ARRAY_SIZE(w); k++)
		r->x[HAL_REG_A0 + k] = w[k];
	enter(kernel_syscall, C);
	assert_int_equal(word(C, 0), RC_OK);
}

/* ---- a keeper that is no help --------------------------------------------------------------------------------------------- */

static void a_busy_keeper_is_waited_for(void **s)
{
	(void)s;
	run(C);
	assert_int_equal(send_by(INV_SEND), 0);
	assert_int_equal(act_of(p[A].ctx)->state, AS_STALLED);
	assert_int_equal(run_state(B), RS_AVAILABLE); /* nothing has happened */
	check_activities();
	assert_int_equal(invoke(C, INV_CTL(INV_RETURN, 0, 0, 0, 0, 0), INV_RCV(0, 0, 0, RESUME), 0, 0), 1);
	assert_int_equal(again(A), 0);
	asked(NOWHERE, FAULT_ADDRESS, ACC_WRITE);
}

/* C is busy with something else. A waits for it on B's behalf, and has to learn what happens to B: it is rescinded, it
 * gets another space, the forwarder on the way to it leads elsewhere. */
static void what_happens_to_b_while_its_keeper_is_busy(void **s)
{
	struct cap fwd;

	(void)s;
	run(C);
	assert_int_equal(send_by(INV_CALL), 0);
	assert_int_equal(act_of(p[A].ctx)->state, AS_STALLED);
	*reg(C, 4) = cap_make(CT_RANGE, 0, 1, POT_OF(B), 0);
	*reg(C, 5) = p[B].process;
	assert_int_equal(invoke(C, INV_CTL(INV_CALL, 4, 5, 0, 0, 0), 0, OP_RANGE_RESCIND, 0), 1);
	assert_int_equal(word(C, 0), RC_OK);
	assert_int_equal(again(A), 1);
	assert_int_equal(word(A, 0), RC_VOID);

	for (u32 op = OP_PROC_STORE; op <= OP_PROC_EXEC; op += OP_PROC_EXEC - OP_PROC_STORE) {
		setup(s);
		run(C);
		assert_int_equal(send_by(INV_CALL), 0);
		*reg(C, 4) = p[B].process;
		*reg(C, 5) = cap_void();
		if (op == OP_PROC_STORE)
			context_slot_changed(p[B].ctx, PS_CAPREGS); /* also of one that is not loaded */
		asked_of_c(op, PS_SPACE);
		assert_int_equal(act_of(p[A].ctx)->state, AS_READY);
	}

	setup(s);
	fwd = fake_alloc(SPARE, NK_FORWARDER);
	fake_node(&fwd)->slot[0] = start_of(B, 9);
	*reg(C, 4) = fwd;
	*reg(C, 5) = cap_void();
	fwd.w[3] |= CR_OPAQUE << 24;
	*reg(A, 1) = fwd;
	run(C);
	assert_int_equal(send_by(INV_CALL), 0);
	assert_int_equal(act_of(p[A].ctx)->state, AS_STALLED);
	asked_of_c(OP_FWD_TARGET, 0);
	assert_int_equal(again(A), 1);
	assert_int_equal(word(A, 0), RC_VOID);
}

/* A's own fault waits for C, which is busy. A gets another keeper, or needs none. */
static struct context *own_fault(struct context *ctx) { return kernel_page_fault(ctx, NOWHERE, ACC_WRITE); }

static void another_keeper(void **s)
{
	static const u8 slots[] = { PS_KEEPER, PS_SPACE };

	for (u32 k = 0; k < ARRAY_SIZE(slots); k++) {
		setup(s);
		run(C);
		fake_node(&p[A].process)->slot[PS_KEEPER] = start_of(C, FACET);
		enter(own_fault, A);
		assert_int_equal(act_of(p[A].ctx)->state, AS_STALLED);
		*reg(C, 4) = p[A].process;
		*reg(C, 5) = k ? space_of(A) : start_of(B, 9);
		asked_of_c(OP_PROC_STORE, slots[k]);
		assert_int_equal(act_of(p[A].ctx)->state, AS_READY);
		enter(own_fault, A);
		assert_int_equal(act_of(p[A].ctx)->state, k ? AS_STALLED : AS_WAITING);
		assert_int_equal(run_state(B), k ? RS_AVAILABLE : RS_RUNNING);
		assert_int_equal(act_of(p[C].ctx)->state, AS_READY);
	}
}

/* Who waits for something else is left in its place. */
static void another_wait_is_left_alone(void **s)
{
	(void)s;
	run(C);
	assert_int_equal(send_by(INV_CALL), 0);
	assert_int_equal(invoke(C, INV_CTL(INV_RETURN, 0, 0, 0, 0, 0), INV_RCV(0, 0, 0, RESUME), 0, 0), 1);
	run(C);
	run(B);
	assert_int_equal(again(A), 0); /* now for B */
	assert_int_equal(act_of(p[A].ctx)->key, KEY_PROCESS(cap_oid(&p[B].process)));
	*reg(C, 4) = p[B].process;
	*reg(C, 5) = cap_void();
	asked_of_c(OP_PROC_STORE, PS_KEEPER);
	assert_int_equal(act_of(p[A].ctx)->state, AS_STALLED);
}

/* It never answers: A waits as for a server that never comes; who is prompt does not; A can be stopped, or go. */
static void a_keeper_that_never_answers(void **s)
{
	(void)s;
	assert_int_equal(send_by(INV_CALL), 0);
	assert_int_equal(again(A), 0);
	assert_int_equal(act_of(p[A].ctx)->state, AS_STALLED);
	*reg(C, 1) = start_of(B, 9);
	assert_int_equal(invoke(C, INV_CTL(INV_PSEND, 1, 0, 0, 0, 0), INV_RCV(0, 0, 0, 0), 70, 0), 1);
	assert_int_equal(word(C, 0), RC_WOULD_BLOCK);
	*reg(C, 4) = cap_make(CT_RANGE, 0, 1, POT_OF(A), 0);
	*reg(C, 5) = p[A].process;
	assert_int_equal(invoke(C, INV_CTL(INV_CALL, 4, 5, 0, 0, 0), 0, OP_RANGE_RESCIND, 0), 1);
	assert_int_equal(word(C, 0), RC_OK);
	assert_int_equal(invoke(C, INV_CTL(INV_RETURN, RESUME, 0, 0, 0, 0), 0, RC_OK, 0), 1); /* to nobody's use */
	assert_int_equal(run_state(B), RS_AVAILABLE);
	assert_null(act_find(cap_oid(&p[A].process)));
}

static void it_refuses(void **s)
{
	(void)s;
	assert_int_equal(send_by(INV_CALL), 0);
	assert_int_equal(again(A), 0);
	answer(RC_NO_ACCESS);
	assert_int_equal(p[B].ctx->p.flags & PF_STOPPED, PF_STOPPED);
	assert_int_equal(p[B].ctx->p.fault_code, FAULT_ADDRESS);
	assert_int_equal(act_of(p[A].ctx)->state, AS_STALLED);
	give(NOWHERE);
	run(C);
	*reg(C, 4) = p[B].process;
	assert_int_equal(invoke(C, INV_CTL(INV_CALL, 4, 0, 0, 0, 0), 0, OP_PROC_CONTINUE, 0), 1);
	assert_int_equal(word(C, 0), RC_OK);
	assert_int_equal(run_state(B), RS_AVAILABLE); /* it goes on where it was: in its open wait */
	assert_int_equal(again(A), 1);
	delivered(3000);
}

/* The keeper is rescinded before it answers: B is stopped with its fault. B is rescinded: A is told. */
static void destroyed_in_the_middle(void **s)
{
	struct cap old;

	assert_int_equal(send_by(INV_CALL), 0);
	assert_int_equal(again(A), 0);
	old = *reg(C, RESUME);
	p[A].ctx->p.run_state = RS_AVAILABLE; /* A takes its call back, and rescinds */
	run(A);
	assert_int_equal(ask(cap_make(CT_RANGE, 0, 1, POT_OF(C), 0), OP_RANGE_RESCIND, 0, 0, p[C].caps), RC_OK);
	assert_int_equal(run_state(B), RS_RUNNING);
	assert_int_equal(p[B].ctx->p.flags & PF_STOPPED, PF_STOPPED);
	assert_int_equal(p[B].ctx->p.fault_code, FAULT_ADDRESS);
	assert_null(act_of(p[B].ctx));
	assert_int_equal(ask(old, RC_OK, 0, 0, cap_void()), RC_VOID);

	setup(s);
	assert_int_equal(send_by(INV_CALL), 0);
	assert_int_equal(again(A), 0);
	*reg(C, 4) = cap_make(CT_RANGE, 0, 1, POT_OF(B), 0);
	*reg(C, 5) = p[B].process;
	assert_int_equal(invoke(C, INV_CTL(INV_CALL, 4, 5, 0, 0, 0), 0, OP_RANGE_RESCIND, 0), 1);
	assert_int_equal(word(C, 0), RC_OK);
	assert_int_equal(again(A), 1);
	assert_int_equal(word(A, 0), RC_VOID);
	assert_int_equal(invoke(C, INV_CTL(INV_SEND, RESUME, 0, 0, 0, 0), 0, RC_OK, 0), 1);
	assert_int_equal(word(C, 0), RC_VOID);
}

/* ---- what else can happen to B meanwhile ------------------------------------------------------------------------------------ */

static void by_c(u32 op)
{
	*reg(C, 4) = p[B].process;
	assert_int_equal(invoke(C, INV_CTL(INV_CALL, 4, 0, 0, 0, 0), INV_RCV(8, 0, 0, 0), op, 0), 1);
	assert_int_equal(word(C, 0), RC_OK);
}

static void a_notice_meanwhile(void **s)
{
	(void)s;
	assert_int_equal(send_by(INV_SEND), 0);
	*reg(C, 6) = cap_make(CT_NOTICE, 0xff, cap_version(&p[B].process), cap_oid(&p[B].process), 0);
	assert_int_equal(invoke(C, INV_CTL(INV_SEND, 6, 0, 0, 0, 0), 0, OP_NOTICE_POST, 0), 1);
	assert_int_equal(word(C, 0), RC_OK);
	assert_int_equal(run_state(B), RS_WAITING);
	give(NOWHERE);
	assert_int_equal(invoke(C, INV_CTL(INV_RETURN, RESUME, 0, 0, 0, 0), 0, RC_OK, 0), 1);
	assert_int_equal(run_state(B), RS_RUNNING);
	assert_int_equal(word(B, 0), OP_NOTICE);
	assert_int_equal(word(B, 1), OP_NOTICE_POST + 1); /* word 1 of invoke() */
	assert_int_equal(act_of(p[B].ctx)->state, AS_READY);
	assert_int_equal(p[B].ctx->p.flags, 0);
	check_activities();
	assert_int_equal(again(A), 0);
	assert_int_equal(act_of(p[A].ctx)->state, AS_STALLED); /* B has something to do first */
}

/* Stopped, then the keeper answers, then it goes on: in its open wait. Made to run, or wait, or available: that. */
static void supervised_meanwhile(void **s)
{
	static const u32 ways[] = { OP_PROC_RUN, OP_PROC_AVAILABLE, OP_PROC_RESUME_CAP, OP_PROC_CONTINUE };
	static const u8 states[] = { RS_RUNNING, RS_AVAILABLE, RS_WAITING, RS_AVAILABLE };

	assert_int_equal(send_by(INV_SEND), 0);
	by_c(OP_PROC_STOP);
	assert_null(act_of(p[B].ctx));
	answer(RC_OK);
	assert_int_equal(p[B].ctx->p.flags & PF_STOPPED, PF_STOPPED);
	assert_int_equal(again(A), 0);
	run(C);
	by_c(OP_PROC_CONTINUE);
	assert_int_equal(run_state(B), RS_AVAILABLE);
	assert_int_equal(invoke(C, INV_CTL(INV_RETURN, 0, 0, 0, 0, 0), INV_RCV(24, 25, 26, RESUME), 0, 0), 1);
	assert_int_equal(again(A), 0);
	asked(NOWHERE, FAULT_ADDRESS, ACC_WRITE);
	for (u32 k = 0; k < ARRAY_SIZE(ways); k++) {
		setup(s);
		assert_int_equal(send_by(INV_SEND), 0);
		by_c(ways[k]);
		assert_int_equal(run_state(B), states[k]);
		assert_int_equal(p[B].ctx->p.flags, 0);
		assert_int_equal(p[B].ctx->p.fault_code, FAULT_NONE);
		assert_int_equal(invoke(C, INV_CTL(INV_SEND, RESUME, 0, 0, 0, 0), 0, RC_OK, 0), 1);
		assert_int_equal(word(C, 0), RC_VOID);
		assert_int_equal(run_state(B), states[k]);
		check_activities();
	}
}

/* All three leave the kernel's tables in the middle, as in a restart, and come back from their nodes. */
static void loaded_again_in_the_middle(void **s)
{
	(void)s;
	assert_int_equal(send_by(INV_CALL), 0);
	assert_int_equal(again(A), 0);
	for (u32 n = 0; n < PROCS; n++) {
		struct objref ref;

		context_unload(p[n].ctx);
		pins_drop();
		assert_int_equal(cap_lookup(&p[n].process, &ref), RC_OK);
		assert_int_equal(process_load(&ref, &p[n].ctx), RC_OK);
	}
	give(NOWHERE);
	answer(RC_OK);
	assert_int_equal(run_state(B), RS_AVAILABLE);
	assert_int_equal(again(A), 1);
	delivered(3000);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup(name, setup)
	const struct CMUnitTest tests[] = {
		T(the_keeper_gives_the_page), T(each_page_in_its_turn), T(the_senders_block_in_two_pages), T(nobody_is_asked),
		T(one_activity_for_two), T(a_busy_keeper_is_waited_for),
		T(what_happens_to_b_while_its_keeper_is_busy), T(another_keeper), T(another_wait_is_left_alone),
		T(a_keeper_that_never_answers), T(it_refuses),
		T(destroyed_in_the_middle), T(a_notice_meanwhile), T(supervised_meanwhile), T(loaded_again_in_the_middle),
	};

	return cmocka_run_group_tests_name("keeper", tests, NULL, NULL);
}
