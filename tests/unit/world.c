/* SPDX-License-Identifier: Apache-2.0 */
#include "world.h"

#include <stub/wrong.h>

struct proc p[PROCS];
static jmp_buf nobody;
static bool dispatching;

const struct ckpt_ops *ckpt_ops;

u64 world_ms = 5;
const char *world_typed = "";
u64 hal_time_ms(void) { return world_ms; }
u64 hal_time_ns(void) { return world_ms * 1000000; }
void hal_alarm_ns(u64 ns) { (void)ns; }
bool hal_console_getc(char *c)
{
	if (*world_typed)
		*c = *world_typed++;
	else
		return false;
	return true;
}
void hal_exit(int code) { exit(code); }
void hal_idle(void)
{
	assert_true(dispatching);
	longjmp(nobody, 1);
}

/* ---- a world of three processes -------------------------------------------------------------- */

static void forget_everything(void)
{
	for (u32 i = 1; i <= CONFIG_NR_CONTEXTS; i++)
		if (context_at(i)->proc)
			context_unload(context_at(i));
	for (u32 i = 0; i < CONFIG_NR_ACTIVITIES; i++)
		if (activities[i].state != AS_FREE)
			act_free(&activities[i]);
}

struct cap world_schedule(oid_t oid, u32 priority, u32 limit)
{
	struct cap c = fake_alloc(oid, NK_SCHEDULE);

	fake_node(&c)->slot[0] = cap_number(priority, limit, 0);
	return c;
}

static void make(u32 n)
{
	oid_t pot = POT_OF(n), page = (200 + n) * 8;
	struct cap data = fake_alloc(page, NK_PAGE), space;
	struct objref ref;

	p[n] = (struct proc){ .process = fake_alloc(pot, NK_PROCESS), .caps = fake_alloc(pot + 1, NK_NODE) };
	p[n].schedule = world_schedule(pot + 3, 3, 1);
	p[n].data = frame_peek(page);
	p[n].first_count = fake_node(&p[n].process)->call_count;
	space = fake_gpt(pot + 2, 17, 12, DATA >> 12, data);
	fake_node(&p[n].process)->slot[PS_SPACE] = space;
	fake_node(&p[n].process)->slot[PS_CAPREGS] = p[n].caps;
	fake_node(&p[n].process)->slot[PS_SCHEDULE] = p[n].schedule;
	assert_int_equal(cap_lookup(&p[n].process, &ref), RC_OK);
	assert_int_equal(process_load(&ref, &p[n].ctx), RC_OK);
}

struct cap start_of(u32 n, u32 facet)
{
	return cap_make(CT_START, facet, cap_version(&p[n].process), cap_oid(&p[n].process), 0);
}

struct cap *reg(u32 n, u32 r)
{
	return &fake_node(&p[n].caps)->slot[r];
}

u64 count(u32 n)
{
	return fake_node(&p[n].process)->call_count - p[n].first_count;
}

u32 run_state(u32 n)
{
	return p[n].ctx->p.run_state;
}

void run(u32 n)
{
	pins_drop();
	frame_pin(p[n].ctx->proc);
	frame_pin(p[n].ctx->caps);
	assert_int_equal(process_can_run(p[n].ctx), RC_OK);
	process_run(p[n].ctx);
}

int world_setup(void **s)
{
	static const struct mm_hooks hooks = { sched_wake_key, process_frame_unhook, process_schedule_unhook };

	(void)s;
	asking = (struct asking){ 0 };
	world_between = NULL;
	forget_everything();
	fake_boot(256);
	mm_register_hooks(&hooks);
	sched_init();
	for (u32 n = 0; n < PROCS; n++)
		make(n);
	for (u32 n = 0; n < PROCS; n++) {
		p[n].ctx->regs = (struct hal_regs){ .pc = 0x100 };
		p[n].ctx->regs.x[HAL_REG_A0 + 1] = INV_RCV(24, 25, 26, RESUME);
		*reg(n, 1) = start_of((n + 1) % PROCS, 9);
		*reg(n, 2) = cap_number(n, 2, 3);
	}
	run(A);
	return 0;
}

struct context *world_next(struct context *(*entry)(struct context *ctx), struct context *ctx)
{
	struct context *volatile next = NULL;

	dispatching = true;
	if (!setjmp(nobody))
		next = entry(ctx);
	dispatching = false;
	return next;
}

