/* SPDX-License-Identifier: Apache-2.0 */
/* Processes stopped, moved, parked by those who hold them: what must hold of activities, the token and replies then. */
#include "world.h"

#include <kernel/kthread.h>

#define OTHER 5u /* index in a process's pot: a schedule for the test's own use */

static u32 in_use(struct cap schedule)
{
	return sched_in_use(cap_oid(&schedule), cap_version(&schedule));
}

/* ---- limits ---------------------------------------------------------------------------------- */

static void no_way_around_a_limit(void **s)
{
	static const word_t ways[] = { OP_PROC_RUN, OP_PROC_CONTINUE, OP_PROC_RESUME_CAP };
	struct cap full = world_schedule(POT_OF(B) + OTHER, 2, 0);

	(void)s;
	run(B);
	assert_int_equal(ask(p[B].process, OP_PROC_STORE, PS_SCHEDULE, 0, full), RC_OK);
	for (u32 k = 0; k < ARRAY_SIZE(ways); k++) {
		assert_int_equal(ask(p[B].process, ways[k], 0x200, 0, cap_void()), RC_NO_ACTIVITY);
		assert_int_equal(in_use(full), 0);
		assert_int_equal(in_use(p[B].schedule), 1);
		assert_int_equal(run_state(B), RS_RUNNING);
		assert_int_equal(p[B].ctx->regs.pc, 0x100);
	}
	check_activities();
}

static void continue_moves_to_the_new_schedule(void **s)
{
	struct cap other = world_schedule(POT_OF(B) + OTHER, 1, 1);

	(void)s;
	run(B);
	assert_int_equal(ask(p[B].process, OP_PROC_STORE, PS_SCHEDULE, 0, other), RC_OK);
	assert_int_equal(in_use(p[B].schedule), 1);
	assert_int_equal(ask(p[B].process, OP_PROC_CONTINUE, 0, 0, cap_void()), RC_OK);
	assert_int_equal(in_use(p[B].schedule), 0);
	assert_int_equal(in_use(other), 1);
	assert_int_equal(act_of(p[B].ctx)->prio, 1);
	assert_int_equal(act_of(p[B].ctx)->state, AS_READY);
	check_activities();
	assert_int_equal(ask(p[B].process, OP_PROC_STOP, 0, 0, cap_void()), RC_OK);
	assert_int_equal(in_use(other), 0);
	check_activities();
}

static void an_unreadable_schedule_is_not_no_schedule(void **s)
{
	(void)s;
	fake_node(&p[B].process)->slot[PS_SCHEDULE] = cap_make(CT_SCHEDULE, 0, 1, 0x80000, 0);
	context_slot_changed(p[B].ctx, PS_SCHEDULE);
	assert_int_equal(invoke(A, A_CALL, 0, 70, 0), 1);
	assert_int_equal(word(A, 0), RC_OFFLINE);
	assert_int_equal(run_state(B), RS_AVAILABLE);
	fake_node(&p[B].process)->slot[PS_SCHEDULE] = p[B].schedule;
	context_slot_changed(p[B].ctx, PS_SCHEDULE);
	assert_int_equal(invoke(A, A_CALL, 0, 70, 0), 1);
	assert_int_equal(run_state(B), RS_RUNNING);
	check_activities();
}

