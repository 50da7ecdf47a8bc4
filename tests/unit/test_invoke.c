/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Invocation: kernel_syscall() on processes made by hand, in memory without a store. Each test looks for the phases: one
 * commit or none (the pc of the fake machine moves by one instruction), nothing changed by what stalled, replies at most once.
 */
#include "world.h"
#include "kernel/fast.h"

/* What must not change when an operation stalls: every process, but not who waits where. */
static struct world {
	struct hal_regs regs[PROCS];
	struct abi_process_regs p[PROCS];
	struct pot pot[PROCS];
	u8 data[PROCS][FRAME_SIZE];
} before, after;

static void look(struct world *w)
{
	memset(w, 0, sizeof(*w));
	for (u32 n = 0; n < PROCS; n++) {
		w->regs[n] = p[n].ctx->regs;
		w->p[n] = p[n].ctx->p;
		memcpy(&w->pot[n], frame_data(p[n].ctx->proc), FRAME_SIZE);
		memcpy(w->data[n], frame_data(p[n].data), FRAME_SIZE);
	}
}

/* The short way keeps pointers to contexts, and looks whether they are whose it wants. One that serves nobody is not. */
static void an_empty_context_is_nobodys(void **s)
{
	struct cap c = start_of(B, 0);
	struct context *ctx = p[B].ctx;

	(void)s;
	assert_true(context_root(ctx) && context_root_known(ctx));
	hint_set(&c);
	assert_ptr_equal(loaded(&c), ctx);
	context_unload(ctx);
	assert_null(loaded(&c));
	ctx->oid = 0; /* as it was before anybody was in it */
	c = cap_make(CT_START, 0, cap_version(&c), 0, 0);
	*hint_of(&c) = ctx;
	assert_null(loaded(&c));
}

/* ---- call, return, send ------------------------------------------------------------------------------------------------ */

static void call_and_reply(void **s)
{
	u64 calls = count(A);
	const struct cap *resume;

	(void)s;
	string(A, DATA + 16, 5, DATA + 64, 3);
	memcpy((u8 *)frame_data(p[A].data) + 16, "hello", 5);
	string(B, 0, 0, DATA + 32, 100);
	p[B].ctx->regs.x[HAL_REG_A0 + 6] = BLOCK;
	assert_int_equal(invoke(A, A_CALL, INV_RCV(10, 0, 0, 0), 70, BLOCK), 1);
	assert_int_equal(run_state(A), RS_WAITING);
	assert_int_equal(run_state(B), RS_RUNNING);
	assert_int_equal(act_of(p[A].ctx)->state, AS_WAITING);
	for (u32 k = 0; k < 4; k++)
		assert_int_equal(word(B, k), 70 + k);
	assert_int_equal(hal_msg_ctl(&p[B].ctx->regs), 9);
	assert_int_equal(hal_msg_rcv(&p[B].ctx->regs), 5);
	assert_int_equal(hal_msg_str(&p[B].ctx->regs), 5);
	assert_memory_equal((u8 *)frame_data(p[B].data) + 32, "hello", 5);
	assert_true(cap_equal(reg(B, 24), reg(A, 2)));
	resume = reg(B, RESUME);
	assert_int_equal(cap_type(resume), CT_RESUME);
	assert_int_equal(cap_oid(resume), cap_oid(&p[A].process));
	assert_int_equal(cap_count56(resume), p[A].first_count + calls);
	assert_int_equal(p[B].ctx->regs.pc, 0x100);
	check_activities();

	string(B, DATA + 32, 5, 0, 0);
	assert_int_equal(invoke(B, INV_CTL(INV_RETURN, RESUME, 1, 0, 0, 0), 0, 0, BLOCK), 1);
	assert_int_equal(run_state(B), RS_AVAILABLE);
	assert_int_equal(run_state(A), RS_RUNNING);
	assert_int_equal(count(A), calls + 1);
	assert_int_equal(count(B), 0);
	assert_int_equal(hal_msg_rcv(&p[A].ctx->regs), 3); /* cut to what it has room for */
	assert_int_equal(hal_msg_str(&p[A].ctx->regs), 5);
	assert_memory_equal((u8 *)frame_data(p[A].data) + 64, "hel\0", 4);
	assert_true(cap_equal(reg(A, 10), reg(B, 1)));
	check_activities();
}

