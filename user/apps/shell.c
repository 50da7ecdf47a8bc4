// SPDX-License-Identifier: Apache-2.0
/*
 * The shell: a process like the others, with capabilities to the console, the clock, checkpoint, system control and the
 * processes that its commands start. What it can do is what stands in its registers (shell.h).
 */
#include "counter.h"
#include "shell.h"
#include <invoke.h>
#include <line.h>
#include <print.h>
#include <process.h>
#include <string.h>
#include <stub/checkpoint.h>
#include <stub/klog.h>
#include <stub/page.h>
#include <stub/sysctl.h>

int main(void);

void shell_failed(const char *what, uintptr_t rc)
{
	print("%s: %s (%lu)\n", what, rc_name(rc), (unsigned long)rc);
}

uint64_t shell_generation(void)
{
	struct abi_ckpt_status s;
	ckpt_status(KR_CKPT, &s);
	return s.generation;
}

/* The restart that the user has been told of, counted from the volume's first boot. */
static uint64_t told;

static uint64_t restarts(void)
{
	struct abi_sys_info s;
	return sys_info(KR_SYSCTL, &s) == RC_OK ? s.restarts : 0;
}

static void print_checkpoint(void)
{
	struct abi_ckpt_status s;
	uintptr_t rc = ckpt_status(KR_CKPT, &s);
	if (rc != RC_OK) {
		shell_failed("ckpt", rc);
		return;
	}
	print("epoch %llu, generation %llu, home up to generation %llu\n", (unsigned long long)s.epoch,
	      (unsigned long long)s.generation, (unsigned long long)s.migrated);
	print("last pause %llu cycles, frames written %llu, log %llu of %llu frames, every %u s\n",
	      (unsigned long long)s.pause_cycles, (unsigned long long)s.frames_written,
	      (unsigned long long)s.log_used, (unsigned long long)s.log_frames, s.interval_sec);
}

static void cmd_ckpt(int argc, char **argv)
{
	if (argc > 2 || (argc == 2 && strcmp(argv[1], "-v"))) {
		print("usage: ckpt [-v]\n");
		return;
	}
	uint32_t generation;
	uintptr_t rc = ckpt_take(KR_CKPT, &generation);
	if (rc == RC_OK)
		print("ckpt: generation %u committed\n", generation);
	else if (rc == RC_RESTARTED) {
		print("ckpt: restarted from generation %llu\n", (unsigned long long)shell_generation());
		told = restarts();
	} else
		shell_failed("ckpt", rc);
	if (argc == 2)
		print_checkpoint();
}

static uintptr_t counter_read(struct counter *c)
{
	for (;;) {
		size_t len;
		uintptr_t rc = page_read(SH_COUNTER_PAGE, 0, sizeof *c, c, sizeof *c, &len);
		if (rc != RC_OK || c->high == c->check)
			return rc;
		sleep_ms(10);
	}
}

static void cmd_count(int argc, char **argv)
{
	struct process_status s;
	struct counter c;
	const char *note = "";
	uintptr_t rc = process_status(SH_COUNTER, &s);
	if (rc == RC_OK && s.run_state != RS_RUNNING) {
		rc = process_start(SH_COUNTER, 0);
		note = " (started)";
	}
	if (rc == RC_OK)
		rc = counter_read(&c);
	if (rc == RC_OK)
		print("counter: %llu%s\n", (unsigned long long)c.high << 32 | c.low, note);
	else
		shell_failed("count", rc);
}

/* The watcher is more urgent than the shell: when the status shows the fault, its report is out. */
static void cmd_crash(int argc, char **argv)
{
	struct process_status s = { 0 };
	uintptr_t rc = process_start(SH_CRASH, 0);
	for (int tries = 0; rc == RC_OK && !s.fault && tries < 100; tries++) {
		sleep_ms(10);
		rc = process_status(SH_CRASH, &s);
	}
	if (rc != RC_OK)
		shell_failed("crash", rc);
	else if (!s.fault)
		print("crash: the process did not fault\n");
}

static void print_time(const char *what, uint64_t ms)
{
	uint32_t sec = (uint32_t)(ms / 1000), rest = (uint32_t)(ms % 1000);
	print("%s %u d %02u:%02u:%02u.%03u\n", what, sec / 86400, sec / 3600 % 24, sec / 60 % 60, sec % 60, rest);
}

static void cmd_uptime(int argc, char **argv)
{
	struct abi_sys_info s;
	uintptr_t rc = sys_info(KR_SYSCTL, &s);
	if (rc != RC_OK) {
		shell_failed("uptime", rc);
		return;
	}
	print_time("since first boot:", s.first_boot_ms);
	print_time("since restart:   ", s.restart_ms);
	print("restarts: %llu\n", (unsigned long long)s.restarts);
}

static void cmd_info(int argc, char **argv)
{
	struct abi_sys_info s;
	uintptr_t rc = sys_info(KR_SYSCTL, &s);
	if (rc != RC_OK) {
		shell_failed("info", rc);
		return;
	}
	print("memory: %u frames of 4 KiB (%u KiB), %u free\n", s.frames_total, s.frames_total * 4, s.frames_free);
	print("tables: %u contexts, %u activities in use\n", s.contexts, s.activities);
}

