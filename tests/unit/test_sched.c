/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is not an invocation: faults and their keepers, activities of a restart, sleepers, the console's readers, kernel
 * threads. In the world of three processes.
 */
#include "world.h"

#include <kernel/irqchip.h>
#include <kernel/kthread.h>
#include "kernel/ready.h"

static struct activity *restored(u32 n)
{
	return act_find(cap_oid(&p[n].process));
}

static u32 in_use(void)
{
	u32 n = 0;

	for (u32 i = 0; i < CONFIG_NR_ACTIVITIES; i++)
		n += activities[i].state != AS_FREE;
	return n;
}

/* ---- faults --------------------------------------------------------------------------------------------------------- */

static struct {
	uaddr_t va;
	u32 access, code;
} hurt;

static struct context *page_fault(struct context *ctx) { return kernel_page_fault(ctx, hurt.va, hurt.access); }
static struct context *exception(struct context *ctx) { return kernel_exception(ctx, hurt.code, 77); }

static void touch(uaddr_t va, u32 access)
{
	hurt.va = va;
	hurt.access = access;
	enter(page_fault, A);
	mm_check();
	check_activities();
}

static void a_page_is_mapped_when_it_is_touched(void **s)
{
	bool write;

	(void)s;
	touch(DATA, ACC_READ);
	assert_int_equal(run_state(A), RS_RUNNING);
	assert_int_equal(p[A].ctx->p.fault_code, FAULT_NONE);
	assert_ptr_equal(fake_translate(context_root(p[A].ctx), DATA, &write), p[A].data);
	touch(DATA, ACC_WRITE);
	assert_ptr_equal(fake_translate(context_root(p[A].ctx), DATA, &write), p[A].data);
	assert_true(write);
}

static bool covers(oid_t oid) { return oid == cap_oid(&p[A].process); }
static u32 refused;
static rc_t refuse(struct frame *f)
{
	(void)f;
	refused++;
	return stall_on(KEY_LOG);
}

/* The short way tries whether the page can be written, after an operation that has committed. */
static void a_page_that_cannot_be_written_yet(void **s)
{
	static const struct store_ops store = { .covers = covers, .make_dirty = refuse };

	(void)s;
	touch(DATA, ACC_READ);
	p[A].ctx->regs.x[HAL_REG_A0] = INV_CTL(INV_CALL, 2, 0, 0, 0, 0);
	enter(syscall_general, A);
	mm_register_store(&store);
	p[A].data->flags |= FF_STORED;
	p[A].data->epoch = 0;
	map_unhook_page(p[A].data, true);
	touch(DATA, ACC_WRITE);
	assert_int_equal(refused, 2);
	assert_int_equal(act_of(p[A].ctx)->state, AS_STALLED);
	mm_register_store(NULL);
}

static void without_a_keeper_a_fault_stops(void **s)
{
	static const struct { uaddr_t va; u32 access, code; } cases[] = {
		{ NOWHERE, ACC_READ, FAULT_ADDRESS }, { 0, ACC_WRITE, FAULT_ADDRESS }, { HOST_USER_END, ACC_READ, FAULT_ADDRESS },
		{ ~(uaddr_t)0, ACC_EXEC, FAULT_ADDRESS },
	};

	(void)s;
	for (u32 k = 0; k < ARRAY_SIZE(cases); k++) {
		world_setup(NULL);
		touch(cases[k].va, cases[k].access);
		assert_int_equal(p[A].ctx->p.fault_code, cases[k].code);
		assert_int_equal(p[A].ctx->p.fault_addr, cases[k].va);
		assert_int_equal(p[A].ctx->p.fault_info, cases[k].access);
		assert_int_equal(p[A].ctx->p.flags & PF_STOPPED, PF_STOPPED);
		assert_null(act_of(p[A].ctx));
		assert_non_null(strstr(fake_log, "stopped: fault"));
	}
}