static void a_rescinded_schedule_stops_its_processes(void **s)
{
	struct cap range = cap_make(CT_RANGE, 0, 1, POT_OF(B), 0), shared = world_schedule(POT_OF(B) + OTHER, 2, 2);

	(void)s;
	for (u32 n = B; n <= C; n++) {
		fake_node(&p[n].process)->slot[PS_SCHEDULE] = shared;
		context_slot_changed(p[n].ctx, PS_SCHEDULE);
		run(n);
	}
	/* B sleeps; C, which runs, is not loaded. */
	p[B].ctx->p.run_state = RS_WAITING;
	act_park(act_of(p[B].ctx), AS_SLEEPING, 1000000);
	context_unload(p[C].ctx);
	assert_int_equal(in_use(shared), 2);
	assert_int_equal(ask(range, OP_RANGE_RESCIND, 0, 0, shared), RC_OK);
	assert_int_equal(in_use(shared), 0);
	assert_null(act_find(cap_oid(&p[B].process)));
	assert_null(act_find(cap_oid(&p[C].process)));
	assert_int_equal(run_state(B), RS_RUNNING); /* when it gets another schedule */
	assert_true(p[B].ctx->p.flags & PF_STOPPED);
	assert_int_equal(word(B, 0), RC_RESTARTED);
	/* One's own: refused. */
	range = cap_make(CT_RANGE, 0, 1, POT_OF(A), 0);
	assert_int_equal(ask(range, OP_RANGE_RESCIND, 0, 0, p[A].schedule), RC_BUSY);
	assert_int_equal(in_use(p[A].schedule), 1);
}

/* What it costs to be told by a reserve: the short way is not for such a process, from the moment at which it has one. */
static void a_new_reserve_ends_the_short_way(void **s)
{
	(void)s;
	run(B);
	p[B].ctx->root_serial = state.root_serial;
	assert_int_equal(ask(cap_make(CT_SYSCTL, 0, 0, 0, 0), OP_SYS_RESERVE_SET, 10000, 1000, p[B].schedule), RC_OK);
	assert_false(context_root_known(p[B].ctx));
	assert_int_equal(ask(cap_make(CT_SYSCTL, 0, 0, 0, 0), OP_SYS_RESERVE_SET, 0, 0, p[B].schedule), RC_OK);
}

static void new_registers_are_used(void **s)
{
	struct cap other = fake_alloc(POT_OF(B) + OTHER, NK_NODE);
	struct context *ctx;
	struct objref ref;

	(void)s;
	assert_int_equal(ask(p[B].process, OP_PROC_STORE, PS_CAPREGS, 0, other), RC_OK);
	assert_null(context_of(frame_peek(POT_OF(B)), 1)); /* the old ones serve nobody */
	assert_int_equal(cap_lookup(&p[B].process, &ref), RC_OK);
	assert_int_equal(process_load(&ref, &ctx), RC_OK);
	assert_int_equal(ctx->caps_index, OTHER);
}

/* Who is to get the answer is not taken apart by the operation: it gets the answer that says so. */
static void the_receiver_of_the_answer_stays(void **s)
{
	struct hal_regs *r = &p[A].ctx->regs;

	(void)s;
	assert_int_equal(ask(p[B].process, OP_PROC_RESUME_CAP, 0, 0, cap_void()), RC_OK);
	*reg(A, 4) = cap_make(CT_RANGE, 0, 1, POT_OF(B), 0);
	*reg(A, 5) = p[B].caps;
	r->x[HAL_REG_A0] = INV_CTL(INV_SEND, 4, 5, 0, 0, ASK_GOT);
	r->x[HAL_REG_A0 + 2] = OP_RANGE_RESCIND;
	enter(kernel_syscall, A);
	assert_int_equal(fake_node(&p[B].caps)->version, cap_version(&p[B].caps));
	assert_int_equal(run_state(B), RS_RUNNING);
	assert_int_equal(word(B, 0), RC_BUSY);
	check_activities();
}

/* The same with the schedule that it runs under: nobody else is stopped before that is seen. */
static void the_receivers_schedule_stays(void **s)
{
	struct cap shared = world_schedule(POT_OF(B) + OTHER, 2, 2);
	struct hal_regs *r = &p[A].ctx->regs;

	(void)s;
	for (u32 n = C; n >= B; n--) {
		fake_node(&p[n].process)->slot[PS_SCHEDULE] = shared;
		context_slot_changed(p[n].ctx, PS_SCHEDULE);
		run(n);
	}
	assert_int_equal(ask(p[B].process, OP_PROC_RESUME_CAP, 0, 0, cap_void()), RC_OK);
	*reg(A, 4) = cap_make(CT_RANGE, 0, 1, POT_OF(B), 0);
	*reg(A, 5) = shared;
	r->x[HAL_REG_A0] = INV_CTL(INV_SEND, 4, 5, 0, 0, ASK_GOT);
	r->x[HAL_REG_A0 + 2] = OP_RANGE_RESCIND;
	enter(kernel_syscall, A);
	assert_int_equal(word(B, 0), RC_BUSY);
	assert_int_equal(run_state(C), RS_RUNNING);
	assert_non_null(act_of(p[C].ctx));
	assert_int_equal(in_use(shared), 2);
	check_activities();
}

