/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The short ways do what the general ones do: two copies of one machine (two_ways.h), made by fork(), live through the same
 * random history. One enters through kernel_syscall(), the other through syscall_general(), and both through
 * kernel_page_fault(), the other as if for a second time, so that it tries nothing short; after each step all that a program
 * or a later step could tell is compared. What only the short way does, and nobody can tell, stands below.
 */
#include "two_ways.h"

#include <abi/syscall.h>
#include <kernel/entry.h>
#include <kernel/peek.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "kernel/fast.h"
#include "kernel/ready.h"

#define STEPS 120000u

/* ---- what is compared ---------------------------------------------------------------------------------------------------- */

struct view_activity {
	u32 state, prio, tries, pending, restarted, use;
	u64 wake, key;
	oid_t sched_oid;
};

/* Of a schedule. */
struct view_reserve {
	u32 period, budget, left, missed, done;
	u64 end;
	oid_t queue[PROCS];
};

static struct view {
	struct hal_regs regs[PROCS];
	struct abi_process_regs p[PROCS];
	struct pot pot[PROCS];
	struct tag tag[PROCS];
	u8 page[2 * PROCS + 2][FRAME_SIZE];
	struct view_activity activity[PROCS];
	struct view_reserve reserve[PROCS];
	oid_t queue[PRIO_NR][PROCS], current, charged;
	u64 now, alarm;
	u32 mask, free, moved, threads, loaded, space_right;
	s32 thread_prio;
} mine, other;
/* How often somebody was ready whose reserve is used up, a call went by a forwarder, somebody waited at one. */
static u32 spent, forwarded, waited;

static void see_activity(struct view_activity *v, const struct activity *a)
{
	*v = (struct view_activity){ .state = a->state, .prio = a->prio, .tries = a->tries, .pending = a->pending,
				     .restarted = a->restarted, .use = a->use->count, .sched_oid = a->sched_oid };
	if (a->state == AS_STALLED)
		v->key = a->key;
	for (u32 n = 0; a->state == AS_STALLED && n < FORWARDERS; n++)
		waited += a->key == KEY_PROCESS(cap_oid(&forwarder[n]));
	if (a->state != AS_READY)
		v->wake = a->wake;
}

static void see_queue(oid_t *out, const struct queue *q)
{
	const struct activity *last = NULL;
	u32 n = 0;

	for (const struct activity *a = q->head; a; last = a, a = a->next) {
		assert_true(n < PROCS && a->prev == last && a->ctx && a->ctx->act == a);
		out[n++] = a->oid;
	}
	assert_ptr_equal(q->tail, last);
}

static void see_queues(struct view *v)
{
	for (u32 prio = 0; prio < PRIO_NR; prio++) {
		see_queue(v->queue[prio], &ready.queue[prio]);
		assert_int_equal(v->queue[prio][0] != 0, ready.mask >> prio & 1);
	}
	for (const struct activity *a = ready.free; a; a = a->next) {
		assert_int_equal(a->state, AS_FREE);
		assert_int_equal(a->oid, 0);
		v->free++;
	}
}

static void see_reserve(struct view_reserve *v, const struct reserve *r)
{
	*v = (struct view_reserve){ .period = r->period, .budget = r->budget, .left = r->left, .missed = r->missed,
				    .done = r->done, .end = r->end };
	see_queue(v->queue, &r->queue);
	spent += r->queue.head && !r->left && !r->done;
}

static void see_reserves(struct view *v)
{
	for (u32 n = 0; n < PROCS; n++)
		for (const struct use *u = uses; u < uses + CONFIG_NR_ACTIVITIES; u++)
			if (u->reserve && u->oid == cap_oid(&p[n].schedule))
				see_reserve(&v->reserve[n], u->reserve);
	v->charged = ready.charged ? ready.charged->use->oid : 0;
	v->now = now_ns;
	v->alarm = alarm_ns;
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
	see_reserves(v);
	v->mask = ready.mask;
	v->moved = moved;
	v->threads = thread_steps;
	v->thread_prio = cpu0.kthread_prio;
	if (running) {
		assert_ptr_equal(cpu0.current, running);
		assert_false(cpu0.resched);
		assert_ptr_equal(running->act, sched_first());
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

/* Nobody can run: somebody begins, or gives up. */
static void revive(void)
{
	struct context *c = p[pick(PROCS)].ctx;
	struct objref ref;

	if (ready.reserved) { /* or those who are ready wait for their next period */
		alarm_comes();
		return;
	}
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
	if (!pick(10))
		*keeper = opaque(pick(FORWARDERS));
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
	bool by_forwarder;

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
	if (!pick(15))
		ask_of_schedule(n);
	if (!pick(15))
		ask_of_forwarder(n);
	kind = kind_of(ctx);
	by_forwarder = cap_type(&ctx->regnode->slot[hal_msg_ctl(r) & 31]) == CT_FORWARDER;
	running = NULL;
	if (!setjmp(nobody))
		running = short_way ? kernel_syscall(ctx) : syscall_general(ctx);
	forwarded += by_forwarder && ctx->p.run_state == RS_WAITING;
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
	for (u32 n = 0; !running && n < 8; n++) {
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
	print_message("# %u times a reserve was used up, %u calls by forwarders, %u times somebody waited at one\n", spent,
		      forwarded, waited);
	assert_true(spent > STEPS / 100 && forwarded > STEPS / 500 && waited > STEPS / 100);
	for (enum kind k = CALL; k < KINDS; k++)
		assert_true(shorts[k] > STEPS / 3000);
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
	world(1);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(an_answer_maps_what_was_missing), cmocka_unit_test(both_ways_are_one) };

	return cmocka_run_group_tests_name("fastpath", tests, setup, NULL);
}