static void a_keeper_gets_the_fault_and_lets_it_go_on(void **s)
{
	u64 calls = count(A);

	(void)s;
	fake_node(&p[A].process)->slot[PS_KEEPER] = start_of(B, 21);
	hurt.code = FAULT_ILLEGAL;
	enter(exception, A);
	check_activities();
	assert_int_equal(run_state(A), RS_WAITING);
	assert_int_equal(run_state(B), RS_RUNNING);
	assert_int_equal(word(B, 0), OP_FAULT);
	assert_int_equal(word(B, 1), FAULT_ILLEGAL);
	assert_int_equal(word(B, 2), 0x100);
	assert_int_equal(hal_msg_ctl(&p[B].ctx->regs), 21);
	assert_int_equal(cap_type(reg(B, RESUME)), CT_FAULT);
	assert_int_equal(p[A].ctx->p.fault_info, 77);
	*reg(C, 4) = *reg(B, RESUME); /* a copy: good for one answer */
	assert_int_equal(invoke(B, INV_CTL(INV_RETURN, RESUME, 0, 0, 0, 0), 0, RC_OK, 0), 1);
	assert_int_equal(run_state(A), RS_RUNNING);
	assert_int_equal(p[A].ctx->p.fault_code, FAULT_NONE);
	assert_int_equal(p[A].ctx->regs.pc, 0x100);
	assert_int_equal(count(A), calls + 1);
	run(C);
	assert_int_equal(invoke(C, INV_CTL(INV_SEND, 4, 0, 0, 0, 0), 0, RC_REQUEST, 0), 1);
	assert_int_equal(word(C, 0), RC_VOID);
	assert_int_equal(run_state(A), RS_RUNNING);
	check_activities();
}

/* The keeper is busy: the one that faulted waits for it. It refuses: the one that faulted stays stopped. The keeper is the
 * one that faulted, or is gone: the same. */
static void a_keeper_that_is_no_help(void **s)
{
	(void)s;
	fake_node(&p[A].process)->slot[PS_KEEPER] = start_of(B, 0);
	hurt.code = FAULT_ARITHMETIC;
	run(B);
	enter(exception, A);
	assert_int_equal(act_of(p[A].ctx)->state, AS_STALLED);
	assert_int_equal(p[A].ctx->p.flags & PF_FAULT_DUE, PF_FAULT_DUE);
	assert_int_equal(invoke(B, INV_CTL(INV_RETURN, 0, 0, 0, 0, 0), INV_RCV(0, 0, 0, RESUME), 0, 0), 1);
	assert_int_equal(run_state(A), RS_WAITING); /* told as soon as the keeper is free */
	assert_int_equal(p[A].ctx->p.flags & PF_FAULT_DUE, 0);
	assert_int_equal(word(B, 1), FAULT_ARITHMETIC);
	assert_int_equal(invoke(B, INV_CTL(INV_RETURN, RESUME, 0, 0, 0, 0), 0, RC_REQUEST, 0), 1);
	assert_int_equal(p[A].ctx->p.flags & PF_STOPPED, PF_STOPPED);
	assert_int_equal(p[A].ctx->p.fault_code, FAULT_ARITHMETIC);
	for (u32 k = 0; k < 3; k++) {
		world_setup(NULL);
		fake_node(&p[A].process)->slot[PS_KEEPER] =
			k == 0 ? start_of(A, 0) : cap_make(CT_START, 0, cap_version(&p[B].process) + 1, cap_oid(&p[B].process), 0);
		if (k == 2) { /* there, but not able to run: its schedule is used up */
			fake_node(&p[A].process)->slot[PS_KEEPER] = start_of(B, 0);
			fake_node(&p[B].process)->slot[PS_SCHEDULE] = p[A].schedule;
			context_slot_changed(p[B].ctx, PS_SCHEDULE);
		}
		enter(exception, A);
		assert_int_equal(p[A].ctx->p.flags & PF_STOPPED, PF_STOPPED);
		assert_int_equal(p[A].ctx->p.fault_code, FAULT_ARITHMETIC);
		assert_int_equal(run_state(B), RS_AVAILABLE);
		check_activities();
	}
}

/* ---- a restart ------------------------------------------------------------------------------------------------------ */

