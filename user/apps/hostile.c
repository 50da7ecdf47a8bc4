// SPDX-License-Identifier: Apache-2.0
/* The attacker: what its parts share, the order of the attacks, and one at random. */
#include "hostile.h"
#include <invoke.h>
#include <print.h>
#include <process.h>
#include <random.h>
#include <stdbool.h>

int main(uintptr_t argument);

static unsigned lines, failures;

static void line(bool good, const char *what, const char *got, const char *want)
{
	lines++;
	if (good) {
		print("ok %u - %s: %s\n", lines, what, got);
		return;
	}
	failures++;
	print("not ok %u - %s: %s instead of %s\n", lines, what, got, want);
}

void expect(const char *what, uintptr_t got, uintptr_t want)
{
	line(got == want, what, rc_name(got), rc_name(want));
}

void expect_number(const char *what, uintptr_t got, uintptr_t want)
{
	char g[24], w[24];
	format(g, sizeof g, "0x%lx", (unsigned long)got);
	format(w, sizeof w, "0x%lx", (unsigned long)want);
	line(got == want, what, g, w);
}

void expect_fault(const char *what, uintptr_t got, uintptr_t want)
{
	line(got == want, what, fault_name((unsigned)got), fault_name((unsigned)want));
}

void note(const char *what)
{
	print("# %s\n", what);
}

uintptr_t op(unsigned reg, uintptr_t code, uintptr_t w1, uintptr_t w2, uintptr_t w3, unsigned give, unsigned take)
{
	struct msg m = { .w = { code, w1, w2, w3 }, .cap = { (uint8_t)give }, .take = { (uint8_t)take } };
	return call(reg, &m);
}

uintptr_t prompt(unsigned reg, uintptr_t code, uintptr_t w1, uintptr_t w2, uintptr_t w3, unsigned give, unsigned take)
{
	struct inv_regs r = { .ctl = INV_CTL(INV_PCALL, reg, give, 0, 0, 0), .rcv = INV_RCV(take, 0, 0, 0),
			      .w = { code, w1, w2, w3 } };
	invoke_raw(&r);
	return r.w[0];
}

void settle(unsigned process)
{
	struct process_status s = { .run_state = RS_RUNNING };
	for (int tries = 0; tries < 100; tries++) {
		if (process_status(process, &s) != RC_OK || s.run_state != RS_RUNNING || s.fault)
			return;
		sleep_ms(5);
	}
}

uintptr_t run(unsigned process, unsigned role, unsigned which)
{
	uintptr_t rc = op(process, OP_PROC_RUN, PROGRAM_START, STACK_TOP, role | which << 8, 0, 0);
	if (rc == RC_OK)
		settle(process);
	return rc;
}

uintptr_t type_of(unsigned reg)
{
	uintptr_t type = CT_VOID;
	return call_get(reg, OP_TYPE, 0, &type) == RC_OK ? type : CT_VOID;
}

uintptr_t make(uintptr_t frame, uintptr_t index, uintptr_t kind, unsigned into)
{
	return op(KR_RANGE, OP_RANGE_ALLOC, frame, index, kind, 0, into);
}

void unmake(uintptr_t frame, uintptr_t index)
{
	if (op(KR_RANGE, OP_RANGE_GET, frame, index, 0, 0, KR_TEMP(7)) == RC_OK)
		op(KR_RANGE, OP_RANGE_RESCIND, 0, 0, 0, KR_TEMP(7), 0);
}

/* ---- at random ------------------------------------------------------------------------------------------------- */

/* Invocations whose every bit is by chance, of all forms that do not wait for ever, of what can be spared. What comes back is one of
 * the answers that idl/ tells of, and the kernel goes on. */
#define ROUNDS 4000

static uint64_t chance;
static uintptr_t undocumented;

static uintptr_t word(void)
{
	static const uintptr_t edges[] = { 0, 1, 4095, 4096, 0x7fffffff, 0x80000000u, (uintptr_t)-1, (uintptr_t)-4096 };
	uint32_t how = random_below(&chance, 4);
	return how == 0 ? edges[random_below(&chance, 8)] : how == 1 ? random_next(&chance) : random_below(&chance, 40);
}

