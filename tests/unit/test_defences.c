/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Attacks on those who wait for each other, on the machine of alt.h, where everything is scarce: two operations that take
 * each other's pages away, a client that would make its server wait for a keeper, objects destroyed under a call, and the
 * table of activities full.
 */
#include "rooms.h"

/* ---- two that evict each other's pages ---------------------------------------------------------------------------------- */

#define DISK ((oid_t)2000 * 8)       /* pages that a store holds, and can be evicted */
#define ON_DISK 0x4000u              /* where they are in a space */
#define LONGEST_PAGES 17u            /* of one string */
#define ROOM 24u                     /* frames for the pages of both, beside the reserve */

static struct frame *fetching[8];
static u32 nr_fetching, fetched_pages;

static bool covers(oid_t oid) { return oid >= DISK && oid < DISK + 8 * 64; }
static rc_t fetch(struct frame *f)
{
	assert_true(nr_fetching < ARRAY_SIZE(fetching));
	fetching[nr_fetching++] = f;
	return RC_OK;
}
static rc_t dirty(struct frame *f) { f->epoch = state.epoch; return RC_OK; }
static bool clean_none(struct frame *f) { (void)f; return false; }
static const struct store_ops store = { covers, fetch, dirty, clean_none };

static void disk_turns(void)
{
	struct frame *f = fetching[0];

	assert_true(nr_fetching > 0); /* or all wait for nothing */
	memmove(fetching, fetching + 1, --nr_fetching * sizeof(*fetching));
	f->tag = (struct tag){ .kind = NK_PAGE };
	memset(frame_data(f), 0, FRAME_SIZE);
	fetched_pages++;
	frame_fetch_done(f, RC_OK);
}

/* Frames are used up by pages that no store holds, until ROOM are left. */
static void little_memory(void)
{
	struct frame *f;

	for (u32 k = 0; mm_frames_free() > ROOM + 8 && k < 1000; k++) {
		pins_drop();
		assert_int_equal(obj_alloc_prepare((oid_t)(3000 + k) * 8, NK_PAGE, &f), RC_OK);
		obj_alloc_perform(f, (oid_t)(3000 + k) * 8, NK_PAGE);
	}
}

/* A call of a number with the longest string that there is: all its pages at once. */
static void asks_with_a_long_string(u32 n)
{
	struct cap space = fake_node(&p[n].process)->slot[PS_SPACE];
	struct abi_string s = { ON_DISK + 0x801, 65536, 0, 0 };

	for (u32 k = 0; k < LONGEST_PAGES; k++)
		fake_node(&space)->slot[(ON_DISK >> 12) + k] = cap_make(CT_PAGE, 0, 0, DISK + 8 * (n * LONGEST_PAGES + k), 0);
	memcpy((u8 *)frame_data(p[n].data) + (BLOCK & 0xfff), &s, sizeof(s));
}

static void again(u32 n)
{
	struct hal_regs *r = &p[n].ctx->regs;

	r->x[HAL_REG_A0] = INV_CTL(INV_CALL, 2, 0, 0, 0, 0);
	r->x[HAL_REG_A0 + 1] = 0;
	r->x[HAL_REG_A0 + 2] = 99;
	r->x[HAL_REG_A0 + 6] = BLOCK;
}

static struct context *dispatch(struct context *ctx)
{
	(void)ctx;
	return sched_dispatch();
}

static void two_that_evict_each_other(void **s)
{
	u64 done[2] = { 0 }, tries = 0;
	struct context *ctx = p[A].ctx;

	(void)s;
	for (u32 n = A; n <= B; n++)
		asks_with_a_long_string(n);
	run(B);
	little_memory();
	mm_register_store(&store);
	nr_fetching = fetched_pages = 0;
	for (u32 n = A; n <= B; n++)
		again(n);
	while (done[A] < 20 || done[B] < 20) {
		u64 pc;

		if (!ctx) {
			disk_turns();
			ctx = world_next(dispatch, NULL);
			continue;
		}
		u32 n = ctx == p[A].ctx ? A : B;
		pc = ctx->regs.pc;
		if (nr_fetching && tries % 2) /* the disk works all the time */
			disk_turns();
		if (++tries > 20000)
			fail_msg("after %u pages fetched: %u and %u done", fetched_pages, (u32)done[A], (u32)done[B]);
		ctx = world_next(kernel_syscall, ctx);
		if (p[n].ctx->regs.pc == pc)
			continue;
		assert_int_equal(word(n, 0), RC_UNKNOWN_OP);
		done[n]++;
		again(n);
		cpu0.resched = true;
		sched_rotate(act_of(p[n].ctx));
		ctx = world_next(dispatch, NULL);
	}
	print_message("# defences: %u tries, %u pages fetched for %u operations\n", (u32)tries, fetched_pages,
		      (u32)(done[A] + done[B]));
	/* Without the token each takes the other's pages over and over: three times as many. */
	assert_true(fetched_pages < 500);
	mm_check();
	mm_register_store(NULL);
}

