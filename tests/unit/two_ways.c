/* SPDX-License-Identifier: Apache-2.0 */
#include "two_ways.h"

#include <abi/syscall.h>
#include <kernel/entry.h>
#include <stdlib.h>
#include <string.h>

#include "cap/ops.h"
#include "kernel/ready.h"

struct proc p[PROCS];
struct cap forwarder[FORWARDERS];
struct frame *fixed, *shared;
struct context *running;
jmp_buf nobody;
u32 thread_steps;
u64 now_ns = 5000000, alarm_ns = ~(u64)0;
static u32 random_state;
const struct ckpt_ops *ckpt_ops;

/* A millisecond begins with its tick. */
u64 hal_time_ms(void) { return now_ns / 1000000; }
u64 hal_time_ns(void) { return now_ns; }
void hal_alarm_ns(u64 ns) { alarm_ns = ns < ~now_ns ? now_ns + ns : ~(u64)0; }
bool hal_console_getc(char *c) { (void)c; return false; }
void hal_idle(void) { longjmp(nobody, 1); }
void hal_exit(int code) /* who halts it stays where it is */
{
	if (code)
		abort();
	longjmp(nobody, 1);
}

static enum kt_result thread_step(struct kthread *kt)
{
	(void)kt;
	thread_steps++;
	return KT_WAIT;
}
static struct kthread thread = { .name = "test", .step = thread_step };

u32 pick(u32 n)
{
	random_state = random_state * 1664525 + 1013904223;
	return (u32)((u64)random_state * n >> 32);
}

u32 number(oid_t process)
{
	return (u32)(OID_FRAME(process) / 8) - 100;
}

/* ---- the world --------------------------------------------------------------------------------------------------------- */

static oid_t pot(u32 n)
{
	return (100 + n) * 8;
}

struct cap start_of(u32 n)
{
	u32 version = cap_version(&p[n].process) - !pick(40);

	if (!pick(40)) /* not a process */
		return cap_make(CT_START, 1, cap_version(&p[n].caps), cap_oid(&p[n].caps), 0);
	return cap_make(CT_START, pick(1 << 24), version, cap_oid(&p[n].process), 0);
}

struct cap opaque(u32 n)
{
	return cap_make(CT_FORWARDER, 0, cap_version(&forwarder[n]), cap_oid(&forwarder[n]), CR_OPAQUE);
}

struct cap *reg(u32 n, u32 r)
{
	return &fake_node(&p[n].caps)->slot[r];
}

static bool lives(const struct cap *c)
{
	struct objref ref;

	return cap_lookup(c, &ref) == RC_OK;
}

void parameters(u32 n, u32 priority, u32 limit, struct sched_reserve r)
{
	struct objref ref;

	if (!lives(&p[n].schedule))
		return;
	(void)fake_node(&p[n].schedule); /* dirty */
	assert_int_equal(cap_lookup(&p[n].schedule, &ref), RC_OK);
	sched_params_set(&ref, (struct sched_params){ priority, limit, r });
}

static struct sched_reserve some_reserve(void)
{
	static const u32 periods[] = { 500, 1000, 3000, 10000 };
	u32 period = periods[pick(ARRAY_SIZE(periods))];

	return pick(3) ? (struct sched_reserve){ 0, 0 } : (struct sched_reserve){ period, period / (3 + pick(17)) };
}

static void load(u32 n)
{
	struct objref ref;

	assert_int_equal(cap_lookup(&p[n].process, &ref), RC_OK);
	assert_int_equal(process_load(&ref, &p[n].ctx), RC_OK);
}

