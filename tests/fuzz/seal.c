/* SPDX-License-Identifier: Apache-2.0 */
/* The sums of the volume on machine_disk, from its leaves to its roots. What it says is not trusted: places may be anywhere. */
#include "hostile.h"

#include <string.h>

#include "ckpt/check.h"
#include "ckpt/sum.h"

static const struct fmt_header *header(void)
{
	return (const void *)machine_disk[VOL_HEADER_PLACE];
}

bool place_good(u64 place)
{
	return place > VOL_HEADER_PLACE && place < DISK_BLOCKS;
}

u32 chain_blocks(struct fmt_ref first, u32 block[CHAIN_MAX])
{
	u32 n = 0;

	for (u64 at = first.place; place_good(at) && n < CHAIN_MAX;) {
		for (u32 i = 0; i < n; i++)
			if (block[i] == at)
				return n;
		block[n++] = (u32)at;
		at = ((const struct fmt_dir_block *)machine_disk[at])->next.place;
	}
	return n;
}

/* Only what changes is marked as written. */
static void put(u64 place, u32 offset, const void *from, u32 bytes)
{
	if (memcmp(machine_disk[place] + offset, from, bytes))
		memcpy(machine_disk_change((u32)place) + offset, from, bytes);
}

static void seal_self(u64 place, u32 offset)
{
	struct fmt_sum sum = sum_meta_self(header()->uuid, machine_disk[place], offset);

	put(place, offset, &sum, sizeof(sum));
}

static struct fmt_sum sum_of(u64 place)
{
	return sum_meta(header()->uuid, machine_disk[place]);
}

/* The tag at this offset of a block says what the content at `place` is. */
static void seal_tag(u64 block, u32 offset, u64 oid, u64 place)
{
	struct fmt_tag t;
	struct fmt_sum sum;

	memcpy(&t, machine_disk[block] + offset, sizeof(t));
	if (fmt_tag_kind(&t) == NK_FREE || fmt_tag_flags(&t) & TAG_NODATA || !place_good(place))
		return;
	sum = sum_frame(machine_disk[place], oid, t.version, t.generation);
	put(block, offset + (u32)offsetof(struct fmt_tag, sum), &sum, sizeof(sum));
}

/* ---- generations ---- */

static void seal_entries(u32 block)
{
	const struct fmt_dir_block *d = (const void *)machine_disk[block];

	for (u32 i = 0; i < MIN(d->count, DIR_BLOCK_ENTRIES); i++)
		seal_tag(block, (u32)((const u8 *)&d->entry[i].tag - (const u8 *)d), d->entry[i].oid, d->entry[i].place);
}

/* The chain whose first reference stands at this offset of a block. */
static void seal_chain(u64 block, u32 offset, bool directory)
{
	u32 chain[CHAIN_MAX], n;
	struct fmt_ref ref;

	memcpy(&ref, machine_disk[block] + offset, sizeof(ref));
	n = chain_blocks(ref, chain);
	for (u32 i = n; i-- > 0;) {
		struct fmt_sum sum;
		u64 from = i ? chain[i - 1] : block;

		if (directory)
			seal_entries(chain[i]);
		sum = sum_of(chain[i]);
		put(from, (i ? 0 : offset) + (u32)offsetof(struct fmt_ref, sum), &sum, sizeof(sum));
	}
}

static void seal_root(u64 place)
{
	const struct fmt_root *r = (const void *)machine_disk[place];

	if (r->magic != MAGIC_ROOT)
		return;
	for (u32 i = 0; i < MIN(r->generations, ROOT_GENERATIONS); i++) {
		u64 g = r->generation[i].header.place;
		struct fmt_sum sum;

		if (!place_good(g))
			continue;
		seal_chain(g, offsetof(struct fmt_generation, directory), true);
		seal_chain(g, offsetof(struct fmt_generation, activities), false);
		sum = sum_of(g);
		put(place, (u32)((const u8 *)&r->generation[i].header.sum - (const u8 *)r), &sum, sizeof(sum));
	}
	seal_self(place, offsetof(struct fmt_root, sum));
}

/* ---- at home ---- */

/* One of a pair that was never written stays as it is. */
static bool written(u64 place)
{
	return place_good(place) && !fmt_all_zero(machine_disk[place], FRAME_SIZE);
}

static void seal_tagpot(const struct fmt_range *r, u64 pot, u64 place)
{
	if (!written(place))
		return;
	for (u32 i = 0; i < TAG_POT_TAGS; i++) {
		u64 index = pot * TAG_POT_TAGS + i;

		seal_tag(place, (u32)offsetof(struct fmt_tagpot, tag) + i * (u32)sizeof(struct fmt_tag), r->first + (index << 3),
			 r->home + index);
	}
	seal_self(place, offsetof(struct fmt_tagpot, sum));
}

static void seal_range(const struct fmt_range *r)
{
	u64 pots = MIN(fmt_tagpots(MIN(r->frames, (u64)DISK_BLOCKS)), (u64)DISK_BLOCKS);

	for (u32 side = 0; side < 2; side++) {
		if (written(r->bitmaps + side))
			seal_self(r->bitmaps + side, offsetof(struct fmt_bitmap, sum));
		for (u64 pot = 0; pot < pots; pot++)
			seal_tagpot(r, pot, r->tagpots + 2 * pot + side);
	}
}

void volume_seal(void)
{
	struct fmt_header h = *header();

	for (u32 i = 0; i < MIN(h.ranges, VOL_RANGES); i++)
		seal_range(&h.range[i]);
	for (u32 i = 0; i < 2; i++)
		if (place_good(h.root[i]))
			seal_root(h.root[i]);
	seal_self(VOL_HEADER_PLACE, offsetof(struct fmt_header, sum));
	put(DISK_BLOCKS - 1, 0, machine_disk[VOL_HEADER_PLACE], FRAME_SIZE);
}
