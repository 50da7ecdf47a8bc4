/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Usable memory: what the loader's map calls usable, less what it also calls something else,
 * the first 64 KiB, the kernel's image and the modules. Sorted, whole frames, no overlaps.
 */
#include "arch/x86/x86.h"

#include <kernel/panic.h>
#include <kernel/ranges.h>

/* Below are the interrupt vectors, what the BIOS keeps, and where it starts a boot sector. */
#define FIRST_USABLE ((paddr_t)0x10000)

static struct ranges usable;

static void exclude_modules(paddr_t limit)
{
	struct hal_mem_region m;

	for (u32 n = 0; multiboot_module(n, &m); n++)
		if (m.base < limit)
			ranges_exclude(&usable, m.base, m.base + (paddr_t)m.size);
}

/* Where memory that begins below the limit ends, or the limit. The size is the loader's word: it may be anything. */
static paddr_t end_below(const struct boot_memory *m, paddr_t limit)
{
	return m->size < limit - m->base ? (paddr_t)(m->base + m->size) : limit;
}

paddr_t mem_init(paddr_t image_start, paddr_t image_end, paddr_t limit)
{
	struct boot_memory m;
	paddr_t ram_end = image_end;

	for (u32 n = 0; multiboot_memory(n, &m); n++)
		if (m.usable && m.base < limit)
			ranges_include(&usable, MAX((paddr_t)m.base, FIRST_USABLE), end_below(&m, limit));
	if (usable.count && usable.at[usable.count - 1].end > ram_end)
		ram_end = usable.at[usable.count - 1].end;
	for (u32 n = 0; multiboot_memory(n, &m); n++)
		if (!m.usable && m.base < limit)
			ranges_exclude(&usable, (paddr_t)m.base, end_below(&m, limit));
	ranges_exclude(&usable, image_start, image_end);
	exclude_modules(limit);
	if (usable.lost)
		klog("boot: memory is in too many pieces, %u left out\n", usable.lost);
	return ram_end;
}

paddr_t mem_take(paddr_t limit)
{
	for (u32 i = usable.count; i-- > 0;) {
		paddr_t end = MIN(usable.at[i].end, limit);

		if (usable.at[i].start >= end)
			continue;
		ranges_exclude(&usable, end - FRAME_SIZE, end);
		return end - FRAME_SIZE;
	}
	panic("no memory for page tables");
}

bool hal_mem_region(u32 n, struct hal_mem_region *out)
{
	if (n >= usable.count)
		return false;
	*out = (struct hal_mem_region){ usable.at[n].start, usable.at[n].end - usable.at[n].start };
	return true;
}
