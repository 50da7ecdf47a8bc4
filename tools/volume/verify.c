/* SPDX-License-Identifier: Apache-2.0 */
/* volume info, verify and ls. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools/volume/volume.h"

/* ---- frames ------------------------------------------------------------------------------------------- */

const char *content_check(u64 oid, u64 place, const struct fmt_tag *t)
{
	u64 data[VOL_BLOCK / 8];

	if (!block_read(place, data) || !sum_equal(sum_frame(data, oid, t->version, t->generation), t->sum))
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

void list_sort(void)
{
	if (nr_listed)
		qsort(list, nr_listed, sizeof(*list), by_oid);
}

struct fmt_entry *listed_upto(u64 oid, u64 generation)
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

bool pair_good(const void *block, u64 place, u32 sum_offset)
{
	const struct { u64 place, sequence; } *b = block;

	return b->place == place && b->sequence <= VOL_SEQUENCE_MAX && sum_sealed(header.uuid, block, sum_offset);
}

/* The newer good block of a pair; false = none. */
static bool pair_read(u64 place, void *to, u32 sum_offset)
{
	struct { u64 place, sequence; u8 rest[VOL_BLOCK - 16]; } b[2];
	int best = -1;

	for (int i = 0; i < 2; i++) {
		if (!block_read(place + i, &b[i]) || !pair_good(&b[i], place + i, sum_offset))
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

void frames_verify(void)
{
	log_verify();
	for (u32 i = 0; i < header.ranges; i++)
		range_walk(&header.range[i], false);
}

void frames_list(void)
{
	for (u32 i = 0; i < header.ranges; i++)
		range_walk(&header.range[i], true);
}

/* ---- info --------------------------------------------------------------------------------------------- */

void info(void)
{
	static const char *const archs[] = { "unknown", "i386", "x86_64", "aarch64", "riscv64" };

	printf("uuid        ");
	for (u32 i = 0; i < 16; i++)
		printf("%02x%s", header.uuid[i], i == 3 || i == 5 || i == 7 || i == 9 ? "-" : "");
	printf("\nformat      %u, architecture %u (%s)\n", header.format, header.arch,
	       archs[header.arch < ARRAY_SIZE(archs) ? header.arch : 0]);
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
