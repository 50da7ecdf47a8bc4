/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Ageing: which frame goes when none is free.
 *
 * A hand goes round the frame table. A look-up sets a frame's age to 0, each passing of the hand adds
 * one. At AGE_UNMAP a page loses its mappings, so that a program that still uses it faults and thereby makes it young
 * again: no accessed bits are needed from the port. At AGE_EVICT a clean frame goes. Hardware tables
 * age like the rest and need no I/O. A frame that no store holds is the only copy and stays.
 */
#include "mm.h"

#include <kernel/panic.h>

#define AGE_UNMAP 1u
#define AGE_EVICT 2u
#define CLEAN_BATCH 8u

static u32 hand, clean_hand;

static struct frame *turn(u32 *h)
{
	if (*h >= mm_frames_total())
		*h = 0;
	return frame_at((*h)++);
}

/* May go without I/O. */
static bool evictable(const struct frame *f)
{
	if (f->use == FU_TABLE)
		return !(f->flags & FF_PIN_HARD) && !table_in_hand(f->table) && frame_paddr(f) != this_cpu()->loaded_root;
	if (frame_pinned(f) || (f->flags & FF_IO))
		return false;
	switch (f->use) {
	case FU_PAGE:
	case FU_POT:
		return f->epoch == 0 && (f->flags & FF_STORED);
	case FU_DAMAGED:
		return true;
	default:
		return false;
	}
}

static void evict(struct frame *f)
{
	if (f->use == FU_TABLE) {
		map_reclaim_table(f);
		return;
	}
	obj_unhook(f);
	check(f->epoch == 0); /* a context of this epoch has dirty nodes */
	frame_free(f);
}

bool frame_reclaim(void)
{
	u32 seen = 0;

	for (u32 n = 0; n < (AGE_EVICT + 1) * mm_frames_total(); n++) {
		struct frame *f = turn(&hand);

		if (n == mm_frames_total() && !seen)
			return false;
		if (!evictable(f))
			continue;
		seen++;
		if (f->age >= AGE_EVICT) {
			evict(f);
			return true;
		}
		if (++f->age == AGE_UNMAP && f->use == FU_PAGE)
			map_unhook_page(f, false);
	}
	return false;
}

/* Free without our doing: a device has it, or a generation that is being written. */
static bool on_its_way(const struct frame *f)
{
	return f->use == FU_FETCHING || f->use == FU_FROZEN || (f->flags & FF_IO) ||
	       (f->epoch && f->epoch < state.epoch && (f->flags & FF_STORED));
}

bool frame_clean_some(void)
{
	const struct store_ops *store = mm_store();
	u32 started = 0;
	bool hope = false;

	if (!store)
		return false;
	for (u32 n = 0; n < mm_frames_total() && started < CLEAN_BATCH; n++) {
		struct frame *f = turn(&clean_hand);

		if (on_its_way(f))
			hope = true;
		else if (store->clean && frame_hashed(f) && f->epoch == state.epoch && !frame_pinned(f) &&
			 (f->flags & FF_STORED))
			started += store->clean(f);
	}
	return hope || started;
}
