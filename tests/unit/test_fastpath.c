/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The short way against the general one: the same world, the same system call, by kernel_syscall() and by
 * syscall_general(). Whatever a program, a scheduler or a checkpoint could see must be the same afterwards.
 */
#include "world.h"

#include <kernel/map.h>
#include <hal/pt.h>
#include "kernel/ready.h"

#define STEPS 60000
#define NEXT 0x2000u /* the next process's page, */
#define OWN 0x3000u  /* and the own one again, read-only */

/* All that an operation may change here. */
static struct {
	struct context contexts[CONFIG_NR_CONTEXTS];
	struct activity activities[CONFIG_NR_ACTIVITIES];
	struct use uses[CONFIG_NR_ACTIVITIES];
	struct ready ready;
	struct cpu cpu;
	struct kernel_state state;
	struct pot pot[PROCS];
	struct tag tag[PROCS];
	u8 data[PROCS][FRAME_SIZE];
} saved;

static void save(void)
{
	memcpy(saved.contexts, contexts, sizeof(saved.contexts));
	memcpy(saved.activities, activities, sizeof(saved.activities));
	memcpy(saved.uses, uses, sizeof(saved.uses));
	saved.ready = ready;
	saved.cpu = cpu0;
	saved.state = state;
	for (u32 n = 0; n < PROCS; n++) {
		struct frame *f = frame_peek(POT_OF(n));

		memcpy(&saved.pot[n], frame_data(f), FRAME_SIZE);
		memcpy(saved.data[n], frame_data(p[n].data), FRAME_SIZE);
		saved.tag[n] = f->tag;
	}
}

static void restore(void)
{
	memcpy(contexts, saved.contexts, sizeof(saved.contexts));
	memcpy(activities, saved.activities, sizeof(saved.activities));
	memcpy(uses, saved.uses, sizeof(saved.uses));
	ready = saved.ready;
	cpu0 = saved.cpu;
	saved.state.pin_serial = state.pin_serial; /* pins of the other way are not pins of this one */
	state = saved.state;
	for (u32 n = 0; n < PROCS; n++) {
		struct frame *f = frame_peek(POT_OF(n));

		memcpy(frame_data(f), &saved.pot[n], FRAME_SIZE);
		memcpy(frame_data(p[n].data), saved.data[n], FRAME_SIZE);
		f->tag = saved.tag[n];
	}
}

/* What can be seen. */
struct view {
	struct hal_regs regs[PROCS];
	struct abi_process_regs p[PROCS];
	struct pot pot[PROCS];
	struct tag tag[PROCS];
	u8 data[PROCS][FRAME_SIZE];
	struct {
		u32 state, prio, tries, pending, in_use;
		bool active, restarted;
		oid_t schedule;
	} act[PROCS];
	oid_t queue[PROCS + 1], current;
	paddr_t root[PROCS];
};

static void look(struct view *v)
{
	u32 k = 0;

	memset(v, 0, sizeof(*v));
	for (u32 n = 0; n < PROCS; n++) {
		struct frame *f = frame_peek(POT_OF(n));
		struct activity *a = act_of(p[n].ctx);

		v->regs[n] = p[n].ctx->regs;
		v->p[n] = p[n].ctx->p;
		memcpy(&v->pot[n], frame_data(f), FRAME_SIZE);
		memcpy(v->data[n], frame_data(p[n].data), FRAME_SIZE);
		v->tag[n].version = f->tag.version;
		v->tag[n].call_count = f->tag.call_count;
		v->act[n].in_use = sched_in_use(cap_oid(&p[n].schedule), cap_version(&p[n].schedule));
		v->act[n].active = a != NULL;
		assert_ptr_equal(a, act_find(cap_oid(&p[n].process)));
		if (a) {
			v->act[n].state = a->state;
			v->act[n].prio = a->prio;
			v->act[n].tries = a->tries;
			v->act[n].pending = a->pending;
			v->act[n].restarted = a->restarted;
			v->act[n].schedule = a->sched_oid;
		}
	}
	v->current = cpu0.current && cpu0.current->proc ? cpu0.current->proc->oid : 0;
	/* In the order in which they would run. This empties the queues: only before restore(), or on a copy of them. */
	for (struct activity *a; k < PROCS && (a = sched_first()); k++) {
		v->queue[k] = a->oid;
		act_park(a, AS_WAITING, 0);
	}
}

