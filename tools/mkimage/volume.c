// SPDX-License-Identifier: Apache-2.0
/*
 * A fresh volume (ckpt/format.h): generation 1, all in the log; root in slot 0. The file is sparse: blocks that are
 * not written are holes.
 */
#include "image.h"
#include "ckpt/check.h"
#include "ckpt/format.h"
#include "ckpt/sum.h"
#include <abi/process.h>
#include <errno.h>
#include <fcntl.h>
#include <kernel/store.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define JOURNAL_BLOCKS 64u

struct places {
	u64 bitmaps, bitmap_pairs, journal, log, root1, tagpots, home, frames;
};

struct writer {
	const struct volume_options *o;
	struct places at;
	int fd;
	u64 next;                /* next free block of the log */
	const char *failed;
};

/* False if there is no room for a single home frame. */
static bool lay_out(const struct volume_options *o, struct places *p)
{
	p->bitmaps = 2;
	p->bitmap_pairs = fmt_bitmaps(o->blocks);
	p->journal = p->bitmaps + 2 * p->bitmap_pairs;
	p->log = p->journal + JOURNAL_BLOCKS;
	p->root1 = MAX(p->log + o->log_blocks, 1 + VOL_ROOT_DISTANCE);
	p->tagpots = p->root1 + 1;
	u64 last = o->blocks - 1;
	if (p->tagpots + 3 > last)
		return false;
	u64 rest = last - p->tagpots;
	p->frames = rest * TAG_POT_TAGS / (TAG_POT_TAGS + 2);
	while (p->frames + 2 * fmt_tagpots(p->frames) > rest)
		p->frames--;
	p->home = p->tagpots + 2 * fmt_tagpots(p->frames);
	return p->frames > 0;
}

static struct fmt_header header_of(const struct volume_options *o, const struct places *p, u32 layout)
{
	struct fmt_header h = {
		.magic = MAGIC_HEADER, .format = VOL_FORMAT, .arch = layout, .sum_kind = VOL_SUM_KIND,
		.blocks = o->blocks, .root = { 1, p->root1 },
		.log = p->log, .log_blocks = o->log_blocks,
		.journal = p->journal, .journal_blocks = JOURNAL_BLOCKS, .ranges = 1, .members = 1,
		.range = { { .first = (u64)FIRST_FRAME << 3, .frames = p->frames, .home = p->home,
			     .tagpots = p->tagpots, .bitmaps = p->bitmaps } },
	};
	memcpy(h.uuid, o->uuid, sizeof h.uuid);
	memcpy(h.member_list[0].uuid, o->uuid, sizeof h.uuid);
	sum_seal(o->uuid, &h, offsetof(struct fmt_header, sum));
	return h;
}

/* What a kernel would say to it, said at once. */
static bool mountable(const struct volume_options *o, const struct places *p)
{
	struct fmt_header h = header_of(o, p, 0);
	const char *why = fmt_header_check(&h);
	if (o->log_blocks > VOL_LOG_MAX)
		complain(0, "the log is too large: a kernel holds at most %u MiB", VOL_LOG_MAX >> 8);
	else if (fmt_bitmaps(p->frames) > VOL_BITMAPS_MAX)
		complain(0, "the volume is too large: a kernel holds at most %llu MiB of home frames",
			 (unsigned long long)VOL_BITMAPS_MAX * BITMAP_BITS * TAG_POT_TAGS >> 8);
	else if (why)
		complain(0, "such a volume cannot be mounted: %s", why);
	else
		return true;
	return false;
}

u64 volume_home_frames(const struct volume_options *o)
{
	struct places p;
	if (lay_out(o, &p))
		return mountable(o, &p) ? p.frames : 0;
	complain(0, "the volume is too small: %llu blocks of 4 KiB with a log of %llu leave no room for objects",
		 (unsigned long long)o->blocks, (unsigned long long)o->log_blocks);
	return 0;
}

static void write_block(struct writer *w, u64 place, const void *block)
{
	if (!w->failed && pwrite(w->fd, block, VOL_BLOCK, (off_t)(place * VOL_BLOCK)) != VOL_BLOCK)
		w->failed = strerror(errno);
}

