/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Forwarders: what they add to a message, who waits behind one, and that whatever changes the way makes the waiters try
 * again. A invokes; B and C serve.
 */
#include "world.h"

#define FRONT 3  /* A's register: the opaque forwarder */
#define OWNER 4  /* and the one that may change it */
#define NEXT 5
#define FWD_POT 0x4000u

static struct cap fwd[6];

/* n forwarders, each leading to the next, the last to the start capability of `to`. */
static void chain(u32 n, u32 to)
{
	struct cap target = start_of(to, 7);

	for (u32 k = n; k-- > 0;) {
		if (!cap_type(&fwd[k]))
			fwd[k] = fake_alloc(FWD_POT + k, NK_FORWARDER);
		fake_node(&fwd[k])->slot[0] = target;
		target = fwd[k];
		target.w[3] |= CR_OPAQUE << 24;
	}
	*reg(A, FRONT) = target;
	*reg(A, OWNER) = fwd[0];
}

static int setup(void **s)
{
	memset(fwd, 0, sizeof(fwd));
	return world_setup(s);
}

static u32 call_front(u32 form)
{
	return invoke(A, INV_CTL(form, FRONT, 2, 2, 2, 0), INV_RCV(10, 11, 12, 0), 70, 0);
}

/* C, which is more often available than A, owns the forwarder too. */
static u32 by_c(u32 op, const struct cap *c, u32 w1)
{
	struct hal_regs *r = &p[C].ctx->regs;
	u64 before = r->pc;

	if (run_state(C) == RS_AVAILABLE)
		run(C);
	*reg(C, 4) = fwd[0];
	*reg(C, 5) = c ? *c : cap_void();
	r->x[HAL_REG_A0] = INV_CTL(INV_CALL, 4, 5, 0, 0, 0);
	r->x[HAL_REG_A0 + 1] = INV_RCV(24, 25, 26, RESUME);
	r->x[HAL_REG_A0 + 2] = op;
	r->x[HAL_REG_A0 + 3] = w1;
	r->x[HAL_REG_A0 + 6] = 0;
	enter(kernel_syscall, C);
	assert_int_equal(r->pc, before + 4);
	return (u32)word(C, 0);
}

/* A tries its trap again, as the dispatcher would let it. */
static u32 again(void)
{
	u64 before = p[A].ctx->regs.pc;

	assert_int_equal(act_of(p[A].ctx)->state, AS_READY);
	enter(kernel_syscall, A);
	return (u32)(p[A].ctx->regs.pc - before) / 4;
}

static void nothing_is_added_unasked(void **s)
{
	(void)s;
	chain(1, B);
	fake_node(&fwd[0])->slot[1] = cap_number(4711, 0, 0);
	assert_int_equal(call_front(INV_CALL), 1);
	assert_int_equal(word(B, 3), 73);
	assert_int_equal(hal_msg_ctl(&p[B].ctx->regs), 7);
	assert_true(cap_equal(reg(B, 26), reg(A, 2)));
	assert_int_equal(cap_type(reg(B, RESUME)), CT_RESUME);
	check_activities();
}

static void payload_and_identity(void **s)
{
	(void)s;
	chain(1, B);
	assert_int_equal(by_c(OP_FWD_OPTIONS, NULL, FWD_PAYLOAD | FWD_IDENTITY), RC_OK); /* the payload is word 2 of C */
	fake_node(&fwd[0])->slot[1] = cap_number(0x80004711u, 5, 5);
	assert_int_equal(call_front(INV_CALL), 1);
	assert_int_equal(word(B, 2), 72);
	assert_int_equal(word(B, 3), 0x80004711u);
	assert_true(cap_equal(reg(B, 24), reg(A, 2)));
	assert_true(cap_equal(reg(B, 25), reg(A, 2)));
	assert_true(cap_equal(reg(B, 26), &fwd[0])); /* not opaque, although what was invoked is */
	assert_int_equal(cap_type(reg(B, RESUME)), CT_RESUME);
}

