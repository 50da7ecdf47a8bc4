/* SPDX-License-Identifier: Apache-2.0 */
/* Lookup, weakening, allocation and destruction. */
#include "fake_mm.h"

static int setup(void **s) { (void)s; fake_boot(256); return 0; }

static void weaken_every_type_and_right(void **s)
{
	for (u32 type = 0; type < CT_NR; type++)
		for (u32 rights = 0; rights <= CR_ALL; rights++) {
			struct cap c = cap_make(type, 5, 6, 0x1000, rights), w = cap_weaken(c), twice = cap_weaken(w);

			assert_true(cap_equal(&w, &twice));
			if (type == CT_PAGE || type == CT_NODE || type == CT_GPT) {
				assert_int_equal(cap_rights(&w), rights | CR_RO | CR_WEAK | CR_NOCALL);
				assert_int_equal(cap_oid(&w), 0x1000);
			} else if (type == CT_NUMBER || type == CT_DISCRIM) {
				assert_true(cap_equal(&w, &c));
			} else {
				assert_int_equal(cap_type(&w), CT_VOID);
			}
		}
	(void)s;
}

static void lookup_compares_kind_and_version(void **s)
{
	struct cap page = fake_alloc(8, NK_PAGE), node = fake_alloc(16 + 3, NK_NODE), c;
	struct objref ref;

	assert_int_equal(cap_lookup(&page, &ref), RC_OK);
	assert_null(ref.node);
	assert_int_equal(cap_lookup(&node, &ref), RC_OK);
	assert_int_equal(ref.index, 3);
	c = cap_make(CT_GPT, 0, cap_version(&node), cap_oid(&node), 0);
	assert_int_equal(cap_lookup(&c, &ref), RC_VOID);
	c = cap_make(CT_NODE, 0, cap_version(&node) + 1, cap_oid(&node), 0);
	assert_int_equal(cap_lookup(&c, &ref), RC_VOID);
	c = cap_make(CT_NODE, 0, cap_version(&page), cap_oid(&page), 0);
	assert_int_equal(cap_lookup(&c, &ref), RC_VOID);
	c = cap_make(CT_NODE, 0, 0, 16 + 7, 0);
	assert_int_equal(cap_lookup(&c, &ref), RC_VOID);
	c = cap_make(CT_PAGE, 0, 0, 800, 0);
	assert_int_equal(cap_lookup(&c, &ref), RC_OFFLINE);
	(void)s;
}

static void resume_follows_the_call_count(void **s)
{
	struct cap p = fake_alloc(16, NK_PROCESS), r;
	struct objref ref;
	u64 count = ((u64)7 << 32) + 9;

	fake_node(&p)->call_count = count;
	r = cap_make(CT_RESUME, 7, 9, 16, 0);
	assert_int_equal(cap_lookup(&r, &ref), RC_OK);
	fake_node(&p)->call_count++;
	assert_int_equal(cap_lookup(&r, &ref), RC_VOID);
	(void)s;
}

static void destroy(struct cap c)
{
	struct objref ref;

	assert_int_equal(obj_destroy_prepare(&c, &ref), RC_OK);
	obj_destroy_perform(&ref);
	assert_int_equal(cap_lookup(&c, &ref), RC_VOID);
}

static void counts_never_go_down(void **s)
{
	struct cap page = fake_alloc(8, NK_PAGE), node, again;
	struct frame *f;
	u64 count;

	assert_int_equal(obj_alloc_prepare(8 + 1, NK_NODE, &f), RC_BUSY);
	destroy(page);
	node = fake_alloc(8 + 1, NK_PROCESS);
	assert_true(cap_version(&node) > cap_version(&page));
	assert_int_equal(obj_alloc_prepare(8, NK_PAGE, &f), RC_BUSY);
	assert_int_equal(obj_alloc_prepare(8 + 1, NK_NODE, &f), RC_BUSY);
	fake_node(&node)->call_count = 100;
	fake_node(&node)->slot[4] = page;
	destroy(node);
	again = fake_alloc(8 + 1, NK_PROCESS);
	assert_true(cap_version(&again) > cap_version(&node));
	count = fake_node(&again)->call_count;
	assert_int_equal(count, 101);
	assert_int_equal(cap_type(&fake_node(&again)->slot[4]), CT_VOID);
	destroy(again);
	page = fake_alloc(8, NK_PAGE);
	assert_true(cap_version(&page) > cap_version(&again) + 1);
	destroy(page);
	node = fake_alloc(8, NK_PROCESS);
	assert_true(fake_node(&node)->call_count > count);
	mm_check();
	(void)s;
}

