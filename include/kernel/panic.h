/* SPDX-License-Identifier: Apache-2.0 */
/*
 * panic() ends the system: reason, place, OID of the current process, backtrace, then
 * hal_exit(failing code). assert() has no side effects and goes with CONFIG_ASSERT;
 * check() is always evaluated.
 */
#ifndef KERNEL_PANIC_H
#define KERNEL_PANIC_H

#include <kernel/kconfig.h>

void panic_at(const char *file, int line, const char *fmt, ...)
	__attribute__((noreturn, format(printf, 3, 4)));
#define panic(...) panic_at(__FILE__, __LINE__, __VA_ARGS__)
#define check(x)                                                                                   \
	do {                                                                                       \
		if (__builtin_expect(!(x), 0))                                                     \
			panic("check failed: %s", #x);                                             \
	} while (0)
#define assert(x)                                                                                  \
	do {                                                                                       \
		if (IS_ENABLED(CONFIG_ASSERT) && __builtin_expect(!(x), 0))                        \
			panic("assertion failed: %s", #x);                                         \
	} while (0)

/* Kernel log: printf to the console and the log ring. %s %d %u %x %c %p, l/ll/z, width and 0. */
void klog(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

#endif
