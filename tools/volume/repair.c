/* SPDX-License-Identifier: Apache-2.0 */
/*
 * volume repair (Documentation/design/volume-repair.md). Goes through a volume as verify does, plans what is to be
 * written, writes it, and verifies. Nothing is guessed: what is written has a sum that proves it, or is a second copy
 * of what has.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools/volume/volume.h"

static u32 lost, left;
static u64 migrated;             /* generations up to this are at home */
bool dropping;

void say(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	printf("repair: ");
	vprintf(fmt, ap);
	printf("\n");
	va_end(ap);
}

void lose(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	printf("%s: ", dropping ? "drop" : "lost");
	vprintf(fmt, ap);
	printf("\n");
	va_end(ap);
	lost += !dropping;
}

static void pass_over(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
static void pass_over(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	printf("left: ");
	vprintf(fmt, ap);
	printf("\n");
	va_end(ap);
	left++;
}

/* ---- header ---------------------------------------------------------------------------------------- */

/* Is a root of its own where this header says? What is left of a volume that was overwritten has none. */
static bool header_rooted(void)
{
	struct fmt_root r;

	for (u32 i = 0; i < 2; i++)
		if (!fmt_header_check(&header) && block_read(header.root[i], &r) && fmt_root_check(&header, &r))
			return true;
	return false;
}

/*
 * The header's copy is the last block of the volume, which on a larger disk is not the last of the disk: behind it may
 * stand the copy of a larger volume that was there before. If none has a root, the last one tells what is missing.
 */
static bool header_find(const char *name)
{
	bool rooted = false;
	u64 found = 0;

	if (header_read(VOL_HEADER_PLACE))
		return true;
	for (u64 place = image_blocks; place-- > 1 && !rooted;) {
		if (!header_read(place) || header.blocks != place + 1)
			continue;
		rooted = header_rooted();
		if (rooted || !found)
			found = place;
	}
	if (found && header_read(found)) {
		say("header in block 0, from its copy in block %llu", LLU(found));
		change(PH_COPY, VOL_HEADER_PLACE, &header);
		return true;
	}
	fprintf(stderr, "volume: %s holds no volume: no header, and no copy of one\n", name);
	return false;
}

static void header_copy(void)
{
	struct fmt_header copy;

	if (!block_read(header.blocks - 1, &copy) || memcmp(&copy, &header, sizeof(copy))) {
		say("copy of the header in block %llu", LLU(header.blocks - 1));
		change(PH_COPY, header.blocks - 1, &header);
	}
	if (header.blocks != image_blocks)
		printf("note: the disk has %llu blocks, the volume %llu: a kernel looks for the copy in the disk's last block only\n",
		       LLU(image_blocks), LLU(header.blocks));
}

/* ---- roots ------------------------------------------------------------------------------------------- */

/* The slot that is not good gets what a restart would find without it: the other, as the older of two. */
static void root_twin(int good)
{
	struct fmt_root twin = roots[good];

	if (root_good[!good] || root_empty(&roots[!good]))
		return;
	twin.sequence--;
	sum_seal(header.uuid, &twin, SUM_AT(fmt_root));
	if (!twin.sequence)
		memset(&twin, 0, sizeof(twin));
	say("root slot %d (block %llu), %s", !good, LLU(header.root[!good]),
	    twin.sequence ? "from the other one" : "as in a new volume");
	change(PH_COPY, header.root[!good], &twin);
}

/* No root loads wholly: is the generation whole that one of them keeps? Its slot, or -1. */
static int root_back(void)
{
	for (u32 n = 0; n < 2; n++) {
		int i = n ? roots[1].sequence <= roots[0].sequence : roots[1].sequence > roots[0].sequence;

		if (!fmt_root_check(&header, &roots[i]) || fmt_root_keep(&roots[i]) == root_newest(&roots[i]) ||
		    !root_load(&roots[i], fmt_root_keep(&roots[i])))
			continue;
		lose("generation %llu cannot be read; %llu, the one before it, is whole%s", LLU(root_newest(&roots[i])),
		     LLU(fmt_root_keep(&roots[i])), dropping ? ": back to that" : ": --drop goes back to that");
		return i;
	}
	return -1;
}

/* ---- frames in the log ------------------------------------------------------------------------------------------- */

/* The content that this tag describes, in a block of the log or, but for `not`, at home; false = nowhere. */
static bool content_find(u64 oid, const struct fmt_tag *t, u64 not, void *to, u64 *from)
{
	const struct fmt_range *r = fmt_range_of(&header, oid);
	u64 home = r->home + ((oid - r->first) >> 3);

	for (u64 n = 0; n <= header.log_blocks; n++) {
		*from = n ? header.log + n - 1 : home;
		if (*from != not && !content_check(oid, *from, t))
			return block_read(*from, to);
	}
	return false;
}

static const char *kind_name(const struct fmt_tag *t)
{
	return fmt_tag_kind(t) == NK_NODE ? "nodes" : "page";
}

static void log_frame(struct fmt_entry *e)
{
	u64 block[VOL_BLOCK / 8], from;
	const char *why = e->place ? content_check(e->oid, e->place, &e->tag) : NULL;

	if (!why)
		return;
	if (content_find(e->oid, &e->tag, e->place, block, &from)) {
		say("frame %llx of generation %u in log block %llu, from block %llu", LLU(e->oid), e->tag.generation,
		    LLU(e->place), LLU(from));
		change(PH_COPY, e->place, block);
	} else if (listed_upto(e->oid, ~(u64)0) != e) {
		pass_over("frame %llx of generation %u: log block %llu %s, but a newer generation has the frame, too",
			  LLU(e->oid), e->tag.generation, LLU(e->place), why);
	} else {
		lose("frame %llx (%s), generation %u: log block %llu %s, and no block has the right one", LLU(e->oid),
		     kind_name(&e->tag), e->tag.generation, LLU(e->place), why);
		if (dropping)
			drop_entry(e);
	}
}

/* ---- frames at home ---------------------------------------------------------------------------------- */

/* Looks after a frame whose tag stands in a pot; true = its tag was changed. */
static bool home_frame(u64 oid, u64 place, struct fmt_tag *t)
{
	const struct fmt_entry *e = listed_upto(oid, keep);
	u64 block[VOL_BLOCK / 8], from;
	const char *why;

	if (e && e->tag.generation > migrated)
		return false; /* in transit: what is at home does not matter */
	if (e && e->tag.version > t->version && fmt_tag_flags(&e->tag) & TAG_NODATA) {
		*t = e->tag; /* given up in the log: at home as well */
		return true;
	}
	if (t->generation > keep || fmt_tag_flags(t) & TAG_LOST) {
		pass_over("frame %llx: %s", LLU(oid), t->generation > keep ? "what is at home is newer than what is to be kept" :
			  "its tag was lost with its tag pot, it is damaged for ever");
		return false;
	}
	why = fmt_tag_kind(t) != NK_FREE && !(fmt_tag_flags(t) & TAG_NODATA) ? content_check(oid, place, t) : NULL;
	if (!why)
		return false;
	if (content_find(oid, t, place, block, &from)) {
		say("frame %llx in home block %llu, from log block %llu", LLU(oid), LLU(place), LLU(from));
		change(PH_COPY, place, block);
		return false;
	}
	if (listed_upto(oid, ~(u64)0)) {
		pass_over("frame %llx: home block %llu %s, but the log has the frame, too", LLU(oid), LLU(place), why);
		return false;
	}
	lose("frame %llx (%s): home block %llu %s, and no block of the log has the right one", LLU(oid), kind_name(t),
	     LLU(place), why);
	if (dropping)
		tag_drop(t);
	return dropping;
}

/* ---- pairs ---------------------------------------------------------------------------------------------- */

/* The two blocks of a tag pot or a bitmap. */
struct pair {
	u64 place;
	u32 sum_offset;
	int newer;               /* of the two, -1: neither is good */
	bool twin_bad;           /* the other is not, and is not one that was never written */
	struct { u64 place, sequence; u8 rest[VOL_BLOCK - 16]; } b[2];
};

static void pair_load(struct pair *p, u64 place, u32 sum_offset)
{
	bool good[2];

	p->place = place;
	p->sum_offset = sum_offset;
	for (u32 i = 0; i < 2; i++)
		good[i] = block_read(place + i, &p->b[i]) && pair_good(&p->b[i], place + i, sum_offset);
	p->newer = good[1] && (!good[0] || p->b[1].sequence > p->b[0].sequence);
	p->twin_bad = good[0] != good[1] && !fmt_all_zero(&p->b[!p->newer], VOL_BLOCK);
	if (!good[0] && !good[1])
		p->newer = -1;
}

static void pair_plan(struct pair *p, enum phase phase, u32 side, const void *content)
{
	memmove(&p->b[side], content, VOL_BLOCK);
	p->b[side].place = p->place + side;
	sum_seal(header.uuid, &p->b[side], p->sum_offset);
	change(phase, p->place + side, &p->b[side]);
}

/* Both blocks anew: the older, or bad, one first. */
static void pair_change(struct pair *p, const void *content)
{
	u32 side = p->newer == 0;
	u8 copy[VOL_BLOCK];

	memcpy(copy, content, sizeof(copy));
	pair_plan(p, PH_FIRST, side, copy);
	pair_plan(p, PH_SECOND, !side, copy);
}

static void pair_twin(struct pair *p, const char *what)
{
	say("%s in block %llu, from its twin", what, LLU(p->place + !p->newer));
	pair_plan(p, PH_COPY, !p->newer, &p->b[p->newer]);
}

/* ---- tag pots --------------------------------------------------------------------------------------------- */

/* Both blocks are bad: what the log still lists is known from there. */
static bool tagpot_rebuild(const struct fmt_range *r, u64 pot, struct fmt_tagpot *t)
{
	u32 unknown = 0;

	memset(t, 0, sizeof(*t));
	t->sequence = 1;
	for (u32 i = 0; i < TAG_POT_TAGS && pot * TAG_POT_TAGS + i < r->frames; i++) {
		const struct fmt_entry *e = listed_upto(r->first + ((pot * TAG_POT_TAGS + i) << 3), keep);

		if (e && e->tag.generation <= migrated)
			t->tag[i] = e->tag;
		if (!e)
			t->tag[i].kind_count = fmt_kind_count(NK_FREE, TAG_LOST, 0);
		unknown += !e;
	}
	if (unknown)
		lose("tag pot of frames %llx on: both blocks are bad, %u frames that the log does not list are lost with it",
		     LLU(r->first + (pot * TAG_POT_TAGS << 3)), unknown);
	else
		say("tag pot of frames %llx on, from the log", LLU(r->first + (pot * TAG_POT_TAGS << 3)));
	return !unknown || dropping;
}

static void tagpot(const struct fmt_range *r, u64 pot)
{
	struct fmt_tagpot t;
	struct pair p;
	bool changed = false, bad;

	pair_load(&p, r->tagpots + 2 * pot, SUM_AT(fmt_tagpot));
	bad = p.newer < 0;
	if (bad && !tagpot_rebuild(r, pot, &t))
		return;
	if (!bad)
		memcpy(&t, &p.b[p.newer], sizeof(t));
	for (u32 i = 0; i < TAG_POT_TAGS && pot * TAG_POT_TAGS + i < r->frames; i++) {
		u64 index = pot * TAG_POT_TAGS + i;

		if (!bad || !(fmt_tag_flags(&t.tag[i]) & TAG_LOST))
			changed |= home_frame(r->first + (index << 3), r->home + index, &t.tag[i]);
	}
	t.sequence += changed && !bad;
	if (changed || bad)
		pair_change(&p, &t);
	else if (p.twin_bad)
		pair_twin(&p, "tag pot");
}

/* A tag pot was written once if one of its blocks is good; if neither is and they are not empty, nobody knows. */
static void bitmap_rebuild(const struct fmt_range *r, u64 first, struct fmt_bitmap *b)
{
	struct pair p;

	memset(b, 0, sizeof(*b));
	b->sequence = 1;
	for (u64 bit = 0; bit < BITMAP_BITS && first + bit < fmt_tagpots(r->frames); bit++) {
		pair_load(&p, r->tagpots + 2 * (first + bit), SUM_AT(fmt_tagpot));
		if (p.newer >= 0 || !fmt_all_zero(&p.b[0], VOL_BLOCK) || !fmt_all_zero(&p.b[1], VOL_BLOCK))
			b->bits[bit / 8] |= (u8)(1u << bit % 8);
	}
}

static void range(const struct fmt_range *r)
{
	struct fmt_bitmap b;
	struct pair p;

	for (u64 pot = 0; pot < fmt_tagpots(r->frames); pot++) {
		u64 bit = pot % BITMAP_BITS;

		if (bit == 0) {
			pair_load(&p, r->bitmaps + 2 * (pot / BITMAP_BITS), SUM_AT(fmt_bitmap));
			if (p.newer < 0) {
				say("bitmap of tag pots in blocks %llu and %llu, from the tag pots", LLU(p.place), LLU(p.place + 1));
				bitmap_rebuild(r, pot, &b);
				pair_change(&p, &b);
			} else {
				memcpy(&b, &p.b[p.newer], sizeof(b));
				if (p.twin_bad)
					pair_twin(&p, "bitmap of tag pots");
			}
		}
		if (b.bits[bit / 8] >> bit % 8 & 1)
			tagpot(r, pot);
	}
}

/* ---- all of it -------------------------------------------------------------------------------------------- */

static bool frames_repair(int slot, bool back)
{
	migrated = roots[slot].migrated_up_to;
	list_sort();
	for (u32 i = 0; i < nr_listed; i++)
		log_frame(&list[i]);
	for (u32 i = 0; i < header.ranges; i++)
		range(&header.range[i]);
	return roots_drop(slot, back);
}

/* Writes, and looks at the result with other eyes. */
static int finish(const char *name)
{
	u32 blocks = changes();

	if (!changes_write(name))
		return 2;
	damages = 0;
	if (header_read(VOL_HEADER_PLACE) && roots_load() >= 0) {
		list_sort();
		frames_verify();
	} else {
		damages++;
	}
	printf("%s: %u blocks written; %s\n", name, blocks, damages ? "DAMAGED" : "good");
	return damages != 0;
}

/* What is wrong in a way that nothing can be done about, verify says. */
static int nothing(const char *name)
{
	damages = 0;
	if (!(lost + left))
		frames_verify();
	printf("%s: nothing to repair; %s, generation %llu\n", name, lost + left + damages ? "DAMAGED" : "good",
	       LLU(newest.generation));
	return lost + left + damages != 0;
}

int repair(const char *name, bool dry, bool drop)
{
	bool back = false;
	int slot;

	dropping = drop;
	if (!image_open(name) || !header_find(name) || !header_sane(name))
		return 2;
	header_copy();
	slot = roots_load();
	if (slot < 0) {
		slot = root_back();
		back = slot >= 0;
	} else {
		root_twin(slot);
	}
	if (slot < 0 || (back && !drop)) {
		printf("%s: DAMAGED, no generation can be used%s\n", name, changes() ? "; nothing was written" : "");
		return 1;
	}
	if (!frames_repair(slot, back))
		return 1;
	if (lost)
		printf("%u lost: --drop gives that up, so that nobody waits for it\n", lost);
	if (!changes())
		return nothing(name);
	if (!dry)
		return finish(name);
	printf("%s: %u blocks to write, nothing was written (-n)\n", name, changes());
	return 1;
}