/* ---- a client that would hold up its server -------------------------------------------------------------------------------- */

/* Its buffer lies where its own keeper would have to give a page. The reply does not wait for that, in any form. */
static void replies_are_prompt(void **s)
{
	static const u8 forms[] = { INV_RETURN, INV_SEND, INV_PRETURN, INV_PSEND, INV_CALL, INV_PCALL };

	for (u32 k = 0; k < ARRAY_SIZE(forms); k++)
		for (u32 where = 0; where < 3; where++) {
			struct cap space;

			world_setup(s);
			space = fake_node(&p[A].process)->slot[PS_SPACE];
			fake_node(&space)->flags = GPT_KEEPER;
			fake_node(&space)->slot[31] = start_of(C, 1);
			fake_node(&p[A].process)->slot[PS_KEEPER] = start_of(C, 2);
			string(A, 0, 0, where == 0 ? NOWHERE : where == 1 ? DATA + 4090 : DATA, 64);
			assert_int_equal(invoke(A, A_CALL, 0, 70, where == 2 ? NOWHERE : BLOCK), where == 2 ? 0 : 1);
			if (where == 2) { /* its own fault, before the rendezvous */
				assert_int_equal(run_state(B), RS_AVAILABLE);
				assert_int_equal(word(C, 0), OP_FAULT);
				continue;
			}
			string(B, DATA + 100, 64, 0, 0);
			assert_int_equal(invoke(B, INV_CTL(forms[k], RESUME, 0, 0, 0, 0), 0, 500, BLOCK), 1);
			assert_int_equal(run_state(A), RS_RUNNING);
			assert_int_equal(word(A, 0), 500);
			assert_int_equal(hal_msg_rcv(&p[A].ctx->regs), where == 0 ? 0 : 6);
			assert_int_equal(hal_msg_str(&p[A].ctx->regs), 64);
			assert_int_equal(run_state(C), RS_AVAILABLE); /* nobody asked the keeper */
			check_activities();
		}
}

/* ---- destroyed in the middle ------------------------------------------------------------------------------------------------ */

enum { IN_NODE, IN_GPT, IN_FORWARDER, IN_PROCESS, IN_REGISTERS, HOLDERS };

/* B waits, with a call or a fault; `copies` of the capability lie in something that A destroys. */
static void destroyed(void **s, u32 holder, u32 type, u32 copies)
{
	static const u8 kinds[] = { NK_NODE, NK_GPT, NK_FORWARDER, NK_PROCESS, NK_NODE };
	struct cap c, other = cap_void();
	u64 calls;

	world_setup(s);
	c = fake_alloc(500 * 8, kinds[holder]);
	if (holder == IN_REGISTERS) { /* of a loaded process */
		struct cap process = fake_alloc(500 * 8 + 1, NK_PROCESS);
		struct objref ref;
		struct context *ctx;

		fake_node(&process)->slot[PS_CAPREGS] = c;
		assert_int_equal(cap_lookup(&process, &ref), RC_OK);
		assert_int_equal(process_load(&ref, &ctx), RC_OK);
	}
	run(B);
	p[B].ctx->p.run_state = RS_WAITING;
	act_park(act_of(p[B].ctx), AS_WAITING, 0);
	if (type == CT_FAULT)
		p[B].ctx->p.fault_code = FAULT_ACCESS;
	calls = count(B);
	other = process_resume_cap(p[B].ctx, type);
	for (u32 k = 0; k < copies; k++)
		fake_node(&c)->slot[holder == IN_PROCESS ? 4 + k % 4 : 31 - k] = other;
	assert_int_equal(ask(cap_make(CT_RANGE, 0, 1, 500 * 8, 0), OP_RANGE_RESCIND, 0, 0, c), RC_OK);
	assert_int_equal(count(B), calls + 1); /* once, however many there were */
	assert_int_equal(run_state(B), RS_RUNNING);
	if (type == CT_FAULT) {
		assert_true(p[B].ctx->p.flags & PF_STOPPED);
		assert_int_equal(p[B].ctx->p.fault_code, FAULT_ACCESS);
	} else {
		assert_int_equal(word(B, 0), RC_DESTROYED);
		for (u32 k = 1; k < 4; k++)
			assert_int_equal(word(B, k), 0);
	}
	/* Nobody else can answer it any more. */
	*reg(A, 8) = other;
	assert_int_equal(invoke(A, INV_CTL(INV_SEND, 8, 0, 0, 0, 0), 0, 500, 0), 1);
	assert_int_equal(word(A, 0), RC_VOID);
	check_activities();
}

