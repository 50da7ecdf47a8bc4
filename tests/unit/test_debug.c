/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the debug options are for: a write through a mapping that should be gone is a panic. And disks that cannot keep what
 * they are given.
 */
#include "store_script.h"

#include <string.h>

/* A new page with data, dirty. */
static struct frame *dirty_page(oid_t oid)
{
	struct frame *f;

	assert_int_equal(get(oid, &f), RC_OK);
	assert_int_equal(obj_alloc_prepare(oid, NK_PAGE, &f), RC_OK);
	obj_alloc_perform(f, oid, NK_PAGE);
	memset(page_writable(f), 7, FRAME_SIZE);
	return f;
}

/* The panic that was expected is this one. */
static void said(const char *what)
{
	if (!strstr(global_last_failed_assert, what))
		fail_msg("%s, wanted: %s", global_last_failed_assert, what);
}

static struct frame *freeze_one(void)
{
	struct frame *f;

	fresh(FRAMES);
	f = dirty_page(3 << 3);
	store_request_checkpoint();
	while (!st.stabilising)
		assert_true(fake_step());
	assert_int_equal(f->epoch, st.stabilising->number);
	return f;
}

static void a_write_to_a_frozen_frame_is_caught(void **s)
{
	struct frame *f = freeze_one();

	(void)s;
	((u8 *)frame_data(f))[1000] ^= 1;
	expect_assert_failure(settle());
	said("frozen frame 18 has changed since the snapshot");
	fake_disk_reset();
}

/* The same, as it should be done: the writer gets a frame of its own. */
static void a_proper_write_is_not(void **s)
{
	struct frame *f = freeze_one();
	u64 g = st.stabilising->number;

	(void)s;
	assert_int_equal(get(f->oid, &f), RC_OK);
	assert_int_equal(frame_make_dirty(f), RC_OK);
	((u8 *)page_writable(f))[1000] ^= 1;
	settle();
	assert_int_equal(store_committed(), g);
}

static void a_clean_frame_that_changed_is_caught(void **s)
{
	static struct frame *f;
	static rc_t rc = RC_OK;

	(void)s;
	f = freeze_one();
	settle();
	pins_drop();
	assert_int_equal(f->epoch, 0);
	((u8 *)frame_data(f))[4095] ^= 0x80;
	assert_int_equal(get(f->oid, &f), RC_OK);
	expect_assert_failure(rc = frame_make_dirty(f));
	said("clean frame 18 has changed in memory");
	assert_int_equal(rc, RC_OK);
	fake_disk_reset();
	freeze_one();
	assert_int_equal(get(9 << 3, &f), RC_OK); /* never written: it has no data, and no sum */
	((u8 *)frame_data(f))[0] ^= 1;
	f->tag.kind = NK_PAGE;
	expect_assert_failure(rc = frame_make_dirty(f));
	said("clean frame 48 has changed in memory");
	assert_int_equal(rc, RC_OK);
	fake_disk_reset();
}

static void take_all(void)
{
	struct frame *f;

	while (frame_alloc(FU_KERNEL, false, &f) == RC_OK)
		;
}

static void a_write_to_a_free_frame_is_caught(void **s)
{
	static const u32 at[] = { 0, 1000, FRAME_SIZE - 1 };
	static u32 i;            /* static, for cmocka jumps back here */

	(void)s;
	for (i = 0; i < ARRAY_SIZE(at); i++) {
		struct frame *f;

		fake_boot(RAM);
		assert_int_equal(frame_alloc(FU_KERNEL, false, &f), RC_OK);
		memset(frame_data(f), 5, FRAME_SIZE);
		frame_free(f);
		((u8 *)frame_data(f))[at[i]] ^= 1;
		expect_assert_failure(take_all());
		said("was written to at byte");
	}
	fake_boot(RAM);
	take_all(); /* and without a write nothing is */
}