static void worn_out_is_never_allocated(void **s)
{
	struct cap n = fake_alloc(16, NK_NODE), last;
	struct frame *f;

	fake_node(&n)->version = VERSION_MAX - 1;
	last = cap_make(CT_NODE, 0, VERSION_MAX - 1, 16, 0);
	destroy(last);
	assert_int_equal(obj_alloc_prepare(16, NK_NODE, &f), RC_WORN);
	assert_int_equal(obj_alloc_prepare(16, NK_PAGE, &f), RC_WORN);
	fake_alloc(16 + 1, NK_NODE);
	(void)s;
}

/* What only a volume can say that lies: nothing that counts up begins again at 0. */
static void a_volume_lies_about_versions(void **s)
{
	struct cap page = fake_alloc(8, NK_PAGE), node = fake_alloc(16 + 1, NK_NODE);
	struct objref ref;
	struct frame *f;

	frame_peek(8)->tag.version = VERSION_MAX;
	page = obj_cap(frame_peek(8), 0);
	assert_int_equal(cap_lookup(&page, &ref), RC_OK);
	assert_int_equal(obj_destroy_prepare(&page, &ref), RC_VOID);
	fake_node(&node)->version = VERSION_MAX;
	node = obj_cap(frame_peek(16), 1);
	assert_int_equal(obj_destroy_prepare(&node, &ref), RC_VOID);
	node = fake_alloc(24 + 1, NK_NODE);
	frame_peek(24)->tag.version = VERSION_MAX;
	destroy(node);
	assert_int_equal(obj_alloc_prepare(24, NK_PAGE, &f), RC_WORN);
	frame_peek(24)->tag.version = VERSION_MAX - 1;
	assert_int_equal(obj_alloc_prepare(24, NK_PAGE, &f), RC_WORN);
	frame_peek(24)->tag.version = VERSION_MAX - 2;
	assert_int_equal(obj_alloc_prepare(24, NK_PAGE, &f), RC_OK);
	(void)s;
}

#define NP (OID_NP_BASE + 8)

/* What is not persistent begins anew at each boot, but no number that an earlier boot gave out comes again. */
static void each_boot_has_numbers_of_its_own(void **s)
{
	struct cap page = cap_void();
	struct objref ref;
	struct frame *f;
	u32 made = 0;

	state.restart_count = 5;
	while (obj_alloc_prepare(NP + 8, NK_PAGE, &f) == RC_OK && made++ < 10000) {
		page = fake_alloc(NP + 8, NK_PAGE);
		destroy(page);
	}
	assert_int_equal(obj_alloc_prepare(NP + 8, NK_PAGE, &f), RC_WORN);
	assert_in_range(made, 4000, 4096);
	fake_boot(256);
	state.restart_count = 6;
	assert_true(cap_version(&page) < 6 << 12);
	page = fake_alloc(NP, NK_PAGE);
	assert_true(cap_version(&page) >= 6 << 12);
	page = cap_make(CT_PAGE, 0, (5 << 12) + 1, NP + 8, 0);
	/* Where nothing has been made in this boot there is nothing: not an object on a volume that is not there. */
	assert_int_equal(cap_lookup(&page, &ref), RC_VOID);
	page = cap_make(CT_PAGE, 0, 1, 0x80000, 0);
	assert_int_equal(cap_lookup(&page, &ref), RC_OFFLINE);
	(void)s;
}

static void nonsense_is_refused(void **s)
{
	struct frame *f;

	assert_int_equal(obj_alloc_prepare(8 + 1, NK_PAGE, &f), RC_REQUEST);
	assert_int_equal(obj_alloc_prepare(8 + 7, NK_NODE, &f), RC_REQUEST);
	assert_int_equal(obj_alloc_prepare(8, NK_FREE, &f), RC_REQUEST);
	assert_int_equal(obj_alloc_prepare(8, NK_NR, &f), RC_REQUEST);
	(void)s;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(weaken_every_type_and_right, setup),
		cmocka_unit_test_setup(lookup_compares_kind_and_version, setup),
		cmocka_unit_test_setup(resume_follows_the_call_count, setup),
		cmocka_unit_test_setup(counts_never_go_down, setup),
		cmocka_unit_test_setup(worn_out_is_never_allocated, setup),
		cmocka_unit_test_setup(a_volume_lies_about_versions, setup),
		cmocka_unit_test_setup(each_boot_has_numbers_of_its_own, setup),
		cmocka_unit_test_setup(nonsense_is_refused, setup),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
