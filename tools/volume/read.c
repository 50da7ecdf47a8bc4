/* SPDX-License-Identifier: Apache-2.0 */
/* Reading a volume as the kernel does at mount: header, roots, generations, the list of all entries. */
#include <errno.h>
#include <kernel/store.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "tools/volume/volume.h"

static FILE *image;
static u32 max_listed;
u64 image_blocks;
struct fmt_header header;
struct fmt_root roots[2];
bool root_good[2];
struct fmt_generation newest;
struct fmt_entry *list;
u32 nr_listed;
u64 keep;
bool *claimed;
u32 damages;

void damage(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	printf("damaged: ");
	vprintf(fmt, ap);
	printf("\n");
	va_end(ap);
	damages++;
}

bool block_read(u64 place, void *to)
{
	if (place >= image_blocks || fseeko(image, (off_t)(place * VOL_BLOCK), SEEK_SET) ||
	    fread(to, VOL_BLOCK, 1, image) != 1) {
		memset(to, 0xff, VOL_BLOCK); /* not zero, which stands for what was never written */
		return false;
	}
	return true;
}

bool header_read(u64 place)
{
	return block_read(place, &header) && header.magic == MAGIC_HEADER &&
	       sum_sealed(header.uuid, &header, offsetof(struct fmt_header, sum));
}

/*
 * A whole disk is no volume, also where the copy of the header in the disk's last block is that of its last partition's. Says
 * where the volumes are. (MBR: four entries from byte 446, type at 4, first sector at 8, sectors at 12.)
 */
static bool has_partitions(const char *name)
{
	u8 first[VOL_BLOCK];
	u32 extent[2];
	bool found = false;

	if (header_read(VOL_HEADER_PLACE) || !block_read(0, first) || first[510] != 0x55 || first[511] != 0xaa)
		return false;
	for (u32 i = 0; i < 4; i++) {
		const u8 *e = first + 446 + 16 * i;

		if (e[4] != 0x41)
			continue;
		memcpy(extent, e + 8, sizeof(extent));
		fprintf(stderr, "volume: %s is a disk: partition %u, blocks %u to %u, is for a volume "
			"(dd bs=4096 skip=%u count=%u copies it)\n", name, i + 1, extent[0] / 8,
			extent[0] / 8 + extent[1] / 8 - 1, extent[0] / 8, extent[1] / 8);
		found = true;
	}
	return found;
}

bool image_open(const char *name)
{
	struct stat is;

	if (!stat(name, &is) && !S_ISREG(is.st_mode) && !S_ISBLK(is.st_mode)) {
		fprintf(stderr, "volume: %s is neither a file nor a block device\n", name);
		return false;
	}
	image = fopen(name, "rb");
	if (!image || fseeko(image, 0, SEEK_END)) {
		fprintf(stderr, "volume: %s: %s\n", name, strerror(errno));
		return false;
	}
	setvbuf(image, NULL, _IONBF, 0);
	image_blocks = (u64)ftello(image) / VOL_BLOCK;
	return !has_partitions(name);
}

bool header_sane(const char *name)
{
	const char *why;

	if (header.format != VOL_FORMAT || header.features) {
		fprintf(stderr, "volume: %s has format %u, features %llx: take the tools that belong to its kernel\n", name,
			header.format, LLU(header.features));
		return false;
	}
	if (header.sum_kind != VOL_SUM_KIND) {
		fprintf(stderr, "volume: %s has sums of kind %u, this tool reads kind %u: make it anew with mkimage\n", name,
			header.sum_kind, VOL_SUM_KIND);
		return false;
	}
	if (header.blocks > image_blocks) {
		fprintf(stderr, "volume: %s is cut off: it has %llu of %llu blocks; copy it again\n", name, LLU(image_blocks),
			LLU(header.blocks));
		return false;
	}
	why = fmt_header_check(&header);
	if (why)
		fprintf(stderr, "volume: %s: the header does not make sense: %s\n", name, why);
	return !why;
}