static void send_goes_on(void **s)
{
	(void)s;
	*reg(A, 3) = cap_number(7, 7, 7);
	assert_int_equal(invoke(A, INV_CTL(INV_SEND, 1, 0, 0, 0, 3), 0, 70, 0), 1);
	assert_int_equal(run_state(A), RS_RUNNING);
	assert_int_equal(word(A, 0), RC_OK);
	assert_int_equal(run_state(B), RS_RUNNING);
	assert_true(cap_equal(reg(B, RESUME), reg(A, 3))); /* no resume capability is made */
	check_activities();
}

static void return_to_nobody_waits(void **s)
{
	(void)s;
	assert_int_equal(invoke(A, INV_CTL(INV_RETURN, 0, 0, 0, 0, 0), 0, 0, 0), 1);
	assert_int_equal(run_state(A), RS_AVAILABLE);
	check_activities();
}

static void kernel_objects_answer_once(void **s)
{
	struct cap page = obj_cap(p[A].data, 0);

	(void)s;
	*reg(A, 4) = page;
	memcpy(frame_data(p[A].data), "abcd", 4);
	string(A, 0, 0, DATA + 64, 8);
	p[A].ctx->regs.x[HAL_REG_A0 + 2] = 0;
	assert_int_equal(invoke(A, INV_CTL(INV_CALL, 4, 0, 0, 0, 0), 0, OP_PAGE_READ, BLOCK), 1);
	assert_int_equal(word(A, 0), RC_OK); /* w1 = 11: from there, w2 = 12 bytes */
	assert_int_equal(hal_msg_rcv(&p[A].ctx->regs), 8);
	assert_int_equal(hal_msg_str(&p[A].ctx->regs), 12);
	for (u32 form = 0; form < INV_NR; form++) {
		if (form % INV_PCALL == INV_RETURN)
			continue;
		assert_int_equal(invoke(A, INV_CTL(form, 4, 0, 0, 0, 0), 0, 99, 0), 1);
		assert_int_equal(word(A, 0), form % INV_PCALL == INV_CALL ? RC_UNKNOWN_OP : RC_OK);
		assert_int_equal(invoke(A, INV_CTL(form, 0, 0, 0, 0, 0), 0, 99, 0), 1);
		assert_int_equal(word(A, 0), RC_VOID);
	}
	check_activities();
}

/* The reply of a kernel object goes to the resume capability that was sent, once. */
static void kernel_objects_answer_others(void **s)
{
	(void)s;
	assert_int_equal(invoke(A, A_CALL, 0, 70, 0), 1);
	*reg(B, 4) = obj_cap(p[B].data, 0);
	assert_int_equal(invoke(B, INV_CTL(INV_SEND, 4, 0, 0, 0, RESUME), 0, 99, 0), 1);
	assert_int_equal(word(B, 0), RC_OK);
	assert_int_equal(run_state(A), RS_RUNNING);
	assert_int_equal(word(A, 0), RC_UNKNOWN_OP);
	assert_int_equal(count(A), 1);
	p[A].ctx->regs.x[HAL_REG_A0 + 2] = 1234;
	assert_int_equal(invoke(B, INV_CTL(INV_SEND, 4, 0, 0, 0, RESUME), 0, 99, 0), 1);
	assert_int_equal(word(A, 0), 1234);
	assert_int_equal(count(A), 1);
	check_activities();
}

/* ---- stalls, prompt forms --------------------------------------------------------------------------------------------------- */

static void a_stall_changes_nothing(void **s)
{
	(void)s;
	run(B);
	for (u32 form = INV_CALL; form <= INV_SEND; form++) {
		struct hal_regs *r = &p[A].ctx->regs;

		*r = (struct hal_regs){ .pc = 0x100 };
		r->x[HAL_REG_A0] = INV_CTL(form, 1, 2, 0, 0, 0);
		look(&before);
		assert_ptr_equal(kernel_syscall(p[A].ctx), p[B].ctx);
		look(&after);
		assert_memory_equal(&before, &after, sizeof(before));
		assert_int_equal(act_of(p[A].ctx)->state, AS_STALLED);
		check_activities();
		sched_wake_key(KEY_PROCESS(cap_oid(&p[B].process)));
		assert_int_equal(act_of(p[A].ctx)->state, AS_READY);
	}
	/* When B is available the same trap succeeds. */
	assert_int_equal(invoke(A, A_CALL, 0, 70, 0), 0);
	assert_int_equal(invoke(B, INV_CTL(INV_RETURN, 0, 0, 0, 0, 0), INV_RCV(24, 25, 26, RESUME), 0, 0), 1);
	assert_int_equal(act_of(p[A].ctx)->state, AS_READY);
	assert_int_equal(invoke(A, A_CALL, 0, 70, 0), 1);
	assert_int_equal(word(B, 0), 70);
}

