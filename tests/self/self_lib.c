/* SPDX-License-Identifier: Apache-2.0 */
/* lib: memory, strings, formatting. */
#include <kernel/lib.h>

#include "tests/self/self.h"

void lib_memory(void)
{
	static u8 a[64], b[64];

	for (u32 from = 0; from < 9; from++)
		for (u32 to = 0; to < 9; to++)
			for (u32 n = 0; n < 40; n++) {
				for (u32 i = 0; i < sizeof(a); i++)
					a[i] = b[i] = (u8)(i * 7 + 1);
				memmove(a + to, a + from, n);
				for (u32 i = 0; i < sizeof(a); i++)
					expect(a[i] == b[i >= to && i < to + n ? i - to + from : i]);
				memcpy(a + to, b + from, n);
				expect(!memcmp(a + to, b + from, n));
				memset(a + to, 0x5a, n);
				for (u32 i = 0; i < n; i++)
					expect(a[to + i] == 0x5a);
				expect(to == 0 || a[to - 1] != 0x5a);
			}
	expect(memcmp("abc", "abd", 3) < 0 && memcmp("\xff", "a", 1) > 0 && !memcmp("a", "b", 0));
}

void lib_strings(void)
{
	expect(strlen("") == 0 && strlen("abc") == 3);
	expect(!strcmp("", "") && strcmp("a", "b") < 0 && strcmp("ab", "a") > 0 && strcmp("\xff", "a") > 0);
	expect(!strncmp("abc", "abd", 2) && strncmp("abc", "abd", 3) < 0 && !strncmp("a", "b", 0) && !strncmp("a", "a", 9));
}

static bool formats(const char *want, const char *got, int length)
{
	return !strcmp(want, got) && length == (int)strlen(want);
}

void lib_format(void)
{
	char s[40], small[4];

	expect(formats("-5 5 ff A", s, format_buf(s, sizeof(s), "%d %u %x %c", -5, 5u, 0xffu, 'A')));
	expect(formats("[  7|7  |007|text|%]", s, format_buf(s, sizeof(s), "[%3d|%-3d|%03d|%s|%%]", 7, 7, 7, "text")));
	expect(formats("18446744073709551615", s, format_buf(s, sizeof(s), "%llu", ~0ull)));
	expect(formats("-9223372036854775808", s, format_buf(s, sizeof(s), "%lld", (long long)((u64)1 << 63))));
	expect(formats("00000000deadbeef", s, format_buf(s, sizeof(s), "%016llx", 0xdeadbeefull)));
	expect(formats("12 34", s, format_buf(s, sizeof(s), "%zu %lu", (size_t)12, 34ul)));
	expect(format_buf(small, sizeof(small), "%s", "longer") == 3 && !strcmp(small, "lon"));
}