/* The Gregorian calendar, from days since 1970: years begin in March, so that a leap day is a year's last. */
static void cmd_date(int argc, char **argv)
{
	struct msg m = { .w = { OP_SLEEP_READ, CLOCK_WALL } };
	uintptr_t rc = call(KR_SLEEP, &m);
	if (rc == RC_OFFLINE)
		print("date: nobody has set the clock since the restart; "
		      "user/drivers.img.txt is an image whose driver does\n");
	else if (rc != RC_OK)
		shell_failed("date", rc);
	if (rc != RC_OK)
		return;
	uint64_t seconds = (m.w[1] | (uint64_t)m.w[2] << 32) / 1000;
	uint32_t sec = (uint32_t)(seconds % 86400), days = (uint32_t)(seconds / 86400) + 719468, of_era = days % 146097;
	uint32_t years = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
	uint32_t of_year = of_era - (365 * years + years / 4 - years / 100), march = (5 * of_year + 2) / 153;
	print("%u-%02u-%02u %02u:%02u:%02u UTC\n", days / 146097 * 400 + years + (march > 9), march < 10 ? march + 3 : march - 9,
	      of_year - (153 * march + 2) / 5 + 1, sec / 3600, sec / 60 % 60, sec % 60);
}

static void cmd_echo(int argc, char **argv)
{
	for (int i = 1; i < argc; i++)
		print("%s%s", argv[i], i + 1 < argc ? " " : "");
	print("\n");
}

/* With a checkpoint, so that nothing is lost and the next boot is none without a commit. Where there can be none (a system without
 * persistence, or one that is only looked at) it halts as it is. */
static void cmd_halt(int argc, char **argv)
{
	uint32_t generation;
	uintptr_t rc = ckpt_take(KR_CKPT, &generation);
	if (rc == RC_RESTARTED) /* the machine was halted, and has been started again: the prompt says so */
		return;
	if (rc == RC_OK)
		print("halting: generation %u committed\n", generation);
	else
		shell_failed("halting without a checkpoint", rc);
	shell_failed("halt", sys_halt(KR_SYSCTL));
}

/* Until there is no more: reading the log adds nothing to it. */
static void cmd_log(int argc, char **argv)
{
	static char text[1024];
	uint64_t at = 0;
	uint32_t lost;
	size_t len;
	do {
		uintptr_t rc = klog_read(KR_KLOG, at, text, sizeof text, &len, &at, &lost);
		if (rc != RC_OK) {
			shell_failed("log", rc);
			return;
		}
		if (lost)
			print("(%u bytes are lost)\n", lost);
		console_write(text, len);
	} while (len);
}

static void cmd_help(int argc, char **argv);

static const struct command commands[] = {
	{ "bank", "start|status", "eight accounts, three tellers, an auditor", cmd_bank },
	{ "ckpt", "[-v]", "take a checkpoint and wait until it is committed; -v: figures", cmd_ckpt },
	{ "count", "", "start the counter, or show how far it is", cmd_count },
	{ "crash", "", "let a process fault", cmd_crash },
	{ "date", "", "the wall clock, if somebody has set it", cmd_date },
	{ "debug", "NAME|regs|...", "stop a process, look at it, run it on; debug alone: how", cmd_debug },
	{ "echo", "[word...]", "print the words", cmd_echo },
	{ "halt", "", "take a checkpoint and stop the machine", cmd_halt },
	{ "help", "", "this list", cmd_help },
	{ "info", "", "memory and tables", cmd_info },
	{ "log", "", "what the kernel has logged since the restart", cmd_log },
	{ "ps", "", "processes, their state and schedule", cmd_ps },
	{ "uptime", "", "time since the first boot and since the restart", cmd_uptime },
};
#define COMMANDS (sizeof commands / sizeof commands[0])

static void cmd_help(int argc, char **argv)
{
	for (size_t i = 0; i < COMMANDS; i++)
		print("%-7s%-14s%s\n", commands[i].name, commands[i].args, commands[i].help);
}

static int split(char *line, char **argv)
{
	int argc = 0;
	while (argc < SH_ARGS) {
		while (*line == ' ')
			line++;
		if (!*line)
			break;
		argv[argc++] = line;
		while (*line && *line != ' ')
			line++;
		if (*line)
			*line++ = 0;
	}
	return argc;
}

static void execute(char *line)
{
	char *argv[SH_ARGS];
	int argc = split(line, argv);
	if (!argc)
		return;
	for (size_t i = 0; i < COMMANDS; i++) {
		if (strcmp(argv[0], commands[i].name))
			continue;
		if (argc > 1 && !*commands[i].args)
			print("%s: %s: it takes no words\n", argv[0], argv[1]);
		else
			commands[i].run(argc, argv);
		return;
	}
	print("%s: unknown command; try help\n", argv[0]);
}

#define PROMPT "anteros> "

int main(void)
{
	static char line[LINE_MAX];
	const char *prompt = PROMPT;
	for (;;) {
		enum line_end end = line_read(prompt, line);
		prompt = PROMPT;
		switch (end) {
		case LINE_DONE:
			execute(line);
			break;
		case LINE_CANCELLED:
			break;
		case LINE_RESTARTED:
			if (told == restarts())
				prompt = ""; /* drawn already, after telling */
			else
				print("\nrestarted: generation %llu\n", (unsigned long long)shell_generation());
			told = restarts();
			break;
		case LINE_ERROR:
			sleep_ms(1000);
			break;
		}
	}
}