static void prompt_forms_do_not_wait(void **s)
{
	(void)s;
	run(B);
	assert_int_equal(invoke(A, INV_CTL(INV_PCALL, 1, 2, 0, 0, 0), 0, 70, 0), 1);
	assert_int_equal(word(A, 0), RC_WOULD_BLOCK);
	assert_int_equal(invoke(A, INV_CTL(INV_PSEND, 1, 2, 0, 0, 0), 0, 70, 0), 1);
	assert_int_equal(word(A, 0), RC_WOULD_BLOCK);
	*reg(A, 4) = start_of(A, 0);
	assert_int_equal(invoke(A, INV_CTL(INV_PCALL, 4, 2, 0, 0, 0), 0, 70, 0), 1);
	assert_int_equal(word(A, 0), RC_WOULD_BLOCK);
	*reg(A, 4) = cap_make(CT_SLEEP, 0, 0, 0, 0);
	assert_int_equal(invoke(A, INV_CTL(INV_PCALL, 4, 2, 0, 0, 0), 0, OP_SLEEP_FOR, 0), 1);
	assert_int_equal(word(A, 0), RC_WOULD_BLOCK);
	assert_int_equal(invoke(A, INV_CTL(INV_PCALL, 1, 2, 0, 0, 0), 0, 70, NOWHERE), 1);
	assert_int_equal(word(A, 0), RC_ADDRESS);
	look(&before);
	assert_int_equal(invoke(A, INV_CTL(INV_PRETURN, 1, 2, 0, 0, 0), 0, 70, 0), 1);
	assert_int_equal(run_state(A), RS_AVAILABLE); /* the message is dropped */
	look(&after);
	assert_memory_equal(&before.regs[B], &after.regs[B], sizeof(before.regs[B]));
	assert_memory_equal(&before.pot[B], &after.pot[B], FRAME_SIZE);
	check_activities();
}

/* ---- replies -------------------------------------------------------------------------------------------------------------------- */

static void replies_happen_at_most_once(void **s)
{
	(void)s;
	assert_int_equal(invoke(A, A_CALL, 0, 70, 0), 1);
	*reg(B, 4) = *reg(B, RESUME);
	run(C);
	*reg(C, 4) = *reg(B, RESUME);
	assert_int_equal(invoke(B, INV_CTL(INV_SEND, RESUME, 0, 0, 0, 0), 0, 500, 0), 1);
	assert_int_equal(word(B, 0), RC_OK);
	assert_int_equal(word(A, 0), 500);
	assert_int_equal(count(A), 1);
	for (u32 form = 0; form < INV_NR; form++) {
		if (form % INV_PCALL == INV_RETURN)
			continue;
		assert_int_equal(invoke(B, INV_CTL(form, 4, 0, 0, 0, 0), 0, 600, 0), 1);
		assert_int_equal(word(B, 0), RC_VOID);
		assert_int_equal(invoke(C, INV_CTL(form, 4, 0, 0, 0, 0), 0, 600, 0), 1);
		assert_int_equal(word(C, 0), RC_VOID);
	}
	assert_int_equal(word(A, 0), 500);
	assert_int_equal(count(A), 1);
	/* A calls again: the old capability does not answer the new call. */
	assert_int_equal(invoke(B, INV_CTL(INV_RETURN, 0, 0, 0, 0, 0), INV_RCV(0, 0, 0, RESUME), 0, 0), 1);
	assert_int_equal(invoke(A, A_CALL, 0, 70, 0), 1);
	assert_int_equal(invoke(C, INV_CTL(INV_SEND, 4, 0, 0, 0, 0), 0, 600, 0), 1);
	assert_int_equal(word(C, 0), RC_VOID);
	assert_int_equal(run_state(A), RS_WAITING);
	check_activities();
}

/* ---- limits ------------------------------------------------------------------------------------------------------------------------- */

