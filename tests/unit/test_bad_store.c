/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Volumes that nobody can have written, with right sums, and disks that fail. What cannot be trusted is refused with a
 * message, nothing is written, and there is no panic; what can be loses nothing.
 */
#include "store_script.h"

#include <abi/error.h>
#include <stdlib.h>
#include <string.h>

#define LOG 20u

static struct fmt_header *header(void) { return (void *)fake_medium[0]; }
static struct fmt_root *root(u32 slot) { return (void *)fake_medium[header()->root[slot]]; }

static void header_seal(void)
{
	sum_seal(fake_uuid, header(), offsetof(struct fmt_header, sum));
	memcpy(fake_medium[DISK_BLOCKS - 1], header(), FRAME_SIZE);
}

static void root_seal(u32 slot)
{
	sum_seal(fake_uuid, root(slot), offsetof(struct fmt_root, sum));
}

static void must_refuse(const char *name, const char *word)
{
	const char *why;

	fake_disk_reset();
	fake_log[0] = 0;
	why = boot();
	if (!why || !strstr(why, word))
		fail_msg("%s: %s, wanted: %s", name, why ? why : "was mounted", word);
	if (fake_nr_events)
		fail_msg("%s: something was written", name);
	if (restored)
		fail_msg("%s: it left activities", name);
	if (mm_frames_free() != free_at_boot)
		fail_msg("%s: it left %u frames taken", name, free_at_boot - mm_frames_free());
}

/* ---- header ---- */

static void set_tagpots(u64 place) { header()->range[0].tagpots = place; }
static void set_home(u64 place) { header()->range[0].home = place; }
static void set_bitmaps(u64 place) { header()->range[0].bitmaps = place; }
static void set_first(u64 oid) { header()->range[0].first = oid; }
static void set_frames(u64 n) { header()->range[0].frames = n; }
static void set_root(u64 place) { header()->root[1] = place; }
static void set_log(u64 n) { header()->log_blocks = n; }
static void set_journal(u64 place) { header()->journal = place; }
static void set_blocks(u64 n) { header()->blocks = n; }
static void set_ranges(u64 n) { header()->ranges = (u32)n; }
static void set_twin(u64 oid)
{
	header()->ranges = 2;
	header()->range[1] = (struct fmt_range){ oid, 8, 1380, 1370, 1360, { 0 } };
}

static void set_format(u64 n) { header()->format = (u32)n; }
static void set_features(u64 n) { header()->features = n; }
static void set_sum_kind(u64 n) { header()->sum_kind = (u32)n; }

/* Of another kernel: each is named, with what to do. */
static void headers_of_others(void **s)
{
	static const struct { const char *name; void (*set)(u64); u64 value; const char *words; } others[] = {
		{ "a later format", set_format, 2, "has format 2, this kernel reads 1" },
		{ "features", set_features, 1, "features 1 and sums of kind 2, this kernel has 0 and 2: make it anew" },
		{ "no sums", set_sum_kind, 0, "sums of kind 0, this kernel has 0 and 2: make it anew with mkimage" },
		{ "the first sums", set_sum_kind, 1, "sums of kind 1, this kernel has 0 and 2: make it anew with mkimage" },
		{ "later sums", set_sum_kind, 3, "sums of kind 3, this kernel has 0 and 2: make it anew with mkimage" },
	};

	(void)s;
	for (u32 i = 0; i < ARRAY_SIZE(others); i++) {
		fake_volume(FRAMES);
		others[i].set(others[i].value);
		header_seal();
		must_refuse(others[i].name, others[i].words);
	}
}