void enter(struct context *(*entry)(struct context *ctx), u32 n)
{
	(void)world_next(entry, p[n].ctx);
}

void (*world_between)(void);

/* The system call, and again for as long as it gives way and stays ready. */
static void trap(u32 n)
{
	u64 before = p[n].ctx->regs.pc;

	cpu0.stall_key = 0;
	do {
		if (cpu0.stall_key == KEY_AGAIN && world_between)
			world_between();
		cpu0.stall_key = 0;
		enter(kernel_syscall, n);
	} while (cpu0.stall_key == KEY_AGAIN && p[n].ctx->regs.pc == before);
}

u32 invoke(u32 n, u32 ctl, u32 rcv, word_t w0, word_t str)
{
	struct hal_regs *r = &p[n].ctx->regs;
	u64 before = r->pc;

	r->x[HAL_REG_A0] = ctl;
	r->x[HAL_REG_A0 + 1] = rcv;
	for (u32 k = 0; k < 4; k++)
		r->x[HAL_REG_A0 + 2 + k] = w0 + k;
	r->x[HAL_REG_A0 + 6] = str;
	assert_int_equal(run_state(n), RS_RUNNING);
	trap(n);
	mm_check();
	return (u32)(r->pc - before) / 4;
}

struct asking asking;

/* Does idl/ tell of this answer? What processes answer is their own. */
static bool documented(u32 type, u32 op, word_t error)
{
#define DOCUMENTED(t, o, e, made) { t, e, o },
#define ALWAYS(e) { CT_NR, e, 0 },
	static const struct { u8 type, error; u32 op; } known[] = { DOCUMENTED_ERRORS ALWAYS_ERRORS };
#undef DOCUMENTED
#undef ALWAYS

	if (error == RC_OK || type == CT_START || type == CT_RESUME || type == CT_FAULT)
		return true;
	for (u32 k = 0; k < ARRAY_SIZE(known); k++)
		if (known[k].error == error && (known[k].type == CT_NR || (known[k].type == type && (!known[k].op || known[k].op == op))))
			return true;
	return false;
}

static void answered(struct cap target, u32 op)
{
	if (run_state(A) != RS_RUNNING || (cap_type(&target) == CT_FORWARDER && cap_rights(&target) & CR_OPAQUE))
		return;
	if (!documented(cap_type(&target), op, word(A, 0)))
		fail_msg("type %u, operation %u: idl/ tells of no answer %u", cap_type(&target), op, (u32)word(A, 0));
}

word_t ask(struct cap target, word_t code, word_t w1, word_t w2, struct cap c0)
{
	struct hal_regs *r = &p[A].ctx->regs;
	u64 before = r->pc;

	*reg(A, 4) = target;
	*reg(A, 5) = c0;
	r->x[HAL_REG_A0] = INV_CTL(INV_CALL, 4, 5, 7, 0, 0);
	r->x[HAL_REG_A0 + 1] = INV_RCV(ASK_GOT, 0, 0, 0);
	r->x[HAL_REG_A0 + 2] = code;
	r->x[HAL_REG_A0 + 3] = w1;
	r->x[HAL_REG_A0 + 4] = w2;
	r->x[HAL_REG_A0 + 5] = asking.w3;
	r->x[HAL_REG_A0 + 6] = asking.str;
	trap(A);
	if (!asking.unchecked)
		mm_check();
	if (r->pc != before)
		answered(target, (u32)code);
	return word(A, 0);
}

word_t word(u32 n, u32 k)
{
	return hal_msg_word(&p[n].ctx->regs, k);
}

void string(u32 n, word_t send, word_t len, word_t recv, word_t max)
{
	struct abi_string s = { send, len, recv, max };

	memcpy((u8 *)frame_data(p[n].data) + (BLOCK & 0xfff), &s, sizeof(s));
}

void check_activities(void)
{
	u32 used = 0, due = 0;

	for (u32 i = 0; i < CONFIG_NR_ACTIVITIES; i++)
		used += activities[i].state != AS_FREE;
	for (u32 n = 0; n < PROCS; n++) {
		struct activity *a = act_find(cap_oid(&p[n].process));
		bool active = run_state(n) != RS_AVAILABLE && !(p[n].ctx->p.flags & PF_STOPPED);

		assert_ptr_equal(a, act_of(p[n].ctx));
		assert_int_equal(a != NULL, active);
		due += active;
	}
	assert_int_equal(used, due);
}