static void activities_come_back(void **s)
{
	static const struct { u8 state; bool hold; u8 now, pending; bool restarted; } cases[] = {
		{ AS_READY, false, AS_READY, 0, false },       { AS_STALLED, false, AS_READY, 0, false },
		{ AS_WAITING, false, AS_WAITING, 0, false },   { AS_SLEEPING, false, AS_SLEEPING, 0, false },
		{ AS_CONSOLE, false, AS_CONSOLE, 0, false },   { AS_CKPT, false, AS_READY, AS_CKPT, true },
		{ AS_READY, true, AS_HELD, 0, false },         { AS_STALLED, true, AS_HELD, 0, false },
		{ AS_SLEEPING, true, AS_HELD, 0, false },      { AS_WAITING, true, AS_WAITING, 0, false },
		{ AS_CONSOLE, true, AS_CONSOLE, 0, false },    { AS_CKPT, true, AS_READY, AS_CKPT, true },
	};

	(void)s;
	for (u32 k = 0; k < ARRAY_SIZE(cases); k++) {
		struct activity saved = { .oid = cap_oid(&p[B].process), .version = cap_version(&p[B].process), .state = cases[k].state,
					  .prio = 200, .tries = 9, .wake = 1000, .sched_oid = cap_oid(&p[B].schedule),
					  .sched_version = cap_version(&p[B].schedule) };
		struct activity *a;

		assert_true(sched_restore(&saved, (struct sched_reserve){ 0, 0 }, cases[k].hold));
		a = restored(B);
		assert_non_null(a);
		assert_int_equal(a->state, cases[k].now);
		assert_int_equal(a->pending, cases[k].pending);
		assert_int_equal(a->restarted, cases[k].restarted);
		assert_int_equal(a->prio, PRIO_NR - 1);
		assert_int_equal(a->tries, 0);
		if (a->state == AS_HELD)
			assert_int_equal(act_lasting_state(a), cases[k].state);
		assert_int_equal(sched_in_use(cap_oid(&p[B].schedule), cap_version(&p[B].schedule)), 1);
		act_free(a);
		assert_int_equal(sched_in_use(cap_oid(&p[B].schedule), cap_version(&p[B].schedule)), 0);
	}
}

/* A volume may say anything of a state; a checkpoint may not. */
static void what_is_held_is_in_a_state(void **s)
{
	static const u8 states[] = { AS_FREE, AS_HELD, AS_NR, 0xff };

	(void)s;
	for (u32 k = 0; k < ARRAY_SIZE(states); k++) {
		struct activity saved = { .oid = cap_oid(&p[B].process), .version = cap_version(&p[B].process), .state = states[k] };
		struct activity *a;

		assert_true(sched_restore(&saved, (struct sched_reserve){ 0, 0 }, true));
		a = restored(B);
		assert_int_equal(a->state, AS_HELD);
		assert_int_equal(act_lasting_state(a), AS_READY);
		act_free(a);
	}
}

static void more_activities_than_there_is_room_for(void **s)
{
	struct activity saved = { .state = AS_WAITING, .sched_oid = cap_oid(&p[B].schedule) };

	(void)s;
	for (u32 n = in_use(); n < CONFIG_NR_ACTIVITIES; n++) {
		saved.oid = (1000 + n) * 8;
		assert_true(sched_restore(&saved, (struct sched_reserve){ 0, 0 }, false));
	}
	saved.oid = 8;
	assert_false(sched_restore(&saved, (struct sched_reserve){ 0, 0 }, false));
	assert_null(act_find(8));
	assert_null(act_alloc(p[B].ctx));
	assert_int_equal(process_can_run(p[B].ctx), RC_NO_ACTIVITY);
}

/* ---- time ----------------------------------------------------------------------------------------------------------- */

static void sleepers_wake_in_time(void **s)
{
	struct activity *a = act_of(p[A].ctx);

	(void)s;
	run(B);
	p[A].ctx->p.run_state = p[B].ctx->p.run_state = RS_WAITING;
	act_park(a, AS_SLEEPING, time_persistent_ms() + 10);
	act_park(act_of(p[B].ctx), AS_SLEEPING, time_persistent_ms() + 20);
	sched_timers();
	assert_int_equal(a->state, AS_SLEEPING);
	world_ms += 10;
	sched_timers();
	assert_int_equal(a->state, AS_READY);
	assert_int_equal(a->pending, AS_SLEEPING);
	assert_int_equal(act_of(p[B].ctx)->state, AS_SLEEPING);
	enter(kernel_interrupted, A); /* the answer is given when it is dispatched */
	assert_int_equal(run_state(A), RS_RUNNING);
	assert_int_equal(word(A, 0), RC_OK);
	world_ms += 10;
	sched_timers();
	assert_int_equal(act_of(p[B].ctx)->state, AS_READY);
}