static void make(u32 n)
{
	struct cap pages[2], space;

	p[n].process = fake_alloc(pot(n), NK_PROCESS);
	p[n].caps = fake_alloc(pot(n) + 1, NK_NODE);
	p[n].schedule = n == 1 ? p[0].schedule : fake_alloc(pot(n) + 3, NK_SCHEDULE);
	for (u32 k = 2; k-- > 0;) { /* the second is not where the first ends in memory */
		pages[k] = fake_alloc((200 + 2 * n + k) * 8, NK_PAGE);
		p[n].page[k] = frame_peek(cap_oid(&pages[k]));
	}
	space = fake_gpt(pot(n) + 2, 17, 12, OWN >> 12, pages[0]);
	fake_node(&space)->slot[(OWN >> 12) + 1] = pages[1];
	fake_node(&space)->slot[FIXED >> 12] = cap_make(CT_PAGE, 0, fixed->tag.version, fixed->oid, CR_RO);
	fake_node(&space)->slot[SHARED >> 12] = obj_cap(shared, 0);
	fake_node(&p[n].process)->slot[PS_SPACE] = space;
	fake_node(&p[n].process)->slot[PS_CAPREGS] = p[n].caps;
	fake_node(&p[n].process)->slot[PS_SCHEDULE] = p[n].schedule;
	parameters(n, 3, PROCS, (struct sched_reserve){ 0, 0 });
	load(n);
	for (u32 r = 0; r < NODE_SLOTS; r++)
		*reg(n, r) = cap_number(n, r, 3);
	*reg(n, SLEEP) = cap_make(CT_SLEEP, 0, 0, 0, 0);
	if (n == PROCS - 1) /* its counts end soon */
		fake_node(&p[n].process)->call_count = COUNT_MAX - 100;
}

static void make_forwarder(u32 n)
{
	forwarder[n] = fake_alloc(pot(n) + 4, NK_FORWARDER);
	fake_node(&forwarder[n])->slot[0] = start_of(pick(PROCS));
}

void world(u32 random)
{
	static const struct mm_hooks hooks = { sched_wake_key, process_frame_unhook, process_schedule_unhook };
	struct cap c;

	random_state = random;
	fake_boot(256);
	mm_register_hooks(&hooks);
	sched_init();
	kthread_register(&thread);
	c = fake_alloc(300 * 8, NK_PAGE);
	fixed = frame_peek(cap_oid(&c));
	c = fake_alloc(301 * 8, NK_PAGE);
	shared = frame_peek(cap_oid(&c));
	for (u32 n = 0; n < PROCS; n++)
		make(n);
	for (u32 n = 0; n < FORWARDERS; n++)
		make_forwarder(n);
}

/* ---- what happens -------------------------------------------------------------------------------------------------------- */

static void clock_to(u64 ns)
{
	u64 before = hal_time_ms();

	now_ns = ns;
	if (hal_time_ms() != before)
		kernel_irq_note(IRQ_TIMER);
	if (now_ns >= alarm_ns) {
		alarm_ns = ~(u64)0;
		kernel_irq_note(IRQ_ALARM);
	}
}

void alarm_comes(void)
{
	if (alarm_ns != ~(u64)0)
		clock_to(MAX(alarm_ns, now_ns));
}

/* What was destroyed is made again, when it pleases. */
static void mend(u32 n)
{
	if (n < FORWARDERS && !lives(&forwarder[n]))
		make_forwarder(n);
	if (n == 1 || lives(&p[n].schedule))
		return;
	p[n].schedule = fake_alloc(pot(n) + 3, NK_SCHEDULE);
	parameters(n, 3, PROCS, some_reserve());
	for (u32 k = n; k <= n + !n; k++) { /* two of them share one */
		p[k].schedule = p[n].schedule;
		fake_node(&p[k].process)->slot[PS_SCHEDULE] = p[n].schedule;
		context_slot_changed(p[k].ctx, PS_SCHEDULE);
	}
}

static void snapshot(void)
{
	contexts_write_back();
	state.epoch++;
	map_snapshot();
	cpu0.resched = true;
}

