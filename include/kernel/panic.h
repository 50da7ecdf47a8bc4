/* SPDX-License-Identifier: Apache-2.0 */
/*
 * panic() ends the system: reason, place, OID of the current process, backtrace, then
 * hal_exit(failing code). assert() has no side effects and goes with CONFIG_ASSERT;
 * check() is always evaluated.
 */
#ifndef KERNEL_PANIC_H
#define KERNEL_PANIC_H

#include <kernel/kconfig.h>
#include <stddef.h>

void panic_at(const char *file, int line, const char *fmt, ...)
	__attribute__((noreturn, format(printf, 3, 4)));
/* Without CONFIG_CHECK_TEXT: no place but its caller's address. */
void check_failed(void);

#define PANIC_TEXT IS_ENABLED(CONFIG_CHECK_TEXT)
#define panic(...) panic_at(PANIC_TEXT ? __FILE__ : NULL, PANIC_TEXT ? __LINE__ : 0, __VA_ARGS__)
/* The empty instruction differs from place to place, so that no two calls become one, with one address. */
#define PANIC_CHECK(kind, x)                                                                       \
	do {                                                                                       \
		if (PANIC_TEXT)                                                                    \
			panic(kind " failed: %s", #x);                                             \
		check_failed();                                                                    \
		__asm__ volatile("" : : "i"(__LINE__));                                            \
		__builtin_unreachable();                                                           \
	} while (0)
#define check(x)                                                                                   \
	do {                                                                                       \
		if (__builtin_expect(!(x), 0))                                                     \
			PANIC_CHECK("check", x);                                                   \
	} while (0)
#define assert(x)                                                                                  \
	do {                                                                                       \
		if (IS_ENABLED(CONFIG_ASSERT) && __builtin_expect(!(x), 0))                        \
			PANIC_CHECK("assertion", x);                                               \
	} while (0)

/* Kernel log: printf to the console and the log ring. %s %d %u %x %c %p, l/ll/z, width and 0. */
void klog(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

#endif