static void a_tick_is_the_next_ones_turn(void **s)
{
	(void)s;
	run(B);
	act_ready(act_of(p[A].ctx), true);
	assert_ptr_equal(sched_first(), act_of(p[A].ctx));
	kernel_irq_note(IRQ_TIMER);
	enter(kernel_interrupted, A);
	assert_ptr_equal(sched_first(), act_of(p[B].ctx));
	assert_ptr_equal(cpu0.current, p[B].ctx);
	sched_change(cap_oid(&p[A].schedule), cap_version(&p[A].schedule), 9, (struct sched_reserve){ 0, 0 });
	assert_ptr_equal(sched_first(), act_of(p[A].ctx));
	assert_int_equal(sched_first_prio(), 9);
	act_park(act_of(p[A].ctx), AS_WAITING, 0);
	sched_change(cap_oid(&p[A].schedule), cap_version(&p[A].schedule), 15, (struct sched_reserve){ 0, 0 });
	assert_ptr_equal(sched_first(), act_of(p[B].ctx));
}

/* An operation whose step has used up its share waits for nothing: it is first again, unless somebody is more urgent. */
static void who_gives_way_stays_first(void **s)
{
	struct activity *a = act_of(p[A].ctx);

	(void)s;
	run(B);
	act_ready(a, true);
	op_begin(a);
	assert_int_equal(cpu0.share, 0);
	assert_false(share_used(STEP_SHARE));
	assert_true(share_used(1));
	cpu0.resched = false;
	op_end(p[A].ctx, stall_on(KEY_AGAIN));
	op_end(p[A].ctx, stall_on(KEY_AGAIN));
	assert_int_equal(a->state, AS_READY);
	assert_int_equal(a->tries, 1); /* by the general way, and not nearer to the token */
	assert_int_equal(a->shares, 2);
	run(A); /* what it was at is over */
	assert_int_equal(a->tries, 0);
	assert_int_equal(a->shares, 0);
	op_end(p[A].ctx, stall_on(KEY_AGAIN));
	for (u32 k = 0; k < 5; k++) /* the last one seen is of an earlier machine */
		kernel_irq_note(IRQ_TIMER);
	enter(kernel_interrupted, A);
	assert_int_equal(a->tries, 0);
	assert_int_equal(a->shares, 0);
	act_ready(a, true);
	assert_true(cpu0.resched);
	assert_ptr_equal(sched_first(), a);
	op_begin(a);
	assert_int_equal(cpu0.share, 0);
	sched_change(cap_oid(&p[B].schedule), cap_version(&p[B].schedule), 9, (struct sched_reserve){ 0, 0 });
	assert_ptr_equal(sched_first(), act_of(p[B].ctx));
}

static struct context *call_b(void)
{
	struct hal_regs *r = &p[A].ctx->regs;

	r->x[HAL_REG_A0] = A_CALL;
	r->x[HAL_REG_A0 + 1] = INV_RCV(0, 0, 0, 0);
	r->x[HAL_REG_A0 + 6] = 0;
	return world_next(kernel_syscall, p[A].ctx);
}

/* What schedules without users remember makes room for a new reserve; what one with users has does not. */
static void a_reserve_in_use_is_kept(void **s)
{
	static struct use many[NR_RESERVES + 1];
	const struct sched_reserve some = { 10000, 100 };

	(void)s;
	for (u32 k = 0; k < NR_RESERVES; k++) {
		many[k] = (struct use){ .count = k != 5 };
		reserve_set(&many[k], some);
		assert_int_equal(reserve_get(&many[k]).budget, some.budget);
	}
	reserve_set(&many[NR_RESERVES], some);
	assert_int_equal(reserve_get(&many[NR_RESERVES]).budget, some.budget);
	for (u32 k = 0; k < NR_RESERVES; k++)
		assert_int_equal(reserve_get(&many[k]).budget, k == 5 ? 0 : some.budget);
	for (u32 k = 0; k <= NR_RESERVES; k++)
		reserve_set(&many[k], (struct sched_reserve){ 0, 0 });
}

