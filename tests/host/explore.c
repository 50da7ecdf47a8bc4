/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The crash explorer (--explore N).
 *
 * A child runs the history once, on a private copy of the volume; the disk notes each write, flush and completion in
 * memory that the parent shares. The parent then goes through the notes, holding the medium as flushes have made it and
 * the list of writes that no flush covers yet. At each completion it lets the power fail, several times: a child for
 * each puts some subset of these sectors on its private medium and restarts the kernel there with --verify. What it
 * finds must be exactly the state of one snapshot, not older than the newest commit that was known before the cut.
 * Points and subsets come from the seed; a failure prints what repeats it.
 */
#include "arch/host/host.h"

#include <errno.h>
#include <kernel/blkdev.h>
#include <kernel/panic.h>
#include <kernel/store.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#define NOTES_MAX ((u64)1 << 20)

struct record {
	enum note kind;
	u64 number, block;
	u8 data[FRAME_SIZE];    /* NOTE_WRITE */
};

struct history {
	u64 count;
	struct record record[NOTES_MAX];
};

static struct history *history;         /* shared; NULL = an ordinary run */
static bool recording;
static u64 must_have, may_have;         /* a restart must find a generation of these */

/* The parent's place in the history. */
static struct {
	const struct record *record;    /* NOTE_WRITE or NOTE_FLUSH */
	u64 done;                       /* number of its completion, 0 = in flight */
	u64 covers;                     /* flush */
} open_request[65536];
static u32 open_count;
static u64 completions;

struct job {
	pid_t pid;
	FILE *output;
	u64 point, arg;
	enum crash_mode mode;
};
static struct job jobs[256];
static u64 cuts, failures;

void explore_note(enum note kind, u64 number, const struct blkreq *r)
{
	if (!recording)
		return;
	if (kind != NOTE_COMMITTED && store_committed() != must_have) {
		must_have = store_committed();
		explore_note(NOTE_COMMITTED, must_have, NULL);
	}
	check(history->count < NOTES_MAX);
	struct record *n = &history->record[history->count++];
	n->kind = kind;
	n->number = number;
	if (kind == NOTE_WRITE) {
		n->block = r->block;
		memcpy(n->data, r->buf, FRAME_SIZE);
	}
}

void explore_recovered(u64 generation)
{
	if (history == NULL)
		return;
	if (generation < must_have || generation > may_have) {
		printf("explore: generation %llu was found; %llu to %llu can be right\n", (unsigned long long)generation,
			(unsigned long long)must_have, (unsigned long long)may_have);
		machine_exit(EXIT_STATE, NULL);
	}
	machine_exit(0, NULL);
}

/* ---- one power cut ---- */
static void reap(void)
{
	int status;
	pid_t pid = wait(&status);
	struct job *j = jobs;

	while (j->pid != pid)
		j++;
	if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
		char line[200];
		printf("FAILED: cut at completion %llu, mode %d, argument %llx, status %x\n", (unsigned long long)j->point,
			(int)j->mode, (unsigned long long)j->arg, (unsigned)status);
		rewind(j->output);
		while (fgets(line, sizeof(line), j->output) != NULL)
			printf("    %s", line);
		failures++;
	}
	fclose(j->output);
	j->pid = 0;
}

static struct job *free_job(void)
{
	for (;;) {
		for (u32 i = 0; i < host_options.jobs; i++)
			if (jobs[i].pid == 0)
				return &jobs[i];
		reap();
	}
}

static u32 unflushed_writes(struct disk_write *out)
{
	u32 n = 0;

	for (u32 i = 0; i < open_count; i++)
		if (open_request[i].record->kind == NOTE_WRITE)
			out[n++] = (struct disk_write){ open_request[i].record->block, open_request[i].record->data };
	return n;
}

static void cut(u64 point, const struct disk_write *writes, u32 count, enum crash_mode mode, u64 arg)
{
	struct job *j = free_job();
	u64 seed = sim_random();

	*j = (struct job){ .output = tmpfile(), .point = point, .arg = arg, .mode = mode };
	check(j->output != NULL);
	fflush(stdout);
	cuts++;
	j->pid = fork();
	check(j->pid >= 0);
	if (j->pid != 0)
		return;
	dup2(fileno(j->output), STDOUT_FILENO);
	dup2(fileno(j->output), STDERR_FILENO);
	sim_init(seed);
	simdisk_keep(writes, count, mode, arg);
	host_options.verify = true;
	host_options.script = "/dev/null";
	machine_run();
}

