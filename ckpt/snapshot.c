/* SPDX-License-Identifier: Apache-2.0 */
/*
 * When a checkpoint is due, and the snapshot itself: the pause. It scans nothing: contexts are written back, activities
 * copied, the epoch counted up and the loaded space left; from then on the first write to any frame goes
 * through ckpt_make_dirty().
 */
#include <abi/process.h>
#include <hal/hal.h>
#include "ckpt/ckpt.h"

static enum kt_result interval_step(struct kthread *kt);
static struct kthread interval = { .name = "interval", .step = interval_step, .prio = KT_PRIO_URGENT };
static u64 due_ms;

static enum kt_result interval_step(struct kthread *kt)
{
	u64 now = hal_time_ms();

	if (!st.interval_sec)
		return KT_WAIT;
	if (now >= due_ms) {
		due_ms = now + (u64)st.interval_sec * 1000;
		if (st.stabilising || st.requested)
			st.urgent_cpu = true; /* the last one is late */
		else if (st.current->entries)
			st.requested = true;
		stabilise_wake();
	}
	kthread_wake_at(kt, due_ms);
	return KT_WAIT;
}

void snapshot_init(void)
{
	kthread_register(&interval);
	store_set_interval(st.interval_sec);
}

void store_set_interval(u32 seconds)
{
	st.interval_sec = seconds;
	due_ms = hal_time_ms() + (u64)seconds * 1000;
	if (!st.read_only)
		kthread_wake(&interval);
}

/* What goes to the log later must be what was there at the snapshot. */
static void digest_frozen(struct gen *g)
{
	for (u32 i = g->queue_head; IS_ENABLED(CONFIG_DEBUG_FREEZE) && i != NIL; i = dir_entry(i)->queue_next) {
		struct entry *e = dir_entry(i);

		e->frozen = sum_frame(frame_data(e->frame), e->oid, 0, g->number).lo;
	}
}

bool snapshot_take(void)
{
	u64 start = hal_cycles();
	struct gen *g = st.current, *next;

	if (log_need(g) + FIXED_SHARE + LOG_SLACK > log_free_blocks())
		return false;
	next = gen_new(state.epoch + 1, GEN_CURRENT);
	if (!next)
		return false;
	st.hooks->contexts_write_back();
	st.activities = st.hooks->activities_save(st.activity, CONFIG_NR_ACTIVITIES);
	check(st.activities <= CONFIG_NR_ACTIVITIES);
	st.snapshot_ms = st.hooks->persistent_ms();
	st.limits = state.limits;
	st.shares = state.shares;
	g->state = GEN_STABILISING;
	g->keep = st.committed;
	st.stabilising = g;
	st.current = next;
	st.room_ahead = 0;
	st.requested = false;
	state.epoch++;
	st.hooks->write_forbid();
	digest_frozen(g);
	if (st.hooks->snapshot_taken)
		st.hooks->snapshot_taken(g->number);
	st.pause_cycles = hal_cycles() - start;
	return true;
}

u64 store_request_checkpoint(void)
{
	if (st.read_only)
		return st.committed;
	st.requested = true;
	st.urgent_cpu = true;
	stabilise_wake();
	return state.epoch;
}

void checkpoint_wanted(void)
{
	st.requested = true;
	st.urgent = true;
	st.urgent_cpu = true;
	stabilise_wake();
	migrate_wake();
}

u64 store_committed(void)
{
	return st.committed;
}

void store_status(void *abi_ckpt_status)
{
	struct abi_ckpt_status *s = abi_ckpt_status;

	*s = (struct abi_ckpt_status){
		.epoch = state.epoch,
		.generation = st.committed,
		.migrated = st.migrated,
		.pause_cycles = st.pause_cycles,
		.frames_written = st.frames_written,
		.log_frames = st.header.log_blocks,
		.log_used = st.header.log_blocks - log_free_blocks(),
		.interval_sec = st.interval_sec,
		.busy = st.stabilising != NULL,
	};
}
