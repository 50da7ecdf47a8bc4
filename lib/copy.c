/* SPDX-License-Identifier: Apache-2.0 */
/* memcpy(), memmove() and memset() for ports that have none of their own (arch/x86/copy.c). */
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
