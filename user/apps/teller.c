// SPDX-License-Identifier: Apache-2.0
/*
 * A teller of the bank (bank.h): moves random amounts between random accounts, for ever. Its argument is its number, the
 * seed of its choices. Registers: KR_OWN(0) the gate, KR_TEMP(0..7) the accounts.
 *
 * If a deposit should fail the amount stays in `held` and is tried again: a teller never drops money.
 */
#include "bank.h"
#include <process.h>
#include <random.h>
#include <registers.h>
#include <stub/account.h>
#include <stub/gate.h>

int main(uintptr_t number);

#define GATE KR_OWN(0)
#define ACCOUNT(n) KR_TEMP(n)
#define BATCH 16          /* transfers between two rests */
#define REST_MS 10

static uint64_t chance;
static uint32_t held;

static unsigned transfer(void)
{
	unsigned from = random_below(&chance, BANK_ACCOUNTS);
	unsigned to = (from + 1 + random_below(&chance, BANK_ACCOUNTS - 1)) % BANK_ACCOUNTS;
	uint32_t balance, amount = 1 + random_below(&chance, 200);
	if (!held) {
		if (account_withdraw(ACCOUNT(from), amount, &balance) != RC_OK)
			return 0;
		held = amount;
	}
	while (account_deposit(ACCOUNT(to), held, &balance) != RC_OK)
		sleep_ms(REST_MS);
	held = 0;
	return 1;
}

int main(uintptr_t number)
{
	if (!chance)
		random_seed(&chance, number);
	for (unsigned n = 1;; n++) {
		if (gate_enter(GATE) == RC_OK)
			gate_leave(GATE, transfer());
		if (n % BATCH == 0)
			sleep_ms(REST_MS);
	}
}