/* What is no number is no payload: nothing of a capability becomes data. */
static void a_payload_is_a_number(void **s)
{
	(void)s;
	chain(1, B);
	fake_node(&fwd[0])->flags = FWD_PAYLOAD;
	fake_node(&fwd[0])->slot[1] = p[C].process;
	assert_int_equal(call_front(INV_CALL), 1);
	assert_int_equal(word(B, 3), 0);
}

/* The one next to the target is the one that the target's owner made: nobody in front of it can pretend to be it. */
static void the_last_one_counts(void **s)
{
	(void)s;
	chain(3, B);
	for (u32 k = 0; k < 2; k++) {
		fake_node(&fwd[k])->flags = FWD_PAYLOAD | FWD_IDENTITY;
		fake_node(&fwd[k])->slot[1] = cap_number(100 + k, 0, 0);
	}
	assert_int_equal(call_front(INV_SEND), 1);
	assert_int_equal(word(B, 3), 101);
	assert_true(cap_equal(reg(B, 26), &fwd[1]));
}

static void kernel_objects_behind_it(void **s)
{
	(void)s;
	chain(1, B);
	fake_node(&fwd[0])->slot[0] = cap_number(1, 2, 3);
	assert_int_equal(call_front(INV_CALL), 1);
	assert_int_equal(word(A, 0), RC_UNKNOWN_OP);
	fake_node(&fwd[0])->slot[0] = cap_void();
	assert_int_equal(call_front(INV_CALL), 1);
	assert_int_equal(word(A, 0), RC_VOID);
}

static void four_deep(void **s)
{
	(void)s;
	chain(5, B);
	assert_int_equal(call_front(INV_CALL), 1);
	assert_int_equal(word(A, 0), RC_TOO_DEEP);
	assert_int_equal(run_state(B), RS_AVAILABLE);
	fake_node(&fwd[4])->slot[0] = *reg(A, FRONT); /* a circle */
	assert_int_equal(call_front(INV_SEND), 1);
	assert_int_equal(word(A, 0), RC_TOO_DEEP);
	chain(4, B);
	assert_int_equal(call_front(INV_CALL), 1);
	assert_int_equal(word(B, 0), 70);
	check_activities();
}

static void blocked_and_released(void **s)
{
	(void)s;
	chain(2, B);
	fake_node(&fwd[0])->flags = FWD_BLOCKED | FWD_PAYLOAD;
	fake_node(&fwd[0])->slot[1] = cap_number(9, 0, 0);
	assert_int_equal(call_front(INV_PCALL), 1);
	assert_int_equal(word(A, 0), RC_WOULD_BLOCK);
	assert_int_equal(call_front(INV_CALL), 0);
	assert_int_equal(act_of(p[A].ctx)->state, AS_STALLED);
	assert_int_equal(by_c(OP_FWD_BLOCK, NULL, 2), RC_REQUEST);
	assert_int_equal(act_of(p[A].ctx)->state, AS_STALLED);
	assert_int_equal(by_c(OP_FWD_BLOCK, NULL, 0), RC_OK);
	assert_int_equal(again(), 1);
	assert_int_equal(word(B, 0), 70);
	assert_int_equal(word(B, 3), 9);
	check_activities();
}

/* Blocked inside the chain, by one that is not the first. */
static void the_inner_one_is_released(void **s)
{
	struct cap outer = start_of(B, 0);

	(void)s;
	chain(3, B);
	fake_node(&fwd[2])->flags = FWD_BLOCKED;
	assert_int_equal(call_front(INV_CALL), 0);
	assert_int_equal(by_c(OP_FWD_TARGET, &outer, 0), RC_OK); /* the outermost no longer leads there */
	assert_int_equal(again(), 1);
	assert_int_equal(word(B, 0), 70);
}

static void retargeted_while_a_caller_waits(void **s)
{
	struct cap other = start_of(C, 3);

	(void)s;
	chain(2, B);
	run(B); /* busy, and it stays so */
	assert_int_equal(call_front(INV_CALL), 0);
	assert_int_equal(act_of(p[A].ctx)->state, AS_STALLED);
	assert_int_equal(by_c(OP_FWD_TARGET, &other, 0), RC_OK);
	assert_int_equal(invoke(C, INV_CTL(INV_RETURN, 0, 0, 0, 0, 0), INV_RCV(24, 25, 26, RESUME), 0, 0), 1);
	assert_int_equal(again(), 1);
	assert_int_equal(word(C, 0), 70);
	assert_int_equal(hal_msg_ctl(&p[C].ctx->regs), 3);
	check_activities();
}