static void headers_that_lie(void **s)
{
	static const struct { const char *name; void (*set)(u64); u64 value; } lies[] = {
		{ "tag pots over the header", set_tagpots, 0 },
		{ "tag pots over the log", set_tagpots, LOG + 5 },
		{ "tag pots behind the volume", set_tagpots, DISK_BLOCKS + 10 },
		{ "tag pots at the end of numbers", set_tagpots, ~(u64)0 - 1 },
		{ "home over a root", set_home, 900 },
		{ "home over the copy of the header", set_home, DISK_BLOCKS - FRAMES },
		{ "bitmaps over a root", set_bitmaps, 1 },
		{ "bitmaps behind the volume", set_bitmaps, ~(u64)0 },
		{ "an OID inside a frame", set_first, 4 },
		{ "OIDs that run over", set_first, ~(u64)7 },
		{ "OIDs of other classes", set_first, OID_NP_BASE - 16 },
		{ "no frames", set_frames, 0 },
		{ "more frames than OIDs", set_frames, (u64)1 << 61 },
		{ "more frames than blocks", set_frames, 1000 },
		{ "one root", set_root, 1 },
		{ "roots that touch", set_root, 2 },
		{ "no log", set_log, 0 },
		{ "an endless log", set_log, ~(u64)0 },
		{ "the log over a root", set_log, 940 },
		{ "the journal over the log", set_journal, 10 },
		{ "no blocks", set_blocks, 0 },
		{ "two blocks", set_blocks, 2 },
		{ "no ranges", set_ranges, 0 },
		{ "33 ranges", set_ranges, 33 },
		{ "two ranges with the same OIDs", set_twin, 80 },
	};

	(void)s;
	for (u32 i = 0; i < ARRAY_SIZE(lies); i++) {
		fake_volume(FRAMES);
		lies[i].set(lies[i].value);
		header_seal();
		must_refuse(lies[i].name, "header does not make sense");
	}
	fake_volume(FRAMES);
	set_twin(FRAMES << 3);
	header_seal();
	must_refuse("a range without bitmaps", "bitmap"); /* the header is right, and its bitmaps are zero */
}

static void too_little_memory_is_a_message(void **s)
{
	(void)s;
	fake_volume(FRAMES);
	fake_disk_reset();
	for (u32 ram = 8; ram < 20; ram++) {
		const char *why = boot_with(ram);

		assert_true(!why || strstr(why, "memory"));
	}
	assert_null(boot_with(40));
}

/* ---- roots ---- */

static void set_generation(u64 n) { root(0)->generation[0].generation = n; }
static void set_migrated(u64 n) { root(0)->migrated_up_to = n; }
static void set_floor(u64 n) { root(0)->epoch_floor = n; }
static void set_sequence(u64 n) { root(0)->sequence = n; }
static void set_generations(u64 n) { root(0)->generations = (u32)n; }
static void set_keep(u64 n) { root(0)->keep = n; }
static void set_second(u64 n)
{
	root(0)->generations = 2;
	root(0)->generation[1] = root(0)->generation[0];
	root(0)->generation[1].generation = n;
}

static void roots_that_lie(void **s)
{
	static const struct { const char *name; void (*set)(u64); u64 value; } lies[] = {
		{ "generation 0", set_generation, 0 },
		{ "the last generation", set_generation, 0xffffffff },
		{ "a generation of 33 bits", set_generation, ((u64)1 << 32) + 1 },
		{ "more migrated than there is", set_migrated, 2 },
		{ "33 bits migrated", set_migrated, (u64)1 << 32 },
		{ "an epoch floor that runs over", set_floor, 0xfffffffe },
		{ "an epoch floor of 33 bits", set_floor, (u64)1 << 32 },
		{ "a sequence that runs over", set_sequence, ~(u64)0 },
		{ "no generations", set_generations, 0 },
		{ "17 generations", set_generations, 17 },
		{ "a generation twice", set_second, 1 },
		{ "a generation kept that is not named", set_keep, 2 },
	};

	(void)s;
	for (u32 i = 0; i < ARRAY_SIZE(lies); i++) {
		fake_volume(FRAMES);
		lies[i].set(lies[i].value);
		root_seal(0);
		must_refuse(lies[i].name, "both roots");
	}
	fake_volume(FRAMES);
	*root(1) = *root(0);
	must_refuse("two roots of one sequence", "both roots have");
}

static void one_bad_root_is_announced(void **s)
{
	(void)s;
	fake_log[0] = 0;
	fresh(FRAMES);
	assert_null(strstr(fake_log, "is bad")); /* one that was never written is not worth a word */
	settle();
	root(1)->spare2[0] ^= 1;
	fake_disk_reset();
	fake_log[0] = 0;
	assert_null(boot());
	assert_non_null(strstr(fake_log, "is bad"));
}

/* ---- a generation of our own making ---- */

static u64 next_block;

static struct fmt_ref put(const void *data)
{
	memcpy(fake_medium[next_block], data, FRAME_SIZE);
	return (struct fmt_ref){ next_block++, sum_meta(fake_uuid, data) };
}

/* Root 1 names generation 1 and this one, 2; root 0 only the first. */
static void second_generation(const struct fmt_dir_block *d, struct fmt_ref activities, u32 nr_activities)
{
	struct fmt_generation g = { .magic = MAGIC_GENERATION, .generation = 2, .entries = d->count,
				    .directory = put(d), .activities = activities, .nr_activities = nr_activities };

	*root(1) = *root(0);
	root(1)->sequence = 2;
	root(1)->generations = 2;
	root(1)->generation[1] = (struct fmt_generation_ref){ 2, put(&g) };
	root_seal(1);
}

