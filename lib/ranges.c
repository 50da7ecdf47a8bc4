/* SPDX-License-Identifier: Apache-2.0 */
/* Lists of ranges of memory. A list that is full loses memory, never gains any. */
#include <kernel/ranges.h>

static void remove_at(struct ranges *r, u32 i)
{
	r->count--;
	for (; i < r->count; i++)
		r->at[i] = r->at[i + 1];
}

static void insert_at(struct ranges *r, u32 i, struct range piece)
{
	if (r->count == RANGES_MAX) {
		r->lost++;
		return;
	}
	for (u32 k = r->count++; k > i; k--)
		r->at[k] = r->at[k - 1];
	r->at[i] = piece;
}

void ranges_exclude(struct ranges *r, paddr_t start, paddr_t end)
{
	start &= ~(paddr_t)(FRAME_SIZE - 1);
	end = end > ~(paddr_t)0 - FRAME_SIZE ? ~(paddr_t)0 : ALIGN_UP(end, FRAME_SIZE);
	if (start >= end)
		return;
	for (u32 i = 0; i < r->count;) {
		struct range piece = r->at[i];

		if (end <= piece.start || start >= piece.end) {
			i++;
			continue;
		}
		remove_at(r, i);
		if (end < piece.end)
			insert_at(r, i, (struct range){ end, piece.end });
		if (start > piece.start)
			insert_at(r, i++, (struct range){ piece.start, start });
	}
}

void ranges_include(struct ranges *r, paddr_t start, paddr_t end)
{
	u32 i = 0;

	if (start > ~(paddr_t)0 - FRAME_SIZE)
		return;
	start = ALIGN_UP(start, FRAME_SIZE);
	end &= ~(paddr_t)(FRAME_SIZE - 1);
	if (start >= end)
		return;
	ranges_exclude(r, start, end);
	while (i < r->count && r->at[i].start < start)
		i++;
	insert_at(r, i, (struct range){ start, end });
}