/* Revoking one client's way does not need the server, which may never become available. */
static void destroyed_while_a_caller_waits(void **s)
{
	(void)s;
	chain(2, B);
	run(B);
	assert_int_equal(call_front(INV_CALL), 0);
	run(C);
	*reg(C, 4) = cap_make(CT_RANGE, 0, 1, FWD_POT, 0);
	*reg(C, 5) = fwd[0];
	assert_int_equal(invoke(C, INV_CTL(INV_CALL, 4, 5, 0, 0, 0), 0, OP_RANGE_RESCIND, 0), 1);
	assert_int_equal(word(C, 0), RC_OK);
	assert_int_equal(again(), 1);
	assert_int_equal(word(A, 0), RC_VOID);
	check_activities();
}

static void the_owner_looks(void **s)
{
	(void)s;
	chain(2, B);
	fake_node(&fwd[0])->flags = FWD_BLOCKED | FWD_IDENTITY;
	fake_node(&fwd[0])->slot[1] = cap_number(77, 0, 0);
	assert_int_equal(by_c(OP_FWD_GET, NULL, 0), RC_OK);
	assert_int_equal(word(C, 1), FWD_BLOCKED | FWD_IDENTITY);
	assert_int_equal(word(C, 2), 77);
	assert_true(cap_equal(reg(C, 24), &fake_node(&fwd[0])->slot[0]));
	assert_int_equal(by_c(OP_FWD_OPTIONS, NULL, FWD_BLOCKED), RC_REQUEST);
	assert_int_equal(by_c(OP_FWD_OPTIONS, NULL, 0), RC_OK);
	assert_int_equal(fake_node(&fwd[0])->flags, FWD_BLOCKED); /* options do not release */
	assert_int_equal(by_c(99, NULL, 0), RC_UNKNOWN_OP);
	/* By one who has the opaque form, all of these go on to the target. */
	fake_node(&fwd[0])->flags = 0;
	assert_int_equal(invoke(A, INV_CTL(INV_CALL, FRONT, 0, 0, 0, 0), 0, OP_FWD_GET, 0), 1);
	assert_int_equal(word(B, 0), OP_FWD_GET);
}

/* The server has no time: it closes the way and pushes the caller back, and need not remember it. */
static void pushed_back(void **s)
{
	struct cap resume;

	(void)s;
	chain(1, B);
	assert_int_equal(call_front(INV_CALL), 1);
	resume = *reg(B, RESUME);
	assert_int_equal(by_c(OP_FWD_BLOCK, NULL, 1), RC_OK);
	assert_int_equal(by_c(OP_FWD_PUSH_BACK, &resume, 0), RC_OK);
	assert_int_equal(count(A), 1);
	assert_int_equal(run_state(A), RS_RUNNING);
	assert_int_equal(again(), 0); /* it calls, and waits at the forwarder */
	assert_int_equal(act_of(p[A].ctx)->state, AS_STALLED);
	assert_int_equal(by_c(OP_FWD_PUSH_BACK, &resume, 0), RC_BAD_CAP); /* that reply was given */
	check_activities();
	assert_int_equal(invoke(B, INV_CTL(INV_RETURN, 0, 0, 0, 0, 0), INV_RCV(24, 25, 26, RESUME), 0, 0), 1);
	assert_int_equal(by_c(OP_FWD_BLOCK, NULL, 0), RC_OK);
	assert_int_equal(again(), 1);
	for (u32 k = 0; k < 4; k++)
		assert_int_equal(word(B, k), 70 + k); /* what it sent before */
	assert_true(cap_equal(reg(B, 24), reg(A, 2)));
	assert_int_equal(by_c(OP_FWD_PUSH_BACK, &p[B].process, 0), RC_BAD_CAP);
	check_activities();
}

