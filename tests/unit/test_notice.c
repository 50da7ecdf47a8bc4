/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Notices between processes: posted to one that waits, runs, or waits for a reply; delivered in its open wait and nowhere
 * else, together, at once if it is there already. A posts to B.
 */
#include "world.h"

#define NOTICE 3
#define POST(bits) invoke_words(A, INV_CTL(INV_CALL, NOTICE, 0, 0, 0, 0), OP_NOTICE_POST, bits)
#define RETURN_TO(r) INV_CTL(INV_RETURN, r, 0, 0, 0, 0)
#define RECEIVE INV_RCV(24, 25, 26, RESUME)

static int setup(void **s)
{
	int rc = world_setup(s);

	*reg(A, NOTICE) = cap_make(CT_NOTICE, 0xff, cap_version(&p[B].process), cap_oid(&p[B].process), 0);
	return rc;
}

/* invoke() counts its words up; here word 1 matters. */
static u32 invoke_words(u32 n, u32 ctl, word_t w0, word_t w1)
{
	struct hal_regs *r = &p[n].ctx->regs;
	u64 before = r->pc;

	r->x[HAL_REG_A0] = ctl;
	r->x[HAL_REG_A0 + 1] = RECEIVE;
	r->x[HAL_REG_A0 + 2] = w0;
	r->x[HAL_REG_A0 + 3] = w1;
	r->x[HAL_REG_A0 + 6] = 0;
	enter(kernel_syscall, n);
	mm_check();
	check_activities();
	return (u32)(r->pc - before) / 4;
}

static void got(u32 n, word_t bits)
{
	assert_int_equal(run_state(n), RS_RUNNING);
	assert_int_equal(word(n, 0), OP_NOTICE);
	assert_int_equal(word(n, 1), bits);
	assert_int_equal(word(n, 2), 0);
	assert_int_equal(word(n, 3), 0);
	assert_int_equal(hal_msg_ctl(&p[n].ctx->regs), FACET_NOTICE);
	assert_int_equal(hal_msg_rcv(&p[n].ctx->regs), 0);
	assert_int_equal(cap_type(reg(n, RESUME)), CT_VOID);
	assert_int_equal(cap_type(reg(n, 24)), CT_VOID);
	assert_false(p[n].ctx->p.notice_bits & ~p[n].ctx->p.notice_mask);
}

static void to_one_that_waits(void **s)
{
	(void)s;
	*reg(B, RESUME) = cap_number(1, 1, 1);
	assert_int_equal(POST(0x11), 1);
	assert_int_equal(word(A, 0), RC_OK);
	assert_int_equal(run_state(A), RS_RUNNING); /* it waits for nobody */
	got(B, 0x11);
	assert_int_equal(count(B), 0);
	assert_int_equal(act_of(p[B].ctx)->state, AS_READY);
	assert_int_equal(act_of(p[B].ctx)->sched_oid, cap_oid(&p[B].schedule));
}

static void to_one_that_runs(void **s)
{
	struct activity *a;

	(void)s;
	run(B);
	a = act_of(p[B].ctx);
	assert_int_equal(POST(1), 1);
	assert_int_equal(POST(4), 1);
	assert_int_equal(POST(4), 1);
	assert_int_equal(p[B].ctx->p.notice_bits, 5);
	assert_int_equal(word(B, 0), 0);
	assert_int_equal(invoke_words(B, RETURN_TO(0), 7, 7), 1);
	got(B, 5);
	assert_ptr_equal(act_of(p[B].ctx), a);
	assert_int_equal(invoke_words(B, RETURN_TO(0), 7, 7), 1); /* once */
	assert_int_equal(run_state(B), RS_AVAILABLE);
}

/* The reply goes where it should go, by the path that is otherwise the short one, and then come the notices. */
static void with_a_reply_on_the_way(void **s)
{
	(void)s;
	assert_int_equal(invoke(A, A_CALL, 0, 70, 0), 1);
	run(C);
	*reg(C, NOTICE) = *reg(A, NOTICE);
	assert_int_equal(invoke_words(C, INV_CTL(INV_SEND, NOTICE, 0, 0, 0, 0), OP_NOTICE_POST, 8), 1);
	assert_int_equal(run_state(B), RS_RUNNING);
	assert_int_equal(word(B, 0), 70);
	assert_int_equal(invoke_words(B, RETURN_TO(RESUME), 4, 5), 1);
	assert_int_equal(word(A, 0), 4);
	assert_int_equal(word(A, 1), 5);
	assert_int_equal(run_state(A), RS_RUNNING);
	got(B, 8);
}