/* ---- the progress token ---------------------------------------------------------------------- */

/* B has tried eight times and waits for the log. */
static void give_token_to_b(void)
{
	struct activity *b;

	run(B);
	b = act_of(p[B].ctx);
	b->tries = TOKEN_TRIES;
	op_begin(b);
	assert_true(state.token != 0);
	act_stall(b, KEY_LOG);
	op_begin(act_of(p[A].ctx));
}

static void a_parked_process_has_no_token(void **s)
{
	(void)s;
	give_token_to_b();
	assert_int_equal(ask(p[B].process, OP_PROC_RESUME_CAP, 0, 0, cap_void()), RC_OK);
	assert_int_equal(run_state(B), RS_WAITING);
	assert_false(state.token != 0);
	check_activities();
}

/* Its code was changed while it waited: it does not come back with the same trap. */
static void a_running_process_has_no_token(void **s)
{
	(void)s;
	give_token_to_b();
	sched_wake_key(KEY_LOG);
	act_park(act_of(p[A].ctx), AS_SLEEPING, 1000000);
	enter(kernel_exit, A);
	assert_ptr_equal(cpu0.current, p[B].ctx);
	cpu0.ticks++;
	cpu0.resched = true;
	enter(kernel_interrupted, B);
	assert_false(state.token != 0);
}

static void who_is_destroyed_has_no_token(void **s)
{
	(void)s;
	give_token_to_b();
	assert_int_equal(ask(cap_make(CT_RANGE, 0, 1, POT_OF(B), 0), OP_RANGE_RESCIND, 0, 0, p[B].process), RC_OK);
	assert_false(state.token != 0);
}

/* It keeps it while it waits for the disk and for log space, and for nobody's goodwill. */
static void the_token_does_not_wait_for_a_process(void **s)
{
	(void)s;
	give_token_to_b();
	sched_wake_key(KEY_LOG);
	op_begin(act_of(p[B].ctx));
	cpu0.stall_key = KEY_FRAMES;
	op_end(p[B].ctx, RC_STALL);
	assert_ptr_equal(state.token, act_of(p[B].ctx));
	sched_wake_key(KEY_FRAMES);
	op_begin(act_of(p[B].ctx));
	cpu0.stall_key = KEY_PROCESS(POT_OF(C));
	op_end(p[B].ctx, RC_STALL);
	assert_false(state.token != 0);
	check_activities();
}

/* ---- what stands in a node need not have been written by this kernel ----------------------------- */

static void what_a_node_says_is_put_right(void **s)
{
	struct abi_process_regs *saved = (struct abi_process_regs *)&fake_node(&p[B].process)->slot[PS_NR];
	struct context *ctx;
	struct objref ref;

	(void)s;
	context_unload(p[B].ctx);
	fake_node(&p[B].schedule)->slot[0].w[1] = 200;
	saved->run_state = 77;
	saved->fault_code = 200;
	saved->layout = HAL_LAYOUT + 1;
	assert_int_equal(cap_lookup(&p[B].process, &ref), RC_OK);
	assert_int_equal(process_load(&ref, &ctx), RC_MALFORMED);
	saved->layout = HAL_LAYOUT;
	assert_int_equal(process_load(&ref, &ctx), RC_OK);
	assert_int_equal(ctx->p.run_state, RS_AVAILABLE);
	assert_true(ctx->p.fault_code <= FAULT_OTHER);
	assert_int_equal(process_can_run(ctx), RC_OK);
	process_run(ctx);
	assert_true(act_of(ctx)->prio < PRIO_NR);
	check_activities();
}