static void who_waits_is_told(void **s)
{
	static const u8 copies[] = { 1, 2, 4, 31 };
	u32 n = 0;

	for (u32 holder = 0; holder < HOLDERS; holder++)
		for (u32 type = CT_RESUME; type <= CT_FAULT; type++)
			for (u32 k = 0; k < ARRAY_SIZE(copies); k++, n++)
				destroyed(s, holder, type, copies[k]);
	print_message("# defences: %u ways to destroy what holds a caller\n", n);
}

/* A and C wait for B to become available, by a call, a send, a return or a fault; it never does. */
static void who_stands_in_line_is_told(void **s)
{
	struct hal_regs *r;

	for (u32 f = INV_CALL; f <= INV_SEND; f++) {
		world_setup(s);
		run(B);
		r = &p[A].ctx->regs;
		r->x[HAL_REG_A0] = INV_CTL(f, 1, 2, 0, 0, 0);
		r->x[HAL_REG_A0 + 6] = 0;
		enter(kernel_syscall, A);
		assert_int_equal(act_of(p[A].ctx)->state, AS_STALLED);
		run(C); /* and destroys B */
		*reg(C, 4) = cap_make(CT_RANGE, 0, 1, POT_OF(B), 0);
		*reg(C, 5) = p[B].process;
		assert_int_equal(invoke(C, INV_CTL(INV_CALL, 4, 5, 0, 0, 0), 0, OP_RANGE_RESCIND, 0), 1);
		assert_int_equal(word(C, 0), RC_OK);
		assert_null(act_find(cap_oid(&p[B].process)));
		assert_int_equal(act_of(p[A].ctx)->state, AS_READY);
		enter(kernel_syscall, A); /* it tries again */
		assert_int_equal(r->pc, 0x104);
		assert_int_equal(run_state(A), f == INV_RETURN ? RS_AVAILABLE : RS_RUNNING);
		if (f != INV_RETURN)
			assert_int_equal(word(A, 0), RC_VOID);
	}
}

/* ---- no activity ---------------------------------------------------------------------------------------------------------------- */

/* Every place in the table is taken. Whoever would begin is refused at once, in every form; replies need none. */
static void the_table_is_full(void **s)
{
	static const u32 ways[] = { OP_PROC_RUN, OP_PROC_CONTINUE, OP_PROC_RESUME_CAP };
	struct activity *taken[CONFIG_NR_ACTIVITIES];
	u32 n = 0;

	(void)s;
	fake_node(&p[B].process)->slot[PS_KEEPER] = start_of(C, 4);
	run(B);
	p[B].ctx->p.run_state = RS_WAITING;
	act_park(act_of(p[B].ctx), AS_WAITING, 0);
	*reg(A, 8) = process_resume_cap(p[B].ctx, CT_RESUME);
	*reg(A, 1) = start_of(C, 1);
	pins_drop();
	assert_int_equal(process_can_run(p[C].ctx), RC_OK);
	p[C].ctx->sched_limit = CONFIG_NR_ACTIVITIES;
	while (sched_admits(p[C].ctx) && n < CONFIG_NR_ACTIVITIES) {
		struct activity *a = act_alloc(p[C].ctx);

		assert_non_null(a);
		p[C].ctx->act = NULL;
		taken[n++] = a;
	}
	assert_int_equal(n, CONFIG_NR_ACTIVITIES - 2);
	for (u32 f = 0; f < INV_NR; f++) {
		if (f % INV_PCALL == INV_RETURN)
			continue;
		assert_int_equal(invoke(A, INV_CTL(f, 1, 0, 0, 0, 0), 0, 70, 0), 1);
		assert_int_equal(word(A, 0), RC_NO_ACTIVITY);
		assert_int_equal(run_state(C), RS_AVAILABLE);
	}
	for (u32 k = 0; k < ARRAY_SIZE(ways); k++)
		assert_int_equal(ask(p[C].process, ways[k], 0x100, 0, cap_void()), RC_NO_ACTIVITY);
	assert_int_equal(invoke(A, INV_CTL(INV_SEND, 8, 0, 0, 0, 0), 0, 500, 0), 1);
	assert_int_equal(word(A, 0), RC_OK);
	assert_int_equal(word(B, 0), 500);
	assert_int_equal(run_state(B), RS_RUNNING);
	/* A fault whose keeper cannot begin stops the process, and nobody waits. */
	assert_int_equal(invoke(B, INV_CTL(INV_NR, 1, 2, 0, 0, 0), 0, 70, 0), 0);
	assert_true(p[B].ctx->p.flags & PF_STOPPED);
	assert_int_equal(p[B].ctx->p.fault_code, FAULT_SYSCALL);
	while (n)
		act_free(taken[--n]);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup(name, world_setup)
	const struct CMUnitTest tests[] = {
		T(two_that_evict_each_other), T(replies_are_prompt), T(who_waits_is_told), T(who_stands_in_line_is_told),
		T(the_table_is_full),
	};

	return cmocka_run_group_tests_name("defences", tests, NULL, NULL);
}