static void fire(void)
{
	static const uint8_t targets[] = { T0, T1, T2, T3, T4, T5, T6, H_DISCRIM, 0, 31 };
	static const uint8_t types[] = { INV_CALL, INV_SEND, INV_PCALL, INV_PSEND };
	static struct abi_string s;
	struct inv_regs r = { .rcv = INV_RCV(24, 25, 26, 31), .w = { word(), word(), word(), word() } };
	unsigned give[4];
	for (int i = 0; i < 4; i++)
		give[i] = random_below(&chance, 3) ? targets[random_below(&chance, 10)] : 24 + random_below(&chance, 8);
	r.ctl = INV_CTL(types[random_below(&chance, 4)], targets[random_below(&chance, 10)], give[0], give[1], give[2], give[3]);
	s = (struct abi_string){ PROGRAM_START, random_below(&chance, 5000), PROGRAM_START, word() };
	if (random_below(&chance, 2))
		s.recv = STACK_TOP - 16 * 1024; /* its own stack's far end, or beyond it */
	r.str = random_below(&chance, 2) ? (uintptr_t)&s : 0;
	unsigned type = (unsigned)type_of(r.ctl & 31), form = r.ctl >> 5 & 7;
	uint32_t code = (uint32_t)r.w[0];
	invoke_raw(&r);
	if (form % INV_PCALL == INV_CALL && !documented(type, code, r.w[0]))
		undocumented++;
}

void attack_at_random(void)
{
	note("4000 invocations at random");
	random_seed(&chance, 20261121);
	make(40, 0, NK_PAGE, T0);
	make(41, 0, NK_NODE, T1);
	make(41, 1, NK_GPT, T2);
	make(41, 2, NK_PROCESS, T3);
	make(41, 3, NK_FORWARDER, T4);
	make(41, 4, NK_SCHEDULE, T5);
	op(KR_RANGE, OP_RANGE_SUB, 48, 4, 0, 0, T6);
	for (int i = 0; i < ROUNDS; i++) {
		fire();
		if (i % 16)
			continue;
		op(KR_RANGE, OP_RANGE_GET, 40, 0, 0, 0, T0);
		for (unsigned n = 0; n < 5; n++)
			op(KR_RANGE, OP_RANGE_GET, 41, n, 0, 0, T1 + n);
		op(KR_RANGE, OP_RANGE_SUB, 48, 4, 0, 0, T6);
	}
	unmake(40, 0);
	for (unsigned n = 0; n < 5; n++)
		unmake(41, n);
	expect_number("answers that no interface tells of", undocumented, 0);
}

int main(uintptr_t argument)
{
	switch (argument & 0xff) {
	case ROLE_SERVER:
		role_server();
		break;
	case ROLE_CHILD:
		role_child(argument >> 8);
		return 0;
	case ROLE_SLEEPER:
		sleep_ms(0x7fffffff);
		return 0;
	}
	sleep_ms(300); /* the shell's prompt comes first */
	note("hostile: begin");
	attack_wrong();
	attack_objects();
	attack_messages();
	attack_processes();
	attack_keepers();
	attack_states();
	attack_types();
	attack_at_random();
	struct msg m = { .w = { OP_CKPT_TAKE } };
	expect("a checkpoint of all that is left", call(KR_CKPT, &m), RC_OK);
	leave_in_the_middle();
	print("1..%u\n# hostile: end, %u failed\n", lines, failures);
	/* Only a restart ends this. */
	lines = failures = 0;
	if (op(KR_SLEEP, OP_SLEEP_WAIT, CLOCK_MONOTONIC, 0, 0x7fffffff, 0, 0) == RC_RESTARTED)
		after_the_restart();
	print("1..%u\n# hostile: after the restart, %u failed\n", lines, failures);
	return 0;
}
