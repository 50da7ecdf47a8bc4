/* SPDX-License-Identifier: Apache-2.0 */
/* Frames, eviction and mappings. mm_check() compares every hardware entry with the tree. */
#include "fake_mm.h"

#include <hal/pt.h>
#include <stdlib.h>
#include <string.h>

static int setup(void **s) { (void)s; fake_boot(512); return 0; }

/* ---- a store that keeps pages in its own memory ---- */

static u8 disk[400][FRAME_SIZE];
static struct tag disk_tag[400];
static struct frame *fetching;

static bool covers(oid_t oid) { return oid >> 3 < 400; }
static rc_t fetch(struct frame *f) { fetching = f; return RC_OK; }
static rc_t dirty(struct frame *f) { f->epoch = state.epoch; return RC_OK; }
static bool clean(struct frame *f)
{
	obj_unhook(f);
	memcpy(disk[f->oid >> 3], frame_data(f), FRAME_SIZE);
	disk_tag[f->oid >> 3] = f->tag;
	f->epoch = 0;
	return true;
}
static bool clean_never(struct frame *f) { (void)f; return false; }
static const struct store_ops ops = { covers, fetch, dirty, clean };

/* Has the step's share been used up? Then it must have been. */
static bool again(rc_t rc)
{
	if (rc != RC_STALL || cpu0.stall_key != KEY_AGAIN)
		return false;
	assert_true(cpu0.share > STEP_SHARE);
	return true;
}

static rc_t get(oid_t oid, struct frame **f)
{
	rc_t rc;

	while ((rc = frame_get(oid, f)) == RC_STALL) {
		if (fetching) {
			struct frame *arrived = fetching;

			fetching = NULL;
			memcpy(frame_data(arrived), disk[arrived->oid >> 3], FRAME_SIZE);
			arrived->tag = disk_tag[arrived->oid >> 3];
			frame_fetch_done(arrived, RC_OK);
		}
	}
	return rc;
}

static void fetch_evict_and_clean(void **s)
{
	struct frame *f;

	(void)s;
	fake_boot(128);
	memset(disk, 0, sizeof(disk));
	memset(disk_tag, 0, sizeof(disk_tag));
	mm_register_store(&ops);
	for (u32 i = 0; i < 2000; i++) {
		u32 n = (u32)rand() % 400;

		pins_drop();
		assert_int_equal(get((oid_t)n << 3, &f), RC_OK);
		assert_int_equal(*(u32 *)frame_data(f), f->tag.version);
		if (i % 3 == 0) {
			assert_int_equal(frame_make_dirty(f), RC_OK);
			f->tag.version++;
			*(u32 *)page_writable(f) = f->tag.version;
		}
	}
	mm_check();
	assert_int_equal(frame_get((oid_t)400 << 3, &f), RC_OFFLINE);
}

static void pinned_frames_stay(void **s)
{
	struct frame *f, *first;

	(void)s;
	fake_boot(128);
	mm_register_store(&ops);
	pins_token();
	assert_int_equal(get(0, &first), RC_OK);
	for (u32 i = 1; i < 400; i++) {
		pins_drop();
		assert_int_equal(get((oid_t)i << 3, &f), RC_OK);
	}
	assert_ptr_equal(frame_peek(0), first);
	pins_token_end();
	for (u32 i = 1; i < 400; i++) {
		pins_drop();
		assert_int_equal(get((oid_t)i << 3, &f), RC_OK);
	}
	assert_null(frame_peek(0));
}

static void full_memory_is_an_error_without_a_store(void **s)
{
	struct frame *f;
	rc_t rc = RC_OK;
	u32 steps = 0;

	(void)s;
	fake_boot(2048);
	for (u32 i = 1; rc == RC_OK || again(rc); i += rc == RC_OK, steps += rc != RC_OK) {
		pins_drop();
		rc = obj_alloc_prepare((oid_t)i << 3, NK_PAGE, &f);
		assert_in_range(cpu0.share, 0, STEP_SHARE + FAKE_AT_ONCE);
	}
	assert_int_equal(rc, RC_BUSY);
	assert_in_range(steps, 2 * 2000 / STEP_SHARE, 100); /* all of memory was looked at twice */
	mm_check();
}

