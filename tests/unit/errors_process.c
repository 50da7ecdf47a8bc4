/* SPDX-License-Identifier: Apache-2.0 */
/* Errors of processes, and of the capabilities by which they talk. */
#include "errors.h"

/* Good registers, with these notices. */
static void with_registers(u32 bits, u32 mask)
{
	u8 raw[sizeof(struct abi_process_regs) + HAL_REGS_BYTES] = { 0 };
	struct abi_process_regs given = { .layout = HAL_LAYOUT, .version = 1, .notice_bits = bits, .notice_mask = mask };

	memcpy(raw, &given, sizeof(given));
	with_string(raw, sizeof(raw));
}

/* ---- processes ---- */

static word_t of_oneself(u32 type, u32 op)
{
	(void)type;
	with_registers(0, 0);
	return ask(p[A].process, op, PS_CAPREGS, 0, p[A].caps);
}

static word_t of_who_is_answered(u32 type, u32 op)
{
	(void)type;
	return answer_to_b(p[B].process, op, 0);
}

static word_t without_an_answer_to_itself(u32 type, u32 op)
{
	(void)type;
	return answer_to_b(p[A].process, op, 0);
}

static word_t at_its_limit(u32 type, u32 op)
{
	(void)type;
	no_room_for_b();
	with_registers(1, 0);
	return ask(p[B].process, op, 0, 0, cap_void());
}

static word_t with_notices_due(u32 type, u32 op)
{
	p[B].ctx->p.notice_bits = 1;
	p[B].ctx->p.notice_mask = op == OP_PROC_NOTICES;
	return at_its_limit(type, op);
}

static word_t without_registers(u32 type, u32 op)
{
	(void)type;
	with_registers(0, 0);
	return ask(no_process(), op, 1, 0, cap_void());
}

/* ---- start, resume, fault ---- */

static word_t start_at_its_limit(u32 type, u32 op)
{
	(void)type;
	no_room_for_b();
	return ask(start_of(B, 1), op, 0, 0, cap_void());
}

static word_t start_prompt(u32 type, u32 op)
{
	(void)type;
	run(B);
	invoke(A, INV_CTL(INV_PCALL, 1, 0, 0, 0, 0), 0, op, 0);
	return word(A, 0);
}

static word_t who_answers_is_rescinded(u32 type, u32 op)
{
	(void)type;
	invoke(A, A_CALL, 0, op, 0);
	assert_int_equal(run_state(A), RS_WAITING);
	run(C);
	*reg(C, 4) = range_of(POT_OF(B));
	*reg(C, 5) = p[B].caps;
	invoke(C, INV_CTL(INV_CALL, 4, 5, 0, 0, 0), 0, OP_RANGE_RESCIND, 0);
	assert_int_equal(run_state(A), RS_RUNNING);
	return word(A, 0);
}

static word_t to_no_process(u32 type, u32 op)
{
	struct cap process = no_process();

	return ask(type == CT_START ? cap_make(type, 1, cap_version(&process), cap_oid(&process), 0) : resume_of(process, type), op, 0,
		   0, cap_void());
}

static word_t to_who_does_not_wait(u32 type, u32 op)
{
	return ask(process_resume_cap(p[B].ctx, type), op, 0, 0, cap_void());
}

static word_t called(u32 type, u32 op)
{
	waits(B);
	return ask(process_resume_cap(p[B].ctx, type), op, 0, 0, cap_void());
}

const struct row process_rows[] = {
	P(PROCESS, OP_PROC_STORE, BUSY, of_oneself),
	P(PROCESS, OP_PROC_CAP_FETCH, MALFORMED, without_registers),
	P(PROCESS, OP_PROC_CAP_STORE, MALFORMED, without_registers),
	P(PROCESS, OP_PROC_GET_REGS, MALFORMED, without_registers),
	P(PROCESS, OP_PROC_SET_REGS, BUSY, of_oneself),
	P(PROCESS, OP_PROC_SET_REGS, NO_ACTIVITY, at_its_limit),
	P(PROCESS, OP_PROC_SET_REGS, MALFORMED, without_registers),
	P(PROCESS, OP_PROC_RESUME_CAP, BUSY, of_oneself),
	P(PROCESS, OP_PROC_RESUME_CAP, NO_ACTIVITY, at_its_limit),
	P(PROCESS, OP_PROC_RESUME_CAP, MALFORMED, without_registers),
	P(PROCESS, OP_PROC_RUN, BUSY, of_oneself),
	P(PROCESS, OP_PROC_RUN, NO_ACTIVITY, at_its_limit),
	P(PROCESS, OP_PROC_RUN, MALFORMED, without_registers),
	P(PROCESS, OP_PROC_STOP, BUSY, of_oneself),
	P(PROCESS, OP_PROC_STOP, MALFORMED, without_registers),
	P(PROCESS, OP_PROC_CONTINUE, BUSY, of_oneself),
	P(PROCESS, OP_PROC_CONTINUE, NO_ACTIVITY, at_its_limit),
	P(PROCESS, OP_PROC_CONTINUE, MALFORMED, without_registers),
	P(PROCESS, OP_PROC_AVAILABLE, BUSY, of_oneself),
	P(PROCESS, OP_PROC_AVAILABLE, NO_ACTIVITY, with_notices_due),
	P(PROCESS, OP_PROC_AVAILABLE, MALFORMED, without_registers),
	P(PROCESS, OP_PROC_NOTICES, NO_ACTIVITY, with_notices_due),
	P(PROCESS, OP_PROC_NOTICES, MALFORMED, without_registers),
	P(PROCESS, OP_PROC_STATUS, MALFORMED, without_registers),
	P(PROCESS, OP_PROC_EXEC, REQUEST, without_an_answer_to_itself),
	P(PROCESS, OP_PROC_EXEC, BUSY, of_who_is_answered),
	P(PROCESS, OP_PROC_EXEC, NO_ACTIVITY, at_its_limit),
	P(PROCESS, OP_PROC_EXEC, MALFORMED, without_registers),
	P(START, ANY, NO_ACTIVITY, start_at_its_limit),
	P(START, ANY, WOULD_BLOCK, start_prompt),
	P(START, ANY, MALFORMED, to_no_process),
	P(START, ANY, DESTROYED, who_answers_is_rescinded),
	P(RESUME, ANY, VOID, to_who_does_not_wait),
	P(RESUME, ANY, MALFORMED, to_no_process),
	P(FAULT, ANY, VOID, to_who_does_not_wait),
	P(FAULT, ANY, REQUEST, called),
	P(FAULT, ANY, MALFORMED, to_no_process),
};
const u32 nr_process_rows = ARRAY_SIZE(process_rows);
