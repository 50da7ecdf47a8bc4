// SPDX-License-Identifier: Apache-2.0
/* Asks the auditor of the bank (KR_OWN(0)) for an audit every second. */
#include "bank.h"
#include <invoke.h>
#include <process.h>
#include <registers.h>

int main(void);

int main(void)
{
	for (;;) {
		call_words(KR_OWN(0), AUDIT_TAKE, 0, 0, 0);
		sleep_ms(1000);
	}
}
