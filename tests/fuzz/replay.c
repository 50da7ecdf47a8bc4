/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Runs a target without libFuzzer. "make check" does so with the seeds.
 *
 *     replay-NAME [-v] [-n N] FILE...   a TAP line for each file. -v tells every input and step; -n: then N inputs that
 *                                       the target's mutator makes of the first file's, always the same. A bug ends the
 *                                       program and is told
 *
 * A file of seeds (its name ends in .txt) has an input a line, in hexadecimal; other lines begin with '#' or are empty. Any
 * other file is one input.
 */
#include "fuzz.h"
#include "target.h"

#include <stdlib.h>
#include <string.h>

enum { INPUT_MAX = 1 << 16, KEPT_MAX = 1 << 10, MADE_MAX = 600 };

static u8 data[INPUT_MAX];
static struct {
	u8 *data;
	size_t bytes;
} kept[KEPT_MAX];
static u32 nr_kept;
static u64 chance;

/* What is in hand, for whoever reads of a bug. */
static void run_input(const char *name, u32 line, size_t bytes)
{
	fprintf(stderr, "%s:%u\n", name, line);
	for (size_t i = 0; machine_verbose && i < bytes; i++)
		fprintf(stderr, "%02x%s", data[i], i + 1 < bytes ? "" : "\n");
	LLVMFuzzerTestOneInput(data, bytes);
}

static void keep(size_t bytes)
{
	u8 *copy = nr_kept < KEPT_MAX && bytes <= MADE_MAX ? malloc(bytes + 1) : NULL;

	if (!copy)
		return;
	memcpy(copy, data, bytes);
	kept[nr_kept].data = copy;
	kept[nr_kept++].bytes = bytes;
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
	size_t bytes;

	while (fgets(text, sizeof(text), f)) {
		line++;
		if (text[0] == '#' || text[0] == '\n')
			continue;
		run_input(name, line, bytes = parse_line(text));
		keep(bytes);
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

static u32 below(size_t n)
{
	chance = chance * 6364136223846793005u + 1442695040888963407u;
	return (u32)(chance >> 33) % (u32)n;
}

/* Some bytes change, or there is one more. */
size_t LLVMFuzzerMutate(u8 *to, size_t bytes, size_t max)
{
	if (bytes < max && (!bytes || below(4) == 0))
		to[bytes++] = 0;
	for (u32 n = 1 + below(3); n > 0; n--)
		to[below(bytes)] = (u8)below(256);
	return bytes;
}

static void run_made(int number, u32 count)
{
	for (u32 i = 1; i <= count && nr_kept; i++) {
		u32 from = i % nr_kept;
		size_t bytes = kept[from].bytes;

		chance = i;
		memcpy(data, kept[from].data, bytes);
		for (u32 n = 1 + i % 4; n > 0; n--)
			bytes = LLVMFuzzerCustomMutator(data, bytes, MADE_MAX, below(1u << 31));
		run_input("made", i, bytes);
	}
	printf("ok %d - %u inputs made without a finding\n", number, count);
}

int main(int argc, char **argv)
{
	int first = 1;
	u32 made = 0;

	LLVMFuzzerInitialize(&argc, &argv);
	if (argc > first && strcmp(argv[first], "-v") == 0) {
		machine_verbose = true;
		first++;
	}
	if (argc > first + 1 && strcmp(argv[first], "-n") == 0) {
		made = (u32)strtoul(argv[first + 1], NULL, 10);
		first += 2;
	}
	printf("1..%d\n", argc - first + (made > 0));
	for (int i = first; i < argc; i++)
		run_file(i - first + 1, argv[i]);
	if (made)
		run_made(argc - first + 1, made);
	return argc <= first ? 2 : 0;
}
