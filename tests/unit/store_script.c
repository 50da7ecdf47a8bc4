/* SPDX-License-Identifier: Apache-2.0 */
#include "store_script.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

u64 digests[GENERATIONS_MAX][FRAMES];
bool digest_known[GENERATIONS_MAX];
u64 model[FRAMES];
u32 model_activities, activities_at[GENERATIONS_MAX], restored, free_at_boot, offered;
bool want_previous;

u64 digest(const struct frame *f)
{
	return sum_frame(frame_data(f), f->oid, f->tag.version, f->tag.kind).lo ^ f->tag.call_count << 20;
}

/* ---- hooks ---- */

static void nothing(void) {}
void (*save_wrong)(struct saved_activity *list);
static u64 some_ms(void) { return fake_now; }
static u32 save(struct saved_activity *out, u32 max)
{
	assert_true(model_activities <= max);
	for (u32 i = 0; i < model_activities; i++)
		out[i] = (struct saved_activity){ .oid = i * 8, .state = 1 };
	if (save_wrong)
		save_wrong(out);
	return model_activities;
}
static bool restore(const struct saved_activity *a)
{
	assert_int_equal(a->oid, restored * 8);
	restored++;
	return true;
}
static void committed(u64 g) { fake_acknowledged = g; }
static void snapshot(u64 g)
{
	assert_true(g < GENERATIONS_MAX);
	memcpy(digests[g], model, sizeof(model));
	activities_at[g] = model_activities;
	digest_known[g] = true;
	fake_snapshot = g;
}
int teardown(void **s)
{
	(void)s;
	fake_disk_reset();
	return 0;
}
static bool choose(const struct store_offer *o)
{
	offered = o->previous;
	return want_previous && o->previous;
}
static const struct store_hooks hooks = { nothing, save, restore, nothing, committed, some_ms, snapshot, NULL, choose };

const char *boot_with(u32 ram)
{
	fake_boot(ram);
	fake_threads_reset();
	restored = 0;
	free_at_boot = mm_frames_free();
	return store_mount(&fake_disk, NULL, &hooks);
}

const char *boot(void)
{
	return boot_with(RAM);
}

void settle(void)
{
	while (fake_step())
		;
}

/* Everything that a user operation does when it stalls. */
rc_t get(oid_t oid, struct frame **f)
{
	rc_t rc;

	for (u32 n = 0; (rc = frame_get(oid, f)) == RC_STALL; n++) {
		assert_true(n < 100000);
		fake_step();
		pins_drop();
	}
	return rc;
}

static void model_update(struct frame *f)
{
	model[f->oid >> 3] = digest(f);
}

/* ---- the script ---- */

static u32 seed;
u32 dice(u32 n) { seed = seed * 1664525u + 1013904223u; return (seed >> 8) % n; }

static void write_page(struct frame *f)
{
	u32 *p = page_writable(f);

	if (dice(8) == 0)
		memset(p, 0, FRAME_SIZE);
	else
		p[dice(1024)] = dice(1 << 20);
}

static void write_node(struct frame *f)
{
	u32 i = dice(POT_NODES);
	struct node *n = node_writable(f, i);

	if (n->kind == NK_NODE)
		n->slot[dice(NODE_SLOTS)] = cap_number(dice(1000), 1, 2);
}

static bool destroy(struct frame *f)
{
	for (u32 i = 0; i < POT_NODES; i++) {
		struct cap c = obj_cap(f, i);
		struct objref ref;

		if (f->use == FU_POT ? frame_pot(f)->node[i].kind == NK_FREE : i || f->tag.kind == NK_FREE)
			continue;
		if (obj_destroy_prepare(&c, &ref) != RC_OK)
			return false;
		obj_destroy_perform(&ref);
	}
	return true;
}

/* One operation; false = it stalled and changed nothing that counts. */
bool operate(oid_t oid, u32 what)
{
	struct frame *f;

	pins_drop();
	if (frame_get(oid, &f) != RC_OK)
		return false;
	if (what == 0 || f->tag.kind == NK_FREE || (f->use == FU_POT && what < 3)) {
		u32 kind = f->use == FU_POT ? NK_NODE : dice(3) ? NK_PAGE : NK_NODE;
		oid_t o = oid + (kind == NK_NODE ? dice(POT_NODES) : 0);
		rc_t rc = obj_alloc_prepare(o, kind, &f);

		if (rc == RC_BUSY)
			return true;
		if (rc != RC_OK)
			return false;
		obj_alloc_perform(f, o, kind);
		model_update(f);
		return true;
	}
	if (frame_make_dirty(f) != RC_OK)
		return false;
	if (what == 1 && !destroy(f))
		return false;
	if (what != 1 && f->use == FU_POT)
		write_node(f);
	else if (what != 1)
		write_page(f);
	model_update(f);
	return true;
}

u32 checkpoint_every = 40;

void script(u32 operations)
{
	for (u32 i = 0; i < operations; i++) {
		oid_t oid = (oid_t)dice(dice(2) ? 40 : FRAMES) << 3;
		u32 what = dice(12), tries = 0;

		state.shares = i / 64 % 2; /* copies go to the disk, or not */
		while (!operate(oid, what)) {
			assert_true(++tries < 100000);
			if (tries % 1000 == 0)
				fake_now += 10000; /* what waits to try again */
			fake_step();
		}
		if (dice(2))
			log_seek(0);
		for (u32 n = dice(6); n; n--)
			fake_step();
		if (dice(checkpoint_every) == 0) {
			model_activities = dice(200);
			store_request_checkpoint();
		}
	}
}

void verify_all(const char *where, u32 event, u64 at_least, u64 at_most)
{
	u64 g = store_committed();
	struct frame *f;

	if (!digest_known[g] || g < at_least || g > at_most)
		fail_msg("%s, event %u: generation %u, wanted %u to %u", where, event, (u32)g, (u32)at_least, (u32)at_most);
	assert_int_equal(restored, activities_at[g]);
	for (u32 i = 0; i < FRAMES; i++) {
		rc_t rc = get((oid_t)i << 3, &f);

		if (rc != RC_OK || digest(f) != digests[g][i])
			fail_msg("%s, event %u: generation %u, frame %u is wrong (rc %d, kind %u)", where, event, (u32)g,
				 i, rc, rc ? 0u : f->tag.kind);
	}
}

void fresh(u32 frames)
{
	struct frame *f;

	fake_disk_reset();
	fake_volume(frames);
	fake_acknowledged = fake_snapshot = 1;
	memset(digest_known, 0, sizeof(digest_known));
	model_activities = activities_at[1] = 0;
	seed = 1;
	assert_null(boot());
	for (u32 i = 0; i < frames; i++) {
		assert_int_equal(get((oid_t)i << 3, &f), RC_OK);
		model[i] = digest(f);
	}
	memcpy(digests[1], model, sizeof(model));
	digest_known[1] = true;
}
