/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The crash explorer (--explore).
 *
 * A child runs the history once, on a private copy of the volume; the disk notes each write, flush and completion in
 * memory that the parent shares. The parent then goes through the notes, holding the medium as flushes have made it and
 * the list of writes that no flush covers yet: those completed, in order of completion, then those in flight. Whenever
 * that list changes it lets the power fail, with each of these sets of unflushed writes on the medium:
 *
 *   none, all; each alone lost, each alone kept; all subsets of the newest 8, the older ones once kept and once lost;
 *   the write at hand torn after each sector and in the middle of each, the others once kept and once lost;
 *   --random of them sector by sector; all and none once more with either root damaged, if both were whole.
 *
 * What a restart finds must be exactly the state of one snapshot, not older than the newest commit that was known
 * (with a damaged root: than the one before), not newer than the newest snapshot. Restarts that cannot differ are run
 * once (tree.c), the others in children (restart.c).
 */
#include "watch.h"

#include <kernel/blkdev.h>
#include <kernel/panic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "ckpt/format.h"

#define NOTES_MAX ((u64)1 << 20)
#define OPEN_MAX 4096u
#define NEWEST 8u
#define SECTOR 512u
#define SECTORS (FRAME_SIZE / SECTOR)
#define DAMAGED_SUM ~(u64)0
#define TOLD_MAX 10u            /* failures that are printed */

struct record {
	enum note kind;
	u64 number, block;
	u8 data[FRAME_SIZE];    /* NOTE_WRITE */
};

static struct history {
	u64 count;
	bool complete;          /* it came to the end of --stop-at */
	struct record record[NOTES_MAX];
} *history;                     /* shared; NULL = an ordinary run */
static bool recording;
static u64 must_have, may_have; /* a restart must find a generation of these */
static u64 had_before;          /* the commit before must_have */

/* The parent's place in the history. */
static struct open_request {
	const struct record *record; /* NOTE_WRITE or NOTE_FLUSH */
	u64 done;                    /* number of its completion, 0 = in flight */
	u64 covers;                  /* flush */
	u64 sum;                     /* write: of its data */
} open_request[OPEN_MAX];
static u32 open_count;
static u64 completions, points, images, failures, told;

/* The image in hand, and the sums of its blocks. */
static struct disk_write writes[OPEN_MAX];
static u64 write_sum[OPEN_MAX];
static u8 kept[OPEN_MAX];
static struct image image = { .write = writes, .kept = kept };
static u64 *medium_sum, *image_sum;

void explore_note(enum note kind, u64 number, const struct blkreq *r)
{
	if (kind == NOTE_DONE)
		restart_operation();
	if (kind == NOTE_SNAPSHOT)
		restart_snapshot(number);
	if (!recording)
		return;
	check(history->count < NOTES_MAX);
	struct record *n = &history->record[history->count++];
	n->kind = kind;
	n->number = number;
	if (kind == NOTE_WRITE) {
		n->block = r->block;
		memcpy(n->data, r->buf, FRAME_SIZE);
	}
}

void explore_read(u64 block)
{
	restart_note_read(block);
}

void explore_written(u64 block)
{
	restart_note_written(block);
}

void explore_end(void)
{
	if (recording)
		history->complete = true;
}

/* ---- one image ---- */

void image_compose(const struct image *im, u32 n, u64 block, u8 *data)
{
	for (u32 i = 0; i <= n; i++) {
		const struct disk_write *w = &im->write[i];
		u32 s = 0;

		if (w->block != block)
			continue;
		for (; s < SECTORS; s++)
			if (im->kept[i] >> s & 1)
				memcpy(data + s * SECTOR, w->data + s * SECTOR, SECTOR);
		for (s = 0; im->kept[i] >> s & 1; s++)
			;
		if (i == im->torn && s < SECTORS)
			memcpy(data + s * SECTOR, w->data + s * SECTOR, SECTOR / 2);
	}
}

