/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The short ways do what the general ones do: two copies of one machine, made by fork(), live through the same random
 * history. One enters through kernel_syscall(), the other through syscall_general(), and both through kernel_page_fault(),
 * the other as if for a second time, so that it tries nothing short; after each step all that a program or a later step
 * could tell is compared. What only the short way does, and nobody can tell, stands below.
 */
#include "fake_mm.h"

#include <abi/syscall.h>
#include <hal/hal.h>
#include <kernel/entry.h>
#include <kernel/peek.h>
#include <kernel/sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "kernel/fast.h"
#include "kernel/ready.h"

#define PROCS 5u
#define STEPS 100000u
#define NOTICE 26u
#define RESUME 27u
#define SLEEP 28u
#define NUMBER 29u
#define OWN 0x1000u      /* two writable pages of its own */
#define FIXED 0x3000u    /* read-only */
#define SHARED 0x4000u   /* one page, writable by all */
#define NOWHERE 0x9000u

static struct proc {
	struct cap process, caps, schedule;
	struct frame *page[2];
	struct context *ctx;
} p[PROCS];
static struct frame *fixed, *shared;
static struct context *running;
static jmp_buf nobody;
static u32 thread_steps, random_state;
const struct ckpt_ops *ckpt_ops;

u64 hal_time_ms(void) { return 5; }
u64 hal_time_ns(void) { return 5000000; }
void hal_alarm_ns(u64 ns) { (void)ns; }
u64 hal_cycles(void) { return 0; }
void hal_irq_window(void) { }
void hal_irq_enable(u32 irq) { (void)irq; }
bool hal_device_access(enum hal_space space, paddr_t at, u32 bytes, bool write, u32 *value)
{
	(void)space, (void)at, (void)bytes, (void)write, (void)value;
	return false;
}
void hal_console_putc(char c) { (void)c; }
bool hal_console_getc(char *c) { (void)c; return false; }
void hal_exit(int code) { exit(code); }
void hal_idle(void) { longjmp(nobody, 1); }

static enum kt_result thread_step(struct kthread *kt)
{
	(void)kt;
	thread_steps++;
	return KT_WAIT;
}
static struct kthread thread = { .name = "test", .step = thread_step };

static u32 pick(u32 n)
{
	random_state = random_state * 1664525 + 1013904223;
	return (u32)((u64)random_state * n >> 32);
}

static u32 number(oid_t process)
{
	return (u32)(OID_FRAME(process) / 8) - 100;
}

/* ---- the world --------------------------------------------------------------------------------------------------------- */

static struct cap start_of(u32 n)
{
	u32 version = cap_version(&p[n].process) - !pick(40);

	if (!pick(40)) /* not a process */
		return cap_make(CT_START, 1, cap_version(&p[n].caps), cap_oid(&p[n].caps), 0);
	return cap_make(CT_START, pick(1 << 24), version, cap_oid(&p[n].process), 0);
}

static struct cap *reg(u32 n, u32 r)
{
	return &fake_node(&p[n].caps)->slot[r];
}

static void parameters(u32 n, u32 priority, u32 limit)
{
	struct objref ref;

	fake_node(&p[n].schedule)->slot[0] = cap_number(priority, limit, 0);
	fake_node(&p[n].schedule)->slot[1] = pick(4) ? cap_void() : cap_number(1000, 200, 0);
	assert_int_equal(cap_lookup(&p[n].schedule, &ref), RC_OK);
	process_schedule_unhook(ref.frame);
}