/* The machine begins anew with what a checkpoint holds: nodes and activities. */
static void restart(void)
{
	struct activity saved[PROCS];
	struct sched_reserve reserve[PROCS];

	for (u32 n = 0; n < PROCS; n++) {
		const struct activity *a = p[n].ctx->act;

		saved[n] = (struct activity){ .state = AS_FREE };
		if (!a)
			continue;
		reserve[n] = sched_reserve_of(a);
		saved[n] = (struct activity){ .oid = a->oid, .version = a->version, .state = act_lasting_state(a),
					      .prio = a->prio, .wake = a->wake, .sched_oid = a->sched_oid,
					      .sched_version = a->sched_version };
	}
	snapshot();
	running = NULL;
	pins_drop();
	for (u32 n = 0; n < PROCS; n++) {
		struct activity *a = p[n].ctx->act;

		context_unload(p[n].ctx);
		if (a)
			act_free(a);
	}
	for (struct use *u = uses; u < uses + CONFIG_NR_ACTIVITIES; u++) {
		reserve_set(u, (struct sched_reserve){ 0, 0 });
		*u = (struct use){ 0 };
	}
	sched_init();
	for (u32 n = 0; n < PROCS; n++)
		if (saved[n].state != AS_FREE)
			assert_true(sched_restore(&saved[n], reserve[n], false));
	for (u32 n = 0; n < PROCS; n++)
		load(n);
	alarm_ns = ~(u64)0;
}

/* A resume capability as nobody could make it: the count is right, or nearly; of one that sleeps if there is one. */
static void forge(u32 n, u32 k)
{
	for (u32 i = 0; i < PROCS; i++)
		if (p[i].ctx->act && p[i].ctx->act->state == AS_SLEEPING)
			k = i;
	*reg(n, RESUME) = process_resume_cap(p[k].ctx, pick(4) ? CT_RESUME : CT_FAULT);
	reg(n, RESUME)->w[0] ^= (u32)!pick(3) << 8;
}

void disturb(void)
{
	u32 n = pick(PROCS), k = pick(PROCS);

	clock_to(now_ns + pick(pick(8) ? 5000 : 100000));
	switch (pick(150)) {
	case 0:
		*reg(n, 1 + pick(NODE_SLOTS - 1)) = start_of(k);
		break;
	case 1:
		*reg(n, 1 + pick(NODE_SLOTS - 1)) = *reg(k, 1 + pick(NODE_SLOTS - 1));
		break;
	case 2:
		parameters(n, 2 + pick(3), pick(PROCS), some_reserve());
		break;
	case 3:
		thread.prio = (u8)(1 + pick(5));
		kthread_wake(&thread);
		break;
	case 4:
		for (k = 0; k < PROCS; k++)
			sched_wake_key(KEY_PROCESS(cap_oid(&p[k].process)));
		break;
	case 5:
		snapshot();
		break;
	case 6:
		kernel_irq_note(IRQ_TIMER);
		break;
	case 7:
		fake_node(&p[n].process)->slot[PS_KEEPER] = pick(4) ? start_of(k) : opaque(k % FORWARDERS);
		break;
	case 8:
		memset(frame_data(p[n].page[0]), (int)pick(256), 0x800);
		break;
	case 9:
		context_slot_changed(p[n].ctx, PS_SPACE);
		cpu0.resched = true;
		break;
	case 10:
		sched_answer(AS_SLEEPING, ~(u64)0);
		break;
	case 11 ... 14:
		forge(n, k);
		break;
	case 15: /* as a notice does it to one that is not available */
		if (p[n].ctx->p.run_state != RS_AVAILABLE)
			p[n].ctx->p.notice_bits |= 1u << pick(24);
		break;
	case 16: /* held back */
		if (p[n].ctx->p.run_state != RS_AVAILABLE)
			p[n].ctx->p.notice_mask = pick(2) ? 0 : 1u << pick(24);
		break;
	case 17 ... 26:
		mend(n);
		break;
	case 27:
		if (!pick(8))
			restart();
		break;
	}
}

