/* SPDX-License-Identifier: Apache-2.0 */
#include "rooms.h"

struct frame *page_of[PROCS][32];

static void own_page(u32 n, u32 slot, u32 rights)
{
	struct cap space = fake_node(&p[n].process)->slot[PS_SPACE];
	oid_t oid = (oid_t)(800 + 40 * n + slot) * 8;
	struct cap c = fake_alloc(oid, NK_PAGE);

	page_of[n][slot] = frame_peek(oid);
	fake_node(&space)->slot[slot] = fake_memory(&c, 12, 0, rights);
}

void rooms_setup(void)
{
	memset(page_of, 0, sizeof(page_of));
	for (u32 n = 0; n < PROCS; n++) {
		struct cap space = fake_node(&p[n].process)->slot[PS_SPACE];

		page_of[n][DATA >> 12] = p[n].data;
		own_page(n, DATA2 >> 12, 0);
		own_page(n, FIXED >> 12, CR_RO);
		for (u32 k = 0; k < REGION_PAGES; k++)
			own_page(n, (REGION >> 12) + k, 0);
		if (n == A)
			own_page(n, SHARED >> 12, 0);
		page_of[n][SHARED >> 12] = page_of[A][SHARED >> 12];
		fake_node(&space)->slot[SHARED >> 12] = obj_cap(page_of[A][SHARED >> 12], 0);
		fake_node(&space)->slot[DEVICE >> 12] = fake_device(1, 0);
	}
}

static void map_for_reading(u32 n, u64 va)
{
	struct cap space = context_space(p[n].ctx);
	struct walk w;
	bool write;

	if (page_of[n][va >> 12] && !fake_translate(context_root(p[n].ctx), va, &write))
		assert_int_equal(fake_fault(&space, va, ACC_READ, &w), RC_OK);
}

static void map_device(u32 n)
{
	struct cap space = context_space(p[n].ctx);
	struct walk w;

	assert_int_equal(map_fault(&space, DEVICE, ACC_WRITE, &w), RC_OK);
	assert_true(!w.fault && !w.page);
}

void rooms_map(void)
{
	for (u32 n = 0; n < PROCS; n++) {
		for (u32 k = 0; k < 32; k++)
			map_for_reading(n, k << 12);
		map_device(n);
	}
}

void rooms_clean(void)
{
	for (u32 n = 0; n < PROCS; n++)
		for (u32 k = 0; k < 32; k++)
			if (page_of[n][k])
				memset(frame_data(page_of[n][k]), FILL, FRAME_SIZE);
}

bool mapped(u64 va, bool write)
{
	u64 slot = va >> 12;

	return slot == DATA >> 12 || slot == DATA2 >> 12 || slot == SHARED >> 12 || (slot == FIXED >> 12 && !write) ||
	       (slot >= REGION >> 12 && slot < (REGION >> 12) + REGION_PAGES);
}

u64 usable(u64 at, u64 len, bool write)
{
	u64 n = 0;

	if (at + len < at || at + len > END)
		return 0;
	while (n < len && mapped(at + n, write))
		n = MIN(len, n + FRAME_SIZE - (at + n) % FRAME_SIZE);
	return n;
}

u8 *byte(u32 n, u64 va)
{
	return (u8 *)frame_data(page_of[n][va >> 12]) + va % FRAME_SIZE;
}

void write_bytes(u32 n, u64 va, const void *from, u32 len)
{
	for (u32 i = 0; i < len; i++)
		*byte(n, va + i) = ((const u8 *)from)[i];
}

u8 pattern(u64 k)
{
	return (u8)(1 + k % 251);
}