static u64 sum_after(u32 i)
{
	u8 data[FRAME_SIZE];

	if (kept[i] == 0xff)
		return write_sum[i];
	if (kept[i] == 0 && i != image.torn)
		return image_sum[writes[i].block];
	memcpy(data, simdisk_block(writes[i].block), FRAME_SIZE);
	image_compose(&image, i, writes[i].block, data);
	return sim_sum(data, FRAME_SIZE);
}

static void tell(const char *what)
{
	failures++;
	if (told++ >= TOLD_MAX)
		return;
	printf("FAILED: %s: power cut %llu, block %llx damaged, %u unflushed writes, kept (sectors):", what,
		(unsigned long long)points, (unsigned long long)image.damaged, image.count);
	for (u32 i = 0; i < image.count; i++)
		printf(" %llx:%02x%s", (unsigned long long)writes[i].block, kept[i], i == image.torn ? "+" : "");
	printf("\n");
}

static void try(void)
{
	u64 at_least = image.damaged == 0 ? must_have : had_before;

	for (u32 i = 0; i < image.count; i++)
		image_sum[writes[i].block] = sum_after(i);
	if (image.damaged != 0)
		image_sum[image.damaged] = DAMAGED_SUM;
	struct outcome *o = restart(&image, image_sum);
	images++;
	if (o->generation == 0) {
		tell("a restart");
		if (!o->told)
			restart_output(stdout);
		o->told = true;
	} else if (o->generation < at_least || o->generation > may_have) {
		tell("the generation");
		printf("    %llu was found; %llu to %llu can be right\n", (unsigned long long)o->generation,
			(unsigned long long)at_least, (unsigned long long)may_have);
	}
	image_sum[image.damaged] = medium_sum[image.damaged];
	for (u32 i = 0; i < image.count; i++)
		image_sum[writes[i].block] = medium_sum[writes[i].block];
}

static void keep_all(bool yes)
{
	memset(kept, yes ? 0xff : 0, image.count);
	image.torn = NIL_WRITE;
}

/* ---- the images of one moment ---- */

static void each_alone(void)
{
	for (u32 i = 0; i < image.count; i++)
		for (u32 keep = 0; keep < 2; keep++) {
			keep_all(!keep);
			kept[i] = keep ? 0xff : 0;
			try();
		}
}

static void subsets(void)
{
	u32 newest = MIN(image.count, NEWEST);

	for (u32 older = 0; older < (image.count > NEWEST ? 2 : 1); older++)
		for (u32 set = 0; set < 1u << newest; set++) {
			keep_all(older);
			for (u32 i = 0; i < newest; i++)
				kept[image.count - newest + i] = set >> i & 1 ? 0xff : 0;
			try();
		}
}

static void torn(u32 at)
{
	for (u32 others = 0; others < 2; others++)
		for (u32 half = 1; half < 2 * SECTORS; half++) {
			keep_all(others);
			kept[at] = (u8)((1u << half / 2) - 1);
			image.torn = half % 2 ? at : NIL_WRITE;
			try();
		}
}

static void at_random(void)
{
	for (u64 n = 0; n < host_options.random_images; n++) {
		keep_all(false);
		for (u32 i = 0; i < image.count; i++)
			kept[i] = (u8)sim_random();
		try();
	}
}

static bool root_whole(u64 place)
{
	for (u32 i = 0; i < image.count; i++)
		if (writes[i].block == place)
			return false;
	return *(const u64 *)simdisk_block(place) == MAGIC_ROOT;
}

static void root_damaged(void)
{
	const struct fmt_header *h = (const struct fmt_header *)simdisk_block(0);

	if (!root_whole(h->root[0]) || !root_whole(h->root[1]))
		return;
	for (u32 n = 0; n < 4; n++) {
		keep_all(n & 1);
		image.damaged = h->root[n / 2];
		try();
	}
	image.damaged = 0;
}