/* A calls B, which is of a lower priority than C: so C is next, also when what it has of a reserve is used up. */
static void a_spent_reserve_between_caller_and_callee(void **s)
{
	struct cap *c = fake_node(&p[C].schedule)->slot;

	(void)s;
	sched_change(cap_oid(&p[A].schedule), cap_version(&p[A].schedule), 5, (struct sched_reserve){ 0, 0 });
	c[0] = cap_number(4, 1, 0);
	c[1] = cap_number(100000, 1000, 0);
	run(C);
	assert_ptr_equal(world_next(kernel_interrupted, p[A].ctx), p[C].ctx);
	world_ms += 2;
	kernel_irq_note(IRQ_TIMER);
	assert_ptr_equal(world_next(kernel_interrupted, p[C].ctx), p[A].ctx);
	act_park(act_of(p[C].ctx), AS_WAITING, 0);
	for (u32 k = 0; k < 2; k++) { /* so that the next one can go the short way */
		assert_ptr_equal(call_b(), p[B].ctx);
		p[B].ctx->regs.x[HAL_REG_A0] = INV_CTL(INV_RETURN, RESUME, 0, 0, 0, 0);
		p[B].ctx->regs.x[HAL_REG_A0 + 1] = INV_RCV(0, 0, 0, RESUME);
		assert_ptr_equal(world_next(kernel_syscall, p[B].ctx), p[A].ctx);
	}
	act_ready(act_of(p[C].ctx), false);
	assert_ptr_equal(world_next(kernel_interrupted, p[A].ctx), p[A].ctx);
	assert_ptr_equal(call_b(), p[C].ctx);
	assert_int_equal(run_state(B), RS_RUNNING);
}

/* What a volume says of a process and what it says of activities need not agree: P2 holds of what is loaded. */
static void activities_are_right_of_states(void **s)
{
	static const struct { u8 state; u16 flags; } found[] = {
		{ RS_RUNNING, PF_STOPPED }, { RS_AVAILABLE, 0 }, { RS_AVAILABLE, PF_STOPPED }, { RS_RUNNING, 0 }, { RS_WAITING, 0 },
	};
	struct objref ref;

	(void)s;
	for (u32 k = 0; k < 2 * ARRAY_SIZE(found); k++) {
		struct abi_process_regs *raw;
		bool active = k < ARRAY_SIZE(found);

		run(A);
		if (!active)
			process_stop(p[A].ctx);
		context_unload(p[A].ctx);
		raw = (void *)&fake_node(&p[A].process)->slot[PS_NR];
		raw->run_state = found[k % ARRAY_SIZE(found)].state;
		raw->flags = found[k % ARRAY_SIZE(found)].flags;
		assert_int_equal(cap_lookup(&p[A].process, &ref), RC_OK);
		assert_int_equal(process_load(&ref, &p[A].ctx), RC_OK);
		assert_int_equal(p[A].ctx->act != NULL, active);
		assert_int_equal(run_state(A) != RS_AVAILABLE && !(p[A].ctx->p.flags & PF_STOPPED), active);
		if (active && run_state(A) == RS_WAITING) { /* it is not: nobody has its answer */
			act_ready(act_of(p[A].ctx), true);
			enter(kernel_interrupted, A);
			assert_null(act_find(cap_oid(&p[A].process)));
			assert_int_equal(process_load(&ref, &p[A].ctx), RC_OK);
			assert_true(p[A].ctx->p.flags & PF_STOPPED);
		}
	}
}

static u32 between;

static void discard(void)
{
	between++;
	map_discard_all();
}

/* Whatever undoes an operation's shares, too few tables or somebody more urgent: after SHARES_MAX of them it is done at once. */
static void shares_come_to_an_end(void **s)
{
	(void)s;
	for (u32 n = A; n <= B; n++) {
		struct node *space = fake_node(&fake_node(&p[n].process)->slot[PS_SPACE]);

		for (u32 i = 2; i < 18; i++)
			space->slot[i] = space->slot[DATA >> FRAME_SHIFT];
	}
	string(A, 0x2000, 0x10000, 0, 0);
	string(B, 0, 0, 0x2000, 0x10000);
	world_between = discard;
	assert_int_equal(invoke(A, A_CALL, 0, 7, BLOCK), 1);
	assert_in_range(between, SHARES_MAX, SHARES_MAX + 1);
	assert_int_equal(word(B, 0), 7);
	assert_int_equal(act_of(p[B].ctx)->shares, 0);
}

