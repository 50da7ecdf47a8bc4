/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Formatted output: %d %u %x %lu %lx %llu %llx %s %c %p %%, with width, `0` and `-`; %.*s is so many bytes of a string.
 * One call of print() is one message to the console (register KR_CONSOLE), so lines of several processes do not mix.
 * What does not fit PRINT_MAX bytes is cut.
 */
#ifndef USER_PRINT_H
#define USER_PRINT_H

#include <stdarg.h>
#include <stddef.h>

#define PRINT_MAX 512

void print(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/* The same as one line of the kernel's log (register KR_KLOG). */
void log_line(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/* Returns the length of the whole text, which may be more than what fitted. Always ends with 0 if size > 0. */
size_t format(char *buf, size_t size, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
size_t vformat(char *buf, size_t size, const char *fmt, va_list ap);
/* Bytes as they are. */
void console_write(const char *s, size_t n);

#endif