/* With a reserve somewhere a copy goes to the disk, and who writes does not wait for it. */
static void nobody_waits_for_a_write(void **s)
{
	struct frame *f = freeze_one();
	u64 g = st.stabilising->number;
	u8 first;

	(void)s;
	state.shares = 100;
	first = *(u8 *)frame_data(f);
	for (struct entry *e = dir_lookup_in(f->oid, (u32)g); e->queued;)
		assert_true(fake_step());
	assert_int_equal(f->flags & FF_IO, 0);
	assert_int_equal(get(f->oid, &f), RC_OK);
	assert_int_equal(frame_make_dirty(f), RC_OK);
	*(u8 *)page_writable(f) = first + 1;
	settle();
	assert_int_equal(store_committed(), g);
	assert_null(boot()); /* what is committed is what was frozen */
	assert_int_equal(get(3 << 3, &f), RC_OK);
	assert_int_equal(*(u8 *)frame_data(f), first);
	state.shares = 0;
}

/* ---- what is audited before a commit ---- */

static void twice(struct saved_activity *list) { list[2].oid = list[0].oid; }
static void held(struct saved_activity *list) { list[1].state = AS_HELD; }
static void eighth(struct saved_activity *list) { list[1].oid = 7; }

static void a_wrong_list_of_activities_is_not_committed(void **s)
{
	static const struct {
		void (*wrong)(struct saved_activity *list);
		const char *said;
	} cases[] = { { twice, "process 0: it has two activities" },
		      { held, "process 8: its activity is none that a restart can take up" },
		      { eighth, "process 7: its activity is none that a restart can take up" } };
	static u32 i;

	(void)s;
	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		fresh(FRAMES);
		model_activities = 3;
		save_wrong = cases[i].wrong;
		dirty_page(3 << 3);
		store_request_checkpoint();
		expect_assert_failure(settle());
		said(cases[i].said);
		fake_disk_reset();
	}
	save_wrong = NULL;
}

static void blocks_of_the_log_that_are_lost_are_not_committed(void **s)
{
	(void)s;
	(void)freeze_one();
	st.stabilising->log_blocks++;
	expect_assert_failure(settle());
	said("the log's blocks do not add up");
	fake_disk_reset();
}

/* ---- disks ---- */

static void a_disk_that_takes_nothing_more_is_named(void **s)
{
	(void)s;
	fresh(FRAMES);
	dirty_page(3 << 3);
	fake_bad_from = st.header.log;
	fake_bad_to = st.header.log + st.header.log_blocks;
	store_request_checkpoint();
	expect_assert_failure(settle());
	fake_bad_from = fake_bad_to = 0;
	said("cannot be written, and no other is left: copy the volume to another disk");
	fake_disk_reset();
}

static void mount_with(u32 flags, const char *said)
{
	u32 kept = fake_disk.flags;
	const char *why;

	fake_log[0] = 0;
	fake_disk.flags = flags;
	why = boot();
	if (why || !strstr(fake_log, said))
		fail_msg("flags %x: %s: %s", flags, why ? why : "mounted", fake_log);
	dirty_page(3 << 3);
	store_request_checkpoint();
	settle();
	assert_int_equal(fake_nr_events, 0);
	fake_disk.flags = kept;
}

static void a_disk_that_keeps_nothing_is_only_read(void **s)
{
	(void)s;
	fresh(FRAMES);
	fake_disk_reset();
	mount_with(0, "read-only, for the disk can neither flush its cache nor do without");
	mount_with(BLK_HAS_FLUSH | BLK_READ_ONLY, "read-only, for the disk is");
	fake_disk.flags = BLK_WRITE_THROUGH;
	fake_log[0] = 0;
	assert_null(boot());
	assert_null(strstr(fake_log, "read-only"));
	store_request_checkpoint();
	settle();
	assert_true(fake_nr_events > 0);
	fake_disk.flags = BLK_HAS_FLUSH;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_write_to_a_frozen_frame_is_caught),
		cmocka_unit_test(a_proper_write_is_not),
		cmocka_unit_test(a_clean_frame_that_changed_is_caught),
		cmocka_unit_test(a_write_to_a_free_frame_is_caught),
		cmocka_unit_test(nobody_waits_for_a_write),
		cmocka_unit_test(a_wrong_list_of_activities_is_not_committed),
		cmocka_unit_test(blocks_of_the_log_that_are_lost_are_not_committed),
		cmocka_unit_test(a_disk_that_takes_nothing_more_is_named),
		cmocka_unit_test(a_disk_that_keeps_nothing_is_only_read),
	};

	return cmocka_run_group_tests(tests, NULL, teardown);
}