/* The kernel's own answer is for nobody who was pushed back meanwhile: what it sent before is as it was. */
static void pushed_back_and_answered(void **s)
{
	struct hal_regs *r = &p[B].ctx->regs;

	(void)s;
	chain(1, B);
	assert_int_equal(call_front(INV_CALL), 1);
	*reg(B, 4) = fwd[0];
	r->x[HAL_REG_A0 + 2] = OP_FWD_PUSH_BACK;
	r->x[HAL_REG_A0] = INV_CTL(INV_SEND, 4, RESUME, 0, 0, RESUME);
	r->x[HAL_REG_A0 + 6] = 0;
	enter(kernel_syscall, B);
	assert_int_equal(count(A), 1);
	assert_int_equal(run_state(A), RS_RUNNING);
	for (u32 k = 0; k < 4; k++)
		assert_int_equal(word(A, k), 70 + k);
	check_activities();
}

/* Who waits in the kernel has made no call that could be made again. */
static void a_sleeper_is_not_pushed_back(void **s)
{
	struct cap resume;

	(void)s;
	chain(1, B);
	assert_int_equal(call_front(INV_CALL), 1);
	resume = *reg(B, RESUME);
	act_park(act_of(p[A].ctx), AS_SLEEPING, 1000000);
	assert_int_equal(by_c(OP_FWD_PUSH_BACK, &resume, 0), RC_BAD_CAP);
	assert_int_equal(run_state(A), RS_WAITING);
}

/* Nor has one that somebody made wait, wherever it was. */
static void who_was_made_to_wait_is_not_pushed_back(void **s)
{
	struct cap resume;
	u64 pc;

	(void)s;
	chain(1, B);
	run(B);
	pc = p[B].ctx->regs.pc;
	assert_int_equal(ask(p[B].process, OP_PROC_RESUME_CAP, 0, 0, cap_void()), RC_OK);
	resume = *reg(A, ASK_GOT);
	assert_int_equal(by_c(OP_FWD_PUSH_BACK, &resume, 0), RC_BAD_CAP);
	assert_int_equal(run_state(B), RS_WAITING);
	assert_int_equal(p[B].ctx->regs.pc, pc);
	check_activities();
}

/* ---- a keeper behind it ---------------------------------------------------------------------------------------------- */

/* C is the keeper of A's space, or of A, through the front of the chain. */
static void keeper_behind(u32 n, bool memory)
{
	struct cap space = fake_node(&p[A].process)->slot[PS_SPACE];

	chain(n, C);
	p[A].ctx->regs.pc = 0x100;
	if (memory) {
		fake_node(&space)->flags = GPT_KEEPER;
		fake_node(&space)->slot[31] = *reg(A, FRONT);
		fake_node(&p[A].process)->slot[PS_KEEPER] = start_of(B, 3); /* is not asked when there is one for the space */
	} else {
		fake_node(&p[A].process)->slot[PS_KEEPER] = *reg(A, FRONT);
	}
}

static bool exception; /* what fault() does; else it touches NOWHERE */

static struct context *fault(struct context *ctx)
{
	return exception ? kernel_exception(ctx, FAULT_ILLEGAL, 0) : kernel_page_fault(ctx, NOWHERE, ACC_WRITE);
}

static void told(u32 code)
{
	assert_int_equal(run_state(A), RS_WAITING);
	assert_int_equal(p[A].ctx->p.fault_code, code);
	assert_int_equal(run_state(C), RS_RUNNING);
	assert_int_equal(word(C, 0), OP_FAULT);
	assert_int_equal(word(C, 1), code);
	assert_int_equal(word(C, 2), exception ? 0x100 : NOWHERE);
	assert_int_equal(hal_msg_ctl(&p[C].ctx->regs), 7);
	assert_int_equal(cap_type(reg(C, RESUME)), CT_FAULT);
	check_activities();
}

static void stopped(u32 code)
{
	assert_int_equal(p[A].ctx->p.flags & PF_STOPPED, PF_STOPPED);
	assert_int_equal(p[A].ctx->p.fault_code, code);
	assert_null(act_of(p[A].ctx));
}

