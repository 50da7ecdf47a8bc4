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
	struct msg m = { .w = { OP_SYS_PROCS } };
	*count = 0;
	do {
		m.in = active + *count;
		m.in_max = (MOST - *count) * sizeof active[0];
		uintptr_t next = m.w[1];
		m.w[0] = OP_SYS_PROCS;
		uintptr_t rc = call(KR_SYSCTL, &m);
		if (rc != RC_OK)
			return rc;
		*count += m.in_len / sizeof active[0];
		if (m.w[1] <= next)
			break;
	} while (*count < MOST);
	return RC_OK;
}

/* The names of those that are not loaded, after a restart, can be read only once they are. */
static void load_all(void)
{
	struct process_status s;
	for (unsigned slot = 0; slot < 32; slot++)
		if (call_cap(SH_PROCESSES, OP_NODE_FETCH, slot, KR_TEMP(0)) == RC_OK)
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
}

static void print_others(unsigned count)
{
	for (unsigned slot = 0; slot < 32; slot++) {
		struct process_status s;
		char name[16];
		if (call_cap(SH_PROCESSES, OP_NODE_FETCH, slot, KR_TEMP(0)) != RC_OK ||
		    process_status(KR_TEMP(0), &s) != RC_OK)
			continue;
		process_name(KR_TEMP(0), name);
		if (!is_active(name, count))
			print("%-13s%-12s%-6s%-7s%s\n", name, s.run_state == RS_AVAILABLE ? "available" : "stopped",
			      "-", "-", s.fault ? fault_name((unsigned)s.fault) : "");
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
