/* SPDX-License-Identifier: Apache-2.0 */
/* Frames, the walk, and the machine's own tables. mm_check() compares every entry with the tree after each test. */
#include <abi/error.h>
#include <abi/process.h>
#include <hal/hal.h>
#include <hal/pt.h>
#include <kernel/cpu.h>
#include <kernel/map.h>

#include "mm/mm.h"
#include "tests/self/self.h"

#define AT 0x23000u /* slot 1 of the upper gpt, slot 3 of the lower */

void frames_in_the_hash(void)
{
	u32 before = mm_frames_free();
	struct frame *f;

	for (u32 n = 0; n < SELF_FRAMES; n++) {
		struct cap c = self_object(n, 0, NK_PAGE);

		f = frame_peek(cap_oid(&c));
		expect(f && frame_peek(cap_oid(&c) | 5) == f && f->epoch == state.epoch);
		expect(frame_of_paddr(frame_paddr(f)) == f && hal_phys_to_virt(frame_paddr(f)) == frame_data(f));
	}
	expect(mm_frames_free() == before - SELF_FRAMES);
	expect(!frame_peek(OID_NP_BASE | SELF_FRAMES << 3));
	expect(frame_get(OID_NP_BASE | SELF_FRAMES << 3, &f) == RC_OFFLINE);
}

/* Two gpts over a page: 2^22 and 2^17 bytes. */
static struct cap lower, upper, page;

static struct cap tree(void)
{
	struct node *n;

	page = self_object(0, 0, NK_PAGE);
	lower = self_object(1, 0, NK_GPT);
	upper = self_object(1, 1, NK_GPT);
	n = self_node(&lower);
	n->l2v = 12;
	n->slot[3] = page;
	n = self_node(&upper);
	n->l2v = 17;
	n->slot[1] = self_memory(&lower, 17, 0, 0);
	return self_memory(&upper, 22, 0, 0);
}

static u32 walk(struct cap space, u64 va, enum access acc)
{
	struct walk w;
	struct path p;

	if (walk_path(&space, va, acc, &w, &p) != RC_OK)
		return 255;
	return w.fault ? w.fault : w.page == frame_peek(cap_oid(&page)) ? FAULT_NONE : 254;
}

void gpt_walk(void)
{
	struct cap space = tree();

	expect(walk(space, AT, ACC_WRITE) == FAULT_NONE);
	expect(walk(space, AT + 0xfff, ACC_EXEC) == FAULT_NONE);
	expect(walk(space, AT + 0x1000, ACC_READ) == FAULT_ADDRESS);
	expect(walk(space, AT + 0x20000, ACC_READ) == FAULT_ADDRESS);
	expect(walk(space, AT + ((u64)1 << 22), ACC_READ) == FAULT_ADDRESS);
	expect(walk(space, AT + ((u64)1 << 63), ACC_READ) == FAULT_ADDRESS);
	expect(walk(self_memory(&upper, 22, 2, 0), AT + ((u64)2 << 22), ACC_READ) == FAULT_NONE);
	expect(walk(self_memory(&upper, 22, 0, CR_RO), AT, ACC_WRITE) == FAULT_ACCESS);
	expect(walk(self_memory(&upper, 22, 0, CR_WEAK), AT, ACC_WRITE) == FAULT_ACCESS);
	expect(walk(self_memory(&upper, 22, 0, CR_NX), AT, ACC_EXEC) == FAULT_ACCESS);
	self_node(&upper)->slot[1] = self_memory(&lower, 17, 0, CR_RO);
	expect(walk(space, AT, ACC_WRITE) == FAULT_ACCESS && walk(space, AT, ACC_READ) == FAULT_NONE);
}

