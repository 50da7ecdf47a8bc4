/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Every error of every operation is provoked. idl/ says which there are; those that a wrong request shows are sent by
 * the attacker on every port (user/apps/hostile_wrong.c), and each of the others has a line here, which prepares the state
 * that it needs. An error that is documented and stands in neither, or here and not in idl/, is a failure.
 */
#include "errors.h"

#include <stub/wrong.h>

#define ANSWERED 8 /* A's register: a resume capability of B */

/* ---- what several need ---- */

struct cap range_of(oid_t oid)
{
	return cap_make(CT_RANGE, 0, 1, oid, 0);
}

struct cap plain(u32 type)
{
	return cap_make(type, 0, 0, 0, 0);
}

struct cap reduced(struct cap c, u32 rights)
{
	c.w[3] |= rights << 24;
	return c;
}

struct cap no_process(void)
{
	return fake_alloc(POT, NK_PROCESS);
}

struct cap resume_of(struct cap process, u32 type)
{
	u64 calls = fake_node(&process)->call_count;

	return cap_make(type, (u32)(calls >> 32), (u32)calls, cap_oid(&process), 0);
}

void waits(u32 n)
{
	run(n);
	p[n].ctx->p.run_state = RS_WAITING;
	act_park(act_of(p[n].ctx), AS_WAITING, 0);
}

void no_room_for_b(void)
{
	fake_node(&p[B].process)->slot[PS_SCHEDULE] = p[A].schedule;
	context_slot_changed(p[B].ctx, PS_SCHEDULE);
}

void with_string(const void *bytes, u32 len)
{
	memcpy(frame_data(p[A].data), bytes, len);
	string(A, DATA, len, 0, 0);
	asking.str = BLOCK;
}

word_t answer_to_b(struct cap target, word_t op, word_t w1)
{
	struct hal_regs *r = &p[A].ctx->regs;

	if (run_state(B) != RS_WAITING)
		waits(B);
	*reg(A, ANSWERED) = process_resume_cap(p[B].ctx, CT_RESUME);
	*reg(A, 4) = target;
	r->x[HAL_REG_A0] = INV_CTL(INV_SEND, 4, 0, 0, 0, ANSWERED);
	r->x[HAL_REG_A0 + 2] = op;
	r->x[HAL_REG_A0 + 3] = w1;
	r->x[HAL_REG_A0 + 4] = 0;
	r->x[HAL_REG_A0 + 6] = asking.str;
	enter(kernel_syscall, A);
	assert_int_equal(word(A, 0), RC_OK);
	assert_int_equal(run_state(B), RS_RUNNING);
	return word(B, 0);
}

word_t nothing(u32 type, u32 op)
{
	return ask(plain(type), op, 0, 0, cap_void());
}

/* ---- all of them ---- */

static const struct pair {
	u8 type, error;
	bool made;
	u32 op;
	const char *name;
} pairs[] = {
#define DOCUMENTED(t, o, e, m) { t, e, m, o, #t ", " #o ", " #e },
#define ALWAYS(e) { CT_NR, e, 0, OP_TYPE, "any invocation, " #e },
	DOCUMENTED_ERRORS ALWAYS_ERRORS
};

/* The n-th line. */
static const struct row *row(u32 n)
{
	return n < nr_process_rows ? &process_rows[n] : &object_rows[n - nr_process_rows];
}

static u32 nr_rows(void)
{
	return nr_process_rows + nr_object_rows;
}

static bool is(const struct row *r, const struct pair *d)
{
	return r->type == d->type && r->error == d->error && r->op == d->op;
}

/* Once, if no wrong request shows it. */
static void each_has_its_line(void **s)
{
	u32 made = 0;

	(void)s;
	for (u32 k = 0; k < ARRAY_SIZE(pairs); k++) {
		u32 lines = 0;

		for (u32 n = 0; n < nr_rows(); n++)
			lines += is(row(n), &pairs[k]);
		made += pairs[k].made;
		if (lines + pairs[k].made != 1)
			fail_msg("%s: %u lines in errors_process.c and errors_object.c, %u in the wrong requests made from idl/; "
				 "one it must be", pairs[k].name, lines, pairs[k].made);
	}
	print_message("# errors: %u documented, %u made from idl/, %u prepared here\n", (u32)ARRAY_SIZE(pairs), made,
		      nr_rows());
}

static void none_is_undocumented(void **s)
{
	(void)s;
	for (u32 n = 0; n < nr_rows(); n++) {
		u32 found = 0;

		for (u32 k = 0; k < ARRAY_SIZE(pairs); k++)
			found += is(row(n), &pairs[k]);
		if (found != 1)
			fail_msg("%s: not in idl/", row(n)->name);
	}
}

static void each_is_provoked(void **s)
{
	for (u32 n = 0; n < nr_rows(); n++) {
		word_t rc;

		world_setup(s);
		ckpt_ops = NULL;
		world_typed = "";
		state.limits = state.shares = 0;
		state.wall_offset = 0;
		rc = row(n)->provoke(row(n)->type, row(n)->op);
		if (rc != row(n)->error)
			fail_msg("%s: the answer was %u", row(n)->name, (u32)rc);
	}
	ckpt_ops = NULL;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_has_its_line), cmocka_unit_test(none_is_undocumented), cmocka_unit_test(each_is_provoked),
	};

	return cmocka_run_group_tests_name("errors", tests, NULL, NULL);
}
