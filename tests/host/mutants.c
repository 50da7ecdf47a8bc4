/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Faults that the explorer must find (--mutant NAME): each is what somebody could forget, or do too early, in one line
 * of the kernel. They are put in from outside, by wrap.c.
 *
 *   no-log-flush    the root is written before the log is flushed
 *   no-root-flush   a commit is told before its root is flushed
 *   no-home-flush   homes are not flushed before a root says migrated
 *   early-retire    log freed before its frames are at home
 *   early-migrate   taken home when one root names it
 *   lost-frame      a dirty page is forgotten
 *   old-entry       fetched from an older place in the log
 *   home-first      fetched from home though it is in the log
 *   old-tag         listed with the version before
 *   same-version    freed without a new version
 *   same-side       a tag pot written over itself
 *   one-root        every root in the same slot
 *   kept-mappings   the snapshot leaves writable mappings
 */
#include "watch.h"

#include <abi/error.h>
#include <kernel/kthread.h>
#include <string.h>

#include "mutants.h"

u32 mutant;
static struct frame *lost;

bool harness_mutant(const char *name)
{
#define MUTANT_NAME(name, text) text,
	static const char *const names[] = { MUTANTS(MUTANT_NAME) };

	for (u32 i = 0; i < ARRAY_SIZE(names); i++)
		if (strcmp(name, names[i]) == 0)
			mutant = i + 1;
	return mutant != MUTANT_NONE;
}

static bool is(u32 which, u32 every)
{
	static u32 turn;

	return mutant == which && ++turn % every == 0;
}

static bool is_root(u64 place)
{
	return place == st.header.root[0] || place == st.header.root[1];
}

bool mutant_skips(struct io *io, struct kthread *owner, enum blk_op op)
{
	bool root, skip;

	if (mutant == MUTANT_NONE || op != BLK_FLUSH || owner == NULL)
		return false;
	root = io->req.op == BLK_WRITE && is_root(io->req.block); /* its last request */
	skip = (mutant == MUTANT_NO_LOG_FLUSH && !root && strcmp(owner->name, "stabilise") == 0) ||
	       (mutant == MUTANT_NO_HOME_FLUSH && !root && strcmp(owner->name, "migrate") == 0) ||
	       (mutant == MUTANT_NO_ROOT_FLUSH && root);
	if (!skip)
		return false;
	io->req.op = BLK_FLUSH;
	io->req.status = RC_OK;
	kthread_wake(owner);
	return true;
}

u64 mutant_place(const struct kthread *owner, enum blk_op op, u64 place, void *buf)
{
	const struct fmt_range *r = &st.header.range[0];
	struct fmt_tagpot *pot = buf;

	if (op != BLK_WRITE)
		return place;
	if (mutant == MUTANT_ONE_ROOT && is_root(place))
		return st.header.root[0];
	if (mutant != MUTANT_SAME_SIDE || place - r->tagpots >= 2 * fmt_tagpots(r->frames) || pot->place != place)
		return place;
	pot->place = r->tagpots + (place - r->tagpots) / 2 * 2;
	sum_seal(st.header.uuid, pot, offsetof(struct fmt_tagpot, sum));
	return pot->place;
}

struct entry *mutant_lookup(struct entry *e)
{
	struct entry *older = e == NULL ? NULL : dir_lookup_upto(e->oid, e->generation - 1);

	if (older != NULL && older->generation < e->generation && is(MUTANT_OLD_ENTRY, 2))
		return older;
	if (e != NULL && e->generation > 1 && e->generation <= st.committed && is(MUTANT_HOME_FIRST, 4))
		return NULL;
	return e;
}

bool mutant_loses(struct frame *f)
{
	if (lost != NULL || f->use != FU_PAGE || f->epoch != 0 || (f->flags & FF_IO) || !is(MUTANT_LOST_FRAME, 50))
		return false;
	lost = f;
	f->epoch = state.epoch;
	f->flags &= (u8)~FF_SUM_KNOWN;
	return true;
}

void mutant_snapshot(void)
{
	if (lost != NULL)
		lost->epoch = 0;
	lost = NULL;
}

void mutant_tag(struct entry *e)
{
	if (e->version > 1 && (e->kind_count & 0xf) == NK_PAGE && is(MUTANT_OLD_TAG, 10))
		e->version--;
}

void mutant_destroyed(const struct objref *ref)
{
	if (!is(MUTANT_SAME_VERSION, 4))
		return;
	if (ref->frame->use == FU_PAGE)
		ref->frame->tag.version--;
	else
		frame_pot(ref->frame)->node[ref->index].version--;
}
