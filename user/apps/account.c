// SPDX-License-Identifier: Apache-2.0
/* One account of the bank (bank.h): a server whose whole state is a number in its memory. */
#include "bank.h"
#include <invoke.h>
#include <registers.h>

int main(void);

static uintptr_t balance = BANK_OPENING;

static uintptr_t serve(const struct msg *m)
{
	uintptr_t op = m->w[0], amount = m->w[1];
	if (op == ACCOUNT_BALANCE && m->facet == ACCOUNT_AUDITOR)
		return RC_OK;
	if (m->facet != ACCOUNT_TELLER)
		return op <= ACCOUNT_BALANCE && op ? RC_NO_ACCESS : RC_UNKNOWN_OP;
	switch (op) {
	case ACCOUNT_DEPOSIT:
		if (balance + amount < balance)
			return RC_REQUEST;
		balance += amount;
		return RC_OK;
	case ACCOUNT_WITHDRAW:
		if (amount > balance)
			return RC_POOR;
		balance -= amount;
		return RC_OK;
	case ACCOUNT_BALANCE:
		return RC_NO_ACCESS;
	}
	return RC_UNKNOWN_OP;
}

int main(void)
{
	static struct msg m = { .take = { [3] = KR_RESUME } };
	for (reply_wait(0, &m);; reply_wait(KR_RESUME, &m)) {
		m.w[0] = serve(&m);
		m.w[1] = m.w[0] == RC_OK ? balance : 0;
		m.w[2] = m.w[3] = 0;
	}
}
