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

#include <kernel/lib.h>
#include <kernel/panic.h>

#define AGE_UNMAP 1u
#define AGE_EVICT 2u
#define CLEAN_BATCH 8u

static u32 hand;

/*
 * A search goes over steps: rounds in which frames age and go, and a last one in which the store is asked to clean. What has
 * been looked at counts only while nothing has changed: a wake on KEY_FRAMES begins it anew, or who sees hope could wait for
 * what has come already. That there is nothing is believed the second time, since another operation's pins may have been
 * in the way of the first.
 */
static struct {
	u32 looked, started;   /* frames; those of them that are to be cleaned */
	bool seen, hope, second; /* an evictable frame; one that comes free without our doing */
} search;

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

/* False: the step's share is used up. */
static bool evict(struct frame *f)
{
	if (f->use == FU_TABLE)
		return map_reclaim_table(f);
	if (!obj_unhook_some(f))
		return false;
	check(f->epoch == 0); /* a context of this epoch has dirty nodes */
	frame_free(f);
	return true;
}

void frame_reclaim_anew(void)
{
	memset(&search, 0, sizeof(search));
}

/* Free without our doing: a device has it, or a generation that is being written. */
static bool on_its_way(const struct frame *f)
{
	return f->use == FU_FETCHING || f->use == FU_FROZEN || (f->flags & FF_IO) ||
	       (f->epoch && f->epoch < state.epoch && (f->flags & FF_STORED));
}

static bool cleanable(const struct frame *f)
{
	return frame_hashed(f) && f->epoch == state.epoch && !frame_pinned(f) && (f->flags & FF_STORED);
}

/* The next frame. DONE, or AGAIN if it takes another step; else HOPE. */
static enum reclaim look(bool clean)
{
	struct frame *f;

	if (hand >= mm_frames_total())
		hand = 0;
	f = frame_at(hand++);
	if (evictable(f)) {
		search.seen = true;
		if (f->age >= AGE_EVICT)
			return evict(f) ? RECLAIM_DONE : RECLAIM_AGAIN;
		if (++f->age == AGE_UNMAP && f->use == FU_PAGE)
			map_unhook_page(f, false);
	} else if (on_its_way(f)) {
		search.hope = true;
	} else if (clean && cleanable(f)) {
		search.started += mm_store()->clean(f);
	}
	return RECLAIM_HOPE;
}

enum reclaim frame_reclaim(void)
{
	bool can_clean = mm_store() && mm_store()->clean, none = false;
	enum reclaim r = RECLAIM_HOPE;

	while (!none && search.started < CLEAN_BATCH) {
		u32 age_until = (search.seen ? AGE_EVICT + 1 : 1) * mm_frames_total();

		r = look(can_clean && search.looked >= age_until);
		if (r == RECLAIM_AGAIN)
			hand--; /* it is next again */
		if (r != RECLAIM_HOPE)
			break;
		none = ++search.looked >= age_until + mm_frames_total();
		if (none && !search.hope && !search.started && !search.second && HAS_SHARES) {
			frame_reclaim_anew();
			search.second = true;
			none = false;
		}
		if (share_used(1))
			return RECLAIM_AGAIN;
	}
	if (r == RECLAIM_AGAIN)
		return r;
	if (r == RECLAIM_HOPE && !search.hope && !search.started)
		r = RECLAIM_NONE;
	frame_reclaim_anew();
	return r;
}
