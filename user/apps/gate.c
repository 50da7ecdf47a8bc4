// SPDX-License-Identifier: Apache-2.0
/*
 * The gate of the bank (bank.h). It never waits for a client: who must wait is a resume capability in a register.
 *
 * Each client has one call at a time, so there are at most as many waiting as clients; with one register more
 * there is always a free one for the next request.
 */
#include "bank.h"
#include <registers.h>
#include <serve/gate.h>

int main(void);

#define CLIENTS GATE_AS_AUDITOR
#define REGISTERS (CLIENTS + 1)

_Static_assert(GATE_AS_TELLER == 1 && GATE_AS_TELLER_LAST == BANK_TELLERS, "idl/bank.idl");

static unsigned waits_in[CLIENTS + 1];  /* by facet: register of a client that waits, 0 = it does not */
static uint64_t transfers;

static unsigned free_register(void)
{
	for (unsigned r = KR_OWN(0); r < KR_OWN(REGISTERS); r++) {
		bool used = false;
		for (unsigned c = 1; c <= CLIENTS; c++)
			used |= waits_in[c] == r;
		if (!used)
			return r;
	}
	return 0;
}

/* Closed, or about to be: nobody is let in. */
static bool closed(void)
{
	return gate_auditor_of(GATE_AS_AUDITOR) == GATE_AUDITOR_CLOSED;
}

/* A teller that still waits has entered as far as the protocol goes. */
static bool anybody_inside(void)
{
	for (unsigned c = 1; c <= BANK_TELLERS; c++)
		if (gate_teller_of(c) == GATE_TELLER_INSIDE && !waits_in[c])
			return true;
	return false;
}

static void let_go(void)
{
	if (waits_in[GATE_AS_AUDITOR] && !anybody_inside()) {
		gate_close_reply(waits_in[GATE_AS_AUDITOR], transfers);
		waits_in[GATE_AS_AUDITOR] = 0;
	}
	for (unsigned c = 1; c <= BANK_TELLERS && !closed(); c++) {
		if (waits_in[c])
			gate_enter_reply(waits_in[c]);
		waits_in[c] = 0;
	}
}

static uintptr_t serve_gate_enter(uint32_t facet, unsigned resume)
{
	waits_in[facet] = resume;
	return RC_LATER;
}

static uintptr_t serve_gate_leave(uint32_t facet, uint32_t made)
{
	transfers += made;
	return RC_OK;
}

static uintptr_t serve_gate_close(uint32_t facet, unsigned resume)
{
	waits_in[facet] = resume;
	return RC_LATER;
}

static uintptr_t serve_gate_open(uint32_t facet)
{
	return RC_OK;
}

int main(void)
{
	static struct msg m;
	unsigned reg = KR_OWN(0), answer_to = 0;
	for (;;) {
		m.take[3] = (uint8_t)reg;
		reply_wait(answer_to, &m);
		answer_to = gate_dispatch(&m) ? reg : 0;
		let_go();
		if (!answer_to)
			reg = free_register();
	}
}