static struct fmt_ref write_ref(struct writer *w, u64 place, const void *block)
{
	write_block(w, place, block);
	return (struct fmt_ref){ place, sum_meta(w->o->uuid, block) };
}

/* ---- frames ---- */

/* The highest call count in a frame. */
static u64 count_of(const struct out_frame *f)
{
	const struct pot *pot = (const struct pot *)f->data;
	u64 count = 0;
	for (u32 i = 0; f->kind == NK_NODE && i < POT_NODES; i++)
		count = MAX(count, pot->node[i].call_count);
	return count;
}

static struct fmt_entry write_frame(struct writer *w, const struct image *im, u32 i)
{
	const struct out_frame *f = &im->frame[i];
	struct fmt_entry e = { .oid = (u64)(i + FIRST_FRAME) << 3 };
	u32 flags = f->data ? 0 : TAG_NODATA;
	e.tag = (struct fmt_tag){ fmt_kind_count(f->kind, flags, count_of(f)), IMAGE_VERSION, 1, { 0, 0 } };
	if (f->data) {
		e.place = w->next++;
		e.tag.sum = sum_frame(f->data, e.oid, IMAGE_VERSION, 1);
		write_block(w, e.place, f->data);
	}
	return e;
}

/* ---- chains: the blocks stand in order and are made from the last on, since each holds the sum of the next ---- */

static u64 chain_blocks(u32 items, u32 each)
{
	return (items + each - 1) / each;
}

static struct fmt_ref write_directory(struct writer *w, const struct fmt_entry *entry, u32 entries)
{
	struct fmt_ref next = { 0 };
	u64 blocks = chain_blocks(entries, DIR_BLOCK_ENTRIES), first = w->next;
	w->next += blocks;
	for (u64 b = blocks; b-- > 0;) {
		struct fmt_dir_block d = { .next = next, .generation = 1 };
		d.count = MIN(entries - (u32)b * DIR_BLOCK_ENTRIES, DIR_BLOCK_ENTRIES);
		memcpy(d.entry, entry + b * DIR_BLOCK_ENTRIES, d.count * sizeof *entry);
		next = write_ref(w, first + b, &d);
	}
	return next;
}

static struct fmt_ref write_activities(struct writer *w, const struct saved_activity *act, u32 n)
{
	struct fmt_ref next = { 0 };
	u64 blocks = chain_blocks(n, ACT_BLOCK_ENTRIES), first = w->next;
	w->next += blocks;
	for (u64 b = blocks; b-- > 0;) {
		struct fmt_act_block a = { .next = next, .generation = 1 };
		a.count = MIN(n - (u32)b * ACT_BLOCK_ENTRIES, ACT_BLOCK_ENTRIES);
		memcpy(a.activity, act + b * ACT_BLOCK_ENTRIES, a.count * sizeof *act);
		next = write_ref(w, first + b, &a);
	}
	return next;
}

/* One for each process that is to run. */
static struct saved_activity *list_activities(struct image *im, u32 *n)
{
	struct saved_activity *list = allot((CONFIG_NR_ACTIVITIES + 1) * sizeof *list);
	*n = 0;
	for (struct object *o = im->objects; o; o = o->next) {
		if (o->kind != OB_PROCESS || !o->run)
			continue;
		struct object *s = object_find(im, o->schedule);
		list[(*n)++] = (struct saved_activity){
			.oid = o->oid, .version = IMAGE_VERSION, .state = AS_READY,
			.sched_oid = s->oid, .sched_version = IMAGE_VERSION, .prio = (u8)s->priority,
			.reserve_period = (u32)s->period, .reserve_budget = (u32)s->budget,
		};
	}
	return list;
}