static void a_new_space_is_used(void **s)
{
	struct cap other = fake_node(&p[C].process)->slot[PS_SPACE];
	paddr_t root;

	(void)s;
	run(B);
	root = context_root(p[B].ctx);
	assert_int_equal(ask(p[B].process, OP_PROC_STORE, PS_SPACE, 0, other), RC_OK);
	assert_true(root && context_root(p[B].ctx) != root);
	assert_true(map_root_valid(context_root(p[B].ctx), &other));
}

/* ---- waits in the kernel --------------------------------------------------------------------- */

/* B waits as if it had asked for a checkpoint or for input. */
static void wait_in_kernel(enum act_state how, u64 wake)
{
	run(B);
	p[B].ctx->p.run_state = RS_WAITING;
	act_park(act_of(p[B].ctx), how, wake);
}

static void a_new_priority_leaves_the_answer(void **s)
{
	struct cap control = cap_make(CT_SYSCTL, 0, 0, 0, 0);

	(void)s;
	wait_in_kernel(AS_CKPT, 42);
	sched_answer(AS_CKPT, 41);
	assert_int_equal(act_of(p[B].ctx)->state, AS_CKPT); /* that one was too early for it */
	sched_answer(AS_CKPT, 42);
	*reg(A, 6) = cap_void();
	(void)ask(control, OP_SYS_SCHED_SET, 4, 1, p[B].schedule);
	assert_ptr_equal(cpu0.current, p[B].ctx); /* it is the more urgent now */
	assert_int_equal(word(B, 0), RC_OK);
	assert_int_equal(word(B, 1), 42);
	check_activities();
}

/* Stopped, it is told as by a restart, whatever it waited for in the kernel; a wait for a reply goes on. */
static void stopping_ends_every_wait(void **s)
{
	static const u8 waits[] = { AS_SLEEPING, AS_CKPT, AS_CONSOLE, AS_MONOTONIC, AS_WALL };

	(void)s;
	for (u32 k = 0; k < ARRAY_SIZE(waits); k++) {
		wait_in_kernel((enum act_state)waits[k], 1000000);
		assert_int_equal(ask(p[B].process, OP_PROC_STOP, 0, 0, cap_void()), RC_OK);
		assert_int_equal(run_state(B), RS_RUNNING);
		assert_int_equal(word(B, 0), RC_RESTARTED);
		assert_null(act_of(p[B].ctx));
		hal_msg_set_word(&p[B].ctx->regs, 0, 0);
	}
	wait_in_kernel(AS_WAITING, 0);
	assert_int_equal(ask(p[B].process, OP_PROC_STOP, 0, 0, cap_void()), RC_OK);
	assert_int_equal(run_state(B), RS_WAITING);
	assert_int_equal(word(B, 0), 0);
	check_activities();
}

static void news_of_a_restart_is_for_that_wait(void **s)
{
	(void)s;
	wait_in_kernel(AS_CONSOLE, 0);
	assert_true(sched_answer_one(AS_CONSOLE, true));
	assert_int_equal(ask(p[B].process, OP_PROC_RESUME_CAP, 0, 0, cap_void()), RC_OK);
	assert_int_equal(invoke(A, INV_CTL(INV_SEND, 6, 0, 0, 0, 0), 0, 500, 0), 1);
	assert_int_equal(word(B, 0), 500);
	wait_in_kernel(AS_SLEEPING, 0);
	sched_answer(AS_SLEEPING, 0);
	act_park(act_of(p[A].ctx), AS_WAITING, 0);
	enter(kernel_exit, A);
	assert_int_equal(word(B, 0), RC_OK);
}

static u64 seven(void) { return 7; }

