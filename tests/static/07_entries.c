/* SPDX-License-Identifier: Apache-2.0 */
#line 3 "mm/seed07.c"
/* Wrong on purpose: hardware entries that nobody could find again, and one that the processor may still have. */
#include "mm/mm.h"

void seed_unrecorded(struct table *t, u32 i, struct frame *page);
void seed_first_the_page(struct frame *gpt, struct table *t, u32 i, struct frame *page);
void seed_unflushed(struct table *t, u32 i);
void seed_gathered(struct table *t, u32 i);
void seed_stored(struct table *t, u32 i, struct frame *page);
void seed_another(struct table *t, u32 i, struct frame *page);
void seed_right(struct frame *gpt, struct table *t, u32 i, struct frame *page);

void seed_unrecorded(struct table *t, u32 i, struct frame *page)
{
	hal_pte_set(table_entries(t), i, hal_pte_leaf(frame_paddr(page), true, false)); /* rule 7 */
}

void seed_first_the_page(struct frame *gpt, struct table *t, u32 i, struct frame *page)
{
	rmap_add(page, t, i);
	depend_add(gpt, 0, t, i, 1);
	hal_pte_set(table_entries(t), i, hal_pte_leaf(frame_paddr(page), true, false)); /* rule 7 */
}

void seed_unflushed(struct table *t, u32 i)
{
	table_clear_entry(t, i); /* rule 7 */
}

void seed_gathered(struct table *t, u32 i)
{
	bool flush = false;

	for (u32 k = 0; k < i; k++)
		flush |= table_clear_entry(t, k); /* rule 7 */
}

void seed_stored(struct table *t, u32 i, struct frame *page)
{
	table_entries(t)[i] = hal_pte_leaf(frame_paddr(page), true, false); /* rule 7 */
}

void seed_another(struct table *t, u32 i, struct frame *page)
{
	hal_pte_t e = hal_pte_deny_write(table_entries(t)[i]);

	e = hal_pte_leaf(frame_paddr(page), true, false);
	hal_pte_set(table_entries(t), i, e); /* rule 7 */
}

void seed_right(struct frame *gpt, struct table *t, u32 i, struct frame *page)
{
	if (table_clear_entry(t, i))
		hal_tlb_flush_all();
	depend_add(gpt, 0, t, i, 1);
	rmap_add(page, t, i);
	hal_pte_set(table_entries(t), i, hal_pte_leaf(frame_paddr(page), false, false));
	rmap_clear(page);
	hal_tlb_flush_all();
}