static u32 pick(u32 n) { return (u32)rand() % n; }

static void differs(const struct view *a, const struct view *b, u32 step)
{
	if (!memcmp(a, b, sizeof(*a)))
		return;
	for (u32 n = 0; n < PROCS; n++)
		print_error("process %u: regs %d p %d pot %d tag %d data %d act %d\n", n, memcmp(&a->regs[n], &b->regs[n], sizeof(a->regs[n])),
			    memcmp(&a->p[n], &b->p[n], sizeof(a->p[n])), memcmp(&a->pot[n], &b->pot[n], FRAME_SIZE),
			    memcmp(&a->tag[n], &b->tag[n], sizeof(a->tag[n])), memcmp(a->data[n], b->data[n], FRAME_SIZE),
			    memcmp(&a->act[n], &b->act[n], sizeof(a->act[n])));
	fail_msg("step %u: the two ways differ", step);
}

/* ---- what is tried ------------------------------------------------------------------------------- */

static word_t address(void)
{
	static const word_t near[] = { DATA, NEXT, OWN, BLOCK, NOWHERE, 0, HOST_USER_END - 8, ~(word_t)15 };

	return near[pick(6) ? pick(2) : pick(8)] + pick(64) - (pick(4) ? 0 : pick(64));
}

static void random_block(u32 n)
{
	static const word_t lengths[] = { 0, 1, 5, 80, 300, 4096, 4097, 9000 };
	struct abi_string s = { address(), lengths[pick(5) ? pick(5) : pick(8)], address(), lengths[pick(8)] };

	memcpy((u8 *)frame_data(p[n].data) + (BLOCK & 0xfff), &s, sizeof(s));
}

static void touch(u32 n)
{
	struct cap space = context_space(p[n].ctx);
	struct walk w;

	pins_drop();
	assert_int_equal(map_fault(&space, (1 + pick(3)) << 12, pick(3) ? ACC_WRITE : ACC_READ, &w), RC_OK);
	p[n].ctx->root = map_root(&space);
	p[n].ctx->root_serial = state.root_serial;
}

static void random_registers(u32 n)
{
	static const u8 forms[] = { INV_CALL, INV_CALL, INV_CALL, INV_CALL, INV_CALL, INV_RETURN, INV_SEND, INV_PCALL };
	static const u8 targets[] = { 1, 1, 1, RESUME, RESUME, RESUME, 4, 2, 0 };
	bool answers = cap_type(reg(n, RESUME)) == CT_RESUME && pick(3);
	struct hal_regs *r = &p[n].ctx->regs;

	r->x[HAL_REG_A0] = INV_CTL(answers ? INV_RETURN : forms[pick(8)], answers ? RESUME : targets[pick(9)],
				  pick(32), pick(32), pick(32), pick(32));
	r->x[HAL_REG_A0 + 1] = pick(3) ? INV_RCV(24 * pick(2), 2 * pick(2), 0, RESUME) : (u32)rand();
	for (u32 k = 0; k < 4; k++)
		r->x[HAL_REG_A0 + 2 + k] = pick(3);
	r->x[HAL_REG_A0 + 6] = pick(2) ? 0 : pick(8) ? BLOCK : address();
	*reg(n, 1) = start_of((n + 1 + pick(2)) % PROCS, pick(99));
	*reg(n, 2) = cap_number(pick(9), pick(9), pick(9));
	if (!pick(3))
		*reg(n, 4) = *reg(n, RESUME);
	random_block(n);
	for (u32 k = 0; k < PROCS; k++)
		if (pick(8))
			touch(k);
}

