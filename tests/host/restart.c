/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One image of the explorer and its future, in a child: the kernel starts on it, the harness compares everything with
 * what was at the snapshot. One run in --every goes on: two more commits, both taken home, and the power fails again
 * after some more operations; the next restart is compared too, and cut off somewhere in its first operations; the
 * third is compared. Whether it goes on, and where it is cut off, follows from what has been read, so that tree.c
 * stays true.
 */
#include "watch.h"

#include <abi/process.h>
#include <kernel/panic.h>
#include <kernel/store.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define BOOTS 3u
#define KNOWN_AGAIN 10007u     /* of the images whose future is known one in so many is run all the same */
#define ASK_NS 40000000u        /* a checkpoint is asked for so often, in case that no program does */
#define OPERATIONS_AFTER 40u   /* at most, between the end of migration and the second power cut */
#define OPERATIONS_EARLY 60u   /* the same, between a restart and the third */

enum end { END_NONE, END_VERIFIED, END_POWER_CUT };

/* Shared by the explorer, the child, and the child's children, one for each boot. */
static struct future {
	u32 reads;
	u32 *read;               /* blocks of the image that mattered to the first boot, in order */
	u8 *noted;               /* is in `read` */
	u8 *own;                 /* was written since: the image does not matter any more */
	u64 path;                /* digest of all that was read */
	bool closed;             /* the state has been verified: what is read from now on is not noted */
	u32 boot;
	enum end end;
	u64 generation, first_generation, committed, snapshot;
	u32 outs;
	u32 *out;                /* blocks that a boot has changed, as the power cut left them */
	u8 (*out_data)[FRAME_SIZE];
} *future;

static bool child;
static const u64 *image_sum;
static u64 runs, more, target, operations_left;
static u32 commits_seen;
static FILE *output;

void restart_init(void)
{
	u64 blocks = simdisk_blocks();

	future = shared_memory(sizeof(*future));
	future->read = shared_memory(blocks * sizeof(u32));
	future->noted = shared_memory(blocks);
	future->own = shared_memory(blocks);
	future->out = shared_memory(blocks * sizeof(u32));
	future->out_data = shared_memory(blocks * FRAME_SIZE);
	output = tmpfile();
	check(output != NULL);
	tree_init();
}

u64 restart_runs(void)
{
	return runs;
}

u64 restart_more(void)
{
	return more;
}

/* ---- what depends on the image ---- */

static void depend_on(u64 block)
{
	if (future->noted[block] || future->own[block])
		return;
	future->noted[block] = true;
	if (future->closed)
		return;
	future->read[future->reads++] = (u32)block;
	future->path = sim_mix(future->path, image_sum[block]);
}

void restart_note_read(u64 block)
{
	if (child)
		depend_on(block);
}

void restart_note_written(u64 block)
{
	if (child)
		future->own[block] = true;
}

/* ---- a boot ---- */

static void __attribute__((noreturn)) end_boot(enum end end)
{
	future->end = end;
	machine_exit(0, NULL);
}

static void power_cut(void)
{
	static const enum crash_mode modes[] = { CRASH_NONE, CRASH_ALL, CRASH_TORN, CRASH_RANDOM, CRASH_RANDOM };

	future->committed = store_committed();
	simdisk_crash(modes[future->path / 64 % ARRAY_SIZE(modes)], 0);
	future->outs = 0;
	for (u64 b = 0; b < simdisk_blocks(); b++) {
		if (!future->own[b])
			continue;
		future->out[future->outs] = (u32)b;
		memcpy(future->out_data[future->outs++], simdisk_block(b), FRAME_SIZE);
	}
	end_boot(END_POWER_CUT);
}

static void ask(struct sim_event *e)
{
	store_request_checkpoint();
	sim_after(e, ASK_NS);
}

void restart_recovered(u64 generation)
{
	static struct sim_event asking = { .fire = ask };

	if (!child)
		return;
	future->generation = generation;
	future->committed = future->snapshot = generation;
	if (future->boot == 0) {
		future->first_generation = generation;
		future->closed = true;
		if (future->path % host_options.every != 0)
			end_boot(END_VERIFIED);
	}
	if (future->boot + 1 == BOOTS)
		end_boot(END_VERIFIED);
	sim_after(&asking, ASK_NS);
	if (future->boot == 1)
		operations_left = 1 + future->path / 8 % OPERATIONS_EARLY;
}