static void cuts_at(u64 point, u64 quota)
{
	static struct disk_write writes[ARRAY_SIZE(open_request)];
	u32 count = unflushed_writes(writes);

	for (u64 i = 0; i < quota; i++) {
		u64 arg = sim_below(count);
		switch (sim_below(7)) {
		case 0: cut(point, writes, count, CRASH_NONE, 0); break;
		case 1: cut(point, writes, count, CRASH_ALL, 0); break;
		case 2: cut(point, writes, count, CRASH_TORN, 0); break;
		case 3: cut(point, writes, count, CRASH_LOSE, arg); break;
		case 4: cut(point, writes, count, CRASH_ONLY, arg); break;
		case 5: cut(point, writes, count, CRASH_MASK, sim_random() | ~(u64)0x3ff); break;
		default: cut(point, writes, count, CRASH_RANDOM, 0); break;
		}
	}
}

/* ---- through the history ---- */
static void remove_covered(u64 covers)
{
	u32 kept = 0;

	for (u32 i = 0; i < open_count; i++) {
		const struct record *n = open_request[i].record;
		if (n->kind == NOTE_WRITE && open_request[i].done != 0 && open_request[i].done <= covers)
			simdisk_keep(&(struct disk_write){ n->block, n->data }, 1, CRASH_ALL, 0);
		else
			open_request[kept++] = open_request[i];
	}
	open_count = kept;
}

/* Completed writes stand first, in order of completion; then what is in flight, in order of submission. */
static void request_done(u64 number)
{
	u32 at = 0, to = 0;

	while (open_request[at].record->number != number)
		at++;
	__typeof__(open_request[0]) q = open_request[at];
	memmove(&open_request[at], &open_request[at + 1], (--open_count - at) * sizeof(q));
	if (q.record->kind == NOTE_FLUSH) {
		remove_covered(q.covers);
		return;
	}
	q.done = ++completions;
	while (to < open_count && open_request[to].done != 0)
		to++;
	memmove(&open_request[to + 1], &open_request[to], (open_count++ - to) * sizeof(q));
	open_request[to] = q;
}

static void advance(const struct record *n)
{
	switch (n->kind) {
	case NOTE_WRITE:
	case NOTE_FLUSH:
		check(open_count < ARRAY_SIZE(open_request));
		open_request[open_count].record = n;
		open_request[open_count].done = 0;
		open_request[open_count++].covers = completions;
		break;
	case NOTE_DONE: request_done(n->number); break;
	case NOTE_SNAPSHOT: may_have = n->number; break;
	case NOTE_COMMITTED:
		must_have = n->number;
		may_have = MAX(may_have, must_have);
		break;
	}
}

static void run_history(void)
{
	int status;
	pid_t pid = fork();

	check(pid >= 0);
	if (pid == 0) {
		recording = true;
		machine_run();
	}
	check(waitpid(pid, &status, 0) == pid);
	if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
		printf("explore: the history itself failed (status %x)\n", (unsigned)status);
		exit(1);
	}
}

void explore(void)
{
	u64 points = 0, point = 0, before = host_options.explore;

	if (unlink(host_options.states) != 0 && errno != ENOENT) {
		fprintf(stderr, "anteros: %s: %s\n", host_options.states, strerror(errno));
		exit(2);
	}
	history = mmap(NULL, sizeof(*history), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	check(history != MAP_FAILED);
	run_history();
	for (u64 i = 0; i < history->count; i++)
		points += history->record[i].kind == NOTE_DONE;
	for (u64 i = 0; i < history->count; i++) {
		advance(&history->record[i]);
		if (history->record[i].kind != NOTE_DONE || may_have == 0)
			continue;
		/* An even share for each point, however few there are for all. */
		point++;
		u64 until = host_options.explore - (u64)((unsigned __int128)host_options.explore * point / points);
		cuts_at(point, before - until);
		before = until;
	}
	for (u32 i = 0; i < host_options.jobs; i++)
		while (jobs[i].pid != 0)
			reap();
	printf("explore: %llu operations, %llu power cuts, %llu failures\n", (unsigned long long)points,
		(unsigned long long)cuts, (unsigned long long)failures);
	exit(failures != 0);
}
