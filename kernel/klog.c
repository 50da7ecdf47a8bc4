/* SPDX-License-Identifier: Apache-2.0 */
/* The kernel log: to the console, and to whom keeps it (klogring.c). Callable from anywhere, in any state. */
#include <hal/hal.h>
#include <kernel/klog.h>
#include <kernel/kconfig.h>
#include <kernel/lib.h>
#include <kernel/panic.h>

void klog_put(char c)
{
	if (IS_ENABLED(CONFIG_KLOG_RING))
		klog_keep(c);
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
