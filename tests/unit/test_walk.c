/* SPDX-License-Identifier: Apache-2.0 */
/* The walk: guards, strict shrinking, rights, keepers. */
#include "fake_mm.h"

static struct cap page;

static int setup(void **s)
{
	(void)s;
	fake_boot(256);
	page = fake_alloc(8, NK_PAGE);
	return 0;
}

static u32 walk(struct cap c, u64 va, enum access acc, struct walk *w)
{
	assert_int_equal(space_walk(&c, va, acc, w), RC_OK);
	assert_true(w->fault ? !w->page : w->page && w->page->oid == 8);
	return w->fault;
}

static void page_space(void **s)
{
	struct walk w;

	assert_int_equal(walk(page, 0xfff, ACC_WRITE, &w), FAULT_NONE);
	assert_int_equal(walk(page, 0x1000, ACC_READ, &w), FAULT_ADDRESS);
	assert_int_equal(walk(fake_memory(&page, 12, 5, 0), 0x5004, ACC_READ, &w), FAULT_NONE);
	assert_int_equal(walk(fake_memory(&page, 13, 0, 0), 0, ACC_READ, &w), FAULT_MALFORMED);
	assert_int_equal(walk(page, ~(u64)0, ACC_READ, &w), FAULT_ADDRESS);
	assert_int_equal(walk(cap_void(), 0, ACC_READ, &w), FAULT_ADDRESS);
	assert_int_equal(walk(cap_number(0, 0, 0), 0, ACC_READ, &w), FAULT_MALFORMED);
	(void)s;
}

static void slots_and_guards(void **s)
{
	struct cap g = fake_gpt(16, 17, 12, 3, page), h = fake_gpt(17, 22, 17, 1, fake_memory(&g, 17, 0, 0));
	struct cap deep = fake_gpt(18, 30, 25, 0, fake_memory(&g, 17, 2, 0));
	struct walk w;

	assert_int_equal(walk(g, 0x3000, ACC_READ, &w), FAULT_NONE);
	assert_int_equal(walk(g, 0x4000, ACC_READ, &w), FAULT_ADDRESS);
	assert_int_equal(walk(g, 0x23000, ACC_READ, &w), FAULT_ADDRESS);
	assert_int_equal(walk(h, 0x23000, ACC_READ, &w), FAULT_NONE);
	assert_int_equal(walk(fake_memory(&g, 17, 1, 0), 0x23000, ACC_READ, &w), FAULT_NONE);
	assert_int_equal(walk(deep, 0x43000, ACC_READ, &w), FAULT_NONE);
	assert_int_equal(walk(deep, 0x3000, ACC_READ, &w), FAULT_ADDRESS);
	(void)s;
}

static void every_step_shrinks(void **s)
{
	struct cap g = fake_gpt(16, 17, 12, 0, page), loop = fake_memory(&g, 17, 0, 0);
	struct walk w;

	assert_int_equal(walk(fake_memory(&g, 12, 0, 0), 0, ACC_READ, &w), FAULT_MALFORMED);
	fake_node(&g)->slot[0] = loop;
	assert_int_equal(walk(g, 0, ACC_READ, &w), FAULT_MALFORMED);
	fake_node(&g)->l2v = 11;
	assert_int_equal(walk(g, 0, ACC_READ, &w), FAULT_MALFORMED);
	(void)s;
}

static void deepest_tree(void **s)
{
	struct cap c = page;
	struct walk w;

	for (u32 size = 13; size <= 64; size++)
		c = fake_gpt(80 + 8 * (size / 7) + size % 7, size, size - 1, 0, c);
	assert_int_equal(walk(c, 0x10, ACC_WRITE, &w), FAULT_NONE);
	(void)s;
}

static void rights_gather(void **s)
{
	for (u32 above = 0; above <= CR_ALL; above++)
		for (u32 below = 0; below <= CR_ALL; below++) {
			struct cap g;
			struct walk w;
			u32 all = above | below;

			fake_boot(64);
			page = fake_alloc(8, NK_PAGE);
			g = fake_gpt(16, 17, 12, 0, fake_memory(&page, 12, 0, below));
			g = fake_memory(&g, 17, 0, above);
			assert_int_equal(walk(g, 0, ACC_READ, &w), FAULT_NONE);
			assert_int_equal(walk(g, 0, ACC_WRITE, &w), all & (CR_RO | CR_WEAK) ? FAULT_ACCESS : FAULT_NONE);
			assert_int_equal(walk(g, 0, ACC_EXEC, &w), all & CR_NX ? FAULT_ACCESS : FAULT_NONE);
		}
	(void)s;
}

