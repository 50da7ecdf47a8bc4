// SPDX-License-Identifier: Apache-2.0
/*
 * The command ps: first what holds an activity (system control lists those), then the processes of the image that hold
 * none: servers that wait for a request, and what is stopped.
 */
#include "shell.h"
#include <invoke.h>
#include <print.h>
#include <process.h>
#include <stdbool.h>
#include <string.h>
#include <stub/slots.h>
#include <stub/sysctl.h>

#define MOST 64

static const char *const act_name[] = {
	[AS_FREE] = "free", [AS_READY] = "ready", [AS_STALLED] = "stalled", [AS_WAITING] = "waiting",
	[AS_SLEEPING] = "sleeping", [AS_CKPT] = "checkpoint", [AS_CONSOLE] = "console",
	[AS_HELD] = "held", [AS_MONOTONIC] = "sleeping", [AS_WALL] = "sleeping",
};

static struct abi_proc_info active[MOST];

/* Fills `active` in as many calls as it takes. */
static uintptr_t list_active(unsigned *count)
{
	uint32_t next = 0, from;
	*count = 0;
	do {
		size_t len;
		from = next;
		uintptr_t rc = sys_procs(KR_SYSCTL, from, active + *count, (MOST - *count) * sizeof active[0], &len, &next);
		if (rc != RC_OK)
			return rc;
		*count += len / sizeof active[0];
	} while (next > from && *count < MOST);
	return RC_OK;
}

/* The names of those that are not loaded, after a restart, can be read only once they are. */
static void load_all(void)
{
	struct process_status s;
	for (unsigned slot = 0; slot < 32; slot++)
		if (node_fetch(SH_PROCESSES, slot, KR_TEMP(0)) == RC_OK)
			process_status(KR_TEMP(0), &s);
}

static bool is_active(const char *name, unsigned count)
{
	for (unsigned i = 0; i < count; i++)
		if (!strncmp(active[i].name, name, sizeof active[i].name))
			return true;
	return false;
}

static void print_active(const struct abi_proc_info *p)
{
	print("%-13s%-12s%-6u%-7llx%s\n", p->name,
	      p->act_state < sizeof act_name / sizeof act_name[0] ? act_name[p->act_state] : "?", p->priority,
	      (unsigned long long)p->oid, p->fault_code ? fault_name(p->fault_code) : "");
	if (p->reserve_period)
		print("%-13s%u us in every %u us\n", "", p->reserve_budget, p->reserve_period);
}

static void print_others(unsigned count)
{
	for (unsigned slot = 0; slot < 32; slot++) {
		struct process_status s;
		char name[16];
		if (node_fetch(SH_PROCESSES, slot, KR_TEMP(0)) != RC_OK ||
		    process_status(KR_TEMP(0), &s) != RC_OK)
			continue;
		process_name(KR_TEMP(0), name);
		if (!is_active(name, count))
			print("%-13s%-12s%-6s%-7s%s\n", name, s.run_state == RS_AVAILABLE ? "available" : "stopped",
			      "-", "-", s.fault ? fault_name(s.fault) : "");
	}
}

void cmd_ps(int argc, char **argv)
{
	unsigned count;
	load_all();
	uintptr_t rc = list_active(&count);
	if (rc != RC_OK) {
		shell_failed("ps", rc);
		return;
	}
	print("%-13s%-12s%-6s%-7s%s\n", "NAME", "STATE", "PRIO", "OID", "FAULT");
	for (unsigned i = 0; i < count; i++)
		print_active(&active[i]);
	print_others(count);
}
