/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Giving up what is lost: a frame becomes free, with its version and call count raised, so that every capability to what
 * it was is void. In the log that takes new directories, in blocks that no root names, and a root that names them.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools/volume/volume.h"

/* Above every number that a generation given up may have used: as at a restart. */
#define EPOCH_GAP 8u

static u32 dropped;
static u32 *generation_of;       /* of each entry that was dropped */
static bool *used[2];            /* blocks of the log that the root in use names, and the other one */

void tag_drop(struct fmt_tag *t)
{
	u64 count = fmt_tag_count(t);

	t->version += t->version < VERSION_MAX;
	t->kind_count = fmt_kind_count(NK_FREE, TAG_NODATA, count + (count < COUNT_MAX));
	memset(&t->sum, 0, sizeof(t->sum));
}

void drop_entry(struct fmt_entry *e)
{
	tag_drop(&e->tag);
	e->place = 0;
	generation_of = realloc(generation_of, (dropped + 1) * sizeof(*generation_of));
	if (!generation_of)
		no_memory();
	generation_of[dropped++] = e->tag.generation;
}

static u32 dropped_of(u64 generation)
{
	u32 n = 0;

	for (u32 i = 0; i < dropped; i++)
		n += generation_of[i] == generation;
	return n;
}

/* A block of the log that neither root names; 0 = none. */
static u64 block_take(void)
{
	for (u64 i = 0; i < header.log_blocks; i++) {
		if (used[0][i] || (used[1] && used[1][i]))
			continue;
		used[0][i] = true;
		return header.log + i;
	}
	printf("left: the log has no room for a new directory\n");
	return 0;
}

/* Puts what the list says now into a directory block. */
static void entries_update(struct fmt_dir_block *d)
{
	for (u32 i = 0; i < MIN(d->count, DIR_BLOCK_ENTRIES); i++) {
		const struct fmt_entry *e = listed_upto(d->entry[i].oid, d->generation);

		if (e)
			d->entry[i] = *e;
	}
}

/* The directory that begins here, written anew from its end; *ref becomes that of the copy. */
static bool directory_copy(struct fmt_ref *ref)
{
	struct fmt_ref next = { 0 };
	struct fmt_dir_block d;
	u64 *place = NULL;
	u32 n = 0;

	for (u64 at = ref->place; at; at = d.next.place) {
		place = realloc(place, (n + 1) * sizeof(*place));
		if (!place)
			no_memory();
		place[n++] = at;
		if (!block_read(at, &d))
			break;
	}
	for (u32 i = n; i-- > 0;) {
		u64 to = block_read(place[i], &d) ? block_take() : 0;

		entries_update(&d);
		d.next = next;
		next = (struct fmt_ref){ to, sum_meta(header.uuid, &d) };
		if (!to)
			break;
		change(PH_COPY, to, &d);
	}
	*ref = next;
	free(place);
	return next.place;
}

static bool generation_copy(struct fmt_generation_ref *ref, u32 frames)
{
	struct fmt_generation g;
	u64 to;

	if (!block_read(ref->header.place, &g) || !directory_copy(&g.directory))
		return false;
	g.log_blocks -= frames;
	to = block_take();
	ref->header = (struct fmt_ref){ to, sum_meta(header.uuid, &g) };
	change(PH_COPY, to, &g);
	return to;
}

/* The root that names only what is whole, ending with the generation that it keeps. */
static void root_cut(struct fmt_root *r)
{
	u64 last = fmt_root_keep(r);

	r->epoch_floor = MAX(r->epoch_floor, root_newest(r)) + EPOCH_GAP;
	while (root_newest(r) > last)
		memset(&r->generation[--r->generations], 0, sizeof(r->generation[0]));
	r->keep = last;
	r->attempts = 0;
}

bool roots_drop(int slot, bool back)
{
	struct fmt_root fresh = roots[slot];
	bool good = true;

	if (!dropped && !back)
		return true;
	used[0] = claimed;
	used[1] = root_good[!slot] ? root_claims(&roots[!slot]) : NULL;
	if (back)
		root_cut(&fresh);
	for (u32 i = 0; i < fresh.generations && good; i++) {
		u32 frames = dropped_of(fresh.generation[i].generation);

		if (frames)
			good = generation_copy(&fresh.generation[i], frames);
	}
	free(used[1]);
	if (!good)
		return false;
	if (fmt_root_check(&header, &roots[!slot]))
		fresh.sequence = MAX(fresh.sequence, roots[!slot].sequence);
	for (u32 n = 0; n < 2; n++) {
		fresh.sequence++;
		sum_seal(header.uuid, &fresh, SUM_AT(fmt_root));
		change(n ? PH_SECOND : PH_FIRST, header.root[n ? slot : !slot], &fresh);
	}
	say("roots, sequences %llu and %llu, which name what is left", LLU(fresh.sequence - 1), LLU(fresh.sequence));
	return true;
}
