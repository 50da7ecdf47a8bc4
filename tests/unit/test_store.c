/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The store over the real mm, on a disk with a volatile cache (store_script.h). For crash points all along the recorded
 * writes and for each choice of lost, kept and torn unflushed writes, a restart must give exactly the digests of one
 * generation, not older than the newest acknowledged.
 */
#include "store_script.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- tests ---- */

static void commits_and_restarts(void **s)
{
	u64 g;

	(void)s;
	fresh(FRAMES);
	script(3000);
	g = store_request_checkpoint();
	settle();
	assert_int_equal(store_committed(), g);
	assert_int_equal(fake_acknowledged, g);
	mm_check();
	fake_disk_reset();
	assert_null(boot());
	verify_all("restart", 0, g, g);
	assert_int_equal(store_restart_count(), 2);
	/* Now with everything at home, and again. */
	script(500);
	store_request_checkpoint();
	settle();
	assert_int_equal(st.migrated, gen_find(store_committed())->keep); /* V8: the newest stays in the log */
	assert_true(log_free_blocks() > 600);
	assert_null(boot());
	verify_all("drained", 0, fake_acknowledged, fake_acknowledged);
}

static void idle_interval_writes_nothing(void **s)
{
	u32 events;

	(void)s;
	fresh(FRAMES);
	store_request_checkpoint();
	settle();
	events = fake_nr_events;
	fake_now += 1000000;
	settle();
	assert_int_equal(fake_nr_events, events);
}

static void request_during_a_checkpoint_gets_the_next(void **s)
{
	u64 a, b;

	(void)s;
	fresh(FRAMES);
	a = store_request_checkpoint();
	assert_int_equal(store_request_checkpoint(), a);
	while (!st.stabilising)
		assert_true(fake_step());
	b = store_request_checkpoint();
	assert_int_equal(b, a + 1);
	settle();
	assert_int_equal(store_committed(), b);
}

static void bad_log_block_is_replaced(void **s)
{
	(void)s;
	fresh(FRAMES);
	for (u32 i = 0; i < 30; i++) {
		script(20);
		fake_bad_write = 25 + dice(900);
	}
	fake_bad_write = 0;
	store_request_checkpoint();
	settle();
	assert_null(boot());
	verify_all("bad blocks", 0, fake_acknowledged, fake_acknowledged);
}

/* ---- crash points ---- */

static u8 base[DISK_BLOCKS][FRAME_SIZE];   /* durable */
static u8 image[DISK_BLOCKS][FRAME_SIZE];
static u32 images, gone_back;

static struct {
	u64 digests[GENERATIONS_MAX][FRAMES];
	bool known[GENERATIONS_MAX];
	u32 activities[GENERATIONS_MAX];
} kept_history;

static void history_keep(void)
{
	memcpy(kept_history.digests, digests, sizeof(digests));
	memcpy(kept_history.known, digest_known, sizeof(digest_known));
	memcpy(kept_history.activities, activities_at, sizeof(activities_at));
}

static void history_back(void)
{
	memcpy(digests, kept_history.digests, sizeof(digests));
	memcpy(digest_known, kept_history.known, sizeof(digest_known));
	memcpy(activities_at, kept_history.activities, sizeof(activities_at));
}

/* The restart must be good for more than a look: run on, commit, drain, restart, compare. */
static void run_on(u32 at)
{
	u64 g;

	history_keep();
	memcpy(fake_medium, image, sizeof(image));
	fake_disk_reset();
	assert_null(boot());
	g = store_committed();
	memcpy(model, digests[g], sizeof(model));
	model_activities = activities_at[g];
	fake_snapshot = fake_acknowledged = g;
	script(150);
	store_request_checkpoint();
	settle();
	store_request_checkpoint();
	settle();
	assert_null(boot());
	verify_all("running on", at, fake_acknowledged, fake_acknowledged);
	history_back();
}

/* The newer of two good roots rots after its commit: the other must still be whole. */
static void root_rots(u32 at, u64 snap)
{
	const u64 place[2] = { st.header.root[0], st.header.root[1] };
	u64 sequence[2];

	for (u32 i = 0; i < 2; i++) {
		const struct fmt_root *r = (const void *)image[place[i]];

		if (!sum_sealed(fake_uuid, r, offsetof(struct fmt_root, sum)))
			return;
		sequence[i] = r->sequence;
	}
	memcpy(fake_medium, image, sizeof(image));
	fake_medium[place[sequence[1] > sequence[0]]][600] ^= 4;
	fake_disk_reset();
	assert_null(boot());
	verify_all("newest root bad", at, 1, snap);
}

/* V8: what the newest root keeps whole must be so, with every frame, and last. */
static void go_back(u32 at)
{
	u64 g;

	memcpy(fake_medium, image, sizeof(image));
	fake_disk_reset();
	want_previous = true;
	assert_null(boot());
	want_previous = false;
	if (!offered)
		return;
	g = offered;
	verify_all("previous", at, g, g);
	fake_disk_reset();
	assert_null(boot());
	verify_all("previous, restarted", at, g, g);
	assert_int_equal(offered, 0);
	gone_back++;
	if (gone_back % 8 == 0) {
		memcpy(image, fake_medium, sizeof(image));
		run_on(at);
	}
}