/* A store that is only read cannot make room: that is an error and no wait. */
static void full_memory_is_an_error_without_cleaning(void **s)
{
	static const struct store_ops read_only = { covers, fetch, dirty, clean_never };
	struct frame *f;
	u32 n = 0;

	(void)s;
	fake_boot(128);
	mm_register_store(&read_only);
	for (; n < 200; n++) {
		rc_t rc;

		pins_drop();
		rc = frame_get((oid_t)n << 3, &f);
		if (rc == RC_BUSY)
			break;
		assert_int_equal(rc, RC_STALL);
		if (again(rc) && n--)
			continue;
		assert_non_null(fetching);
		f = fetching;
		fetching = NULL;
		memset(&f->tag, 0, sizeof(f->tag));
		frame_fetch_done(f, RC_OK);
		frame_pin(f);
		assert_int_equal(frame_make_dirty(f), RC_OK);
	}
	assert_in_range(n, 50, 127);
	mm_check();
}

/* ---- mappings ---- */

static struct cap page, leaf, top;

static void space(void)
{
	page = fake_alloc(8, NK_PAGE);
	leaf = fake_gpt(16, 17, 12, 3, page);
	top = fake_gpt(24, 30, 25, 0, leaf);
}

/* No step does more than its share, but for the last thing in it; after each of them all is consistent. */
static void fault(const struct cap *c, u64 va, enum access acc, struct walk *w)
{
	rc_t rc;

	do {
		pins_drop();
		rc = map_fault(c, va, acc, w);
		assert_in_range(cpu0.share, 0, STEP_SHARE + FAKE_AT_ONCE);
		if (rc != RC_OK)
			mm_check();
	} while (again(rc));
	assert_int_equal(rc, RC_OK);
}

static bool maps(struct cap c, u64 va, enum access acc)
{
	struct walk w;
	bool write;
	struct frame *f;

	fault(&c, va, acc, &w);
	if (w.fault)
		return false;
	f = fake_translate(fake_root(&c), va, &write);
	assert_ptr_equal(f, w.page);
	assert_true(acc != ACC_WRITE || write);
	mm_check();
	return true;
}

static bool present(struct cap c, u64 va)
{
	bool write;

	return fake_translate(fake_root(&c), va, &write) != NULL;
}

static void map_and_unhook(void **s)
{
	(void)s;
	space();
	assert_true(maps(top, 0x3000, ACC_WRITE));
	assert_false(maps(top, 0x4000, ACC_READ));
	map_unhook_node(frame_peek(16), 0);
	assert_false(present(top, 0x3000));
	assert_true(maps(top, 0x3000, ACC_READ));
	map_unhook_page(frame_peek(8), false);
	assert_false(present(top, 0x3000));
	assert_true(maps(top, 0x3000, ACC_READ));
	map_unhook_node(frame_peek(24), 0);
	assert_false(present(top, 0x3000));
	assert_true(maps(top, 0x3000, ACC_WRITE));
	obj_unhook(frame_peek(8));
	assert_false(present(top, 0x3000));
}