/* ---- the console ---------------------------------------------------------------------------------------------------- */

static void who_reads_the_console_is_told(void **s)
{
	char got[8];

	(void)s;
	p[A].ctx->p.run_state = RS_WAITING;
	act_park(act_of(p[A].ctx), AS_CONSOLE, 0);
	console_poll();
	assert_int_equal(act_of(p[A].ctx)->state, AS_CONSOLE);
	world_typed = "ab";
	console_poll();
	assert_int_equal(act_of(p[A].ctx)->pending, AS_CONSOLE);
	assert_int_equal(console_take(got, 1), 1);
	assert_int_equal(got[0], 'a');
	act_park(act_of(p[A].ctx), AS_CONSOLE, 0);
	act_of(p[A].ctx)->pending = 0;
	console_restarted(); /* the news comes before what was typed */
	assert_int_equal(console_take(got, 8), 0);
	console_poll();
	assert_true(act_of(p[A].ctx)->restarted);
	enter(kernel_interrupted, A);
	assert_int_equal(word(A, 0), RC_RESTARTED);
	assert_int_equal(console_take(got, 8), 1);
	assert_int_equal(got[0], 'b');
	for (u32 n = 0; n < 1000; n++)
		console_input('x');
	assert_in_range(console_take(inv_scratch(), 4096), 1, 999);
	console_write("ok", 2);
}

/* ---- kernel threads ------------------------------------------------------------------------------------------------- */

static u32 order[8], steps;
static enum kt_result step_low(struct kthread *kt) { (void)kt; order[steps++] = 1; return KT_WAIT; }
static enum kt_result step_high(struct kthread *kt) { (void)kt; order[steps++] = 2; return steps < 3 ? KT_AGAIN : KT_WAIT; }
static bool some_steps(void *n) { return steps >= *(u32 *)n; }

static void threads_run_by_urgency(void **s)
{
	static struct kthread low = { .name = "low", .step = step_low, .prio = 2 };
	static struct kthread high = { .name = "high", .step = step_high, .prio = 9 };
	u32 five = 5, six = 6;

	(void)s;
	kthread_register(&low);
	kthread_register(&high);
	assert_int_equal(kthread_first_prio(), -1);
	kthread_wake(&low);
	irq_register(4, &high);
	kernel_irq_note(3);
	assert_int_equal(kthread_first_prio(), 2);
	kernel_irq_note(4);
	assert_int_equal(kthread_first_prio(), 9);
	for (u32 k = 0; k < 4; k++)
		kthread_step();
	assert_int_equal(steps, 4);
	assert_true(order[0] == 2 && order[1] == 2 && order[2] == 2 && order[3] == 1);
	kthread_wake(&low);
	world_ms += 51; /* late: before everything else */
	assert_int_equal(kthread_first_prio(), PRIO_NR);
	kthread_run_until(some_steps, &five);
	kthread_wake_at(&low, world_ms + 7);
	kthread_timers(world_ms + 6);
	assert_int_equal(kthread_first_prio(), -1);
	world_ms += 7;
	kthread_run_until(some_steps, &six);
	kthread_set_prio(&low, 4);
	kthread_wake(&low);
	assert_int_equal(kthread_first_prio(), 4);
	kthread_step();
	kthread_device(1);
	assert_int_equal(kthread_stops_world(), !IS_ENABLED(CONFIG_KERNEL_THREADS));
	kthread_device(-1);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup(name, world_setup)
	const struct CMUnitTest tests[] = {
		T(a_page_is_mapped_when_it_is_touched), T(a_page_that_cannot_be_written_yet),
		T(without_a_keeper_a_fault_stops), T(a_keeper_gets_the_fault_and_lets_it_go_on),
		T(a_keeper_that_is_no_help), T(activities_come_back), T(more_activities_than_there_is_room_for),
		T(what_is_held_is_in_a_state),
		T(sleepers_wake_in_time), T(a_tick_is_the_next_ones_turn), T(who_gives_way_stays_first),
		T(a_spent_reserve_between_caller_and_callee), T(a_reserve_in_use_is_kept), T(shares_come_to_an_end), T(activities_are_right_of_states),
		T(who_reads_the_console_is_told),
		T(threads_run_by_urgency),
	};

	return cmocka_run_group_tests_name("sched", tests, NULL, NULL);
}