static void make(u32 n)
{
	oid_t pot = (100 + n) * 8;
	struct cap pages[2], space;
	struct objref ref;

	p[n].process = fake_alloc(pot, NK_PROCESS);
	p[n].caps = fake_alloc(pot + 1, NK_NODE);
	p[n].schedule = n == 1 ? p[0].schedule : fake_alloc(pot + 3, NK_SCHEDULE);
	for (u32 k = 2; k-- > 0;) { /* the second is not where the first ends in memory */
		pages[k] = fake_alloc((200 + 2 * n + k) * 8, NK_PAGE);
		p[n].page[k] = frame_peek(cap_oid(&pages[k]));
	}
	space = fake_gpt(pot + 2, 17, 12, OWN >> 12, pages[0]);
	fake_node(&space)->slot[(OWN >> 12) + 1] = pages[1];
	fake_node(&space)->slot[FIXED >> 12] = cap_make(CT_PAGE, 0, fixed->tag.version, fixed->oid, CR_RO);
	fake_node(&space)->slot[SHARED >> 12] = obj_cap(shared, 0);
	fake_node(&p[n].process)->slot[PS_SPACE] = space;
	fake_node(&p[n].process)->slot[PS_CAPREGS] = p[n].caps;
	fake_node(&p[n].process)->slot[PS_SCHEDULE] = p[n].schedule;
	parameters(n, 3, PROCS);
	assert_int_equal(cap_lookup(&p[n].process, &ref), RC_OK);
	assert_int_equal(process_load(&ref, &p[n].ctx), RC_OK);
	for (u32 r = 0; r < NODE_SLOTS; r++)
		*reg(n, r) = cap_number(n, r, 3);
	*reg(n, SLEEP) = cap_make(CT_SLEEP, 0, 0, 0, 0);
	if (n == PROCS - 1) /* its counts end soon */
		fake_node(&p[n].process)->call_count = COUNT_MAX - 100;
}

static void world(void)
{
	static const struct mm_hooks hooks = { sched_wake_key, process_frame_unhook, process_schedule_unhook };
	struct cap c;

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
}

/* ---- what is compared ---------------------------------------------------------------------------------------------------- */

struct view_activity {
	u32 state, prio, tries, pending, restarted, use;
	u64 wake, key;
	oid_t sched_oid;
};

static struct view {
	struct hal_regs regs[PROCS];
	struct abi_process_regs p[PROCS];
	struct pot pot[PROCS];
	struct tag tag[PROCS];
	u8 page[2 * PROCS + 2][FRAME_SIZE];
	struct view_activity activity[PROCS];
	oid_t queue[PRIO_NR][PROCS], current;
	u32 mask, free, moved, threads, loaded, space_right;
	s32 thread_prio;
} mine, other;

static void see_activity(struct view_activity *v, const struct activity *a)
{
	*v = (struct view_activity){ .state = a->state, .prio = a->prio, .tries = a->tries, .pending = a->pending,
				     .restarted = a->restarted, .use = a->use->count, .sched_oid = a->sched_oid };
	if (a->state == AS_STALLED)
		v->key = a->key;
	if (a->state != AS_READY)
		v->wake = a->wake;
}

static void see_queues(struct view *v)
{
	for (u32 prio = 0; prio < PRIO_NR; prio++) {
		const struct activity *last = NULL;
		u32 n = 0;

		for (const struct activity *a = ready.queue[prio].head; a; last = a, a = a->next) {
			assert_true(n < PROCS && a->prev == last && a->ctx && a->ctx->act == a);
			v->queue[prio][n++] = a->oid;
		}
		assert_ptr_equal(ready.queue[prio].tail, last);
		assert_int_equal(n != 0, ready.mask >> prio & 1);
	}
	for (const struct activity *a = ready.free; a; a = a->next) {
		assert_int_equal(a->state, AS_FREE);
		assert_int_equal(a->oid, 0);
		v->free++;
	}
}