static void limits_are_checked_where_a_process_begins(void **s)
{
	(void)s;
	fake_node(&p[B].schedule)->slot[0] = cap_number(3, 0, 0);
	process_schedule_unhook(p[B].ctx->proc);
	context_slot_changed(p[B].ctx, PS_SCHEDULE);
	look(&before);
	assert_int_equal(invoke(A, A_CALL, 0, 70, 0), 1);
	assert_int_equal(word(A, 0), RC_NO_ACTIVITY);
	assert_int_equal(run_state(A), RS_RUNNING);
	assert_int_equal(invoke(A, INV_CTL(INV_SEND, 1, 0, 0, 0, 0), 0, 70, 0), 1);
	assert_int_equal(word(A, 0), RC_NO_ACTIVITY);
	look(&after);
	assert_memory_equal(&before.regs[B], &after.regs[B], sizeof(before.regs[B]));
	assert_memory_equal(&before.pot[B], &after.pot[B], FRAME_SIZE);
	/* A reply needs none: A waits under a limit that is full, and is answered. */
	*reg(A, 1) = start_of(C, 0);
	assert_int_equal(invoke(A, A_CALL, 0, 70, 0), 1);
	fake_node(&p[A].schedule)->slot[0] = cap_number(3, 0, 0);
	process_schedule_unhook(p[A].ctx->proc);
	context_slot_changed(p[A].ctx, PS_SCHEDULE);
	assert_int_equal(invoke(C, INV_CTL(INV_RETURN, RESUME, 0, 0, 0, 0), 0, 500, 0), 1);
	assert_int_equal(word(A, 0), 500);
	check_activities();
}

/* ---- faults --------------------------------------------------------------------------------------------------------------------------- */

static void a_bad_string_is_the_senders_fault(void **s)
{
	(void)s;
	fake_node(&p[A].process)->slot[PS_KEEPER] = start_of(C, 4);
	string(A, DATA + 4090, 10, 0, 0);
	look(&before);
	assert_int_equal(invoke(A, A_CALL, 0, 70, BLOCK), 0);
	assert_int_equal(run_state(A), RS_WAITING);
	assert_int_equal(p[A].ctx->p.fault_code, FAULT_ADDRESS);
	assert_int_equal(run_state(B), RS_AVAILABLE); /* before the rendezvous */
	assert_int_equal(word(C, 0), OP_FAULT);
	assert_int_equal(word(C, 1), FAULT_ADDRESS);
	assert_int_equal(word(C, 2), DATA + 4096);
	assert_int_equal(word(C, 3), 0x100);
	assert_int_equal(hal_msg_ctl(&p[C].ctx->regs), 4);
	assert_int_equal(cap_type(reg(C, RESUME)), CT_FAULT);
	check_activities();
	*reg(C, 4) = *reg(C, RESUME);
	assert_int_equal(invoke(C, INV_CTL(INV_SEND, RESUME, 0, 0, 0, 0), 0, RC_OK, 0), 1);
	assert_int_equal(run_state(A), RS_RUNNING);
	assert_int_equal(p[A].ctx->p.fault_code, FAULT_NONE);
	assert_int_equal(p[A].ctx->regs.pc, 0x100); /* it tries again */
	assert_int_equal(hal_msg_ctl(&p[A].ctx->regs), A_CALL);
	assert_int_equal(count(A), 1);
	assert_int_equal(invoke(C, INV_CTL(INV_SEND, 4, 0, 0, 0, 0), 0, RC_OK, 0), 1);
	assert_int_equal(word(C, 0), RC_VOID);
	/* The keeper is busy now: A waits for it, and nothing has changed. */
	assert_int_equal(invoke(A, A_CALL, 0, 70, BLOCK), 0);
	assert_int_equal(act_of(p[A].ctx)->state, AS_STALLED);
	assert_int_equal(p[A].ctx->p.fault_code, FAULT_NONE);
	assert_int_equal(count(A), 1);
	check_activities();
}

static struct context *overflow(struct context *ctx) { return kernel_exception(ctx, FAULT_ARITHMETIC, 4); }
static struct context *next_to_run(struct context *ctx) { (void)ctx; return sched_dispatch(); }