static void check_image(const char *what, const struct event *events, u32 at)
{
	u64 ack = events[at].acknowledged, snap = events[at].snapshot;
	const char *why;

	memcpy(fake_medium, image, sizeof(image));
	fake_disk_reset();
	why = boot();
	if (why)
		fail_msg("%s, event %u: %s", what, at, why);
	verify_all(what, at, ack, snap);
	/* Power fails again while the restart writes its root. */
	assert_int_equal(fake_events[0].op, BLK_WRITE);
	memcpy(fake_medium, image, sizeof(image));
	memcpy(fake_medium[fake_events[0].block], fake_events[0].data, 512 << images % 3);
	fake_disk_reset();
	assert_null(boot());
	verify_all("crash in restart", at, ack, snap);
	if (images % 4 == 0)
		root_rots(at, snap);
	if (++images % 25 == 0)
		run_on(at);
	if (images % 5 == 0)
		go_back(at);
}

static void crash_at(const struct event *events, u32 from, u32 at)
{
	u32 step = 1 + (at - from) / 12;

	for (u32 lost = from; lost <= at + step; lost += step) { /* one lost; the last round loses none */
		memcpy(image, base, sizeof(image));
		for (u32 i = from; i <= at; i++) {
			if (i != lost && events[i].op == BLK_WRITE)
				memcpy(image[events[i].block], events[i].data, FRAME_SIZE);
		}
		check_image("one lost", events, at);
	}
	for (u32 kept = from; kept <= at; kept += step) {        /* one alone kept, and torn */
		for (u32 bytes = 512; bytes <= FRAME_SIZE; bytes *= 8) {
			memcpy(image, base, sizeof(image));
			memcpy(image[events[kept].block], events[kept].data, bytes);
			check_image("one kept", events, at);
		}
	}
}

/* Takes the record away from the disk, which will make another. */
static struct event *record_take(u32 *n)
{
	struct event *e = fake_events;
	struct event *copy = malloc(fake_nr_events * sizeof(*copy));

	*n = fake_nr_events;
	memcpy(copy, e, fake_nr_events * sizeof(*copy));
	fake_nr_events = 0;
	return copy;
}

static void explore(u32 operations, u32 stride)
{
	u32 n, from = 0, wraps;
	struct event *events;
	bool bitmap = false;     /* a bitmap is among the unflushed: rare, so each such point is tried */

	fresh(FRAMES);
	settle();
	memcpy(base, fake_medium, sizeof(base));
	fake_disk_reset();
	script(operations);
	store_request_checkpoint();
	settle();
	wraps = (u32)(st.frames_written / st.header.log_blocks);
	events = record_take(&n);
	images = gone_back = 0;
	for (u32 i = 0; i < n; i++) {
		if (events[i].op == BLK_FLUSH) {
			for (; from < i; from++)
				memcpy(base[events[from].block], events[from].data, FRAME_SIZE);
			from = i + 1;
			bitmap = false;
		} else if ((bitmap |= events[i].block - 2 < 2) || (i * 2654435761u) % stride == 0) {
			crash_at(events, from, i);
		}
	}
	print_message("# %u writes, %u images, %u gone back, log wrapped %u times\n", n, images, gone_back, wraps);
	assert_true(gone_back > 20);
	for (u32 i = 0; i < n; i++)
		free(events[i].data);
	free(events);
}

static void any_crash_gives_a_generation(void **s)
{
	(void)s;
	explore(4000, 401);
}

/* Epochs that fill their third, so that log space is freed at the last moment and used again at once. */
static void any_crash_with_a_full_log(void **s)
{
	(void)s;
	checkpoint_every = 5000;
	explore(6000, 211);
	checkpoint_every = 40;
}

static void both_roots_bad_is_a_message(void **s)
{
	(void)s;
	fresh(FRAMES);
	script(200);
	settle();
	fake_medium[st.header.root[0]][100] ^= 1;
	fake_medium[st.header.root[1]][100] ^= 1;
	fake_disk_reset();
	assert_non_null(strstr(boot(), "both roots"));
	assert_int_equal(fake_nr_events, 0);
}

static void one_bad_home_frame_is_one_damaged_object(void **s)
{
	struct frame *f;

	(void)s;
	fresh(FRAMES);
	while (!operate(0, 5))
		fake_step();
	while (!operate(8, 5))
		fake_step();
	store_request_checkpoint();
	settle();
	while (!operate(80, 5)) /* so that the first generation leaves the log */
		fake_step();
	store_request_checkpoint();
	settle();
	fake_medium[st.header.range[0].home][7] ^= 1;
	fake_medium[st.header.range[0].home][4000] ^= 1;
	assert_null(boot());
	if (digests[fake_acknowledged][0] != digests[1][0]) {
		rc_t rc = get(0, &f);

		assert_true(rc == RC_OBJECT_DAMAGED || rc == RC_OK);
	}
	assert_int_equal(get(8, &f), RC_OK);
	assert_int_equal(digest(f), digests[fake_acknowledged][1]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(commits_and_restarts),
		cmocka_unit_test(idle_interval_writes_nothing),
		cmocka_unit_test(request_during_a_checkpoint_gets_the_next),
		cmocka_unit_test(bad_log_block_is_replaced),
		cmocka_unit_test(both_roots_bad_is_a_message),
		cmocka_unit_test(one_bad_home_frame_is_one_damaged_object),
		cmocka_unit_test(any_crash_gives_a_generation),
		cmocka_unit_test(any_crash_with_a_full_log),
	};

	return cmocka_run_group_tests(tests, NULL, teardown);
}
