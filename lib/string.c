/* SPDX-License-Identifier: Apache-2.0 */
/* The memory and string functions that the compiler and the kernel call. */
#include <kernel/lib.h>
#include <stdint.h>

void *memcpy(void *dst, const void *src, size_t n)
{
	char *d = dst;
	const char *s = src;

	if (!(((uintptr_t)d | (uintptr_t)s) & (sizeof(uintptr_t) - 1)))
		for (; n >= sizeof(uintptr_t); n -= sizeof(uintptr_t)) {
			*(uintptr_t __attribute__((may_alias)) *)d =
				*(const uintptr_t __attribute__((may_alias)) *)s;
			d += sizeof(uintptr_t);
			s += sizeof(uintptr_t);
		}
	while (n--)
		*d++ = *s++;
	return dst;
}

void *memmove(void *dst, const void *src, size_t n)
{
	char *d = dst;
	const char *s = src;

	if (d <= s || d >= s + n)
		return memcpy(dst, src, n);
	while (n--)
		d[n] = s[n];
	return dst;
}

void *memset(void *dst, int c, size_t n)
{
	char *d = dst;
	uintptr_t pattern = (uintptr_t)-1 / 255 * (unsigned char)c;

	if (!((uintptr_t)d & (sizeof(uintptr_t) - 1)))
		for (; n >= sizeof(uintptr_t); n -= sizeof(uintptr_t)) {
			*(uintptr_t __attribute__((may_alias)) *)d = pattern;
			d += sizeof(uintptr_t);
		}
	while (n--)
		*d++ = (char)c;
	return dst;
}

int memcmp(const void *a, const void *b, size_t n)
{
	const unsigned char *x = a, *y = b;

	for (; n; n--, x++, y++)
		if (*x != *y)
			return *x - *y;
	return 0;
}

size_t strlen(const char *s)
{
	size_t n = 0;

	while (s[n])
		n++;
	return n;
}

int strncmp(const char *a, const char *b, size_t n)
{
	for (; n; n--, a++, b++)
		if (*a != *b || !*a)
			return (unsigned char)*a - (unsigned char)*b;
	return 0;
}

int strcmp(const char *a, const char *b)
{
	return strncmp(a, b, (size_t)-1);
}