/* An exception whose instruction is over cannot be had again by running it again. */
static void an_exception_waits_for_its_keeper(void **s)
{
	(void)s;
	fake_node(&p[A].process)->slot[PS_KEEPER] = start_of(C, 4);
	run(C);
	p[A].ctx->regs.pc = 0x102;
	enter(overflow, A);
	assert_int_equal(act_of(p[A].ctx)->state, AS_STALLED);
	assert_int_equal(p[A].ctx->p.fault_code, FAULT_ARITHMETIC);
	assert_int_equal(run_state(A), RS_RUNNING);
	assert_int_equal(act_of(p[C].ctx)->state, AS_READY);
	check_activities();
	context_unload(p[A].ctx); /* as it would be over a restart */
	assert_int_equal(invoke(C, INV_CTL(INV_RETURN, 0, 0, 0, 0, 0), INV_RCV(24, 25, 26, RESUME), 0, 0), 1);
	assert_int_equal(run_state(C), RS_RUNNING);
	assert_int_equal(word(C, 0), OP_FAULT);
	assert_int_equal(word(C, 1), FAULT_ARITHMETIC);
	assert_int_equal(word(C, 2), 0x102);
	assert_int_equal(cap_type(reg(C, RESUME)), CT_FAULT);
	p[A].ctx = act_find(cap_oid(&p[A].process))->ctx;
	assert_int_equal(run_state(A), RS_WAITING);
	assert_int_equal(p[A].ctx->p.fault_info, 4);
	check_activities();
	assert_int_equal(invoke(C, INV_CTL(INV_SEND, RESUME, 0, 0, 0, 0), 0, RC_OK, 0), 1);
	assert_int_equal(run_state(A), RS_RUNNING);
	assert_int_equal(p[A].ctx->p.fault_code, FAULT_NONE);
	assert_int_equal(p[A].ctx->regs.pc, 0x102);
	check_activities();
	/* And if there is no keeper any more by then, it stops with its fault. */
	enter(overflow, A);
	fake_node(&p[A].process)->slot[PS_KEEPER] = cap_void();
	sched_wake_key(KEY_PROCESS(cap_oid(&p[C].process)));
	process_stop(p[C].ctx);
	enter(next_to_run, A);
	assert_true(p[A].ctx->p.flags & PF_STOPPED);
	assert_int_equal(p[A].ctx->p.fault_code, FAULT_ARITHMETIC);
	check_activities();
}

static void a_malformed_type_is_a_fault(void **s)
{
	(void)s;
	assert_int_equal(invoke(A, INV_CTL(INV_NR, 1, 2, 0, 0, 0), 0, 70, 0), 0);
	assert_int_equal(p[A].ctx->p.fault_code, FAULT_SYSCALL);
	assert_true(p[A].ctx->p.flags & PF_STOPPED);
	assert_int_equal(run_state(B), RS_AVAILABLE);
	check_activities();
}

static void a_bad_receiver_loses_its_string(void **s)
{
	(void)s;
	string(A, DATA, 64, 0, 0);
	string(B, 0, 0, DATA + 4080, 64);
	p[B].ctx->regs.x[HAL_REG_A0 + 6] = BLOCK;
	assert_int_equal(invoke(A, INV_CTL(INV_SEND, 1, 0, 0, 0, 0), 0, 70, BLOCK), 1);
	assert_int_equal(hal_msg_rcv(&p[B].ctx->regs), 16);
	assert_int_equal(hal_msg_str(&p[B].ctx->regs), 64);
	assert_int_equal(p[B].ctx->p.fault_code, FAULT_NONE);
	assert_int_equal(invoke(B, INV_CTL(INV_RETURN, 0, 0, 0, 0, 0), 0, 0, 0), 1);
	p[B].ctx->regs.x[HAL_REG_A0 + 6] = NOWHERE; /* no block at all */
	assert_int_equal(invoke(A, INV_CTL(INV_SEND, 1, 0, 0, 0, 0), 0, 70, BLOCK), 1);
	assert_int_equal(hal_msg_rcv(&p[B].ctx->regs), 0);
	assert_int_equal(hal_msg_str(&p[B].ctx->regs), 64);
	check_activities();
}

/* ---- a new space ------------------------------------------------------------------------------------------------------ */