/* The power fails here; `number` is the write at hand, if any. */
static void power_cuts(u64 number)
{
	u32 at_hand = NIL_WRITE;

	points++;
	image.count = 0;
	for (u32 i = 0; i < open_count; i++) {
		const struct record *r = open_request[i].record;
		if (r->kind != NOTE_WRITE)
			continue;
		if (r->number == number)
			at_hand = image.count;
		writes[image.count] = (struct disk_write){ r->block, r->data };
		write_sum[image.count++] = open_request[i].sum;
	}
	for (u32 all = 0; all < 2; all++) {
		keep_all(all);
		try();
	}
	each_alone();
	subsets();
	if (at_hand != NIL_WRITE)
		torn(at_hand);
	at_random();
	root_damaged();
}

/* ---- through the history ---- */

static void remove_covered(u64 covers)
{
	u32 remain = 0;

	for (u32 i = 0; i < open_count; i++) {
		const struct open_request *q = &open_request[i];
		if (q->record->kind == NOTE_WRITE && q->done != 0 && q->done <= covers) {
			memcpy(simdisk_block(q->record->block), q->record->data, FRAME_SIZE);
			medium_sum[q->record->block] = image_sum[q->record->block] = q->sum;
		} else {
			open_request[remain++] = *q;
		}
	}
	open_count = remain;
}

/* Completed writes stand first, in order of completion; then what is in flight, in order of submission. */
static void request_done(u64 number)
{
	u32 at = 0, to = 0;

	while (open_request[at].record->number != number)
		at++;
	struct open_request q = open_request[at];
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

/* True if something else can be left on the medium now. */
static bool advance(const struct record *n)
{
	switch (n->kind) {
	case NOTE_WRITE:
	case NOTE_FLUSH:
		check(open_count < OPEN_MAX);
		open_request[open_count++] = (struct open_request){ n, 0, completions,
			n->kind == NOTE_WRITE ? sim_sum(n->data, FRAME_SIZE) : 0 };
		return n->kind == NOTE_WRITE;
	case NOTE_DONE:
		request_done(n->number);
		return true;
	case NOTE_SNAPSHOT:
		may_have = n->number;
		return false;
	case NOTE_COMMITTED:
		had_before = must_have;
		must_have = n->number;
		may_have = MAX(may_have, must_have);
		return false;
	}
	return false;
}

static void run_history(void)
{
	int status;

	fflush(stdout);
	pid_t pid = fork();
	check(pid >= 0);
	if (pid == 0) {
		recording = true;
		machine_run();
	}
	check(waitpid(pid, &status, 0) == pid);
	if (status != 0 || !history->complete) {
		printf("FAILED: the history itself did not come to its end (status %x)\n", (unsigned)status);
		exit(1);
	}
}

static void sums_init(void)
{
	u64 blocks = simdisk_blocks();

	medium_sum = calloc(blocks, sizeof(u64));
	image_sum = calloc(blocks, sizeof(u64));
	check(medium_sum != NULL && image_sum != NULL);
	for (u64 b = 0; b < blocks; b++)
		medium_sum[b] = image_sum[b] = sim_sum(simdisk_block(b), FRAME_SIZE);
}

void explore(void)
{
	history = shared_memory(sizeof(*history));
	run_history();
	counts_print();
	sums_init();
	restart_init();
	u64 moments = 0;
	for (u64 i = 0; i < history->count && told < (mutant ? 1 : TOLD_MAX); i++) {
		const struct record *n = &history->record[i];
		/* Before the first generation is known to the harness there is nothing to compare. */
		if (advance(n) && may_have != 0 && moments++ % host_options.explore == 0)
			power_cuts(n->number);
	}
	printf("explore: %llu power cuts, %llu images, %llu restarts, %llu of them with two more power cuts, %llu failures\n",
		(unsigned long long)points, (unsigned long long)images, (unsigned long long)restart_runs(),
		(unsigned long long)restart_more(), (unsigned long long)failures);
	exit(failures != 0);
}
