/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Makes dependencies on single configuration options out of the compiler's dependency file.
 *
 * Every source file includes generated/autoconf.h, so that one changed option would rebuild everything. This program
 * takes that header out of the list and puts in, for each CONFIG_NAME that occurs in the text of the source or of one
 * of its headers, the stamp file of that option (config/name.h with '_' as '/'), which scripts/kconfig.py touches when
 * the value changes. An option without a stamp has never changed since the folder was made: $(wildcard) drops it.
 *
 * Usage: fixdep DEPFILE TARGET STAMP_FOLDER <COMMAND >CMDFILE
 *
 * Writes a piece of makefile: the command that made TARGET, and what TARGET depends on. The command comes through
 * standard input, already quoted for make.
 */
#include <ctype.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char prefix[] = "CONFIG_";

/* A set of strings; a few hundred at most, so that searching it from end to end is fast enough. */
static char **seen;
static size_t seen_count, seen_room;

static void fail(const char *what, const char *which)
{
	fprintf(stderr, "fixdep: %s: ", what);
	perror(which);
	exit(1);
}

static bool first_time(const char *name, size_t length)
{
	for (size_t i = 0; i < seen_count; i++)
		if (strlen(seen[i]) == length && memcmp(seen[i], name, length) == 0)
			return false;
	if (seen_count == seen_room) {
		seen_room = seen_room ? 2 * seen_room : 64;
		seen = realloc(seen, seen_room * sizeof(*seen));
		if (!seen)
			fail("out of memory", "");
	}
	seen[seen_count] = strndup(name, length);
	if (!seen[seen_count++])
		fail("out of memory", "");
	return true;
}

static char *read_whole(const char *path)
{
	FILE *in = fopen(path, "rb");
	long size = 0;
	char *text;

	if (!in)
		fail("cannot open", path);
	if (fseek(in, 0, SEEK_END) < 0 || (size = ftell(in)) < 0)
		fail("cannot read", path);
	rewind(in);
	text = malloc((size_t)size + 1);
	if (!text || fread(text, 1, (size_t)size, in) != (size_t)size)
		fail("cannot read", path);
	text[size] = '\0';
	fclose(in);
	return text;
}

static bool in_word(char c)
{
	return isalnum((unsigned char)c) || c == '_';
}

static void print_stamp(const char *folder, const char *option, size_t length)
{
	printf(" \\\n  $(wildcard %s/", folder);
	for (size_t i = 0; i < length; i++)
		putchar(option[i] == '_' ? '/' : tolower((unsigned char)option[i]));
	printf(".h)");
}

static void print_options(const char *path, const char *folder)
{
	char *text = read_whole(path);
	char *at = text;

	while ((at = strstr(at, prefix))) {
		const char *option = at + strlen(prefix);
		const char *end = option;

		while (in_word(*end))
			end++;
		if ((at == text || !in_word(at[-1])) && end > option && first_time(at, (size_t)(end - at)))
			print_stamp(folder, option, (size_t)(end - option));
		at += strlen(prefix);
	}
	free(text);
}

/* "target.o: a.c b.h \\\n c.h": every word after the first colon, without the continuation marks. */
static void print_files(char *rule, const char *folder)
{
	char *colon = strstr(rule, ": ");

	if (!colon)
		return;
	for (char *word = strtok(colon + 1, " \\\n\t"); word; word = strtok(NULL, " \\\n\t")) {
		if (strstr(word, "generated/autoconf.h") || !first_time(word, strlen(word)))
			continue;
		printf(" \\\n  %s", word);
		print_options(word, folder);
	}
}

int main(int argc, char **argv)
{
	int c;

	if (argc != 4) {
		fprintf(stderr, "usage: fixdep DEPFILE TARGET STAMP_FOLDER <COMMAND >CMDFILE\n");
		return 2;
	}
	printf("saved-%s := ", argv[2]);
	while ((c = getchar()) != EOF)
		putchar(c);
	printf("\ndeps-%s :=", argv[2]);
	print_files(read_whole(argv[1]), argv[3]);
	printf("\n\n%s: $(deps-%s)\n$(deps-%s):\n", argv[2], argv[2], argv[2]);
	return fflush(stdout) == 0 && !ferror(stdout) ? 0 : 1;
}
