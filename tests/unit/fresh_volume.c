/* SPDX-License-Identifier: Apache-2.0 */
#include "fresh_volume.h"

#include <hal/regs.h>
#include <string.h>

#include "ckpt/sum.h"

enum { JOURNAL_BLOCKS = FRESH_LOG - FRESH_JOURNAL };

static void write_header(u8 (*disk)[FRAME_SIZE], const struct fresh_volume *v)
{
	struct fmt_header *h = (void *)disk[0];
	u32 root = FRESH_LOG + v->log_blocks;

	*h = (struct fmt_header){ .magic = MAGIC_HEADER, .format = VOL_FORMAT, .arch = HAL_LAYOUT,
				  .sum_kind = VOL_SUM_KIND, .blocks = v->blocks, .root = { 1, root },
				  .log = FRESH_LOG, .log_blocks = v->log_blocks,
				  .journal = FRESH_JOURNAL, .journal_blocks = JOURNAL_BLOCKS, .ranges = 1, .members = 1 };
	memcpy(h->uuid, v->uuid, sizeof(h->uuid));
	h->range[0] = (struct fmt_range){ .frames = v->frames, .tagpots = root + 1, .bitmaps = FRESH_BITMAPS,
					  .home = root + 1 + 2 * fmt_tagpots(v->frames) };
	sum_seal(v->uuid, h, offsetof(struct fmt_header, sum));
	memcpy(disk[v->blocks - 1], h, FRAME_SIZE);
}

void fresh_volume(u8 (*disk)[FRAME_SIZE], const struct fresh_volume *v)
{
	struct fmt_bitmap *b = (void *)disk[FRESH_BITMAPS];
	struct fmt_generation *g = (void *)disk[FRESH_LOG];
	struct fmt_root *r = (void *)disk[1];

	memset(disk, 0, (size_t)v->blocks * FRAME_SIZE);
	write_header(disk, v);
	b->place = FRESH_BITMAPS;
	b->sequence = 1;
	sum_seal(v->uuid, b, offsetof(struct fmt_bitmap, sum));
	g->magic = MAGIC_GENERATION;
	g->generation = 1;
	g->log_blocks = 1;
	*r = (struct fmt_root){ .magic = MAGIC_ROOT, .sequence = 1, .epoch_floor = 1, .generations = 1 };
	memcpy(r->uuid, v->uuid, sizeof(r->uuid));
	r->generation[0] = (struct fmt_generation_ref){ 1, { FRESH_LOG, sum_meta(v->uuid, g) } };
	sum_seal(v->uuid, r, offsetof(struct fmt_root, sum));
}
