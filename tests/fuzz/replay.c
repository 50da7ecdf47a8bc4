/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Runs a target without libFuzzer. "make check" does so with the seeds.
 *
 *     replay-NAME [-v] FILE...     a TAP line for each file. -v tells every step. A bug ends the program and is told
 *
 * A file of seeds (its name ends in .txt) has an input a line, in hexadecimal; other lines begin with '#' or are empty. Any
 * other file is one input.
 */
#include "fuzz.h"
#include "target.h"

#include <stdlib.h>
#include <string.h>

enum { INPUT_MAX = 1 << 16 };

static u8 data[INPUT_MAX];

/* What is in hand, for whoever reads of a bug. */
static void run_input(const char *name, u32 line, size_t bytes)
{
	fprintf(stderr, "%s:%u\n", name, line);
	LLVMFuzzerTestOneInput(data, bytes);
}

static size_t parse_line(const char *text)
{
	size_t n = 0;
	unsigned byte;

	for (; n < INPUT_MAX && sscanf(text, "%2x", &byte) == 1; text += 2)
		data[n++] = (u8)byte;
	return n;
}

static u32 run_seeds(const char *name, FILE *f)
{
	static char text[2 * INPUT_MAX + 2];
	u32 inputs = 0, line = 0;

	while (fgets(text, sizeof(text), f)) {
		line++;
		if (text[0] == '#' || text[0] == '\n')
			continue;
		run_input(name, line, parse_line(text));
		inputs++;
	}
	return inputs;
}

static void run_file(int number, const char *name)
{
	size_t end = strlen(name);
	FILE *f = fopen(name, "rb");
	u32 inputs = 1;

	if (!f) {
		perror(name);
		exit(2);
	}
	if (end > 4 && strcmp(name + end - 4, ".txt") == 0)
		inputs = run_seeds(name, f);
	else
		run_input(name, 0, fread(data, 1, sizeof(data), f));
	fclose(f);
	printf("%sok %d - %s: %u inputs without a finding\n", inputs ? "" : "not ", number, name, inputs);
}

size_t LLVMFuzzerMutate(u8 *to, size_t bytes, size_t max)
{
	return bytes;
}

int main(int argc, char **argv)
{
	int first = 1;

	LLVMFuzzerInitialize(&argc, &argv);
	if (argc > 1 && strcmp(argv[1], "-v") == 0) {
		machine_verbose = true;
		first = 2;
	}
	printf("1..%d\n", argc - first);
	for (int i = first; i < argc; i++)
		run_file(i - first + 1, argv[i]);
	return argc <= first ? 2 : 0;
}