static void random_world(u32 n)
{
	u32 k = pick(PROCS);

	switch (pick(80)) {
	case 0: /* another limit or priority */
		fake_node(&p[k].schedule)->slot[0] = cap_number(1 + pick(4), pick(3), 0);
		process_schedule_unhook(p[k].ctx->proc);
		context_slot_changed(p[k].ctx, PS_SCHEDULE);
		break;
	case 1: /* its tables are gone */
		map_unhook_node(frame_peek(POT_OF(k)), 2);
		break;
	case 2:
		map_unhook_page(p[k].data, pick(2));
		break;
	case 3:
		act_of(p[n].ctx)->tries = (u8)pick(12);
		break;
	case 4:
		cpu0.kthread_prio = (s32)pick(6) - 1;
		break;
	case 5:
		fake_node(&p[k].process)->call_count = pick(2) ? COUNT_MAX - pick(3) : p[k].first_count + pick(1000);
		break;
	case 6:
		cpu0.resched = pick(2);
		break;
	case 7: /* a snapshot */
		state.epoch++;
		map_discard_all();
		contexts_forget_roots();
		cpu0.loaded_root = 0;
		frame_pin(p[n].ctx->proc);
		assert_int_equal(context_refresh(p[n].ctx), RC_OK);
		pins_drop();
		for (u32 i = 0; i < PROCS; i++) {
			frame_pin(p[i].data);
			assert_int_equal(frame_make_dirty(p[i].data), RC_OK);
			assert_int_equal(context_refresh(p[i].ctx), RC_OK);
		}
	}
}

/* Nobody is ready: all begin anew. */
static void revive(void)
{
	pins_drop();
	for (u32 n = 0; n < PROCS; n++) {
		assert_int_equal(context_refresh(p[n].ctx), RC_OK);
		process_available(p[n].ctx);
		p[n].ctx->p.fault_code = FAULT_NONE;
		p[n].ctx->regs = (struct hal_regs){ .pc = 0x100 };
		p[n].ctx->regs.x[HAL_REG_A0 + 1] = INV_RCV(24, 25, 26, RESUME);
		p[n].ctx->regs.x[HAL_REG_A0 + 6] = pick(2) ? BLOCK : 0;
		random_block(n);
		fake_node(&p[n].process)->call_count = p[n].first_count;
		fake_node(&p[n].schedule)->slot[0] = cap_number(2 + pick(2), 1, 0);
		process_schedule_unhook(p[n].ctx->proc);
		context_slot_changed(p[n].ctx, PS_SCHEDULE);
	}
	run(pick(PROCS));
}

static void both_ways(void **s)
{
	static struct view quick, general;
	u32 fast = 0, strings = 0;

	(void)s;
	srand(20261121);
	for (u32 n = 0; n < PROCS; n++) {
		struct cap own = obj_cap(p[n].data, 0), next = obj_cap(p[(n + 1) % PROCS].data, 0);
		struct cap gpt = fake_node(&p[n].process)->slot[PS_SPACE];

		fake_node(&gpt)->slot[NEXT >> 12] = next;
		fake_node(&gpt)->slot[OWN >> 12] = cap_make(CT_PAGE, cap_payload(&own), cap_version(&own), cap_oid(&own), CR_RO);
	}
	for (u32 step = 0; step < STEPS; step++) {
		struct activity *a;
		struct context *ctx;
		u32 n;

		enter(kernel_exit, A); /* whoever is first is dispatched, as a port would resume it */
		a = sched_first();
		if (!a) {
			revive();
			continue;
		}
		for (n = 0; cap_oid(&p[n].process) != a->oid;)
			n++;
		ctx = p[n].ctx;
		random_registers(n);
		random_world(n);
		if (ctx->epoch != state.epoch || !ctx->act || act_of(ctx) != sched_first())
			continue;
		save();
		enter(kernel_syscall, n);
		fast += state.pin_serial == saved.state.pin_serial;
		strings += state.pin_serial == saved.state.pin_serial && ctx->regs.x[HAL_REG_A0 + 6] == BLOCK;
		look(&quick);
		restore();
		enter(syscall_general, n);
		if (step % 64 == 0)
			mm_check();
		save();
		look(&general);
		restore();
		differs(&quick, &general, step);
	}
	print_message("# %u the short way, %u with a string\n", fast, strings);
	assert_true(fast > 1000 && strings > 100);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test_setup(both_ways, world_setup) };

	return cmocka_run_group_tests_name("fastpath", tests, NULL, NULL);
}
