// SPDX-License-Identifier: Apache-2.0
/* One account of the bank (bank.h): a server whose whole state is a number in its memory. */
#include "bank.h"
#include <registers.h>
#include <serve/account.h>

int main(void);

static uint32_t money = BANK_OPENING;

static uintptr_t serve_account_deposit(uint32_t facet, uint32_t amount, uint32_t *balance)
{
	if (money + amount < money)
		return RC_REQUEST;
	*balance = money += amount;
	return RC_OK;
}

static uintptr_t serve_account_withdraw(uint32_t facet, uint32_t amount, uint32_t *balance)
{
	if (amount > money)
		return RC_POOR;
	*balance = money -= amount;
	return RC_OK;
}

static uintptr_t serve_account_balance(uint32_t facet, uint32_t *balance)
{
	*balance = money;
	return RC_OK;
}

int main(void)
{
	static struct msg m = { .take = { [3] = KR_RESUME } };
	for (reply_wait(0, &m);; reply_wait(KR_RESUME, &m))
		account_dispatch(&m);
}