static void begin(void)
{
	fake_volume(FRAMES);
	next_block = LOG + 100;
}

static struct fmt_entry entry(u64 oid, u64 place, u32 kind, u32 flags)
{
	return (struct fmt_entry){ oid, place, { fmt_kind_count(kind, flags, 1), 1, 2, { 0, 0 } } };
}

/* Such a root cannot be used; the other can, and what is lost is said. */
static void must_fall_back(const char *name)
{
	const char *why;

	fake_disk_reset();
	fake_log[0] = 0;
	why = boot();
	if (why || store_committed() != 1 || !strstr(fake_log, "generation 2 is lost"))
		fail_msg("%s: %s, generation %u\n%s", name, why ? why : "mounted", (u32)store_committed(), fake_log);
}

static void directories_that_lie(void **s)
{
	const struct { const char *name; struct fmt_entry e; } lies[] = {
		{ "an OID of no range", entry(FRAMES << 3, 0, NK_PAGE, TAG_NODATA) },
		{ "an OID inside a frame", entry(9, 0, NK_PAGE, TAG_NODATA) },
		{ "an unknown kind", entry(8, 0, NK_GPT, TAG_NODATA) },
		{ "a free frame with data", entry(8, LOG + 7, NK_FREE, 0) },
		{ "unknown flags", entry(8, 0, NK_PAGE, TAG_NODATA | 4) },
		{ "a lost tag", entry(8, 0, NK_PAGE, TAG_NODATA | TAG_LOST) },
		{ "no data and a place", entry(8, LOG + 7, NK_PAGE, TAG_NODATA) },
		{ "data and no place", entry(8, 0, NK_PAGE, 0) },
		{ "a place before the log", entry(8, LOG - 1, NK_PAGE, 0) },
		{ "a place behind the log", entry(8, LOG + 930, NK_PAGE, 0) },
		{ "the place of generation 1's header", entry(8, LOG, NK_PAGE, 0) },
		{ "its own directory's place", entry(8, LOG + 100, NK_PAGE, 0) },
		{ "another generation's tag", { 8, 0, { fmt_kind_count(NK_PAGE, TAG_NODATA, 1), 1, 1, { 0, 0 } } } },
	};

	(void)s;
	for (u32 i = 0; i < ARRAY_SIZE(lies); i++) {
		struct fmt_dir_block d = { .count = 1, .generation = 2, .entry = { lies[i].e } };

		begin();
		second_generation(&d, (struct fmt_ref){ 0 }, 0);
		must_fall_back(lies[i].name);
	}
	for (u32 count = 2; count < 90; count += 83) { /* twice the same frame; more than a block holds */
		struct fmt_dir_block d = { .count = count, .generation = 2,
					   .entry = { lies[7].e, lies[7].e } };

		d.entry[0].tag.kind_count = d.entry[1].tag.kind_count = fmt_kind_count(NK_PAGE, TAG_NODATA, 1);
		begin();
		second_generation(&d, (struct fmt_ref){ 0 }, 0);
		must_fall_back("two entries");
	}
}

static struct fmt_act_block activities(u32 count, u64 step)
{
	struct fmt_act_block a = { .count = count, .generation = 2 };

	for (u32 i = 0; i < MIN(count, ACT_BLOCK_ENTRIES); i++) {
		struct saved_activity one = { .oid = i * step, .state = 1 };

		memcpy(a.activity[i], &one, sizeof(one));
	}
	return a;
}

static void activities_that_lie(void **s)
{
	static const struct { const char *name; u32 count, said; u64 step; } lies[] = {
		{ "two activities of one process", 2, 2, 0 },
		{ "an eighth node", 8, 8, 1 },
		{ "fewer than the header says", 2, 3, 8 },
		{ "more than the header says", 3, 2, 8 },
		{ "more than a block holds", 85, 85, 8 },
	};
	static const struct fmt_dir_block none = { .generation = 2 };

	(void)s;
	for (u32 i = 0; i < ARRAY_SIZE(lies); i++) {
		struct fmt_act_block a = activities(lies[i].count, lies[i].step);

		begin();
		second_generation(&none, put(&a), lies[i].said);
		must_fall_back(lies[i].name);
	}
}