static void exec_oneself_and_another(void **s)
{
	struct cap space = fake_node(&p[B].process)->slot[PS_SPACE], old = fake_node(&p[A].process)->slot[PS_SPACE];
	struct hal_regs *r = &p[A].ctx->regs;

	(void)s;
	*reg(A, 2) = space;
	*reg(A, 4) = p[A].process;
	(void)invoke(A, INV_CTL(INV_SEND, 4, 2, 0, 0, 0), 0, OP_PROC_EXEC, 0); /* to itself, but not as a call */
	assert_true(cap_equal(&fake_node(&p[A].process)->slot[PS_SPACE], &old));
	(void)invoke(A, INV_CTL(INV_CALL, 4, 2, 0, 0, 0), 0, OP_PROC_EXEC, 0);
	assert_true(cap_equal(&fake_node(&p[A].process)->slot[PS_SPACE], &space));
	assert_int_equal(run_state(A), RS_RUNNING);
	assert_int_equal(r->pc, OP_PROC_EXEC + 1); /* invoke() counts the words up */
	assert_int_equal(r->x[HAL_REG_SP], OP_PROC_EXEC + 2);
	assert_int_equal(r->x[HAL_REG_A0], OP_PROC_EXEC + 3);
	check_activities();
	r->pc = 0x100;
	*reg(A, 2) = old;
	*reg(A, 4) = p[B].process;
	assert_int_equal(invoke(A, INV_CTL(INV_CALL, 4, 2, 0, 0, 0), INV_RCV(9, 0, 0, 0), OP_PROC_EXEC, 0), 1);
	assert_int_equal(word(A, 0), RC_OK);
	assert_true(cap_equal(reg(A, 9), &space));
	assert_true(cap_equal(&fake_node(&p[B].process)->slot[PS_SPACE], &old));
	assert_int_equal(run_state(B), RS_RUNNING);
	assert_int_equal(p[B].ctx->regs.pc, OP_PROC_EXEC + 1);
	fake_node(&p[C].schedule)->slot[0] = cap_number(3, 0, 0);
	*reg(A, 4) = p[C].process;
	assert_int_equal(invoke(A, INV_CTL(INV_CALL, 4, 2, 0, 0, 0), 0, OP_PROC_EXEC, 0), 1);
	assert_int_equal(word(A, 0), RC_NO_ACTIVITY);
	assert_int_equal(run_state(C), RS_AVAILABLE);
	check_activities();
}

/* ---- at random, with every call's number known ------------------------------------------------------------------------------------- */

static u32 pick(u32 n) { return (u32)rand() % n; }

/* Whoever is ready does something. A capability that a caller's answer came through is that of its last call. */
static void histories(void **s)
{
	u64 seen[PROCS] = { 0 };
	u32 stalled = 0, answered = 0;

	(void)s;
	srand(7);
	for (u32 step = 0; step < 20000; step++) {
		u32 n = pick(PROCS), form = pick(INV_NR), target = pick(4) ? 1 : pick(2) ? RESUME : 4, moved;
		struct activity *a = act_of(p[n].ctx);

		if (!a || a->state != AS_READY || run_state(n) != RS_RUNNING) {
			if (sched_first())
				continue;
			pins_drop(); /* all wait for each other: one begins, or gives up */
			if (run_state(n) == RS_AVAILABLE)
				run(n);
			else
				process_available(p[n].ctx);
			continue;
		}
		*reg(n, 1) = start_of(pick(PROCS), step & 0xffff);
		if (!pick(3))
			*reg(n, 4) = *reg(n, RESUME);
		bool alive = false;
		u32 to = 0;
		for (; to < PROCS && !alive; to++)
			alive = cap_oid(reg(n, target)) == cap_oid(&p[to].process) && cap_type(reg(n, target)) == CT_RESUME &&
				cap_count56(reg(n, target)) == p[to].first_count + count(to) && run_state(to) == RS_WAITING;
		moved = invoke(n, INV_CTL(form, target, 2, 0, 0, 4), INV_RCV(24, 0, 0, RESUME), step, 0);
		assert_true(moved <= 1);
		stalled += !moved;
		assert_false(!moved && form >= INV_PCALL);
		if (alive) {
			assert_int_equal(moved, 1);
			assert_int_equal(run_state(to - 1), RS_RUNNING);
			assert_int_equal(word(to - 1, 0), step);
			answered++;
		}
		for (u32 k = 0; k < PROCS; k++) {
			assert_in_range(count(k) - seen[k], 0, 1);
			seen[k] = count(k);
		}
		check_activities();
	}
	print_message("# %u stalled, %u answered\n", stalled, answered);
	assert_true(stalled > 100 && answered > 100);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup(name, world_setup)
	const struct CMUnitTest tests[] = {
		T(an_empty_context_is_nobodys), T(call_and_reply), T(send_goes_on), T(return_to_nobody_waits), T(kernel_objects_answer_once),
		T(kernel_objects_answer_others), T(a_stall_changes_nothing), T(prompt_forms_do_not_wait),
		T(replies_happen_at_most_once), T(limits_are_checked_where_a_process_begins),
		T(a_bad_string_is_the_senders_fault), T(an_exception_waits_for_its_keeper),
		T(a_malformed_type_is_a_fault), T(a_bad_receiver_loses_its_string),
		T(exec_oneself_and_another), T(histories),
	};

	return cmocka_run_group_tests_name("invoke", tests, NULL, NULL);
}