/* A page in all slots of a tree is mapped at the places that were used last, so that it can be taken from all of them soon. */
static void one_page_everywhere(void **s)
{
	struct cap everywhere;
	u32 n = 0;

	(void)s;
	space();
	for (u32 k = 0; k < NODE_SLOTS; k++)
		fake_node(&leaf)->slot[k] = page;
	everywhere = fake_gpt(32, 22, 17, 0, leaf);
	for (u32 k = 1; k < NODE_SLOTS; k++)
		fake_node(&everywhere)->slot[k] = leaf;
	for (u64 va = 0; va < 300 << 12; va += 1 << 12) {
		u32 before = fake_flushes;

		assert_true(maps(everywhere, va, ACC_WRITE));
		assert_true(fake_flushes - before >= (va < 128 << 12 ? 1 : 2)); /* what it took away is flushed, too */
	}
	for (u64 va = 0; va < 300 << 12; va += 1 << 12)
		n += present(everywhere, va);
	assert_int_equal(n, 128);
	for (u64 va = (300 - 128) << 12; va < 300 << 12; va += 1 << 12)
		assert_true(present(everywhere, va));
	map_unhook_node(frame_peek(16), 0);
	for (u64 va = 0; va < 300 << 12; va += 1 << 12)
		assert_false(present(everywhere, va));
}

static void read_only_users_share_and_cannot_write(void **s)
{
	struct cap ro;
	bool write;

	(void)s;
	space();
	ro = fake_memory(&top, 30, 0, CR_RO);
	assert_true(maps(top, 0x3000, ACC_WRITE));
	assert_true(maps(ro, 0x3000, ACC_READ));
	assert_false(maps(ro, 0x3000, ACC_WRITE));
	assert_non_null(fake_translate(fake_root(&ro), 0x3000, &write));
	assert_false(write);
	assert_non_null(fake_translate(fake_root(&top), 0x3000, &write));
	assert_true(write);
}

static void clean_page_is_not_writable(void **s)
{
	bool write;

	(void)s;
	space();
	state.epoch++;
	assert_true(maps(top, 0x3000, ACC_READ));
	assert_non_null(fake_translate(fake_root(&top), 0x3000, &write));
	assert_false(write);
	assert_true(maps(top, 0x3000, ACC_WRITE));
	map_unhook_page(frame_peek(8), true);
	assert_non_null(fake_translate(fake_root(&top), 0x3000, &write));
	assert_false(write);
}

/* Tables stay over a snapshot; what they allow to write does not. */
static void snapshot_forbids_writing(void **s)
{
	struct frame *page, *table;
	paddr_t root;
	bool write;

	(void)s;
	space();
	assert_true(maps(top, 0x3000, ACC_WRITE));
	root = cpu0.loaded_root = fake_root(&top);
	page = fake_translate(root, 0x3000, &write);
	assert_true(page && write);
	table = frame_of_paddr(root);
	state.epoch++;
	map_snapshot();
	assert_int_equal(cpu0.loaded_root, 0);
	assert_false(map_root_valid(root, &top));
	mm_check();
	assert_int_equal(fake_root(&top), root);
	assert_true(map_root_valid(root, &top));
	assert_ptr_equal(frame_of_paddr(root), table);
	assert_ptr_equal(fake_translate(root, 0x3000, &write), page);
	assert_false(write);
	assert_true(maps(top, 0x3000, ACC_READ));
	(void)fake_translate(root, 0x3000, &write);
	assert_false(write);
	assert_true(maps(top, 0x3000, ACC_WRITE));
	assert_ptr_equal(fake_translate(root, 0x3000, &write), page);
	assert_true(write && page->epoch == state.epoch);
	mm_check();
}

static void snapshot_discards_all(void **s)
{
	paddr_t root;
	u32 before;

	(void)s;
	space();
	assert_true(maps(top, 0x3000, ACC_WRITE));
	root = cpu0.loaded_root = fake_root(&top);
	assert_true(map_root_valid(root, &top));
	assert_false(map_root_valid(root, &leaf));
	before = mm_frames_free();
	state.epoch++;
	assert_false(map_root_valid(root, &top));
	map_discard_all();
	assert_int_equal(cpu0.loaded_root, 0);
	assert_true(mm_frames_free() >= before);
	assert_int_equal(frame_peek(8)->rmap, 0);
	assert_int_equal(frame_peek(16)->depend, 0);
	mm_check();
	assert_true(maps(top, 0x3000, ACC_READ));
}