/* How long it waited, or for which checkpoint in vain, is no part of the answer. */
static void only_a_commit_has_a_number(void **s)
{
	(void)s;
	for (u32 k = 0; k < 2; k++) {
		enum act_state how = k ? AS_CKPT : AS_SLEEPING;

		world_setup(s);
		wait_in_kernel(how, 42);
		if (k)
			assert_true(sched_answer_one(how, true));
		else
			sched_answer(how, 42);
		act_park(act_of(p[A].ctx), AS_WAITING, 0);
		enter(kernel_exit, A);
		assert_int_equal(word(B, 0), k ? RC_RESTARTED : RC_OK);
		assert_int_equal(word(B, 1), 0);
	}
}

static void no_checkpoint_will_come(void **s)
{
	static const struct ckpt_ops read_only = { .request = seven, .committed = seven };

	(void)s;
	ckpt_ops = &read_only;
	assert_int_equal(ask(cap_make(CT_CHECKPOINT, 0, 0, 0, 0), OP_CKPT_TAKE, 0, 0, cap_void()), RC_OFFLINE);
	ckpt_ops = NULL;
	assert_int_equal(run_state(A), RS_RUNNING);
	check_activities();
}

/* ---- replies --------------------------------------------------------------------------------- */

/* There is no reply to a fault capability, so nobody can wait for one. */
static void a_fault_capability_cannot_be_called(void **s)
{
	(void)s;
	fake_node(&p[B].process)->slot[PS_KEEPER] = start_of(C, 4);
	run(B);
	assert_int_equal(invoke(B, INV_CTL(INV_NR, 1, 2, 0, 0, 0), 0, 70, 0), 0);
	assert_int_equal(cap_type(reg(C, RESUME)), CT_FAULT);
	assert_int_equal(invoke(C, INV_CTL(INV_CALL, RESUME, 0, 0, 0, 0), INV_RCV(0, 0, 0, 9), RC_OK, 0), 1);
	assert_int_equal(run_state(C), RS_RUNNING);
	assert_int_equal(word(C, 0), RC_REQUEST);
	assert_int_equal(run_state(B), RS_WAITING);
	assert_int_equal(count(B), 0);
	check_activities();
}

/* At the last call count nothing can be told apart any more, so nothing is answered. */
static void the_last_call_is_never_answered(void **s)
{
	(void)s;
	fake_node(&p[A].process)->call_count = COUNT_MAX - 1;
	assert_int_equal(invoke(A, A_CALL, 0, 70, 0), 1);
	assert_int_equal(invoke(B, INV_CTL(INV_RETURN, RESUME, 0, 0, 0, 0), INV_RCV(0, 0, 0, RESUME), 500, 0), 1);
	assert_int_equal(word(A, 0), 500);
	assert_int_equal(invoke(A, A_CALL, 0, 70, 0), 1);
	for (u32 k = 0; k < 2; k++) {
		assert_int_equal(invoke(B, INV_CTL(INV_SEND, RESUME, 0, 0, 0, 0), 0, 600 + k, 0), 1);
		assert_int_equal(word(B, 0), RC_VOID);
	}
	assert_int_equal(run_state(A), RS_WAITING);
}

/* ---- contexts -------------------------------------------------------------------------------- */

static struct objref bare_process(u32 n)
{
	oid_t pot = (300 + n / 3) * 8;
	struct cap process = fake_alloc(pot + n % 3 * 2, NK_PROCESS), caps = fake_alloc(pot + n % 3 * 2 + 1, NK_NODE);
	struct objref ref;

	fake_node(&process)->slot[PS_CAPREGS] = caps;
	assert_int_equal(cap_lookup(&process, &ref), RC_OK);
	return ref;
}

/* As no operation makes it, but a volume may have it. */
static void registers_need_all_rights(void **s)
{
	struct objref ref = bare_process(0);
	struct context *ctx;

	(void)s;
	fake_node(&p[A].process)->slot[PS_DEBUG] = ref.node->slot[PS_CAPREGS];
	frame_pot(ref.frame)->node[ref.index].slot[PS_CAPREGS].w[3] |= CR_RO << 24;
	assert_int_equal(process_load(&ref, &ctx), RC_MALFORMED);
	frame_pot(ref.frame)->node[ref.index].slot[PS_CAPREGS] = fake_node(&p[A].process)->slot[PS_DEBUG];
	assert_int_equal(process_load(&ref, &ctx), RC_OK);
}

