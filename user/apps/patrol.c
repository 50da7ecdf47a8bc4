// SPDX-License-Identifier: Apache-2.0
/* Asks the auditor of the bank (KR_OWN(0)) for an audit every second. */
#include <process.h>
#include <registers.h>
#include <stub/auditor.h>

int main(void);

int main(void)
{
	uint32_t sum, transfers, audits;
	for (;;) {
		audit_take(KR_OWN(0), &sum, &transfers, &audits);
		sleep_ms(1000);
	}
}
