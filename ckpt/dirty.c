/* SPDX-License-Identifier: Apache-2.0 */
/* Frames become dirty, frozen, and are asked to be cleaned. Everything here runs inside one step and does no I/O. */
#include <abi/error.h>
#include "ckpt/ckpt.h"

/* The generation that a clean frame is of. */
static u32 clean_of(const struct frame *f)
{
	return (u32)(uintptr_t)f->store;
}

/* A frame without a sum is one without data. */
static bool as_it_was(const struct frame *f)
{
	struct entry e;

	if (f->flags & FF_SUM_KNOWN)
		return sum_equal(sum_frame(frame_data(f), f->oid, f->tag.version, clean_of(f)), f->sum);
	tag_of_content(f, &e);
	return e.kind_count >> 4 & TAG_NODATA;
}

/* A clean frame must still be what was read or written, so that no corruption is adopted. */
static void audit_on_dirty(const struct frame *f)
{
	if (IS_ENABLED(CONFIG_AUDIT_ON_DIRTY) && !f->epoch && !as_it_was(f))
		panic("audit: clean frame %llx has changed in memory", (unsigned long long)f->oid);
}

static rc_t wait_for_log(void)
{
	checkpoint_wanted();
	return stall_on(KEY_LOG);
}

void frame_copy_frozen(struct frame *copy, const struct frame *f)
{
	memcpy(frame_data(copy), frame_data(f), FRAME_SIZE);
	copy->oid = f->oid;
	copy->tag = f->tag;
	copy->epoch = f->epoch;
}

/* The version that belongs to the generation being stabilised becomes a copy; the live object keeps its frame. */
static rc_t freeze(struct frame *f)
{
	struct gen *g = st.stabilising;
	struct entry *old;
	struct frame *copy;

	check(g && f->epoch == g->number);
	old = dir_lookup_in(f->oid, g->number);
	if (old && old->frame && old->frame != f)
		return RC_OK; /* its copy is being written */
	check(old && old->frame == f && old->queued);
	if (frame_alloc(FU_FROZEN, false, &copy) != RC_OK) {
		queue_remove(g, old);
		queue_push(g, old, true);
		stabilise_wake();
		return stall_on(f->oid);
	}
	frame_copy_frozen(copy, f);
	old->frame = copy;
	return RC_OK;
}

static rc_t dirty(struct frame *f)
{
	f->epoch = state.epoch;
	f->flags &= (u8)~FF_SUM_KNOWN;
	return RC_OK;
}

/* Frozen, written to the log in this epoch already, or it has to be seen what the log has room for. */
static __attribute__((noinline)) rc_t make_dirty(struct frame *f)
{
	struct gen *g = st.current;
	struct entry *e = dir_lookup_in(f->oid, g->number);
	rc_t rc;

	if (!log_room(!e))
		return wait_for_log();
	if (f->epoch) {
		rc = freeze(f);
		if (rc != RC_OK)
			return rc;
	}
	if (!e) {
		check(dir_add(f->oid, g, f));
		return dirty(f);
	}
	check(!e->frame);
	e->frame = f;
	queue_push(g, e, false);
	return dirty(f);
}

rc_t ckpt_make_dirty(struct frame *f)
{
	if (f->flags & FF_IO)
		return stall_on(f->oid);
	audit_on_dirty(f);
	if (st.read_only) {
		f->epoch = state.epoch;
		return RC_OK;
	}
	if (f->epoch || clean_of(f) == st.current->number || !st.room_ahead)
		return make_dirty(f);
	assert(!dir_lookup_in(f->oid, st.current->number));
	st.room_ahead--;
	(void)dir_add(f->oid, st.current, f);
	return dirty(f);
}

bool ckpt_clean(struct frame *f)
{
	struct gen *g = f->epoch ? gen_find(f->epoch) : NULL;
	struct entry *e = g ? dir_lookup_in(f->oid, g->number) : NULL;

	if (st.read_only || !e || e->frame != f || !e->queued)
		return false;
	if (e->want_clean)
		return true;
	e->want_clean = true;
	queue_remove(g, e);
	queue_push(g, e, true);
	stabilise_wake();
	return true;
}