static void see(struct view *v, u32 moved)
{
	memset(v, 0, sizeof(*v));
	for (u32 n = 0; n < PROCS; n++) {
		struct context *c = p[n].ctx;

		v->regs[n] = c->regs;
		v->p[n] = c->p;
		memcpy(&v->pot[n], frame_data(c->proc), FRAME_SIZE);
		v->tag[n] = c->proc->tag;
		for (u32 k = 0; k < 2; k++)
			memcpy(v->page[2 * n + k], frame_data(p[n].page[k]), FRAME_SIZE);
		if (c->act)
			see_activity(&v->activity[n], c->act);
	}
	memcpy(v->page[2 * PROCS], frame_data(fixed), FRAME_SIZE);
	memcpy(v->page[2 * PROCS + 1], frame_data(shared), FRAME_SIZE);
	see_queues(v);
	v->mask = ready.mask;
	v->moved = moved;
	v->threads = thread_steps;
	v->thread_prio = cpu0.kthread_prio;
	if (running) {
		assert_ptr_equal(cpu0.current, running);
		assert_false(cpu0.resched);
		v->current = running->oid;
		v->space_right = context_root_known(running) && cpu0.loaded_root == running->root;
	}
}

static void explain(u32 step)
{
	const u8 *a = (const u8 *)&mine, *b = (const u8 *)&other;
	size_t i = 0;

	while (a[i] == b[i])
		i++;
	fail_msg("step %u: the two ways differ at byte %zu of struct view (%u, general: %u)", step, i, a[i], b[i]);
}

/* ---- a step -------------------------------------------------------------------------------------------------------------- */

static word_t address(void)
{
	static const word_t some[] = { OWN, OWN + 0x800, OWN + 0xff0, SHARED, SHARED + 40, OWN + 0x1000, OWN + 0x1ffe, FIXED,
				       FIXED + 0xfff, SHARED + 0x801, NOWHERE, (word_t)0 - 16 };

	return some[pick(pick(4) ? 4 : ARRAY_SIZE(some))];
}

static word_t length(void)
{
	static const word_t some[] = { 0, 1, 8, 80, 100, 2047, 2048, 4095, 4096, 4097, 5000, 65536, 65537, (word_t)0 - 1 };

	return some[pick(pick(4) ? 8 : ARRAY_SIZE(some))];
}

static word_t block(u32 n)
{
	static const u32 places[] = { 0xe00, 0xe20, 0xe40, 0xe04, 0xff8, 0xfe0 };
	struct abi_string s = { address(), length(), address(), length() };
	u32 at = places[pick(pick(4) ? 3 : ARRAY_SIZE(places))];
	u8 bytes[sizeof(s)];

	if (pick(2))
		return 0;
	if (!pick(50))
		return NOWHERE;
	memcpy(bytes, &s, sizeof(s));
	for (u32 i = 0; i < sizeof(s); i++)
		((u8 *)frame_data(p[n].page[(at + i) / FRAME_SIZE]))[(at + i) % FRAME_SIZE] = bytes[i];
	return OWN + at;
}

static void disturb(void)
{
	u32 n = pick(PROCS), k = pick(PROCS);

	switch (pick(150)) {
	case 0:
		*reg(n, 1 + pick(NODE_SLOTS - 1)) = start_of(k);
		break;
	case 1:
		*reg(n, 1 + pick(NODE_SLOTS - 1)) = *reg(k, 1 + pick(NODE_SLOTS - 1));
		break;
	case 2:
		parameters(n, 2 + pick(3), pick(PROCS));
		break;
	case 3:
		thread.prio = (u8)(1 + pick(5));
		kthread_wake(&thread);
		break;
	case 4:
		for (k = 0; k < PROCS; k++)
			sched_wake_key(KEY_PROCESS(cap_oid(&p[k].process)));
		break;
	case 5: /* a snapshot */
		contexts_write_back();
		state.epoch++;
		map_snapshot();
		cpu0.resched = true;
		break;
	case 6:
		kernel_irq_note(IRQ_TIMER);
		break;
	case 7:
		fake_node(&p[n].process)->slot[PS_KEEPER] = start_of(k);
		break;
	case 8:
		memset(frame_data(p[n].page[0]), (int)pick(256), 0x800);
		break;
	case 16: /* held back */
		if (p[n].ctx->p.run_state != RS_AVAILABLE)
			p[n].ctx->p.notice_mask = pick(2) ? 0 : 1u << pick(24);
		break;
	case 11 ... 14: /* as nobody could make it: the count is right, or nearly; of one that sleeps if there is one */
		for (u32 i = 0; i < PROCS; i++)
			if (p[i].ctx->act && p[i].ctx->act->state == AS_SLEEPING)
				k = i;
		*reg(n, RESUME) = process_resume_cap(p[k].ctx, pick(4) ? CT_RESUME : CT_FAULT);
		reg(n, RESUME)->w[0] ^= (u32)!pick(3) << 8;
		break;
	case 15: /* as a notice does it to one that is not available */
		if (p[n].ctx->p.run_state != RS_AVAILABLE)
			p[n].ctx->p.notice_bits |= 1u << pick(24);
		break;
	case 10:
		sched_answer(AS_SLEEPING, ~(u64)0);
		break;
	case 9:
		context_slot_changed(p[n].ctx, PS_SPACE);
		cpu0.resched = true;
		break;
	}
}