void gpt_that_is_none(void)
{
	struct cap space = tree();

	expect(walk(cap_void(), 0, ACC_READ) == FAULT_ADDRESS);
	expect(walk(cap_number(1, 2, 3), 0, ACC_READ) == FAULT_MALFORMED);
	self_node(&lower)->slot[3] = space;
	expect(walk(space, AT, ACC_READ) == FAULT_MALFORMED);
	self_node(&upper)->slot[1] = space;
	expect(walk(space, AT, ACC_READ) == FAULT_MALFORMED);
	self_node(&upper)->slot[1] = self_memory(&lower, 18, 0, 0);
	expect(walk(space, AT, ACC_READ) == FAULT_MALFORMED);
	self_node(&upper)->l2v = 11;
	expect(walk(space, AT, ACC_READ) == FAULT_MALFORMED);
	self_node(&upper)->l2v = 22;
	expect(walk(space, AT, ACC_READ) == FAULT_MALFORMED);
	expect(walk(cap_make(CT_GPT, 63, cap_version(&upper), cap_oid(&upper), 0), AT, ACC_READ) == FAULT_MALFORMED);
}

/* What the machine would find: the leaf, or 0. */
static hal_pte_t leaf(const struct cap *space)
{
	paddr_t pa;

	pins_drop(); /* a step of its own */
	pa = map_root(space);
	for (u32 level = PT_LEVELS - 1; level > 0; level--) {
		hal_pte_t e = ((hal_pte_t *)hal_phys_to_virt(pa))[pt_index(AT, level)];

		if (!hal_pte_present(e))
			return 0;
		pa = hal_pte_paddr(e);
	}
	return ((hal_pte_t *)hal_phys_to_virt(pa))[pt_index(AT, 0)];
}

static bool mapped(const struct cap *space, enum access acc)
{
	struct walk w;
	hal_pte_t e;

	pins_drop();
	if (map_fault(space, AT, acc, &w) != RC_OK || w.fault)
		return false;
	e = leaf(space);
	map_check();
	return hal_pte_present(e) && hal_pte_paddr(e) == frame_paddr(frame_peek(cap_oid(&page)));
}

void tables_made_and_discarded(void)
{
	struct cap space = tree();

	for (u32 round = 0; round < 3; round++) {
		expect(mapped(&space, ACC_WRITE) && hal_pte_write(leaf(&space)));
		expect(map_root_valid(map_root(&space), &space));
		map_discard_all();
		expect(!frame_peek(cap_oid(&page))->rmap && !hal_pte_present(leaf(&space)));
		map_check();
	}
	map_discard_all();
}

void tables_follow_the_tree(void)
{
	struct cap space = tree();
	struct frame *pot, *f = frame_peek(cap_oid(&page));

	expect(mapped(&space, ACC_WRITE));
	pot = frame_peek(cap_oid(&upper));
	map_unhook_node(pot, 0);
	expect(!hal_pte_present(leaf(&space)) && !f->rmap);
	expect(mapped(&space, ACC_WRITE));
	map_unhook_node(pot, 1);
	expect(!hal_pte_present(leaf(&space)));
	expect(mapped(&space, ACC_WRITE));
	map_unhook_page(f, true);
	expect(hal_pte_present(leaf(&space)) && !hal_pte_write(leaf(&space)));
	map_unhook_page(f, false);
	expect(!hal_pte_present(leaf(&space)));
	map_discard_all();
}

/* The same gpt with and without the right to execute: the tables below it must not be shared. */
void tables_forbid_execution(void)
{
	bool can = hal_pte_exec(hal_pte_leaf(FRAME_SIZE, false, true));
	struct cap space = tree(), data = self_memory(&upper, 22, 0, CR_NX);
	struct walk w;

	expect(mapped(&data, ACC_READ) && !hal_pte_exec(leaf(&data)));
	expect(mapped(&space, ACC_EXEC) && hal_pte_exec(leaf(&space)) == can);
	expect(mapped(&data, ACC_WRITE) && !hal_pte_exec(leaf(&data)));
	expect(map_fault(&data, AT, ACC_EXEC, &w) == RC_OK && w.fault == FAULT_ACCESS);
	map_unhook_node(frame_peek(cap_oid(&upper)), 1);
	self_node(&upper)->slot[1] = self_memory(&lower, 17, 0, CR_NX);
	expect(mapped(&space, ACC_WRITE) && !hal_pte_exec(leaf(&space)));
	map_discard_all();
}