static struct fmt_ref write_generation(struct writer *w, struct image *im)
{
	struct fmt_generation g = { .magic = MAGIC_GENERATION, .generation = 1, .entries = im->frames,
				    .limits = (u32)im->limits, .shares = (u32)im->shares };
	struct fmt_entry *entry = allot(im->frames * sizeof *entry);
	w->next = w->at.log;
	for (u32 i = 0; i < im->frames; i++)
		entry[i] = write_frame(w, im, i);
	g.directory = write_directory(w, entry, im->frames);
	struct saved_activity *activity = list_activities(im, &g.nr_activities);
	g.activities = write_activities(w, activity, g.nr_activities);
	g.log_blocks = w->next + 1 - w->at.log;
	return write_ref(w, w->next++, &g);
}

/* ---- the fixed blocks ---- */

static void write_header(struct writer *w, const struct image *im)
{
	struct fmt_header h = header_of(w->o, &w->at, im->arch->layout);
	write_block(w, w->o->blocks - 1, &h);
	write_block(w, VOL_HEADER_PLACE, &h);
}

static void write_root(struct writer *w, struct fmt_ref generation)
{
	struct fmt_root r = {
		.magic = MAGIC_ROOT, .sequence = 1, .epoch_floor = 1, .generations = 1,
		.generation = { { 1, generation } },
	};
	memcpy(r.uuid, w->o->uuid, sizeof r.uuid);
	sum_seal(w->o->uuid, &r, offsetof(struct fmt_root, sum));
	write_block(w, 1, &r);
}

static void write_bitmaps(struct writer *w)
{
	for (u64 i = 0; i < fmt_bitmaps(w->at.frames); i++) {
		struct fmt_bitmap b = { .place = w->at.bitmaps + 2 * i, .sequence = 1 };
		sum_seal(w->o->uuid, &b, offsetof(struct fmt_bitmap, sum));
		write_block(w, b.place, &b);
	}
}

/* What generation 1 will take, for the check of the log before anything is written. */
static u64 generation_blocks(const struct image *im)
{
	u64 blocks = 1 + chain_blocks(im->frames, DIR_BLOCK_ENTRIES);
	u32 run = 0;
	for (u32 i = 0; i < im->frames; i++)
		blocks += im->frame[i].data != NULL;
	for (const struct object *o = im->objects; o; o = o->next)
		run += o->kind == OB_PROCESS && o->run;
	return blocks + chain_blocks(run, ACT_BLOCK_ENTRIES);
}

/* What is overwritten is an old volume: not the description, nor the volume of a machine that runs. */
static const char *output_open(const char *path, int *fd)
{
	struct flock all = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
	struct stat s, text;
	*fd = open(path, O_WRONLY | O_CREAT, 0666);
	if (*fd < 0 || fstat(*fd, &s))
		return strerror(errno);
	if (!S_ISREG(s.st_mode))
		return "not a file";
	if (!stat(input_name, &text) && text.st_dev == s.st_dev && text.st_ino == s.st_ino)
		return "this is the description";
	if (fcntl(*fd, F_OFD_SETLK, &all))
		return "in use by another program: end that first";
	return ftruncate(*fd, 0) ? strerror(errno) : NULL;
}

void volume_write(struct image *im, const struct volume_options *o)
{
	struct writer w = { .o = o };
	u64 need = 4 * generation_blocks(im) + o->spare_blocks;
	if (o->log_blocks < need) {
		complain(0, "the log is too small: %llu blocks, this image needs %llu (%llu MiB)",
			 (unsigned long long)o->log_blocks, (unsigned long long)need, (unsigned long long)(need + 255) / 256);
		return;
	}
	lay_out(o, &w.at);
	w.failed = output_open(o->path, &w.fd);
	bool ours = !w.failed;
	if (ours && ftruncate(w.fd, (off_t)(o->blocks * VOL_BLOCK)))
		w.failed = strerror(errno);
	struct fmt_ref generation = write_generation(&w, im);
	write_bitmaps(&w);
	write_header(&w, im);
	write_root(&w, generation);
	if (!w.failed && close(w.fd))
		w.failed = strerror(errno);
	if (w.failed)
		complain(0, "%s: %s", o->path, w.failed);
	if (w.failed && ours)
		unlink(o->path); /* what was not ours to write stays */
}