static void a_keeper_behind_it(void **s)
{
	static const u32 codes[] = { FAULT_ADDRESS, FAULT_ILLEGAL };

	for (u32 k = 0; k < 2; k++)
		for (u32 n = 1; n <= FWD_DEPTH + 1; n++) {
			exception = k;
			setup(s);
			keeper_behind(n, !exception);
			enter(fault, A);
			if (n > FWD_DEPTH) {
				stopped(codes[k]);
				continue;
			}
			told(codes[k]);
			assert_int_equal(word(C, 3), 0x100);
			assert_int_equal(cap_type(reg(C, 26)), CT_VOID);
			assert_int_equal(invoke(C, INV_CTL(INV_RETURN, RESUME, 0, 0, 0, 0), 0, RC_OK, 0), 1);
			assert_int_equal(run_state(A), RS_RUNNING);
			assert_int_equal(p[A].ctx->regs.pc, 0x100);
		}
}

/* The keeper finds out by which forwarder it was told; where the process was it cannot be told then. */
static void a_keepers_payload(void **s)
{
	(void)s;
	exception = false;
	keeper_behind(2, true);
	fake_node(&fwd[1])->flags = FWD_PAYLOAD | FWD_IDENTITY;
	fake_node(&fwd[1])->slot[1] = cap_number(4711, 0, 0);
	enter(fault, A);
	told(FAULT_ADDRESS);
	assert_int_equal(word(C, 3), 4711);
	assert_true(cap_equal(reg(C, 26), &fwd[1]));
}

static void no_keeper_behind_it(void **s)
{
	exception = true;
	for (u32 k = 0; k < 5; k++) {
		setup(s);
		keeper_behind(1, false);
		if (k < 4)
			fake_node(&fwd[0])->slot[0] = k == 0 ? cap_void() : k == 1 ? cap_number(1, 2, 3) : k == 2 ? p[C].process :
							      start_of(A, 7);
		else
			fake_node(&p[A].process)->slot[PS_KEEPER] = fwd[0]; /* an owner's form leads nowhere */
		enter(fault, A);
		stopped(FAULT_ILLEGAL);
		assert_int_equal(run_state(C), RS_AVAILABLE);
		check_activities();
	}
}

/* The faults of a page that the processor finds again, and of an instruction that is over. B lets them through, or not. */
static void by_b(u32 op, const struct cap *target, const struct cap *c)
{
	if (run_state(B) == RS_AVAILABLE)
		run(B);
	*reg(B, 4) = *target;
	*reg(B, 5) = *c;
	p[B].ctx->regs.x[HAL_REG_A0 + 3] = 0;
	p[B].ctx->regs.x[HAL_REG_A0] = INV_CTL(INV_CALL, 4, 5, 0, 0, 0);
	p[B].ctx->regs.x[HAL_REG_A0 + 1] = 0;
	p[B].ctx->regs.x[HAL_REG_A0 + 2] = op;
	p[B].ctx->regs.x[HAL_REG_A0 + 6] = 0;
	enter(kernel_syscall, B);
	assert_int_equal(word(B, 0), RC_OK);
}

static struct context *dispatch(struct context *ctx)
{
	(void)ctx;
	return sched_dispatch();
}

/* What the dispatcher does with A: it runs the instruction again, or tells of the exception that is due. */
static void go_on(void)
{
	process_stop(p[B].ctx);
	if (exception)
		(void)world_next(dispatch, NULL);
	else
		enter(fault, A);
}

static void a_fault_waits_at_it(void **s)
{
	static const u32 codes[] = { FAULT_ADDRESS, FAULT_ILLEGAL };
	const struct cap none = cap_void(), range = cap_make(CT_RANGE, 0, 1, FWD_POT, 0);

	for (u32 k = 0; k < 2; k++)
		for (u32 way = 0; way < 5; way++) {
			struct cap other = start_of(C, 7);

			exception = k;
			setup(s);
			keeper_behind(2, !exception);
			fake_node(&fwd[1])->flags = FWD_BLOCKED;
			enter(fault, A);
			assert_int_equal(run_state(A), RS_RUNNING);
			assert_int_equal(act_of(p[A].ctx)->state, AS_STALLED);
			assert_int_equal(run_state(C), RS_AVAILABLE);
			check_activities();
			switch (way) {
			case 0: by_b(OP_FWD_BLOCK, &fwd[1], &none); break;
			case 1: by_b(OP_FWD_TARGET, &fwd[0], &other); break;
			case 2: by_b(OP_RANGE_RESCIND, &range, &fwd[1]); break;
			case 3: by_b(OP_RANGE_RESCIND, &range, &fwd[0]); break;
			case 4: by_b(OP_FWD_TARGET, &fwd[0], &none); break;
			}
			assert_int_equal(act_of(p[A].ctx)->state, AS_READY);
			go_on();
			if (way < 2)
				told(codes[k]);
			else
				stopped(codes[k]);
		}
}

