/* SPDX-License-Identifier: Apache-2.0 */
/* Freestanding helpers (lib/). memcpy and friends have their standard meaning. */
#ifndef KERNEL_LIB_H
#define KERNEL_LIB_H

#include <stdarg.h>
#include <stddef.h>

void *memcpy(void *dst, const void *src, size_t n);
void *memmove(void *dst, const void *src, size_t n);
void *memset(void *dst, int c, size_t n);
int memcmp(const void *a, const void *b, size_t n);
size_t strlen(const char *s);
int strcmp(const char *a, const char *b);
int strncmp(const char *a, const char *b, size_t n);

/* printf's subset: %s %c %d %i %u %x %p %%, with l, ll, z, a width, '0' and '-'. */
typedef void (*format_emit)(void *arg, char c);
void format_to(format_emit emit, void *arg, const char *fmt, va_list ap);
/* Always terminated when size > 0; returns the length without the NUL, cut to size - 1. */
int format_buf(char *buf, size_t size, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

#endif