static void innermost_keeper(void **s)
{
	struct cap in = fake_gpt(16, 17, 12, 3, page), out = fake_gpt(17, 22, 17, 0, in), *slot = fake_node(&out)->slot;
	struct walk w;

	fake_node(&out)->flags = GPT_KEEPER;
	slot[31] = cap_make(CT_START, 1, 0, 24, 0);
	assert_int_equal(walk(out, 0, ACC_READ, &w), FAULT_ADDRESS);
	assert_non_null(w.keeper);
	assert_int_equal(cap_payload(w.keeper), 1);
	fake_node(&in)->flags = GPT_KEEPER;
	fake_node(&in)->slot[31] = cap_make(CT_START, 2, 0, 24, 0);
	assert_int_equal(walk(out, 0x1f000, ACC_READ, &w), FAULT_ADDRESS);
	assert_int_equal(cap_payload(w.keeper), 2);
	slot[0] = fake_memory(&in, 17, 0, CR_NOCALL);
	assert_int_equal(walk(out, 0, ACC_READ, &w), FAULT_ADDRESS);
	assert_int_equal(cap_payload(w.keeper), 1);
	assert_int_equal(walk(fake_memory(&out, 22, 0, CR_WEAK), 0, ACC_READ, &w), FAULT_ADDRESS);
	assert_null(w.keeper);
	(void)s;
}

/* ---- device memory -------------------------------------------------------------------------------------------------- */

#define AT 0x5000u

static paddr_t device_at(struct cap c, u64 va, enum access acc, u32 fault)
{
	struct walk w;

	assert_int_equal(space_walk(&c, va, acc, &w), RC_OK);
	assert_int_equal(w.fault, fault);
	assert_null(w.page);
	return w.device;
}

static void device_memory_ends_a_walk(void **s)
{
	struct cap g = fake_gpt(16, 17, 12, 5, fake_device(1, 0)), h = fake_gpt(17, 22, 17, 1, fake_device(32, 0)), old;

	(void)s;
	assert_int_equal(device_at(g, AT + 4, ACC_WRITE, FAULT_NONE), FAKE_DEVICE);
	device_at(g, AT, ACC_EXEC, FAULT_ACCESS);
	assert_int_equal(device_at(h, 0x20000 + 0x1f000, ACC_READ, FAULT_NONE), FAKE_DEVICE + 0x1f000);
	fake_node(&g)->slot[5] = fake_device(2, 0); /* larger than the slot */
	device_at(g, AT, ACC_READ, FAULT_MALFORMED);
	fake_node(&h)->slot[1] = fake_device(33, 0);
	device_at(h, 0x20000, ACC_READ, FAULT_MALFORMED);
	fake_node(&h)->slot[1] = fake_device(3, 0);
	assert_int_equal(device_at(h, 0x22fff, ACC_READ, FAULT_NONE), FAKE_DEVICE + 0x2000);
	device_at(h, 0x23000, ACC_READ, FAULT_ADDRESS);
	fake_node(&h)->slot[1] = cap_make(CT_DEVMEM, 32, 0, (FAKE_DEVICE >> 12) + FAKE_DEVICE_PAGES - 1, 0);
	device_at(h, 0x20000, ACC_READ, FAULT_NONE);
	device_at(h, 0x21000, ACC_READ, FAULT_ADDRESS); /* the port says that none can be there */
	fake_node(&h)->slot[1] = cap_make(CT_DEVMEM, 0, 0, FAKE_DEVICE >> 12, 0);
	device_at(h, 0x20000, ACC_READ, FAULT_MALFORMED);
	fake_node(&h)->slot[1] = cap_make(CT_IOPORTS, 1, 0, 0, 0);
	device_at(h, 0x20000, ACC_READ, FAULT_MALFORMED);
	old = fake_device(4, 0);
	assert_int_equal(device_at(old, 0x3000, ACC_READ, FAULT_NONE), FAKE_DEVICE + 0x3000); /* as a whole space */
	device_at(old, 0x4000, ACC_READ, FAULT_ADDRESS);
	state.restart_count++;
	device_at(old, 0x3000, ACC_READ, FAULT_ADDRESS);
}

/* What the tables have there, a device's entry or nothing; may it be written? */
static bool writable;

static hal_pte_t entry(struct cap space)
{
	assert_null(fake_translate(fake_root(&space), AT, &writable));
	assert_true(!fake_leaf || (hal_pte_is_device(fake_leaf) && !hal_pte_memory(fake_leaf) && !hal_pte_exec(fake_leaf)));
	return fake_leaf;
}

static u32 touch(struct cap space, enum access acc)
{
	struct walk w;

	pins_drop();
	assert_int_equal(fake_fault(&space, AT, acc, &w), RC_OK);
	mm_check();
	return w.fault;
}