/* An operation whose memory tree lies in the pots of all loaded processes needs only the contexts that it uses. */
static void pinned_pots_do_not_hold_contexts(void **s)
{
	struct objref ref[CONFIG_NR_CONTEXTS + 1];
	struct context *ctx, *first;

	(void)s;
	for (u32 n = 0; n < PROCS; n++)
		context_unload(p[n].ctx);
	for (u32 n = 0; n <= CONFIG_NR_CONTEXTS; n++)
		ref[n] = bare_process(n);
	assert_int_equal(process_load(&ref[0], &first), RC_OK);
	for (u32 n = 1; n < CONFIG_NR_CONTEXTS; n++) {
		pins_drop();
		frame_pin(ref[n].frame);
		assert_int_equal(process_load(&ref[n], &ctx), RC_OK);
	}
	pins_drop();
	for (u32 n = 0; n <= CONFIG_NR_CONTEXTS; n++)
		frame_pin(ref[n].frame);
	assert_int_equal(process_load(&ref[1], &first), RC_OK);
	assert_int_equal(process_load(&ref[CONFIG_NR_CONTEXTS], &ctx), RC_OK);
	assert_ptr_not_equal(ctx, first);
	assert_ptr_equal(context_of(ref[1].frame, ref[1].index), first); /* in use by this operation */
}

/* Its capability registers go while it runs and somebody waits for it: it cannot run again, and who waits is told. */
static void who_waits_for_what_cannot_run(void **s)
{
	struct cap range = cap_make(CT_RANGE, 0, 1, POT_OF(B), 0);

	(void)s;
	run(B);
	*reg(C, 1) = start_of(B, 9);
	run(C);
	assert_int_equal(invoke(C, A_CALL, 0, 70, 0), 0);
	assert_int_equal(act_of(p[C].ctx)->state, AS_STALLED);
	act_park(act_of(p[B].ctx), AS_WAITING, 0); /* not before A has asked */
	assert_int_equal(ask(range, OP_RANGE_RESCIND, 0, 0, p[B].caps), RC_OK);
	act_ready(act_find(cap_oid(&p[B].process)), true);
	act_park(act_of(p[A].ctx), AS_WAITING, 0);
	enter(kernel_exit, A);
	assert_null(act_find(cap_oid(&p[B].process)));
	assert_ptr_equal(cpu0.current, p[C].ctx); /* tries again */
	enter(kernel_syscall, C);
	assert_int_equal(word(C, 0), RC_MALFORMED);
	assert_int_equal(run_state(C), RS_RUNNING);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup(name, world_setup)
	const struct CMUnitTest tests[] = {
		T(no_way_around_a_limit), T(continue_moves_to_the_new_schedule),
		T(an_unreadable_schedule_is_not_no_schedule), T(a_rescinded_schedule_stops_its_processes),
		T(a_new_reserve_ends_the_short_way), T(new_registers_are_used),
		T(the_receiver_of_the_answer_stays), T(the_receivers_schedule_stays), T(a_parked_process_has_no_token),
		T(a_running_process_has_no_token), T(who_is_destroyed_has_no_token),
		T(the_token_does_not_wait_for_a_process), T(what_a_node_says_is_put_right), T(a_new_space_is_used),
		T(a_new_priority_leaves_the_answer),
		T(stopping_ends_every_wait), T(news_of_a_restart_is_for_that_wait), T(only_a_commit_has_a_number),
		T(no_checkpoint_will_come),
		T(a_fault_capability_cannot_be_called), T(the_last_call_is_never_answered),
		T(registers_need_all_rights), T(pinned_pots_do_not_hold_contexts),
		T(who_waits_for_what_cannot_run),
	};

	return cmocka_run_group_tests_name("revoke", tests, NULL, NULL);
}
