// SPDX-License-Identifier: Apache-2.0
/* The command debug: what it says the debugger does (idl/debugger.idl). The shell gives it the process, by name. */
#include "shell.h"
#include <invoke.h>
#include <print.h>
#include <process.h>
#include <stdbool.h>
#include <string.h>
#include <stub/debugger.h>

#define STEP_TRIES 100
#define MEM_MOST 0x100

static const struct request {
	const char *name;
	uintptr_t op;
	int words, least;          /* at most so many arguments, at least so many */
} requests[] = {
	{ "regs", DBG_REGS, 0, 0 },       { "mem", DBG_MEMORY, 2, 1 },  { "break", DBG_BREAK, 1, 1 },
	{ "delete", DBG_DELETE, 1, 1 },   { "step", DBG_STEP, 1, 0 },   { "continue", DBG_CONTINUE, 0, 0 },
	{ "detach", DBG_DETACH, 0, 0 },
};

static void result(uintptr_t rc)
{
	if (rc != RC_OK)
		print("debug: %s%s\n", dbg_rc_name(rc),
		      rc == RC_DBG_NOBODY ? "; debug NAME stops one, ps has the names" :
		      rc == RC_DBG_RUNS ? "; debug NAME stops it" : "");
}

/* Hexadecimal, with or without 0x; false: it is no number. */
static bool number(const char *text, uintptr_t *v)
{
	static const char digits[] = "0123456789abcdef";
	if (text[0] == '0' && text[1] == 'x')
		text += 2;
	if (!*text)
		return false;
	for (*v = 0; *text; text++) {
		const char *d = strchr(digits, *text);
		if (!d)
			return false;
		*v = *v << 4 | (uintptr_t)(d - digits);
	}
	return true;
}

/* Into KR_TEMP(0). */
static bool process_named(const char *wanted)
{
	char name[16];
	for (unsigned slot = 0; slot < 32; slot++) {
		if (call_cap(SH_PROCESSES, OP_NODE_FETCH, slot, KR_TEMP(0)) != RC_OK)
			continue;
		process_name(KR_TEMP(0), name);
		if (!strcmp(name, wanted))
			return true;
	}
	return false;
}

static void attach(const char *name)
{
	if (!strcmp(name, "shell"))
		print("debug: who would read what you type?\n");
	else if (!strcmp(name, "debugger"))
		print("debug: it cannot stop itself\n");
	else if (!process_named(name))
		print("debug: no process %s; ps has the names\n", name);
	else
		result(dbg_attach(SH_DEBUGGER, KR_TEMP(0)));
}

/* The debugger says where each ends. One that waits for somebody ends when that one answers. */
static void steps(uintptr_t n)
{
	uintptr_t rc = RC_OK;
	for (; n && rc == RC_OK; n--) {
		uint32_t state = DBG_RUNNING;
		rc = dbg_step(SH_DEBUGGER);
		for (int tries = 0; rc == RC_OK && state == DBG_RUNNING && tries < STEP_TRIES; tries++) {
			sleep_ms(10);
			rc = dbg_state(SH_DEBUGGER, &state);
		}
	}
	result(rc);
}

static void request(const struct request *r, int argc, char **argv)
{
	uintptr_t w[2] = { 0, r->op == DBG_MEMORY ? 16 : 0 };
	bool right = argc >= r->least && argc <= r->words;
	for (int i = 0; i < argc && right; i++)
		right = number(argv[i], &w[i]);
	if (r->op == DBG_MEMORY)
		right &= w[1] <= MEM_MOST;
	if (!right)
		print("usage: debug NAME | regs | mem ADDRESS [BYTES] | break ADDRESS | delete ADDRESS | step [N] | continue | "
		      "detach\nNumbers are hexadecimal, BYTES at most %x.\n", MEM_MOST);
	else if (r->op == DBG_STEP)
		steps(argc ? w[0] : 1);
	else
		result(call_words(SH_DEBUGGER, r->op, w[0], w[1], 0));
}

void cmd_debug(int argc, char **argv)
{
	static const struct request none = { .words = -1 };
	for (size_t i = 0; i < sizeof requests / sizeof requests[0] && argc > 1; i++)
		if (!strcmp(argv[1], requests[i].name)) {
			request(&requests[i], argc - 2, argv + 2);
			return;
		}
	if (argc == 2)
		attach(argv[1]);
	else
		request(&none, 0, NULL);
}