/* More than this kernel has tables for is no damage: the older root must not be taken in its place. */
static void more_than_the_tables_hold_is_refused(void **s)
{
	static const struct fmt_dir_block none = { .generation = 2 };
	struct fmt_ref ref = { 0 };
	u32 n = 0;

	(void)s;
	begin();
	while (n <= CONFIG_NR_ACTIVITIES) {
		struct fmt_act_block a = activities(84, 8);

		a.next = ref;
		for (u32 i = 0; i < 84; i++)
			((struct saved_activity *)a.activity[i])->oid += n * 8;
		n += 84;
		ref = put(&a);
	}
	second_generation(&none, ref, n);
	must_refuse("activities", "NR_ACTIVITIES");
}

/* ---- what a mount that fails leaves ---- */

static void a_root_that_cannot_be_written(void **s)
{
	(void)s;
	fake_volume(FRAMES);
	fake_bad_write = header()->root[1];
	must_refuse("the attempt", "root cannot be written");
	fake_bad_write = 0;
	assert_null(boot());
}

/* ---- content with a right sum ---- */

static void contents_that_lie(void **s)
{
	static const char *const names[] = { "good", "header", "OID", "kind", "call count", "free", "capability type",
					     "void", "page", "eighth node", "target of a forwarder", "schedule" };

	(void)s;
	for (u32 i = 0; i < ARRAY_SIZE(names); i++) {
		struct pot p = { 0 };
		struct fmt_dir_block d = { .count = 1, .generation = 2, .entry = { entry(8, LOG + 7, NK_NODE, 0) } };
		struct frame *f;

		for (u32 k = 0; k < POT_NODES; k++)
			p.node[k].oid = 8 + k;
		p.node[1].kind = NK_NODE;
		p.header[63] = i == 1;
		p.node[1].oid += i == 2;
		if (i == 3)
			p.node[1].kind = NK_NR;
		if (i == 4)
			p.node[1].call_count = COUNT_MAX + 1;
		p.node[0].l2v = i == 5;
		if (i == 6)
			p.node[1].slot[0] = cap_make(CT_NR, 0, 0, 0, 0);
		p.node[1].slot[0].w[3] |= i == 7;
		if (i == 8)
			p.node[1].slot[0] = cap_make(CT_PAGE, 0, 1, 9, 0);
		if (i == 9)
			p.node[1].slot[0] = cap_make(CT_PROCESS, 0, 1, 15, 0);
		p.node[2].kind = NK_FORWARDER;
		p.node[3].kind = NK_SCHEDULE;
		if (i == 10)
			p.node[2].slot[0] = cap_make(CT_NR, 0, 0, 0, 0);
		if (i == 11)
			p.node[3].slot[1] = cap_make(0xff, 0, 0, 0, 0);
		begin();
		d.entry[0].tag.sum = sum_frame(&p, 8, 1, 2);
		memcpy(fake_medium[LOG + 7], &p, FRAME_SIZE);
		second_generation(&d, (struct fmt_ref){ 0 }, 0);
		fake_disk_reset();
		assert_null(boot());
		if (get(8, &f) != (i ? RC_OBJECT_DAMAGED : RC_OK))
			fail_msg("a pot with a bad %s", names[i]);
	}
}

static void tags_that_lie(void **s)
{
	struct fmt_bitmap *b = (void *)fake_medium[2];
	struct fmt_tagpot *p;
	struct frame *f;

	(void)s;
	fake_volume(FRAMES);
	b->bits[0] = 1;
	sum_seal(fake_uuid, b, offsetof(struct fmt_bitmap, sum));
	p = (void *)fake_medium[header()->range[0].tagpots];
	*p = (struct fmt_tagpot){ .place = header()->range[0].tagpots, .sequence = 1 };
	p->tag[1].kind_count = fmt_kind_count(NK_GPT, TAG_NODATA, 0);
	p->tag[2].kind_count = fmt_kind_count(NK_PAGE, TAG_LOST, 0);
	p->tag[3].kind_count = fmt_kind_count(NK_PAGE, TAG_NODATA, 0);
	sum_seal(fake_uuid, p, offsetof(struct fmt_tagpot, sum));
	fake_disk_reset();
	assert_null(boot());
	assert_int_equal(get(8, &f), RC_OBJECT_DAMAGED);
	assert_int_equal(get(16, &f), RC_OBJECT_DAMAGED);
	assert_int_equal(get(24, &f), RC_OK);
}

/* ---- blocks that rot, disks that fail ---- */

/* A volume with much at home, all of it settled. */
static void long_lived(void)
{
	fresh(FRAMES);
	script(1500);
	for (u32 i = 0; i < 3; i++) {
		script(30);
		store_request_checkpoint();
		settle();
	}
}

