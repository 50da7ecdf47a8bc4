/* SPDX-License-Identifier: Apache-2.0 */
/* Where frames are at home: ranges, the bitmaps of initialised tag pots (all in core), pairs of blocks. */
#include <abi/error.h>
#include "ckpt/ckpt.h"

struct bitmap {
	struct fmt_bitmap *data;
	u64 place[2];
	u8 newer;                /* which of the pair `data` came from */
	u8 copies;               /* to be written: 2 changed; 1 the other is older or bad */
	u32 range, first_pot;
};

static struct bitmap bitmaps[VOL_BITMAPS_MAX];
static u32 nr_bitmaps;

bool home_of(u64 oid, struct home *h)
{
	const struct fmt_range *r = fmt_range_of(&st.header, oid);

	if (!r)
		return false;
	h->range = r;
	h->index = (u32)((oid - r->first) >> 3);
	h->place = r->home + h->index;
	h->pot = h->index / TAG_POT_TAGS;
	h->tag = h->index % TAG_POT_TAGS;
	h->pot_place[0] = r->tagpots + 2 * (u64)h->pot;
	h->pot_place[1] = h->pot_place[0] + 1;
	return true;
}

bool ckpt_covers(oid_t oid)
{
	return fmt_range_of(&st.header, OID_FRAME(oid)) != NULL;
}

static bool bitmap_good(const struct fmt_bitmap *b, u64 place)
{
	return b->place == place && b->sequence <= VOL_SEQUENCE_MAX &&
	       sum_sealed(st.header.uuid, b, offsetof(struct fmt_bitmap, sum));
}

static const char *bitmap_load_one(struct bitmap *b, struct fmt_bitmap *spare)
{
	bool good0 = io_sync(BLK_READ, b->place[0], b->data) == RC_OK && bitmap_good(b->data, b->place[0]);
	bool good1 = io_sync(BLK_READ, b->place[1], spare) == RC_OK && bitmap_good(spare, b->place[1]);

	if (!good0 && !good1)
		return "both copies of a bitmap of tag pots are bad";
	b->newer = good1 && (!good0 || spare->sequence > b->data->sequence);
	b->copies = !good0 || !good1 || spare->sequence != b->data->sequence;
	if (b->newer)
		memcpy(b->data, spare, FRAME_SIZE);
	return NULL;
}

u32 bitmap_count(void)
{
	u32 n = 0;

	for (u32 r = 0; r < st.header.ranges; r++)
		n += (u32)fmt_bitmaps(st.header.range[r].frames);
	return n;
}

const char *bitmap_load(void *spare)
{
	const char *why = NULL;

	memset(bitmaps, 0, sizeof(bitmaps));
	nr_bitmaps = 0;
	for (u32 r = 0; r < st.header.ranges && !why; r++) {
		u32 pots = (u32)fmt_tagpots(st.header.range[r].frames);

		for (u32 first = 0; first < pots && !why; first += BITMAP_BITS) {
			struct bitmap *b = &bitmaps[nr_bitmaps];

			nr_bitmaps++;
			b->data = frame_data(kernel_frame());
			b->place[0] = st.header.range[r].bitmaps + 2 * (first / BITMAP_BITS);
			b->place[1] = b->place[0] + 1;
			b->range = r;
			b->first_pot = first;
			why = bitmap_load_one(b, spare);
		}
	}
	return why;
}

static struct bitmap *bitmap_of(const struct home *h)
{
	u32 range = (u32)(h->range - st.header.range);

	for (u32 i = 0; i < nr_bitmaps; i++) {
		if (bitmaps[i].range == range && h->pot - bitmaps[i].first_pot < BITMAP_BITS)
			return &bitmaps[i];
	}
	panic("no bitmap for a tag pot");
}

bool bitmap_get(const struct home *h)
{
	const struct bitmap *b = bitmap_of(h);
	u32 bit = h->pot - b->first_pot;

	return b->data->bits[bit / 8] >> bit % 8 & 1;
}

void bitmap_set(const struct home *h)
{
	struct bitmap *b = bitmap_of(h);
	u32 bit = h->pot - b->first_pot;

	if (bitmap_get(h))
		return;
	b->data->bits[bit / 8] |= (u8)(1u << bit % 8);
	b->copies = 2;
}

struct fmt_bitmap *bitmap_prepare(u32 copies, u64 *place)
{
	for (u32 i = 0; i < nr_bitmaps; i++) {
		struct bitmap *b = &bitmaps[i];

		if (b->copies != copies)
			continue;
		*place = b->place[!b->newer];
		b->data->place = *place;
		b->data->sequence += copies == 2;
		sum_seal(st.header.uuid, b->data, offsetof(struct fmt_bitmap, sum));
		return b->data;
	}
	return NULL;
}

void bitmap_written(const struct fmt_bitmap *data)
{
	for (u32 i = 0; i < nr_bitmaps; i++) {
		if (bitmaps[i].data != data)
			continue;
		bitmaps[i].copies--;
		bitmaps[i].newer = !bitmaps[i].newer;
	}
}

void tagpot_read(struct fmt_tagpot *p, rc_t status, u64 place)
{
	if (status != RC_OK || p->place != place || p->sequence > VOL_SEQUENCE_MAX ||
	    !sum_sealed(st.header.uuid, p, offsetof(struct fmt_tagpot, sum)))
		memset(p, 0, FRAME_SIZE);
}

int tagpot_newer(const struct fmt_tagpot *a, const struct fmt_tagpot *b)
{
	if (!a->place && !b->place)
		return -1;
	return b->place && (!a->place || b->sequence > a->sequence);
}
