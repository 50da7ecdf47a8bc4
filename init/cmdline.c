/* SPDX-License-Identifier: Apache-2.0 */
/* The command line: words, some of them name=value. Words that nobody asks for are ignored: boot
 * loaders put their own there. */
#include "init/cmdline.h"

#include <kernel/lib.h>
#include <kernel/panic.h>

const char *cmdline_value(const char *line, const char *name)
{
	size_t n = strlen(name);

	while (line && *line) {
		while (*line == ' ')
			line++;
		if (!strncmp(line, name, n) && line[n] == '=')
			return line + n + 1;
		while (*line && *line != ' ')
			line++;
	}
	return NULL;
}

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if ((c | 32) >= 'a' && (c | 32) <= 'f')
		return (c | 32) - 'a' + 10;
	return -1;
}

bool uuid_parse(const char *text, u8 uuid[16])
{
	u32 n = 0;

	for (; *text && *text != ' '; text++) {
		int d = hex_digit(*text);

		if (*text == '-')
			continue;
		if (d < 0 || n == 32)
			return false;
		uuid[n / 2] = (u8)(n % 2 ? uuid[n / 2] | d : d << 4);
		n++;
	}
	return n == 32;
}

void uuid_log(const u8 uuid[16])
{
	for (u32 i = 0; i < 16; i++)
		klog("%s%02x", i == 4 || i == 6 || i == 8 || i == 10 ? "-" : "", uuid[i]);
	klog("\n");
}