/* Nobody can run: somebody begins, or gives up. */
static void revive(void)
{
	struct context *c = p[pick(PROCS)].ctx;
	struct objref ref;

	pins_drop();
	assert_int_equal(cap_lookup(&p[number(c->oid)].process, &ref), RC_OK);
	assert_int_equal(process_load(&ref, &c), RC_OK);
	if (c->p.run_state == RS_AVAILABLE && process_can_run(c) == RC_OK)
		process_run(c);
	else
		process_available(c);
}

static void dispatch(void)
{
	running = NULL;
	if (!setjmp(nobody))
		running = sched_dispatch();
}

static bool awaited(const struct cap *c)
{
	struct objref ref;

	return (cap_type(c) == CT_RESUME || cap_type(c) == CT_FAULT) && cap_lookup(c, &ref) == RC_OK &&
	       p[number(cap_oid(c))].ctx->p.run_state == RS_WAITING;
}

static enum kind { CALL, REPLY, FAULT_REPLY, POST, OTHER, FAULT, KINDS } kind;

static enum kind kind_of(const struct context *ctx)
{
	u32 ctl = hal_msg_ctl(&ctx->regs), type = cap_type(&ctx->regnode->slot[ctl & 31]);

	if ((ctl >> 5 & 7) == INV_CALL)
		return type == CT_START ? CALL : OTHER;
	return type == CT_RESUME ? REPLY : type == CT_FAULT ? FAULT_REPLY : type == CT_NOTICE ? POST : OTHER;
}

/* Where nothing is, or where it may not: the keeper is told, if there is one. */
static void fault(bool short_way)
{
	struct context *ctx = running;
	struct cap *keeper = &fake_node(&p[number(ctx->oid)].process)->slot[PS_KEEPER], before = *keeper;
	bool nowhere = pick(2);

	*keeper = start_of(pick(PROCS));
	for (u32 k = 0; k < PROCS; k++)
		if (p[k].ctx->p.run_state == RS_AVAILABLE && pick(20))
			*keeper = start_of(k);
	kind = FAULT;
	cpu0.committed = true;
	running = NULL;
	if (!short_way)
		ctx->act->tries++;
	if (!setjmp(nobody))
		running = kernel_page_fault(ctx, nowhere ? NOWHERE : FIXED, ACC_WRITE);
	if (!short_way && ctx->act && ctx->act->state == AS_STALLED)
		ctx->act->tries--;
	*keeper = before; /* else hardly anybody would wait for anything but a keeper */
}

