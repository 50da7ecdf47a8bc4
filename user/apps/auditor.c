// SPDX-License-Identifier: Apache-2.0
/*
 * The auditor of the bank (bank.h). On request it closes the gate, adds the eight balances and opens the gate again.
 * A sum that is not what it must be is written to the kernel's log and counted for ever.
 * Registers: KR_OWN(0) the gate, KR_TEMP(0..7) the accounts.
 */
#include "bank.h"
#include <invoke.h>
#include <print.h>
#include <registers.h>

int main(void);

#define GATE KR_OWN(0)
#define ACCOUNT(n) KR_TEMP(n)

static uint32_t audits, wrong;

static uintptr_t audit(uintptr_t *sum, uintptr_t *transfers)
{
	uintptr_t rc = call_get(GATE, GATE_CLOSE, 0, transfers);
	if (rc != RC_OK)
		return rc;
	*sum = 0;
	for (unsigned n = 0; n < BANK_ACCOUNTS && rc == RC_OK; n++) {
		uintptr_t balance;
		rc = call_get(ACCOUNT(n), ACCOUNT_BALANCE, 0, &balance);
		*sum += balance;
	}
	call_words(GATE, GATE_OPEN, 0, 0, 0);
	if (rc != RC_OK)
		return rc;
	audits++;
	if (*sum != BANK_SUM) {
		wrong++;
		log_line("bank: audit %u: the sum is %lu, not %u", audits, (unsigned long)*sum, BANK_SUM);
	}
	return RC_OK;
}

int main(void)
{
	static struct msg m = { .take = { [3] = KR_RESUME } };
	for (reply_wait(0, &m);; reply_wait(KR_RESUME, &m)) {
		uintptr_t op = m.w[0];
		m.w[0] = RC_UNKNOWN_OP;
		m.w[1] = m.w[2] = m.w[3] = 0;
		if (op == AUDIT_TAKE) {
			m.w[0] = audit(&m.w[1], &m.w[2]);
			m.w[3] = audits;
		} else if (op == AUDIT_WRONG) {
			m.w[0] = RC_OK;
			m.w[1] = wrong;
		}
	}
}
