/* SPDX-License-Identifier: Apache-2.0 */
/* The console's input ring and output. Polled on every tick; readers wait parked in
 * AS_CONSOLE. The first one to wait after a restart learns of it, so that it can draw its prompt again. */
#include <hal/hal.h>
#include <kernel/sched.h>
#include <kernel/klog.h>

static char ring[256];
static u32 head, tail;
static bool restarted; /* the first reader is still to be told */

void console_restarted(void)
{
	restarted = true;
}

void console_input(char c)
{
	if (head - tail < sizeof(ring))
		ring[head++ % sizeof(ring)] = c;
}

u32 console_take(char *buf, u32 max)
{
	u32 n = 0;

	/* After a restart the news comes before the input. */
	while (!restarted && n < max && tail != head)
		buf[n++] = ring[tail++ % sizeof(ring)];
	return n;
}

void console_poll(void)
{
	char c;

	while (head - tail < sizeof(ring) && hal_console_getc(&c))
		console_input(c);
	if (restarted)
		restarted = !sched_answer_one(AS_CONSOLE, true);
	else if (head != tail)
		sched_answer_one(AS_CONSOLE, false);
}

void console_write(const char *s, u32 n)
{
	while (n--)
		hal_console_putc(*s++);
}