/* Not only what is not at home any more, but also what was taken home last. */
static void one_copy_of_a_pair_may_rot(void **s)
{
	static u8 kept[DISK_BLOCKS][FRAME_SIZE];
	const struct fmt_range *r;

	(void)s;
	long_lived();
	memcpy(kept, fake_medium, sizeof(kept));
	r = &header()->range[0];
	for (u64 i = 0; i < 2 * fmt_tagpots(FRAMES) + 2; i++) {
		u64 place = i < 2 ? r->bitmaps + i : r->tagpots + i - 2;

		memcpy(fake_medium, kept, sizeof(kept));
		fake_medium[place][200] ^= 8;
		fake_disk_reset();
		assert_null(boot());
		verify_all("one copy", (u32)place, fake_acknowledged, fake_acknowledged);
	}
}

/* The first read of a block fails, of each in turn; nothing is lost or given up for that. */
static void a_read_that_fails_once_loses_nothing(void **s)
{
	(void)s;
	for (u64 place = 0; place < DISK_BLOCKS; place += place < LOG || place > 949 ? 1 : 37) {
		long_lived();
		fake_bad_read = place;
		fake_bad_reads = 1;
		assert_null(boot());
		script(60);
		store_request_checkpoint();
		settle();
		fake_bad_reads = 0;
		fake_disk_reset();
		fake_log[0] = 0;
		assert_null(boot());
		assert_null(strstr(fake_log, "lost"));
		verify_all("one read", (u32)place, fake_acknowledged, fake_acknowledged);
	}
}

/* A tag pot that cannot be read for a while is not one that is lost. */
static void a_disk_that_fails_for_a_while_holds_things_up(void **s)
{
	const struct fmt_range *r;
	struct frame *f;

	(void)s;
	for (u32 pot = 0; pot < fmt_tagpots(FRAMES); pot++) {
		long_lived();
		fake_log[0] = 0;
		r = &header()->range[0];
		for (u32 side = 0; side < 2; side++) {
			fake_bad_read = r->tagpots + 2 * pot + side;
			fake_bad_reads = 50;
			script(100);
			store_request_checkpoint();
			settle();
			fake_now += 20000;
		}
		fake_bad_reads = 0;
		script(100);
		assert_int_equal(get(8 * (TAG_POT_TAGS * pot + 5), &f), RC_OK);
		fake_bad_read_pair = r->tagpots + 2 * pot;
		for (u32 i = 0; i < 3; i++) {
			for (u32 n = 0; !operate(8 * (TAG_POT_TAGS * pot + 5), 5); n++) {
				assert_true(n < 10000);
				fake_step();
			}
			store_request_checkpoint();
			settle();
			fake_now += 20000;
			settle();
		}
		fake_bad_read_pair = 0;
		assert_null(strstr(fake_log, "lost"));
		assert_non_null(strstr(fake_log, "a tag pot cannot be read"));
		fake_now += 20000;
		settle();
		assert_null(boot());
		verify_all("tag pots", pot, fake_acknowledged, fake_acknowledged);
	}
}

/* What was written since the last good flush is in doubt, whoever wrote it and whoever flushed. */
static void a_failed_flush_is_the_end(void **s)
{
	(void)s;
	for (volatile u32 n = 1; n < 30; n += 4) {
		long_lived();
		fake_bad_flush = n;
		expect_assert_failure(script(4000));
		assert_int_equal(fake_bad_flush, 0);
		fake_disk_reset();
		assert_null(boot());
		verify_all("failed flush", n, fake_acknowledged, fake_snapshot);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(headers_of_others),
		cmocka_unit_test(headers_that_lie),
		cmocka_unit_test(too_little_memory_is_a_message),
		cmocka_unit_test(roots_that_lie),
		cmocka_unit_test(one_bad_root_is_announced),
		cmocka_unit_test(directories_that_lie),
		cmocka_unit_test(activities_that_lie),
		cmocka_unit_test(more_than_the_tables_hold_is_refused),
		cmocka_unit_test(a_root_that_cannot_be_written),
		cmocka_unit_test(contents_that_lie),
		cmocka_unit_test(tags_that_lie),
		cmocka_unit_test(one_copy_of_a_pair_may_rot),
		cmocka_unit_test(a_read_that_fails_once_loses_nothing),
		cmocka_unit_test(a_disk_that_fails_for_a_while_holds_things_up),
		cmocka_unit_test(a_failed_flush_is_the_end),
	};

	return cmocka_run_group_tests(tests, NULL, teardown);
}