/* No processor keeps a root table that is somebody else's frame from now on. */
static void a_loaded_root_is_left_first(void **s)
{
	paddr_t root;

	(void)s;
	space();
	for (u32 how = 0; how < 2; how++) {
		assert_true(maps(top, 0x3000, ACC_READ));
		root = fake_root(&top);
		fake_loaded = cpu0.loaded_root = root;
		if (how == 0)
			assert_true(map_reclaim_table(frame_of_paddr(root)));
		else
			map_discard_all();
		assert_int_equal(fake_loaded, 0);
		assert_int_equal(cpu0.loaded_root, 0);
	}
}

/* Nor what it remembers of a table that goes, whole or for a part, be it of leaves or above. */
static void a_table_that_goes_is_flushed(void **s)
{
	struct frame *table;

	(void)s;
	space();
	for (u32 i = 0; i < NODE_SLOTS; i++)
		fake_node(&leaf)->slot[i] = page;
	for (u32 level = 0; level < PT_LEVELS; level++) {
		u32 before;

		assert_true(maps(top, 0x3000, ACC_READ));
		table = frame_of_paddr(fake_root(&top));
		for (u32 l = PT_LEVELS - 1; l > level; l--) /* the first entry leads on */
			table = frame_of_paddr(hal_pte_paddr(*(hal_pte_t *)frame_data(table)));
		before = fake_flushes;
		pins_drop();
		assert_true(map_reclaim_table(table));
		assert_true(fake_flushes > before);
		assert_false(present(top, 0x3000));
	}
	for (u64 va = 0; va < 0x8000; va += FRAME_SIZE)
		assert_true(maps(top, va, ACC_READ));
	table = fake_leaves;
	for (u32 gone = 0, before; gone < 2; gone++) {
		before = fake_flushes;
		pins_drop();
		assert_int_equal(share_used(gone ? 0 : STEP_SHARE + 1), !gone);
		assert_int_equal(map_reclaim_table(table), gone);
		assert_true(fake_flushes > before);
		assert_false(present(top, 0x7000)); /* nothing leads to it in either case */
		mm_check();
	}
}

/* What a gpt's record says of a table is held against the next table in that place, a root: the kernel's part is not touched. */
static void a_record_outlives_its_table(void **s)
{
	struct cap wide, other;
	u16 depend;

	(void)s;
	space();
	wide = fake_gpt(32, 22, 17, 1, leaf);
	other = fake_memory(&page, 12, 0, CR_RO);
	assert_true(maps(wide, 0x23000, ACC_WRITE));
	depend = frame_peek(16)->depend;
	assert_true(map_reclaim_table(fake_leaves));
	assert_true(maps(other, 0, ACC_READ));
	assert_int_equal(frame_peek(16)->depend, depend);
	map_unhook_node(frame_peek(16), 0);
	assert_int_equal(frame_peek(16)->depend, 0);
	assert_true(present(other, 0));
	mm_check();
}

static void page_as_a_space(void **s)
{
	struct walk w;

	(void)s;
	space();
	assert_true(maps(page, 0x10, ACC_WRITE));
	assert_true(maps(fake_memory(&page, 12, 2, CR_RO), 0x2010, ACC_READ));
	assert_int_equal(fake_fault(&page, HOST_USER_END, ACC_READ, &w), RC_OK);
	assert_int_equal(w.fault, FAULT_ADDRESS);
}

