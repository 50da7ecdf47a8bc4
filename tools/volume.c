/* SPDX-License-Identifier: Apache-2.0 */
/*
 * volume info|verify|ls IMAGE: reads a volume as the kernel does at mount, and says exactly what is wrong with it.
 *
 *   info    header, roots, generations
 *   verify  every sum that a restart, or a fetch of any object, would look at
 *   ls      the frames that are not free: OID, kind, version, call count, where
 *
 * Nothing is written. Exit code: 0 good, 1 something is damaged, 2 not a volume or it cannot be read.
 * A bad root, with the other good, is normal after power loss: it is reported and is no damage.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <abi/cap.h>
#include "ckpt/check.h"
#include "ckpt/format.h"
#include "ckpt/sum.h"

static FILE *image;
static u64 image_blocks;
static struct fmt_header header;
static struct fmt_root roots[2];
static bool root_good[2];
static struct fmt_generation newest;
static struct fmt_entry *list;   /* of all generations of the root in use; sorted by OID, then generation */
static u32 nr_listed, max_listed;
static u64 keep;                 /* oldest generation that the root in use keeps whole (V8) */
static bool *claimed;            /* blocks of the log that something names */
static u32 damages;

#define LLU(x) ((unsigned long long)(x))

static void damage(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
static void damage(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	printf("damaged: ");
	vprintf(fmt, ap);
	printf("\n");
	va_end(ap);
	damages++;
}

static bool block_read(u64 place, void *to)
{
	if (place >= image_blocks || fseeko(image, (off_t)(place * VOL_BLOCK), SEEK_SET) ||
	    fread(to, VOL_BLOCK, 1, image) != 1) {
		memset(to, 0, VOL_BLOCK);
		return false;
	}
	return true;
}

static bool header_read(u64 place)
{
	return block_read(place, &header) && header.magic == MAGIC_HEADER &&
	       sum_sealed(header.uuid, &header, offsetof(struct fmt_header, sum));
}

static bool volume_open(const char *name)
{
	const char *why;

	image = fopen(name, "rb");
	if (!image || fseeko(image, 0, SEEK_END)) {
		fprintf(stderr, "volume: %s: %s\n", name, strerror(errno));
		return false;
	}
	image_blocks = (u64)ftello(image) / VOL_BLOCK;
	if (!header_read(VOL_HEADER_PLACE)) {
		if (!image_blocks || !header_read(image_blocks - 1)) {
			fprintf(stderr, "volume: %s holds no volume: no header in its first block, nor in its last\n", name);
			return false;
		}
		printf("header in block 0 is bad; using its copy in the last block\n");
		damage("header in block 0");
	}
	if (header.format != VOL_FORMAT || header.sum_kind != VOL_SUM_KIND || header.blocks > image_blocks) {
		fprintf(stderr, "volume: %s: format %u, sums %u, %llu of %llu blocks\n", name, header.format,
			header.sum_kind, LLU(image_blocks), LLU(header.blocks));
		return false;
	}
	why = fmt_header_check(&header);
	if (why) {
		fprintf(stderr, "volume: %s: the header does not make sense: %s\n", name, why);
		return false;
	}
	return true;
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

static void __attribute__((noreturn)) no_memory(void)
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

static bool activities_check(const struct fmt_generation *g)
{
	struct fmt_act_block a;
	u32 n = 0;

	for (struct fmt_ref ref = g->activities; ref.place; ref = a.next) {
		if (!ref_read("activity list", g->generation, ref, &a))
			return false;
		if (a.generation != g->generation || a.count > ACT_BLOCK_ENTRIES) {
			damage("generation %llu: activity block %llu is wrong", LLU(g->generation), LLU(ref.place));
			return false;
		}
		n += a.count;
	}
	if (n != g->nr_activities)
		damage("generation %llu: %u of %u activities are listed", LLU(g->generation), n, g->nr_activities);
	return n == g->nr_activities;
}

static bool root_load(const struct fmt_root *r)
{
	bool good = true;

	nr_listed = 0;
	free(claimed);
	claimed = calloc(header.log_blocks, sizeof(*claimed));
	if (!claimed)
		no_memory();
	keep = fmt_root_keep(r);
	for (u32 i = 0; i < r->generations; i++) {
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

/* Loads the best root. False = none. */
/* A slot that was never written, as in a volume that was never mounted. */
static bool empty(const struct fmt_root *r)
{
	const unsigned char *p = (const unsigned char *)r;

	return !p[0] && !memcmp(p, p + 1, sizeof(*r) - 1);
}

static bool roots_load(void)
{
	for (u32 i = 0; i < 2; i++) {
		root_good[i] = block_read(header.root[i], &roots[i]) && fmt_root_check(&header, &roots[i]);
		if (!root_good[i])
			printf("root slot %u (block %llu) is %s\n", i, LLU(header.root[i]),
			       empty(&roots[i]) ? "empty: the volume is new" : "not good: the other one counts");
	}
	for (u32 n = 0; n < 2 && (root_good[0] || root_good[1]); n++) {
		int i = newer_root();

		if (root_load(&roots[i]))
			return true;
		damage("root slot %d, sequence %llu: its generations do not verify", i, LLU(roots[i].sequence));
		root_good[i] = false;
	}
	damage("no good root: this volume cannot be mounted");
	return false;
}

/* ---- frames ------------------------------------------------------------------------------------------- */

/* NULL, or what is wrong with the content of a frame. */
static const char *content_check(u64 oid, u64 place, const struct fmt_tag *t)
{
	u64 data[VOL_BLOCK / 8];

	if (!block_read(place, data) || sum_frame(data, oid, t->version, t->generation) != t->sum.lo)
		return "has the wrong sum";
	return fmt_content_check(data, oid, fmt_tag_kind(t));
}

static int by_oid(const void *a, const void *b)
{
	const struct fmt_entry *x = a, *y = b;

	if (x->oid != y->oid)
		return x->oid < y->oid ? -1 : 1;
	return x->tag.generation < y->tag.generation ? -1 : x->tag.generation > y->tag.generation;
}

/* Newest entry of the frame that is not newer than `generation`, or NULL. The list is sorted. */
static const struct fmt_entry *listed_upto(u64 oid, u64 generation)
{
	u32 low = 0, high = nr_listed;

	while (low < high) {
		u32 middle = low + (high - low) / 2;

		if (list[middle].oid < oid || (list[middle].oid == oid && list[middle].tag.generation <= generation))
			low = middle + 1;
		else
			high = middle;
	}
	return low && list[low - 1].oid == oid ? &list[low - 1] : NULL;
}

static void log_verify(void)
{
	for (u32 i = 0; i < nr_listed; i++) {
		const struct fmt_entry *e = &list[i], *older = i && e[-1].oid == e->oid ? e - 1 : NULL;
		const char *why = e->place ? content_check(e->oid, e->place, &e->tag) : NULL;

		if (why)
			damage("generation %u: frame %llx: log block %llu: %s", e->tag.generation, LLU(e->oid),
			       LLU(e->place), why);
		if (older && (older->tag.generation == e->tag.generation || older->tag.version > e->tag.version ||
			      fmt_tag_count(&older->tag) > fmt_tag_count(&e->tag)))
			damage("generation %u: frame %llx is listed twice, or a count went down", e->tag.generation,
			       LLU(e->oid));
	}
}

/* The newer good block of a pair; false = none. */
static bool pair_read(u64 place, void *to, u32 sum_offset)
{
	struct { u64 place, sequence; u8 rest[VOL_BLOCK - 16]; } b[2];
	int best = -1;

	for (int i = 0; i < 2; i++) {
		if (!block_read(place + i, &b[i]) || b[i].place != place + i || !sum_sealed(header.uuid, &b[i], sum_offset))
			continue;
		if (best < 0 || b[i].sequence > b[best].sequence)
			best = i;
	}
	if (best >= 0)
		memcpy(to, &b[best], VOL_BLOCK);
	return best >= 0;
}

static void frame_print(u64 oid, const struct fmt_tag *t, const char *where, u64 place)
{
	static const char *const kinds[16] = { [NK_FREE] = "free", [NK_PAGE] = "page", [NK_NODE] = "pot" };
	const char *kind = kinds[fmt_tag_kind(t)];

	if (fmt_tag_kind(t) == NK_FREE)
		return;
	printf("%12llx %-4s version %u count %llu generation %u ", LLU(oid), kind ? kind : "?", t->version,
	       LLU(fmt_tag_count(t)), t->generation);
	if (fmt_tag_flags(t) & TAG_NODATA)
		printf("%s, no data\n", where);
	else
		printf("%s block %llu\n", where, LLU(place));
}

static void home_frame(const struct fmt_range *r, u64 index, const struct fmt_tag *t, bool print)
{
	u64 oid = r->first + (index << 3), place = r->home + index;
	const struct fmt_entry *e = listed_upto(oid, ~(u64)0);
	const char *why = NULL;

	if (print && e)
		frame_print(oid, &e->tag, "log", e->place);
	else if (print)
		frame_print(oid, t, "home", place);
	else if (t->generation > keep)
		damage("frame %llx: home has generation %u, while %llu is to be kept whole", LLU(oid), t->generation, LLU(keep));
	else if (listed_upto(oid, keep))
		return; /* in transit: what is at home does not matter */
	else if (fmt_tag_flags(t) & TAG_LOST)
		damage("frame %llx: its tag was lost with its tag pot", LLU(oid));
	else if (fmt_tag_kind(t) != NK_FREE && !(fmt_tag_flags(t) & TAG_NODATA))
		why = content_check(oid, place, t);
	if (why)
		damage("frame %llx: home block %llu: %s", LLU(oid), LLU(place), why);
}

static void tagpot_walk(const struct fmt_range *r, u64 pot, bool initialised, bool print)
{
	static const struct fmt_tagpot empty;
	struct fmt_tagpot p = empty;
	u64 place = r->tagpots + 2 * pot;

	if (initialised && !pair_read(place, &p, offsetof(struct fmt_tagpot, sum))) {
		damage("tag pot of frames %llx on: both blocks (%llu and %llu) are bad",
		       LLU(r->first + (pot * TAG_POT_TAGS << 3)), LLU(place), LLU(place + 1));
		return;
	}
	for (u32 i = 0; i < TAG_POT_TAGS && pot * TAG_POT_TAGS + i < r->frames; i++)
		home_frame(r, pot * TAG_POT_TAGS + i, &p.tag[i], print);
}

static void range_walk(const struct fmt_range *r, bool print)
{
	struct fmt_bitmap b;

	for (u64 pot = 0; pot < fmt_tagpots(r->frames); pot++) {
		u64 bit = pot % BITMAP_BITS, place = r->bitmaps + 2 * (pot / BITMAP_BITS);

		if (bit == 0 && !pair_read(place, &b, offsetof(struct fmt_bitmap, sum))) {
			damage("bitmap of tag pots: both blocks (%llu and %llu) are bad: cannot be mounted", LLU(place),
			       LLU(place + 1));
			return;
		}
		if (print || (b.bits[bit / 8] >> bit % 8 & 1))
			tagpot_walk(r, pot, b.bits[bit / 8] >> bit % 8 & 1, print);
	}
}

/* ---- commands --------------------------------------------------------------------------------------------- */

static void info(void)
{
	printf("uuid        ");
	for (u32 i = 0; i < 16; i++)
		printf("%02x%s", header.uuid[i], i == 3 || i == 5 || i == 7 || i == 9 ? "-" : "");
	printf("\nformat      %u, architecture %u\n", header.format, header.arch);
	printf("size        %llu blocks\n", LLU(header.blocks));
	printf("log         %llu blocks from %llu\n", LLU(header.log_blocks), LLU(header.log));
	printf("journal     %llu blocks from %llu\n", LLU(header.journal_blocks), LLU(header.journal));
	for (u32 i = 0; i < header.ranges; i++)
		printf("range       %llu frames from OID %llx, home from block %llu\n", LLU(header.range[i].frames),
		       LLU(header.range[i].first), LLU(header.range[i].home));
	for (u32 i = 0; i < 2; i++) {
		const struct fmt_root *r = &roots[i];

		printf("root %u      ", i);
		if (!root_good[i]) {
			printf("not good\n");
			continue;
		}
		printf("sequence %llu, attempts %u, migrated up to %llu, whole from %llu, generations", LLU(r->sequence),
		       r->attempts, LLU(r->migrated_up_to), LLU(fmt_root_keep(r)));
		for (u32 k = 0; k < r->generations; k++)
			printf(" %llu", LLU(r->generation[k].generation));
		printf("\n");
	}
	printf("newest      generation %llu, restarts %llu, %llu ms, %u frames, %u activities, %llu log blocks\n",
	       LLU(newest.generation), LLU(newest.restart_count), LLU(newest.persistent_ms), newest.entries,
	       newest.nr_activities, LLU(newest.log_blocks));
}

int main(int argc, char **argv)
{
	bool is_info = argc == 3 && !strcmp(argv[1], "info");
	bool is_ls = argc == 3 && !strcmp(argv[1], "ls");
	bool is_verify = argc == 3 && !strcmp(argv[1], "verify"), mountable;

	if (!is_info && !is_ls && !is_verify) {
		fprintf(stderr, "usage: volume info|verify|ls IMAGE\n");
		return 2;
	}
	if (!volume_open(argv[2]))
		return 2;
	mountable = roots_load();
	if (mountable) {
		if (nr_listed)
			qsort(list, nr_listed, sizeof(*list), by_oid);
		if (is_info)
			info();
		if (is_verify)
			log_verify();
		for (u32 i = 0; !is_info && i < header.ranges; i++)
			range_walk(&header.range[i], is_ls);
	}
	if (is_verify && mountable)
		printf("%s: %s, generation %llu\n", argv[2], damages ? "DAMAGED" : "good", LLU(newest.generation));
	else if (is_verify)
		printf("%s: DAMAGED, no generation can be used\n", argv[2]);
	free(list);
	fclose(image);
	return damages != 0;
}
