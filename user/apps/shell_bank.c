// SPDX-License-Identifier: Apache-2.0
/* The command bank: starts the tellers and the patrol, asks the auditor. The accounts, the gate and the auditor are servers
 * that wait since the first boot. */
#include "bank.h"
#include "shell.h"
#include <invoke.h>
#include <print.h>
#include <process.h>
#include <string.h>
#include <stub/auditor.h>
#include <stub/slots.h>

#define STAFF (BANK_TELLERS + 1)

static uintptr_t start_one(unsigned slot, int *started)
{
	struct process_status s;
	uintptr_t rc = node_fetch(SH_STAFF, slot, KR_TEMP(0));
	if (rc == RC_OK)
		rc = process_status(KR_TEMP(0), &s);
	if (rc == RC_OK && s.run_state == RS_AVAILABLE) {
		rc = process_start(KR_TEMP(0), slot + 1);
		*started += rc == RC_OK;
	}
	return rc;
}

static void bank_start(void)
{
	int started = 0;
	uintptr_t rc = RC_OK;
	for (unsigned slot = 0; slot < STAFF && rc == RC_OK; slot++)
		rc = start_one(slot, &started);
	if (rc != RC_OK)
		shell_failed("bank", rc);
	else
		print(started ? "bank: %d processes started\n" : "bank: already open\n", started);
}

static void bank_status(void)
{
	uint32_t sum, transfers, audits, wrong;
	uintptr_t rc = audit_take(SH_AUDITOR, &sum, &transfers, &audits);
	if (rc == RC_OK)
		rc = audit_wrong(SH_AUDITOR, &wrong);
	if (rc != RC_OK) {
		shell_failed("bank", rc);
		return;
	}
	print("bank: sum %u, transfers %u, audits %u, wrong %u, generation %llu\n", sum, transfers, audits, wrong,
	      (unsigned long long)shell_generation());
}

void cmd_bank(int argc, char **argv)
{
	if (argc == 2 && !strcmp(argv[1], "start"))
		bank_start();
	else if (argc == 2 && !strcmp(argv[1], "status"))
		bank_status();
	else
		print("usage: bank start|status\n");
}