/* Two more commits, and both have gone home. */
static bool drained(void)
{
	struct abi_ckpt_status s;

	if (store_committed() != future->committed) {
		future->committed = store_committed();
		if (++commits_seen == 2)
			target = future->committed;
	}
	store_status(&s);
	return target != 0 && s.migrated >= target;
}

void restart_operation(void)
{
	if (!child || future->generation == 0)
		return;
	if (operations_left == 0 && drained())
		operations_left = 1 + future->path / 8 % OPERATIONS_AFTER;
	else if (operations_left != 0 && --operations_left == 0)
		power_cut();
}

static void __attribute__((noreturn)) boot(void)
{
	child = true;
	sim_init(host_options.seed + 1 + future->boot);
	host_options.verify = true;
	host_options.script = "/dev/null";
	machine_run();
}

/* ---- the child that sees to the boots ---- */

static bool in_bounds(u32 n, u64 at_least, u64 at_most)
{
	if (n == 0 || (future->generation >= at_least && future->generation <= at_most))
		return true;
	printf("explore: restart %u found generation %llu; %llu to %llu can be right\n", n + 1,
		(unsigned long long)future->generation, (unsigned long long)at_least, (unsigned long long)at_most);
	return false;
}

static int boots(void)
{
	u64 at_least = 0, at_most = 0;
	int status;

	for (u32 n = 0; n < BOOTS; n++) {
		future->boot = n;
		future->end = END_NONE;
		future->generation = 0;
		fflush(stdout);
		pid_t pid = fork();
		check(pid >= 0);
		if (pid == 0)
			boot();
		check(waitpid(pid, &status, 0) == pid);
		if (status != 0 || future->end == END_NONE) {
			printf("explore: restart %u ended with status %x\n", n + 1, (unsigned)status);
			return 1;
		}
		if (!in_bounds(n, at_least, at_most))
			return 1;
		if (future->end == END_VERIFIED)
			return 0;
		at_least = future->committed;
		at_most = MAX(future->snapshot, future->committed);
		for (u32 i = 0; i < future->outs; i++)
			memcpy(simdisk_block(future->out[i]), future->out_data[i], FRAME_SIZE);
	}
	return 0;
}

void restart_snapshot(u64 generation)
{
	if (child)
		future->snapshot = generation;
}

static void apply(const struct image *im)
{
	for (u32 i = 0; i < im->count; i++) {
		bool first = true;

		for (u32 k = 0; k < i && first; k++)
			first = im->write[k].block != im->write[i].block;
		if (first)
			image_compose(im, im->count - 1, im->write[i].block, simdisk_block(im->write[i].block));
	}
	if (im->damaged != 0)
		memset(simdisk_block(im->damaged), 0x5a, FRAME_SIZE);
}

static void run(const struct image *im)
{
	int status;
	u64 recorded = states->count;

	memset(future->noted, 0, simdisk_blocks());
	memset(future->own, 0, simdisk_blocks());
	future->reads = 0;
	future->path = 0;
	future->closed = false;
	future->first_generation = 0;
	rewind(output);
	check(ftruncate(fileno(output), 0) == 0);
	fflush(stdout);
	pid_t pid = fork();
	check(pid >= 0);
	if (pid == 0) {
		dup2(fileno(output), STDOUT_FILENO);
		dup2(fileno(output), STDERR_FILENO);
		apply(im);
		status = boots();
		fflush(stdout);
		_exit(status);
	}
	check(waitpid(pid, &status, 0) == pid);
	states->count = recorded;
	runs++;
	more += future->boot != 0;
	if (status != 0)
		future->first_generation = 0;
}

struct outcome *restart(const struct image *im, const u64 *sum)
{
	static u64 known;
	struct outcome *o = tree_find(sum);

	if (o != NULL && (o->generation == 0 || ++known % KNOWN_AGAIN != 0))
		return o;
	image_sum = sum;
	run(im);
	if (o != NULL) {
		check(o->generation == future->first_generation);
		return o;
	}
	o = tree_add(sum, future->read, future->reads);
	o->generation = future->first_generation;
	return o;
}

void restart_output(FILE *to)
{
	char line[200];

	rewind(output);
	while (fgets(line, sizeof(line), output) != NULL)
		fprintf(to, "    %s", line);
}