static void invoke(bool short_way)
{
	u32 n = number(running->oid), type, target;
	bool serves = awaited(reg(n, RESUME)) || (cap_type(reg(n, RESUME)) == CT_RESUME && !pick(4));
	struct context *ctx = running;
	struct hal_regs *r = &ctx->regs;

	type = !pick(12) ? pick(INV_NR + 1) : serves && pick(3) ? (pick(2) ? INV_RETURN : INV_PRETURN) : INV_CALL;
	target = !pick(12) ? pick(NODE_SLOTS) : type == INV_CALL ? 1 : RESUME;
	*reg(n, 1) = start_of(pick(PROCS));
	if (pick(8))
		for (u32 k = 0; k < PROCS; k++)
			if (p[k].ctx->p.run_state == RS_AVAILABLE)
				*reg(n, 1) = start_of(k);
	*reg(n, NOTICE) = cap_make(CT_NOTICE, pick(4) ? NOTICE_ALL : pick(1u << 24), cap_version(reg(n, 1)), cap_oid(reg(n, 1)), 0);
	r->x[HAL_REG_A0] = INV_CTL(type, target, pick(32), pick(4) * pick(8), pick(32), pick(3) ? 0 : pick(32));
	r->x[HAL_REG_A0 + 1] = INV_RCV(pick(2) * pick(32), pick(2) * pick(32), pick(2) * pick(32), pick(6) ? RESUME : pick(32));
	for (u32 k = 0; k < 4; k++)
		r->x[HAL_REG_A0 + 2 + k] = pick(1u << 31);
	if (!pick(20)) {
		static const u32 asked[] = { SLEEP, NUMBER, 0 };

		r->x[HAL_REG_A0] = INV_CTL(INV_CALL, asked[pick(3)], 0, 0, 0, pick(32));
		r->x[HAL_REG_A0 + 1] *= pick(2);
		*reg(n, NUMBER) = cap_number(pick(100), n, 3);
	}
	if (!pick(serves ? 20 : 6)) {
		r->x[HAL_REG_A0] = INV_CTL(pick(6) ? INV_RETURN : pick(INV_NR), NOTICE, 0, 0, 0, pick(4) ? 0 : RESUME);
		r->x[HAL_REG_A0 + 2] = pick(12) ? OP_NOTICE_POST : pick(4);
		r->x[HAL_REG_A0 + 3] = pick(12) ? 1u << pick(24) : pick(1u << 31);
	} else if (serves && cap_type(reg(n, RESUME)) == CT_FAULT && pick(4))
		r->x[HAL_REG_A0 + 2] = RC_OK;
	else if (!pick(2))
		r->x[HAL_REG_A0 + 2] = pick(3) == 0 ? OP_TYPE : pick(2) ? OP_NUM_GET : OP_SLEEP_FOR;
	r->x[HAL_REG_A0 + 6] = block(n);
	kind = kind_of(ctx);
	running = NULL;
	if (!setjmp(nobody))
		running = short_way ? kernel_syscall(ctx) : syscall_general(ctx);
}

/* Returns whether it was an invocation or a fault that did not enter the general path. */
static bool step(bool short_way)
{
	u64 pc = 0;
	u32 serial;
	bool was_short = false;

	disturb();
	if (cpu0.resched || !running)
		dispatch();
	if (!running) {
		revive();
		dispatch();
	}
	if (running) {
		struct context *ctx = running;

		pc = ctx->regs.pc;
		serial = state.pin_serial;
		if (pick(40)) {
			invoke(short_way);
			was_short = state.pin_serial == serial;
		} else {
			fault(short_way);
			was_short = !cpu0.committed;
		}
		pc = ctx->regs.pc - pc;
	}
	see(&mine, (u32)pc);
	return was_short;
}

/* ---- two histories ----------------------------------------------------------------------------------------------------------- */

static void send_view(int fd)
{
	for (size_t done = 0; done < sizeof(mine);) {
		ssize_t n = write(fd, (const char *)&mine + done, sizeof(mine) - done);

		if (n <= 0)
			_exit(0); /* the other has found a difference and is gone */
		done += (size_t)n;
	}
}

static void receive_view(int fd)
{
	for (size_t done = 0; done < sizeof(other);) {
		ssize_t n = read(fd, (char *)&other + done, sizeof(other) - done);

		assert_true(n > 0);
		done += (size_t)n;
	}
}

