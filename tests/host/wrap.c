/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Functions of the kernel that the linker lets through here (--wrap, port.mk): they are counted, the harness is told,
 * and a mutant does something wrong. Calls from within the same file of the kernel do not come by.
 */
#include "watch.h"

#include <abi/error.h>
#include <kernel/context.h>
#include <kernel/invoke.h>
#include <kernel/kthread.h>
#include <kernel/map.h>
#include <string.h>

#include "ckpt/ckpt.h"
#include "mutants.h"

static u64 no_counts[COUNT_NR];
u64 *counts = no_counts;

#define GO_BACK 5u

void counts_print(void)
{
#define COUNT_NAME(name, text) text,
	static const char *const names[] = { COUNTS(COUNT_NAME) };

	printf("counts:");
	for (u32 i = 0; i < COUNT_NR; i++)
		printf("%s %llu %s", i == 0 ? "" : ",", (unsigned long long)counts[i], names[i]);
	printf("\n");
}

#define WRAP(type, name, ...) type __real_##name(__VA_ARGS__); type __wrap_##name(__VA_ARGS__); \
	type __wrap_##name(__VA_ARGS__)

/* ---- log, commits ---- */

static u64 first_place[GENS], last_place;

WRAP(u64, log_alloc, struct gen *g)
{
	u64 place = __real_log_alloc(g);

	if (g->log_blocks == 1)
		first_place[gen_slot(g)] = place;
	counts[COUNT_WRAPS] += place < last_place;
	last_place = place;
	return place;
}

/* Under the explorer one retirement in GO_BACK has its blocks used again at once: too early would be seen then. */
WRAP(bool, log_free_some, struct gen *g, u32 *cursor)
{
	static u32 turn; /* of this process: nothing may depend on what other restarts did */
	bool done = __real_log_free_some(g, cursor);

	counts[COUNT_RETIRED] += done;
	if (done && host_options.explore != 0 && ++turn % GO_BACK == 0 && first_place[gen_slot(g)] != 0) {
		last_place = 0;
		log_seek((u32)(first_place[gen_slot(g)] - st.header.log));
	}
	return done;
}

WRAP(void, checkpoint_wanted, void)
{
	counts[COUNT_LOG_WAITS]++;
	__real_checkpoint_wanted();
}

WRAP(void, kernel_committed, u64 generation)
{
	counts[COUNT_COMMITS]++;
	explore_note(NOTE_COMMITTED, generation, NULL);
	__real_kernel_committed(generation);
}

/* ---- frames ---- */

static struct {
	const void *buf;
	u32 from;               /* COUNT_FROM_LOG or COUNT_FROM_HOME */
} fetching[FETCHERS];

static void note_fetch(u64 place, const void *buf)
{
	u32 from = place - st.header.log < st.header.log_blocks ? COUNT_FROM_LOG : COUNT_FROM_HOME, i = 0;

	while (i < FETCHERS - 1 && fetching[i].buf != NULL && fetching[i].buf != buf)
		i++;
	fetching[i].buf = buf;
	fetching[i].from = from;
}

WRAP(void, io_start, struct io *io, struct kthread *owner, enum blk_op op, u64 place, void *buf)
{
	if (op == BLK_READ && owner != NULL && strcmp(owner->name, "fetch") == 0)
		note_fetch(place, buf);
	if (!mutant_skips(io, owner, op))
		__real_io_start(io, owner, op, mutant_place(owner, op, place, buf), buf);
}

WRAP(void, frame_fetch_done, struct frame *f, rc_t rc)
{
	u32 from = COUNT_FROM_TAG;

	for (u32 i = 0; i < FETCHERS; i++)
		if (fetching[i].buf == frame_data(f)) {
			from = fetching[i].from;
			fetching[i].buf = NULL;
		}
	__real_frame_fetch_done(f, rc);
	if (rc == RC_OK && harness_fetched(f))
		counts[from]++;
}

WRAP(void, frame_free, struct frame *f)
{
	if (f->use == FU_PAGE || f->use == FU_POT) {
		harness_evicted(f);
		counts[COUNT_EVICTED]++;
	}
	__real_frame_free(f);
}

WRAP(rc_t, frame_alloc, enum frame_use use, bool may_stall, struct frame **out)
{
	rc_t rc = __real_frame_alloc(use, may_stall, out);

	counts[COUNT_FROZEN] += use == FU_FROZEN && rc == RC_OK;
	return rc;
}

/* ---- objects ---- */

WRAP(void, obj_alloc_perform, struct frame *f, oid_t oid, u32 kind)
{
	bool was_pot = f->use == FU_POT, used = was_pot ? frame_pot(f)->node[OID_INDEX(oid)].version : f->tag.version;

	counts[COUNT_TO_PAGE] += was_pot && kind == NK_PAGE;
	counts[COUNT_TO_NODE] += !was_pot && kind != NK_PAGE && used;
	counts[COUNT_REUSED] += used;
	__real_obj_alloc_perform(f, oid, kind);
}

WRAP(void, obj_destroy_perform, struct objref *ref)
{
	counts[COUNT_FREED]++;
	__real_obj_destroy_perform(ref);
	mutant_destroyed(ref);
}

/* ---- what only mutants are interested in ---- */

WRAP(u32, root_both_keep, void)
{
	return mutant == MUTANT_EARLY_MIGRATE ? st.committed : __real_root_both_keep();
}

WRAP(u32, root_both_migrated, void)
{
	return mutant == MUTANT_EARLY_RETIRE ? __real_root_both_keep() : __real_root_both_migrated();
}

WRAP(struct entry *, dir_lookup, u64 oid)
{
	return mutant_lookup(__real_dir_lookup(oid));
}

WRAP(rc_t, ckpt_make_dirty, struct frame *f)
{
	return mutant_loses(f) ? RC_OK : __real_ckpt_make_dirty(f);
}

WRAP(void, tag_of_content, const struct frame *f, struct entry *e)
{
	__real_tag_of_content(f, e);
	mutant_tag(e);
}

WRAP(void, map_snapshot, void)
{
	if (mutant != MUTANT_KEPT_MAPPINGS)
		__real_map_snapshot();
}
