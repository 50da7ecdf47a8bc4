/* SPDX-License-Identifier: Apache-2.0 */
/* The kernel log: to the console, and into a ring that keeps the newest. Callable from anywhere, in any state. */
#include <hal/hal.h>
#include <kernel/klog.h>
#include <kernel/lib.h>
#include <kernel/panic.h>

static char ring[CONFIG_KLOG_SIZE];
static u32 next;                        /* where the next byte goes */
static u64 written;                     /* bytes since boot */

void klog_put(char c)
{
	ring[next] = c;
	next = next + 1 < sizeof(ring) ? next + 1 : 0;
	written++;
	hal_console_putc(c);
}

static void emit(void *arg, char c)
{
	(void)arg;
	klog_put(c);
}

void klog_list(const char *fmt, va_list ap)
{
	format_to(emit, NULL, fmt, ap);
}

void klog(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	klog_list(fmt, ap);
	va_end(ap);
}

bool klog_read(u64 *position, char *to, u32 max, u32 *n, u64 *lost)
{
	u64 oldest = written > sizeof(ring) ? written - sizeof(ring) : 0;
	u32 at;

	if (*position > written)
		return false;
	*lost = *position < oldest ? oldest - *position : 0;
	*position += *lost;
	*n = (u32)MIN(written - *position, max);
	at = (u32)(next + sizeof(ring) - (u32)(written - *position));
	for (u32 i = 0; i < *n; i++)
		to[i] = ring[(at + i) % sizeof(ring)];
	*position += *n;
	return true;
}
