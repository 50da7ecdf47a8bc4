/* SPDX-License-Identifier: Apache-2.0 */
/* The two roots: always the older or bad slot is written, then flushed; a failed write is tried again in the same slot. */
#include <abi/error.h>
#include "ckpt/ckpt.h"

#define ROOT_TRIES 8

static struct {
	struct fmt_root *root;
	struct io io;
	struct kthread *owner;
	bool busy, flushing;
	u32 slot, newest, migrated, tries;
} rw;

static u32 slot_to_write(void)
{
	if (!st.slot[0].good || !st.slot[1].good)
		return st.slot[0].good ? 1 : 0;
	return st.slot[1].sequence < st.slot[0].sequence;
}

/* Generations that are named: what is not at home, and those that a restart may begin from. */
static u32 root_list(struct fmt_root *root)
{
	u32 n = 0;

	for (u32 number = 0; number < rw.newest;) {
		struct gen *g = gen_oldest_above(number);

		if (!g || g->number > rw.newest)
			g = gen_find(rw.newest);
		check(g);
		number = g->number;
		if (number <= rw.migrated && number < root->keep)
			continue;
		check(n < ROOT_GENERATIONS);
		root->generation[n++] = (struct fmt_generation_ref){ number, g->header };
	}
	return n;
}

static void root_fill(void)
{
	struct fmt_root *root = rw.root;

	memset(root, 0, sizeof(*root));
	root->magic = MAGIC_ROOT;
	root->sequence = st.sequence + 1;
	memcpy(root->uuid, st.header.uuid, sizeof(root->uuid));
	root->migrated_up_to = rw.migrated;
	root->epoch_floor = st.epoch_floor;
	root->attempts = rw.newest == st.committed ? st.attempts : 0;
	root->keep = gen_find(rw.newest)->keep;
	root->generations = root_list(root);
	root->member_state[st.header.member] = 1;
	sum_seal(st.header.uuid, root, offsetof(struct fmt_root, sum));
}

static void root_written(void)
{
	st.sequence = rw.root->sequence;
	st.slot[rw.slot] = (struct slot_state){ true, st.sequence, rw.newest, (u32)rw.root->keep, rw.migrated };
	rw.busy = false;
	stabilise_wake();
	migrate_wake();
}

void root_init(void)
{
	memset(&rw, 0, sizeof(rw));
	rw.root = frame_data(kernel_frame());
}

bool root_begin(struct kthread *owner, u32 newest, u32 migrated)
{
	if (rw.busy)
		return false;
	rw.busy = true;
	rw.flushing = false;
	rw.tries = 0;
	rw.owner = owner;
	rw.newest = newest;
	rw.migrated = migrated;
	rw.slot = slot_to_write();
	root_fill();
	if (owner)
		io_start(&rw.io, owner, BLK_WRITE, st.header.root[rw.slot], rw.root);
	return true;
}

enum root_result root_step(void)
{
	if (rw.io.busy)
		return ROOT_WAIT;
	if (rw.io.req.status != RC_OK) {
		if (++rw.tries == ROOT_TRIES)
			panic("the root cannot be written to %s, block %llu", st.dev->name,
			      (unsigned long long)st.header.root[rw.slot]);
		rw.flushing = false;
		io_start(&rw.io, rw.owner, BLK_WRITE, st.header.root[rw.slot], rw.root);
		return ROOT_WAIT;
	}
	if (!rw.flushing) {
		rw.flushing = true;
		io_start(&rw.io, rw.owner, BLK_FLUSH, 0, NULL);
		return ROOT_WAIT;
	}
	root_written();
	return ROOT_DONE;
}

u32 root_both_newest(void)
{
	return st.slot[0].good && st.slot[1].good ? MIN(st.slot[0].newest, st.slot[1].newest) : 0;
}

u32 root_both_migrated(void)
{
	return st.slot[0].good && st.slot[1].good ? MIN(st.slot[0].migrated, st.slot[1].migrated) : 0;
}

u32 root_both_keep(void)
{
	return st.slot[0].good && st.slot[1].good ? MIN(st.slot[0].keep, st.slot[1].keep) : 0;
}

const char *root_write_boot(void)
{
	rc_t rc;

	check(root_begin(NULL, st.committed, st.migrated));
	rc = io_sync(BLK_WRITE, st.header.root[rw.slot], rw.root);
	if (rc == RC_OK)
		rc = io_sync(BLK_FLUSH, 0, NULL);
	rw.busy = false;
	if (rc != RC_OK)
		return "the root cannot be written";
	root_written();
	return NULL;
}