/* What waits can be stopped, and told later; its keeper's way is looked for anew. */
static void who_waits_at_it_can_be_stopped(void **s)
{
	const struct cap none = cap_void();

	(void)s;
	exception = true;
	keeper_behind(1, false);
	fake_node(&fwd[0])->flags = FWD_BLOCKED;
	enter(fault, A);
	assert_int_equal(p[A].ctx->p.flags, PF_FAULT_DUE);
	by_b(OP_PROC_STOP, &p[A].process, &none);
	stopped(FAULT_ILLEGAL);
	by_b(OP_FWD_BLOCK, &fwd[0], &none);
	by_b(OP_PROC_CONTINUE, &p[A].process, &none);
	assert_int_equal(p[A].ctx->p.fault_code, FAULT_NONE);
	assert_int_equal(run_state(C), RS_AVAILABLE);
	assert_int_equal(act_of(p[A].ctx)->state, AS_READY);
}

/* Of a receiver: who sends waits where the forwarder is blocked, and the receiver is there for others. */
static void a_receivers_keeper_behind_it(void **s)
{
	struct cap space = fake_node(&p[B].process)->slot[PS_SPACE];
	const struct cap none = cap_void();

	(void)s;
	exception = false;
	chain(1, C);
	fake_node(&space)->flags = GPT_KEEPER;
	fake_node(&space)->slot[31] = *reg(A, FRONT);
	fake_node(&fwd[0])->flags = FWD_BLOCKED;
	string(B, 0, 0, NOWHERE, 100);
	p[B].ctx->regs.x[HAL_REG_A0 + 6] = BLOCK;
	string(A, DATA, 100, 0, 0);
	assert_int_equal(invoke(A, A_CALL, 0, 70, BLOCK), 0);
	assert_int_equal(act_of(p[A].ctx)->state, AS_STALLED);
	assert_int_equal(run_state(B), RS_AVAILABLE);
	check_activities();
	run(C);
	*reg(C, 4) = fwd[0];
	p[C].ctx->regs.x[HAL_REG_A0 + 3] = 0;
	assert_int_equal(by_c(OP_FWD_BLOCK, &none, 0), RC_OK);
	assert_int_equal(act_of(p[A].ctx)->state, AS_READY);
	assert_int_equal(invoke(C, INV_CTL(INV_RETURN, 0, 0, 0, 0, 0), INV_RCV(24, 25, 26, RESUME), 0, 0), 1);
	assert_int_equal(again(), 0);
	assert_int_equal(run_state(B), RS_WAITING);
	assert_int_equal(word(C, 0), OP_FAULT);
	assert_int_equal(word(C, 2), NOWHERE);
	assert_int_equal(hal_msg_ctl(&p[C].ctx->regs), 7);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup(name, setup)
	const struct CMUnitTest tests[] = {
		T(nothing_is_added_unasked), T(payload_and_identity), T(a_payload_is_a_number), T(the_last_one_counts),
		T(kernel_objects_behind_it), T(four_deep), T(blocked_and_released), T(the_inner_one_is_released),
		T(retargeted_while_a_caller_waits), T(destroyed_while_a_caller_waits), T(the_owner_looks),
		T(pushed_back), T(pushed_back_and_answered), T(a_sleeper_is_not_pushed_back),
		T(who_was_made_to_wait_is_not_pushed_back), T(a_keeper_behind_it),
		T(a_keepers_payload), T(no_keeper_behind_it), T(a_fault_waits_at_it), T(who_waits_at_it_can_be_stopped),
		T(a_receivers_keeper_behind_it),
	};

	return cmocka_run_group_tests_name("forwarder", tests, NULL, NULL);
}
