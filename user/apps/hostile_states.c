// SPDX-License-Identifier: Apache-2.0
/*
 * Errors that need a state: each operation that changes a process, of oneself, of a process that is none, and of one whose schedule
 * is at its limit. All such errors are in tests/unit/test_errors.c; here are those that a program can bring about.
 */
#include "hostile.h"
#include <invoke.h>
#include <print.h>
#include <process.h>
#include <stdbool.h>

#define FRAME 66

static const struct {
	const char *name;
	uint32_t code;
	bool busy, limit;
} all[] = {
	{ "get_regs", OP_PROC_GET_REGS, false, false },     { "set_regs", OP_PROC_SET_REGS, true, true },
	{ "cap_fetch", OP_PROC_CAP_FETCH, false, false },   { "cap_store", OP_PROC_CAP_STORE, false, false },
	{ "resume_cap", OP_PROC_RESUME_CAP, true, true },   { "run", OP_PROC_RUN, true, true },
	{ "stop", OP_PROC_STOP, true, false },              { "continue", OP_PROC_CONTINUE, true, true },
	{ "available", OP_PROC_AVAILABLE, true, false },    { "notices", OP_PROC_NOTICES, false, false },
	{ "status", OP_PROC_STATUS, false, false },         { "exec", OP_PROC_EXEC, false, true },
};
static unsigned char regs[512];
static size_t regs_len;

/* With registers of a process that has a notice due. */
static uintptr_t try(unsigned reg, uint32_t code)
{
	struct msg m = { .w = { code, 1 }, .out = regs, .out_len = regs_len };
	return call(reg, &m);
}

static void refused(unsigned reg, const char *why, bool busy, bool limit, uintptr_t error)
{
	char what[64];
	for (size_t n = 0; n < sizeof all / sizeof all[0]; n++) {
		if ((busy && !all[n].busy) || (limit && !all[n].limit))
			continue;
		format(what, sizeof what, "%s of a process %s", all[n].name, why);
		expect(what, try(reg, all[n].code), error);
	}
}

void attack_states(void)
{
	struct msg m = { .w = { OP_PROC_GET_REGS }, .in = regs, .in_max = sizeof regs };
	note("states");
	expect("registers of a process", call(H_CHILD, &m), RC_OK);
	regs_len = m.in_len;
	((struct abi_process_regs *)(void *)regs)->notice_bits = 1;
	((struct abi_process_regs *)(void *)regs)->notice_mask = 0;
	refused(KR_SELF, "that asks", true, false, RC_BUSY);
	make(FRAME, 0, NK_PROCESS, T0);
	refused(T0, "without registers", false, false, RC_MALFORMED);
	unmake(FRAME, 0);
	op(H_MORE, OP_NODE_FETCH, 0, 0, 0, 0, T0);
	op(H_MORE, OP_NODE_FETCH, 1, 0, 0, 0, T1);
	expect("a process under a limit of one", run(T0, ROLE_SLEEPER, 0), RC_OK);
	refused(T1, "under the same", false, true, RC_NO_ACTIVITY);
	op(T1, OP_PROC_NOTICE_CAP, 1, 0, 0, 0, T2);
	expect("a notice to it", op(T2, OP_NOTICE_POST, 1, 0, 0, 0, 0), RC_NO_ACTIVITY);
	op(T1, OP_PROC_NOTICES, 1, 0, 0, 0, 0);
	expect("one that is held back", op(T2, OP_NOTICE_POST, 1, 0, 0, 0, 0), RC_OK);
	expect("until it is not", op(T1, OP_PROC_NOTICES, 0, 0, 0, 0, 0), RC_NO_ACTIVITY);
	op(T0, OP_PROC_AVAILABLE, 0, 0, 0, 0, 0);
	expect("when there is room it is delivered", op(T1, OP_PROC_NOTICES, 0, 0, 0, 0, 0), RC_OK);
	op(T1, OP_PROC_AVAILABLE, 0, 0, 0, 0, 0);
	expect("more of the processor than there is", op(KR_SYSCTL, OP_SYS_RESERVE_SET, 10000, 10000, 0, H_SCHEDULE, 0), RC_BUSY);
}
