/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The console: standard output, and input from a script or from standard input.
 *
 * Script (--script): each line is typed when the machine has been idle, with nothing on the console, for QUIET_NS; a
 * line "@MS text" is typed at that virtual time instead. Lines that start with '#' are skipped. So a run with a script
 * depends on nothing but its options.
 *
 * Standard input: polled now and then and when idle; and an idle machine then really sleeps, so that virtual time
 * keeps pace with the user's. A terminal is put into raw mode: the system under test echoes.
 */
#include "host.h"

#include <errno.h>
#include <hal/hal.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#define QUIET_NS 50000000u
#define POLL_NS  5000000u

static char typed[4096];                /* waiting for the kernel */
static u32 typed_head, typed_tail;
static FILE *script;
static char *line;                      /* the script's next */
static size_t line_room;
static u64 line_ms, last_activity;
static bool line_timed, input_open;
static struct termios saved_terminal;

static void type(const char *text, size_t n)
{
	last_activity = sim_now;
	for (size_t i = 0; i < n && typed_head - typed_tail < sizeof(typed); i++)
		typed[typed_head++ % sizeof(typed)] = text[i];
}

static void type_line(struct sim_event *e);
static struct sim_event line_event = { .fire = type_line };

static void read_line(void)
{
	ssize_t n;

	line_timed = false;
	do {
		n = getline(&line, &line_room, script);
	} while (n > 0 && line[0] == '#');
	if (n <= 0) {
		fclose(script);
		script = NULL;
		return;
	}
	if (line[0] == '@') {
		char *text;
		line_ms = strtoull(line + 1, &text, 10);
		line_timed = true;
		memmove(line, text + (*text == ' '), strlen(text + (*text == ' ')) + 1);
		sim_after(&line_event, line_ms * 1000000 > sim_now ? line_ms * 1000000 - sim_now : 0);
	}
}

static void type_line(struct sim_event *e)
{
	type(line, strlen(line));
	read_line();
}

static void read_input(int timeout_ms)
{
	struct pollfd fd = { .fd = STDIN_FILENO, .events = POLLIN };
	char text[256];

	if (poll(&fd, input_open ? 1 : 0, timeout_ms) <= 0)
		return;
	ssize_t n = read(STDIN_FILENO, text, sizeof(text));
	if (n > 0)
		type(text, (size_t)n);
	else if (n == 0 || errno != EINTR)
		input_open = false;
}

static void poll_input(struct sim_event *e)
{
	read_input(0);
	sim_after(e, POLL_NS);
}

static void restore_terminal(void)
{
	tcsetattr(STDIN_FILENO, TCSANOW, &saved_terminal);
}

void console_init(void)
{
	static struct sim_event poller = { .fire = poll_input };

	if (host_options.script != NULL) {
		script = strcmp(host_options.script, "-") == 0 ? stdin : fopen(host_options.script, "r");
		if (script == NULL) {
			fprintf(stderr, "anteros: %s: %s\n", host_options.script, strerror(errno));
			exit(2);
		}
		read_line();
		return;
	}
	input_open = true;
	if (isatty(STDIN_FILENO) && tcgetattr(STDIN_FILENO, &saved_terminal) == 0) {
		struct termios raw = saved_terminal;
		raw.c_lflag &= ~(tcflag_t)(ICANON | ECHO);
		tcsetattr(STDIN_FILENO, TCSANOW, &raw);
		atexit(restore_terminal);
	}
	sim_after(&poller, POLL_NS);
}

void console_idle(u64 ns)
{
	fflush(stdout);
	if (host_options.script == NULL)
		read_input((int)MIN(ns / 1000000, 1000));
	else if (script != NULL && !line_timed && sim_now - last_activity >= QUIET_NS)
		type_line(NULL);
}

void hal_console_putc(char c)
{
	last_activity = sim_now;
	sim_trace = sim_mix(sim_trace, (u8)c);
	putchar(c);
}

bool hal_console_getc(char *c)
{
	if (typed_head == typed_tail)
		return false;
	*c = typed[typed_tail++ % sizeof(typed)];
	return true;
}