static void device_memory_is_mapped(void **s)
{
	struct cap g = fake_gpt(16, 17, 12, 5, fake_device(1, 0)), in = fake_memory(&g, 17, 0, 0);
	struct cap ro = fake_memory(&g, 17, 0, CR_RO);

	(void)s;
	assert_int_equal(touch(in, ACC_READ), FAULT_NONE);
	assert_int_equal(hal_pte_paddr(entry(in)), FAKE_DEVICE);
	assert_true(writable);
	assert_int_equal(touch(ro, ACC_WRITE), FAULT_ACCESS);
	assert_int_equal(touch(ro, ACC_READ), FAULT_NONE);
	assert_int_equal(hal_pte_paddr(entry(ro)), FAKE_DEVICE);
	assert_false(writable);
	/* A snapshot takes the right to write; the short way does not give it back, since there is no page to be dirty. */
	state.epoch++;
	map_snapshot();
	assert_true(!entry(in) || !writable);
	assert_false(map_fault_short((uintptr_t)fake_root(&in), AT, ACC_WRITE));
	assert_int_equal(touch(in, ACC_WRITE), FAULT_NONE);
	assert_true(entry(in) && writable);
	/* Another capability in the slot, and a page, and back. */
	map_unhook_node(frame_peek(16), 0);
	assert_int_equal(entry(in), 0);
	fake_node(&g)->slot[5] = fake_device(1, CR_RO);
	assert_int_equal(touch(in, ACC_WRITE), FAULT_ACCESS);
	assert_int_equal(touch(in, ACC_READ), FAULT_NONE);
	assert_true(entry(in) && !writable);
	map_unhook_node(frame_peek(16), 0);
	fake_node(&g)->slot[5] = page;
	assert_int_equal(touch(in, ACC_WRITE), FAULT_NONE);
	assert_ptr_equal(fake_translate(fake_root(&in), AT, &writable), frame_peek(8));
	map_unhook_node(frame_peek(16), 0);
	fake_node(&g)->slot[5] = fake_device(1, 0);
	assert_false(map_fault_short((uintptr_t)fake_root(&in), AT, ACC_READ));
	assert_int_equal(touch(in, ACC_READ), FAULT_NONE);
	map_discard_all();
	mm_check();
	assert_int_equal(touch(in, ACC_READ), FAULT_NONE);
	assert_true(map_reclaim_table(frame_of_paddr(fake_root(&in))));
	mm_check();
}

/* Who has the space by a weak capability does not find the device in tables that were made for others, nor they what is its. */
static void a_weak_path_shares_no_device(void **s)
{
	struct cap g = fake_gpt(16, 17, 12, 5, fake_device(1, 0)), h = fake_gpt(17, 22, 17, 0, fake_memory(&g, 17, 0, 0));
	struct cap top = fake_gpt(18, 27, 22, 0, fake_memory(&h, 22, 0, CR_WEAK));
	struct cap in = fake_memory(&h, 22, 0, 0), weak[] = { fake_memory(&h, 22, 0, CR_WEAK), fake_memory(&top, 27, 0, 0) };
	struct walk w;

	(void)s;
	fake_node(&g)->slot[6] = page;
	for (u32 k = 0; k < ARRAY_SIZE(weak); k++) {
		assert_int_equal(touch(in, ACC_WRITE), FAULT_NONE);
		assert_int_equal(fake_fault(&weak[k], AT + FRAME_SIZE, ACC_READ, &w), RC_OK); /* tables for it */
		assert_ptr_equal(w.page, frame_peek(8));
		assert_int_equal(entry(weak[k]), 0);
		assert_false(map_fault_short((uintptr_t)fake_root(&weak[k]), AT, ACC_READ));
		assert_int_equal(touch(weak[k], ACC_READ), FAULT_ADDRESS);
		map_unhook_page(frame_peek(8), false);
		assert_true(map_fault_short((uintptr_t)fake_root(&weak[k]), AT + FRAME_SIZE, ACC_READ));
		assert_false(map_fault_short((uintptr_t)fake_root(&weak[k]), AT + FRAME_SIZE, ACC_WRITE));
		mm_check();
		assert_int_equal(hal_pte_paddr(entry(in)), FAKE_DEVICE);
		assert_true(writable);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(page_space, setup),       cmocka_unit_test_setup(slots_and_guards, setup),
		cmocka_unit_test_setup(every_step_shrinks, setup), cmocka_unit_test_setup(deepest_tree, setup),
		cmocka_unit_test_setup(rights_gather, setup),    cmocka_unit_test_setup(innermost_keeper, setup),
		cmocka_unit_test_setup(device_memory_ends_a_walk, setup), cmocka_unit_test_setup(device_memory_is_mapped, setup),
		cmocka_unit_test_setup(a_weak_path_shares_no_device, setup),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