bool volume_open(const char *name)
{
	if (!image_open(name))
		return false;
	if (!header_read(VOL_HEADER_PLACE)) {
		if (!image_blocks || !header_read(image_blocks - 1)) {
			fprintf(stderr, "volume: %s holds no volume: no header in its first block, nor in its last; "
				"of a disk with partitions name the partition\n", name);
			return false;
		}
		printf("header in block 0 is bad; using its copy in the last block\n");
		damage("header in block 0");
	}
	return header_sane(name);
}

/* ---- generations --------------------------------------------------------------------------------- */

/* Each block of the log belongs to one thing: so a chain cannot be a ring, either. */
static bool claim(u64 place)
{
	if (place < header.log || place - header.log >= header.log_blocks || claimed[place - header.log])
		return false;
	claimed[place - header.log] = true;
	return true;
}

static bool ref_read(const char *what, u64 generation, struct fmt_ref ref, void *to)
{
	if (!claim(ref.place)) {
		damage("generation %llu: %s: block %llu is not in the log, or named twice", LLU(generation), what,
		       LLU(ref.place));
		return false;
	}
	if (!block_read(ref.place, to) || !sum_equal(ref.sum, sum_meta(header.uuid, to))) {
		damage("generation %llu: %s: block %llu has the wrong sum", LLU(generation), what, LLU(ref.place));
		return false;
	}
	return true;
}

void __attribute__((noreturn)) no_memory(void)
{
	fprintf(stderr, "volume: out of memory\n");
	exit(2);
}

static void list_add(const struct fmt_entry *e)
{
	if (nr_listed == max_listed) {
		max_listed = max_listed * 2 + 1024;
		list = realloc(list, max_listed * sizeof(*list));
		if (!list)
			no_memory();
	}
	list[nr_listed++] = *e;
}

static bool directory_load(const struct fmt_generation *g)
{
	struct fmt_dir_block d;
	u32 n = 0;

	for (struct fmt_ref ref = g->directory; ref.place; ref = d.next) {
		if (!ref_read("directory", g->generation, ref, &d))
			return false;
		if (d.generation != g->generation || d.count > DIR_BLOCK_ENTRIES) {
			damage("generation %llu: directory block %llu is wrong", LLU(g->generation), LLU(ref.place));
			return false;
		}
		for (u32 i = 0; i < d.count; i++, n++) {
			const struct fmt_entry *e = &d.entry[i];

			if (!fmt_entry_check(&header, e, g->generation) || (e->place && !claim(e->place))) {
				damage("generation %llu: the entry of frame %llx is wrong", LLU(g->generation),
				       LLU(e->oid));
				return false;
			}
			list_add(e);
		}
	}
	if (n != g->entries)
		damage("generation %llu: directory lists %u of %u frames", LLU(g->generation), n, g->entries);
	return n == g->entries;
}

static int by_number(const void *a, const void *b)
{
	const u64 *x = a, *y = b;

	return *x < *y ? -1 : *x > *y;
}

/* A process has one activity at most; its OID names one of the seven nodes of a pot. */
static bool processes_check(u64 *oid, u32 n)
{
	if (n)
		qsort(oid, n, sizeof(*oid), by_number);
	for (u32 i = 0; i < n; i++)
		if (OID_INDEX(oid[i]) >= POT_NODES || (i && oid[i] == oid[i - 1]))
			return false;
	return true;
}

/* Adds the processes of a block to the list. */
static u64 *processes_of(const struct fmt_act_block *a, u64 *oid, u32 n)
{
	oid = realloc(oid, (n + a->count + 1) * sizeof(*oid));
	if (!oid)
		no_memory();
	for (u32 i = 0; i < a->count; i++)
		memcpy(&oid[n + i], a->activity[i] + offsetof(struct saved_activity, oid), sizeof(*oid));
	return oid;
}