/* ---- what is asked for ------------------------------------------------------------------------------------------------------- */

static void call(u32 n, struct cap object, u32 op, struct cap given, u32 w1, u32 w2)
{
	struct hal_regs *r = &p[n].ctx->regs;

	*reg(n, OBJECT) = object;
	*reg(n, GIVEN) = given;
	r->x[HAL_REG_A0] = INV_CTL(pick(8) ? INV_CALL : INV_PCALL, OBJECT, GIVEN, 0, 0, 0);
	r->x[HAL_REG_A0 + 1] = 0;
	r->x[HAL_REG_A0 + 2] = op;
	r->x[HAL_REG_A0 + 3] = w1;
	r->x[HAL_REG_A0 + 4] = w2;
	r->x[HAL_REG_A0 + 6] = 0;
}

static struct cap kernels(u32 type)
{
	return cap_make(type, 0, 0, 0, 0);
}

static void rescind(u32 n, struct cap what)
{
	call(n, cap_make(CT_RANGE, 0, PROCS, pot(0), 0), OP_RANGE_RESCIND, what, 0, 0);
}

void ask_of_schedule(u32 n)
{
	u32 k = pick(PROCS);
	struct sched_reserve r = some_reserve();

	switch (pick(10)) {
	case 0 ... 2:
		call(n, kernels(CT_SYSCTL), OP_SYS_RESERVE_SET, p[k].schedule, r.period, r.budget);
		break;
	case 3:
		call(n, kernels(CT_SYSCTL), OP_SYS_SCHED_SET, p[k].schedule, 2 + pick(3), 1 + pick(PROCS));
		break;
	case 4:
		call(n, p[k].schedule, OP_SCHED_DIVIDE_RESERVE, p[pick(PROCS)].schedule, r.period, r.budget / 4);
		break;
	case 5:
		if (pick(8))
			call(n, p[k].schedule, OP_SCHED_RESERVE, cap_void(), 0, 0);
		else
			rescind(n, p[k].schedule);
		break;
	case 6 ... 7:
		call(n, kernels(CT_SLEEP), OP_SLEEP_PERIOD, cap_void(), 0, 0);
		break;
	case 8:
		call(n, kernels(CT_SLEEP), OP_SLEEP_FOR, cap_void(), pick(3), 0);
		break;
	default:
		call(n, p[k].process, pick(2) ? OP_PROC_CONTINUE : OP_PROC_YIELD, cap_void(), 0, 0);
	}
}

void ask_of_forwarder(u32 n)
{
	u32 k = pick(FORWARDERS);
	struct hal_regs *r = &p[n].ctx->regs;

	switch (pick(12)) {
	case 0 ... 5: /* with all that it sends otherwise */
		*reg(n, OBJECT) = opaque(k);
		r->x[HAL_REG_A0] &= ~(u64)0xff;
		r->x[HAL_REG_A0] |= INV_CTL(pick(3) ? INV_CALL : pick(INV_NR), OBJECT, 0, 0, 0, 0);
		break;
	case 6:
		call(n, forwarder[k], OP_FWD_TARGET, pick(4) ? start_of(pick(PROCS)) : opaque(pick(FORWARDERS)), 0, 0);
		break;
	case 7:
		call(n, forwarder[k], OP_FWD_BLOCK, cap_void(), 1, 0);
		break;
	case 8 ... 9:
		call(n, forwarder[k], OP_FWD_BLOCK, cap_void(), 0, 0);
		break;
	case 10:
		call(n, forwarder[k], OP_FWD_OPTIONS, cap_void(), 2 * pick(4), pick(1u << 31));
		break;
	default:
		if (pick(4))
			call(n, forwarder[k], OP_FWD_PUSH_BACK, *reg(n, RESUME), 0, 0);
		else
			rescind(n, forwarder[k]);
	}
}
