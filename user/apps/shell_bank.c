// SPDX-License-Identifier: Apache-2.0
/* The command bank: starts the tellers and the patrol, asks the auditor. The accounts, the gate and the auditor are servers
 * that wait since the first boot. */
#include "bank.h"
#include "shell.h"
#include <invoke.h>
#include <print.h>
#include <process.h>
#include <string.h>

#define STAFF (BANK_TELLERS + 1)

static uintptr_t start_one(unsigned slot, int *started)
{
	struct process_status s;
	uintptr_t rc = call_cap(SH_STAFF, OP_NODE_FETCH, slot, KR_TEMP(0));
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
	struct msg m = { .w = { AUDIT_TAKE } };
	uintptr_t wrong, rc = call(SH_AUDITOR, &m);
	if (rc == RC_OK)
		rc = call_get(SH_AUDITOR, AUDIT_WRONG, 0, &wrong);
	if (rc != RC_OK) {
		shell_failed("bank", rc);
		return;
	}
	print("bank: sum %lu, transfers %lu, audits %lu, wrong %lu, generation %llu\n", (unsigned long)m.w[1],
	      (unsigned long)m.w[2], (unsigned long)m.w[3], (unsigned long)wrong,
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
