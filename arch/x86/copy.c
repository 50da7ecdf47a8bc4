/* SPDX-License-Identifier: Apache-2.0 */
/* memcpy(), memmove() and memset() with the processor's string instructions, a word at a time. */
#include <kernel/lib.h>
#include <kernel/types.h>

#define WORD sizeof(uintptr_t)

/* `n` words. */
static inline void copy_words(void **d, const void **s, size_t n)
{
	if (WORD == 8)
		__asm__ volatile("rep movsq" : "+D"(*d), "+S"(*s), "+c"(n) : : "memory");
	else
		__asm__ volatile("rep movsl" : "+D"(*d), "+S"(*s), "+c"(n) : : "memory");
}

void *memcpy(void *dst, const void *src, size_t n)
{
	void *d = dst;

	copy_words(&d, &src, n / WORD);
	n %= WORD;
	__asm__ volatile("rep movsb" : "+D"(d), "+S"(src), "+c"(n) : : "memory");
	return dst;
}

void *memmove(void *dst, const void *src, size_t n)
{
	char *d = (char *)dst + n - 1;
	const char *s = (const char *)src + n - 1;
	size_t bytes = n % WORD;

	if ((uintptr_t)dst - (uintptr_t)src >= n)
		return memcpy(dst, src, n);
	/* From the end: the odd bytes, then the words. */
	__asm__ volatile("std; rep movsb" : "+D"(d), "+S"(s), "+c"(bytes) : : "memory", "cc");
	d -= WORD - 1;
	s -= WORD - 1;
	n /= WORD;
	if (WORD == 8)
		__asm__ volatile("rep movsq; cld" : "+D"(d), "+S"(s), "+c"(n) : : "memory", "cc");
	else
		__asm__ volatile("rep movsl; cld" : "+D"(d), "+S"(s), "+c"(n) : : "memory", "cc");
	return dst;
}

void *memset(void *dst, int c, size_t n)
{
	uintptr_t pattern = (uintptr_t)-1 / 255 * (unsigned char)c;
	size_t words = n / WORD;
	void *d = dst;

	n %= WORD;
	if (WORD == 8)
		__asm__ volatile("rep stosq" : "+D"(d), "+c"(words) : "a"(pattern) : "memory");
	else
		__asm__ volatile("rep stosl" : "+D"(d), "+c"(words) : "a"(pattern) : "memory");
	__asm__ volatile("rep stosb" : "+D"(d), "+c"(n) : "a"(pattern) : "memory");
	return dst;
}
