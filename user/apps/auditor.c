// SPDX-License-Identifier: Apache-2.0
/*
 * The auditor of the bank (bank.h). On request it closes the gate, adds the eight balances and opens the gate again.
 * A sum that is not what it must be is written to the kernel's log and counted for ever.
 * Registers: KR_OWN(0) the gate, KR_TEMP(0..7) the accounts.
 */
#include "bank.h"
#include <print.h>
#include <registers.h>
#include <serve/auditor.h>
#include <stub/account.h>
#include <stub/gate.h>

int main(void);

#define GATE KR_OWN(0)
#define ACCOUNT(n) KR_TEMP(n)

static uint32_t done, bad;

static uintptr_t add_up(uint32_t *sum)
{
	uintptr_t rc = RC_OK;
	*sum = 0;
	for (unsigned n = 0; n < BANK_ACCOUNTS && rc == RC_OK; n++) {
		uint32_t balance;
		rc = account_balance(ACCOUNT(n), &balance);
		*sum += balance;
	}
	return rc;
}

static uintptr_t serve_audit_take(uint32_t facet, uint32_t *sum, uint32_t *transfers, uint32_t *audits)
{
	uint64_t so_far;
	uintptr_t rc = gate_close(GATE, &so_far);
	if (rc != RC_OK)
		return rc;
	rc = add_up(sum);
	gate_open(GATE);
	if (rc != RC_OK)
		return rc;
	*transfers = (uint32_t)so_far;
	*audits = ++done;
	if (*sum != BANK_SUM) {
		bad++;
		log_line("bank: audit %u: the sum is %u, not %u", done, *sum, BANK_SUM);
	}
	return RC_OK;
}

static uintptr_t serve_audit_wrong(uint32_t facet, uint32_t *wrong)
{
	*wrong = bad;
	return RC_OK;
}

int main(void)
{
	static struct msg m = { .take = { [3] = KR_RESUME } };
	for (reply_wait(0, &m);; reply_wait(KR_RESUME, &m))
		auditor_dispatch(&m);
}