static bool activities_check(const struct fmt_generation *g)
{
	struct fmt_act_block a;
	u64 *oid = NULL;
	u32 n = 0;
	bool good = true;

	for (struct fmt_ref ref = g->activities; ref.place && good; ref = a.next) {
		good = ref_read("activity list", g->generation, ref, &a);
		if (good && (a.generation != g->generation || a.count > ACT_BLOCK_ENTRIES)) {
			damage("generation %llu: activity block %llu is wrong", LLU(g->generation), LLU(ref.place));
			good = false;
		}
		if (good) {
			oid = processes_of(&a, oid, n);
			n += a.count;
		}
	}
	if (good && n != g->nr_activities) {
		damage("generation %llu: %u of %u activities are listed", LLU(g->generation), n, g->nr_activities);
		good = false;
	}
	if (good && !processes_check(oid, n)) {
		damage("generation %llu: an activity is of no process, or a process has two", LLU(g->generation));
		good = false;
	}
	free(oid);
	return good;
}

bool root_load(const struct fmt_root *r, u64 last)
{
	bool good = true;

	nr_listed = 0;
	free(claimed);
	claimed = calloc(header.log_blocks, sizeof(*claimed));
	if (!claimed)
		no_memory();
	keep = fmt_root_keep(r);
	for (u32 i = 0; i < r->generations && r->generation[i].generation <= last; i++) {
		const struct fmt_generation_ref *ref = &r->generation[i];

		if (!ref_read("header", ref->generation, ref->header, &newest))
			return false;
		if (newest.magic != MAGIC_GENERATION || newest.generation != ref->generation) {
			damage("generation %llu: block %llu is not its header", LLU(ref->generation),
			       LLU(ref->header.place));
			return false;
		}
		good &= directory_load(&newest);
		good &= activities_check(&newest);
	}
	return good;
}

static int newer_root(void)
{
	if (root_good[0] && root_good[1])
		return roots[1].sequence > roots[0].sequence;
	return root_good[1];
}

bool *root_claims(const struct fmt_root *r)
{
	struct fmt_entry *list_then = list;
	struct fmt_generation newest_then = newest;
	u32 listed_then = nr_listed, max_then = max_listed, damages_then = damages;
	bool *claimed_then = claimed, *found;
	u64 keep_then = keep;

	list = NULL;
	claimed = NULL;
	nr_listed = max_listed = 0;
	(void)root_load(r, root_newest(r));
	found = claimed;
	free(list);
	list = list_then;
	newest = newest_then;
	nr_listed = listed_then;
	max_listed = max_then;
	damages = damages_then;
	claimed = claimed_then;
	keep = keep_then;
	return found;
}

/* A slot that was never written, as in a volume that was never mounted. */
bool root_empty(const struct fmt_root *r)
{
	return fmt_all_zero(r, sizeof(*r));
}

int roots_load(void)
{
	for (u32 i = 0; i < 2; i++) {
		root_good[i] = block_read(header.root[i], &roots[i]) && fmt_root_check(&header, &roots[i]);
		if (!root_good[i])
			printf("root slot %u (block %llu) is %s\n", i, LLU(header.root[i]),
			       root_empty(&roots[i]) ? "empty: the volume is new" : "not good: the other one counts");
	}
	if (root_good[0] && root_good[1] && roots[0].sequence == roots[1].sequence) {
		u32 i = root_newest(&roots[1]) > root_newest(&roots[0]) ? 0 : 1;

		damage("both roots have the sequence %llu: the one in slot %u does not count", LLU(roots[i].sequence), i);
		root_good[i] = false;
	}
	for (u32 n = 0; n < 2 && (root_good[0] || root_good[1]); n++) {
		int i = newer_root();

		if (root_load(&roots[i], root_newest(&roots[i])))
			return i;
		damage("root slot %d, sequence %llu: its generations do not verify", i, LLU(roots[i].sequence));
		root_good[i] = false;
	}
	damage("no good root: this volume cannot be mounted");
	return -1;
}