/* Many spaces over shared trees, with slots changed at random: every table overflows. */
static void random_history(void **s)
{
	struct cap pages[16], gpts[64];

	(void)s;
	for (u32 i = 0; i < 16; i++)
		pages[i] = fake_alloc(8 + 8 * i, NK_PAGE);
	for (u32 i = 0; i < 64; i++) {
		u32 level = i / 16, size = 17 + 5 * level;

		gpts[i] = fake_gpt(800 + 8 * (i / 7) + i % 7, size, size - 5, 0, level ? gpts[i - 16] : pages[i]);
	}
	for (u32 i = 0; i < 20000; i++) {
		u32 g = (u32)rand() % 64;
		struct cap *c = &gpts[g];
		struct walk w;

		pins_drop();
		if (rand() % 4 == 0) {
			struct cap child = g < 16 ? pages[rand() % 16] : gpts[g / 16 * 16 - 16 + (u32)rand() % 16];
			u32 rights = (u32)rand() & (u32)rand() & (CR_RO | CR_NX | CR_WEAK);

			map_unhook_node(frame_peek(cap_oid(c)), OID_INDEX(cap_oid(c)));
			fake_node(c)->slot[rand() % 4] = fake_memory(&child, cap_size(&child), 0, rights);
		} else {
			u64 va = (u64)(rand() % 4) << 12 | (u64)(rand() % 4) << 17 | (u64)(rand() % 4) << 22 | (u64)(rand() % 2) << 27;

			fault(c, va, (u32)rand() % 3, &w);
		}
		if (i % 5000 == 0) {
			state.epoch++;
			if (i % 20000)
				map_snapshot();
			else
				map_discard_all();
		}
		if (i % 50 == 0)
			mm_check();
	}
	mm_check();
}

/* A page that is mapped through one gpt in many places. */
static void many_entries_go_a_share_at_a_time(void **s)
{
	u32 steps = 0, entries = 0;

	(void)s;
	space();
	for (u32 i = 0; i < NODE_SLOTS; i++)
		fake_node(&leaf)->slot[i] = page;
	for (u32 i = 0; i < 4; i++)
		fake_node(&top)->slot[i] = leaf;
	for (u32 i = 0; i < 4 * NODE_SLOTS; i++)
		assert_true(maps(top, (u64)(i % 4) << 25 | (u64)(i / 4) << 12, ACC_WRITE));
	for (u32 i = 0; i < 4 * NODE_SLOTS; i++)
		entries += present(top, (u64)(i % 4) << 25 | (u64)(i / 4) << 12);
	assert_int_equal(entries, 4 * NODE_SLOTS);
	for (bool done = false; !done; steps++) {
		u32 depend = frame_peek(16)->depend;

		pins_drop();
		done = map_unhook_some(frame_peek(16), 0);
		assert_in_range(cpu0.share, 0, STEP_SHARE + FAKE_AT_ONCE);
		assert_true(done || frame_peek(16)->depend < depend || cpu0.share > STEP_SHARE);
		mm_check();
	}
	assert_int_equal(frame_peek(16)->depend, 0);
	assert_int_equal(frame_peek(8)->rmap, 0);
	assert_in_range(steps, 2, 64);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(fetch_evict_and_clean),
		cmocka_unit_test(pinned_frames_stay),
		cmocka_unit_test_setup(full_memory_is_an_error_without_a_store, setup),
		cmocka_unit_test(full_memory_is_an_error_without_cleaning),
		cmocka_unit_test_setup(map_and_unhook, setup),
		cmocka_unit_test_setup(one_page_everywhere, setup),
		cmocka_unit_test_setup(read_only_users_share_and_cannot_write, setup),
		cmocka_unit_test_setup(clean_page_is_not_writable, setup),
		cmocka_unit_test_setup(snapshot_discards_all, setup),
		cmocka_unit_test_setup(snapshot_forbids_writing, setup),
		cmocka_unit_test_setup(a_loaded_root_is_left_first, setup),
		cmocka_unit_test_setup(a_table_that_goes_is_flushed, setup),
		cmocka_unit_test_setup(a_record_outlives_its_table, setup),
		cmocka_unit_test_setup(page_as_a_space, setup),
		cmocka_unit_test_setup(random_history, setup),
		cmocka_unit_test_setup(many_entries_go_a_share_at_a_time, setup),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