static void both_ways_are_one(void **unused)
{
	u32 shorts[KINDS] = { 0 }, others = 0;
	int fd[2], status;
	pid_t child;

	(void)unused;
	assert_int_equal(pipe(fd), 0);
	child = fork();
	assert_true(child >= 0);
	if (!child) {
		close(fd[0]); /* so that it ends when the other does */
		for (u32 i = 0; i < STEPS; i++) {
			(void)step(false);
			send_view(fd[1]);
		}
		_exit(0);
	}
	close(fd[1]);
	for (u32 i = 0; i < STEPS; i++) {
		bool fast = step(true);

		receive_view(fd[0]);
		if (memcmp(&mine, &other, sizeof(mine)))
			explain(i);
		if (i % 500 == 0)
			mm_check();
		if (fast)
			shorts[kind]++;
		else
			others++;
	}
	close(fd[0]);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
	print_message("# the short ways: %u calls, %u returns, %u to faults, %u notices, %u numbers, %u faults; the general ones: %u\n",
		      shorts[CALL], shorts[REPLY], shorts[FAULT_REPLY], shorts[POST], shorts[OTHER], shorts[FAULT], others);
	for (enum kind k = CALL; k < KINDS; k++)
		assert_true(shorts[k] > STEPS / 2000);
	assert_true(shorts[CALL] > STEPS / 40 && others > STEPS / 20);
}

/* ---- what only the short way does --------------------------------------------------------------------------------------- */

/* Process 0 faults where nothing is, its keeper puts there what is given and answers. Where it is mapped then. */
static const void *answered_with(uintptr_t at, struct cap given)
{
	struct hal_regs *r = &p[2].ctx->regs;
	u32 serial;

	running = kernel_page_fault(running, at, ACC_WRITE);
	assert_ptr_equal(running, p[2].ctx);
	fake_node(&fake_node(&p[0].process)->slot[PS_SPACE])->slot[at >> 12] = given;
	r->x[HAL_REG_A0] = INV_CTL(INV_RETURN, RESUME, 0, 0, 0, 0);
	r->x[HAL_REG_A0 + 1] = INV_RCV(0, 0, 0, RESUME);
	r->x[HAL_REG_A0 + 2] = RC_OK;
	hint_set(reg(2, RESUME));
	serial = state.pin_serial;
	running = kernel_syscall(running);
	assert_ptr_equal(running, p[0].ctx);
	assert_int_equal(state.pin_serial, serial); /* by the short way */
	assert_int_equal(running->p.fault_code, FAULT_NONE);
	mm_check();
	return map_peek(running->root, at, false);
}

static void an_answer_maps_what_was_missing(void **unused)
{
	struct cap *keeper = &fake_node(&p[0].process)->slot[PS_KEEPER], before = *keeper;

	(void)unused;
	*keeper = cap_make(CT_START, 1, cap_version(&p[2].process), cap_oid(&p[2].process), 0);
	p[2].ctx->regs.x[HAL_REG_A0 + 1] = INV_RCV(0, 0, 0, RESUME);
	while (cap_type(&fake_node(&p[0].schedule)->slot[1]) != CT_VOID) /* whose time is reserved goes the long way */
		parameters(0, 3, PROCS);
	assert_int_equal(process_can_run(p[0].ctx), RC_OK);
	process_run(p[0].ctx);
	dispatch();
	assert_ptr_equal(running, p[0].ctx);
	assert_ptr_equal(kernel_page_fault(running, OWN, ACC_WRITE), running); /* so the tables are there */
	assert_ptr_equal(answered_with(NOWHERE + 0x1000, obj_cap(shared, 0)), frame_data(shared));
	assert_null(answered_with(NOWHERE + 0x2000, cap_make(CT_PAGE, 0, fixed->tag.version, fixed->oid, CR_RO)));
	assert_null(answered_with(NOWHERE + 0x3000, cap_void()));
	*keeper = before;
}

static int setup(void **unused)
{
	(void)unused;
	random_state = 1;
	world();
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(an_answer_maps_what_was_missing), cmocka_unit_test(both_ways_are_one) };

	return cmocka_run_group_tests_name("fastpath", tests, setup, NULL);
}
