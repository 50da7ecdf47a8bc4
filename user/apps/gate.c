// SPDX-License-Identifier: Apache-2.0
/*
 * The gate of the bank (bank.h). It never waits for a client: who must wait is a resume capability in a register.
 *
 * Each client has one call at a time, so there are at most as many waiting as clients; with one register more
 * there is always a free one for the next request.
 */
#include "bank.h"
#include <invoke.h>
#include <registers.h>
#include <stdbool.h>

int main(void);

#define CLIENTS GATE_AUDITOR
#define REGISTERS (CLIENTS + 1)

static unsigned waits_in[CLIENTS + 1];  /* by facet: register of a client that waits, 0 = it does not */
static bool inside[CLIENTS + 1];
static bool closed;                     /* or about to be: nobody is let in */
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

static bool anybody_inside(void)
{
	for (unsigned c = 1; c <= BANK_TELLERS; c++)
		if (inside[c])
			return true;
	return false;
}

/* Answers a client that waits. */
static void release(unsigned client)
{
	struct msg m = { .w = { RC_OK, (uint32_t)transfers, (uint32_t)(transfers >> 32) } };
	send(waits_in[client], &m);
	waits_in[client] = 0;
}

static void let_go(void)
{
	if (closed && waits_in[GATE_AUDITOR] && !anybody_inside())
		release(GATE_AUDITOR);
	for (unsigned c = 1; c <= BANK_TELLERS && !closed; c++) {
		if (waits_in[c]) {
			inside[c] = true;
			release(c);
		}
	}
}

/* What a request changes. RC_OK in *answer unless the client waits. */
static bool serve(const struct msg *m, unsigned reg, uintptr_t *answer)
{
	unsigned c = m->facet;
	bool teller = c >= 1 && c <= BANK_TELLERS, auditor = c == GATE_AUDITOR;
	*answer = RC_OK;
	if (m->w[0] == GATE_ENTER && teller && !inside[c]) {
		waits_in[c] = reg;
		return false;
	}
	if (m->w[0] == GATE_CLOSE && auditor && !closed) {
		closed = true;
		waits_in[c] = reg;
		return false;
	}
	if (m->w[0] == GATE_LEAVE && teller && inside[c]) {
		inside[c] = false;
		transfers += m->w[1];
	} else if (m->w[0] == GATE_OPEN && auditor && closed) {
		closed = false;
	} else {
		*answer = m->w[0] >= GATE_ENTER && m->w[0] <= GATE_OPEN ? RC_REQUEST : RC_UNKNOWN_OP;
	}
	return true;
}

int main(void)
{
	static struct msg m;
	unsigned reg = KR_OWN(0), answer_to = 0;
	for (;;) {
		uintptr_t answer;
		m.take[3] = (uint8_t)reg;
		reply_wait(answer_to, &m);
		answer_to = serve(&m, reg, &answer) ? reg : 0;
		let_go();
		if (!answer_to)
			reg = free_register();
		m.w[0] = answer;
		m.w[1] = m.w[2] = m.w[3] = 0;
	}
}