/* A reply is what it waits for: no notice takes its place. */
static void to_one_that_waits_for_a_reply(void **s)
{
	(void)s;
	run(B);
	assert_int_equal(invoke(B, A_CALL, RECEIVE, 70, 0), 1);
	assert_int_equal(POST(2), 1);
	assert_int_equal(run_state(B), RS_WAITING);
	assert_int_equal(invoke_words(C, RETURN_TO(RESUME), 9, 9), 1);
	assert_int_equal(run_state(B), RS_RUNNING);
	assert_int_equal(word(B, 0), 9);
	assert_int_equal(p[B].ctx->p.notice_bits, 2);
	assert_int_equal(invoke_words(B, INV_CTL(INV_PRETURN, 0, 0, 0, 0, 0), 0, 0), 1);
	got(B, 2);
}

/* The return fails, or is made to a kernel's object: an open wait all the same. */
static void after_any_return(void **s)
{
	static const u32 forms[] = { INV_RETURN, INV_PRETURN };

	(void)s;
	for (u32 k = 0; k < 4; k++) {
		run(B);
		assert_int_equal(POST(1 + k), 1);
		*reg(B, 5) = k & 1 ? cap_void() : obj_cap(p[B].data, 0);
		assert_int_equal(invoke_words(B, INV_CTL(forms[k / 2], 5, 0, 0, 0, 0), 99, 0), 1);
		got(B, 1 + k);
		process_available(p[B].ctx);
	}
}

/* Stalled callers go on waiting: it is not available in between. */
static void before_callers(void **s)
{
	(void)s;
	run(B);
	assert_int_equal(POST(1), 1);
	assert_int_equal(invoke(A, A_CALL, 0, 70, 0), 0);
	assert_int_equal(invoke_words(B, RETURN_TO(0), 0, 0), 1);
	got(B, 1);
	assert_int_equal(act_of(p[A].ctx)->state, AS_STALLED);
	assert_int_equal(invoke_words(B, RETURN_TO(0), 0, 0), 1);
	assert_int_equal(act_of(p[A].ctx)->state, AS_READY);
	assert_int_equal(invoke(A, A_CALL, 0, 70, 0), 1);
	assert_int_equal(word(B, 0), 70);
}

/* On its own schedule, which is at its limit: the poster is told, and nothing has changed. */
static void without_an_activity(void **s)
{
	(void)s;
	fake_node(&p[B].schedule)->slot[0] = cap_number(3, 0, 0);
	assert_int_equal(POST(1), 1);
	assert_int_equal(word(A, 0), RC_NO_ACTIVITY);
	assert_int_equal(run_state(B), RS_AVAILABLE);
	assert_int_equal(p[B].ctx->p.notice_bits, 0);
}

static void to_oneself(void **s)
{
	(void)s;
	*reg(A, NOTICE) = cap_make(CT_NOTICE, 1, cap_version(&p[A].process), cap_oid(&p[A].process), 0);
	*reg(A, 5) = p[A].process;
	assert_int_equal(POST(1), 1);
	assert_int_equal(word(A, 0), RC_OK);
	assert_int_equal(invoke_words(A, INV_CTL(INV_CALL, 5, 0, 0, 0, 0), OP_PROC_NOTICES, 1), 1);
	assert_int_equal(word(A, 1), 1);
	assert_int_equal(invoke_words(A, RETURN_TO(NOTICE), OP_NOTICE_POST, 1), 1); /* held back */
	assert_int_equal(run_state(A), RS_AVAILABLE);
	run(A);
	assert_int_equal(invoke_words(A, INV_CTL(INV_CALL, 5, 0, 0, 0, 0), OP_PROC_NOTICES, 0), 1);
	assert_int_equal(word(A, 1), 1);
	assert_int_equal(invoke_words(A, RETURN_TO(NOTICE), OP_NOTICE_POST, 1), 1);
	got(A, 1);
}

/* What is posted is part of the process: it survives that the process leaves its context. */
static void kept_in_the_process(void **s)
{
	struct objref ref;

	(void)s;
	run(B);
	assert_int_equal(POST(0x21), 1);
	pins_drop();
	context_unload(p[B].ctx);
	assert_int_equal(cap_lookup(&p[B].process, &ref), RC_OK);
	assert_int_equal(process_load(&ref, &p[B].ctx), RC_OK);
	assert_int_equal(p[B].ctx->p.notice_bits, 0x21);
	assert_int_equal(invoke_words(B, RETURN_TO(0), 0, 0), 1);
	got(B, 0x21);
}

static void to_one_that_is_gone(void **s)
{
	(void)s;
	reg(A, NOTICE)->w[1]++;
	assert_int_equal(POST(1), 1);
	assert_int_equal(word(A, 0), RC_VOID);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup(name, setup)
	const struct CMUnitTest tests[] = {
		T(to_one_that_waits), T(to_one_that_runs), T(with_a_reply_on_the_way), T(to_one_that_waits_for_a_reply),
		T(after_any_return), T(before_callers), T(without_an_activity), T(to_oneself), T(kept_in_the_process),
		T(to_one_that_is_gone),
	};

	return cmocka_run_group_tests_name("notice", tests, NULL, NULL);
}
