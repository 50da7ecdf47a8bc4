/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Usable memory: what the loader's map calls usable, less what it also calls something else,
 * the first MiB, the kernel's image and the modules. Sorted, whole frames, no overlaps.
 */
#include "arch/x86/x86.h"

#include <kernel/panic.h>

#define REGIONS_MAX 48u
#define FIRST_USABLE ((paddr_t)1 << 20)

struct range {
	paddr_t start, end;
};

static struct range usable[REGIONS_MAX];
static u32 count;

static void remove_at(u32 i)
{
	count--;
	for (; i < count; i++)
		usable[i] = usable[i + 1];
}

static void insert_at(u32 i, struct range r)
{
	check(count < REGIONS_MAX);
	for (u32 k = count++; k > i; k--)
		usable[k] = usable[k - 1];
	usable[i] = r;
}

/* Takes [start, end) out, rounded outwards to whole frames. */
static void exclude(paddr_t start, paddr_t end)
{
	start &= ~(paddr_t)(FRAME_SIZE - 1);
	end = ALIGN_UP(end, FRAME_SIZE);
	for (u32 i = 0; i < count;) {
		struct range r = usable[i];

		if (end <= r.start || start >= r.end) {
			i++;
			continue;
		}
		remove_at(i);
		if (end < r.end)
			insert_at(i, (struct range){ end, r.end });
		if (start > r.start)
			insert_at(i++, (struct range){ r.start, start });
	}
}

/* Adds [start, end), rounded inwards; what is there already is not added again. */
static void include(paddr_t start, paddr_t end)
{
	u32 i = 0;

	start = ALIGN_UP(start, FRAME_SIZE);
	end &= ~(paddr_t)(FRAME_SIZE - 1);
	if (start >= end)
		return;
	exclude(start, end);
	while (i < count && usable[i].start < start)
		i++;
	insert_at(i, (struct range){ start, end });
}

static void exclude_modules(paddr_t limit)
{
	struct hal_mem_region m;

	for (u32 n = 0; multiboot_module(n, &m); n++)
		if (m.base < limit)
			exclude(m.base, m.base + m.size);
}

paddr_t mem_init(paddr_t image_start, paddr_t image_end, paddr_t limit)
{
	struct boot_memory m;
	paddr_t ram_end = image_end;

	for (u32 n = 0; multiboot_memory(n, &m); n++)
		if (m.usable && m.base < limit)
			include(MAX(m.base, FIRST_USABLE), MIN(m.base + m.size, limit));
	if (count && usable[count - 1].end > ram_end)
		ram_end = usable[count - 1].end;
	for (u32 n = 0; multiboot_memory(n, &m); n++)
		if (!m.usable && m.base < limit)
			exclude(m.base, m.base + m.size);
	exclude(image_start, image_end);
	exclude_modules(limit);
	return ram_end;
}

paddr_t mem_take(paddr_t limit)
{
	for (u32 i = count; i-- > 0;) {
		paddr_t end = MIN(usable[i].end, limit);

		if (usable[i].start >= end)
			continue;
		exclude(end - FRAME_SIZE, end);
		return end - FRAME_SIZE;
	}
	panic("no memory for page tables");
}

bool hal_mem_region(u32 n, struct hal_mem_region *out)
{
	if (n >= count)
		return false;
	*out = (struct hal_mem_region){ usable[n].start, usable[n].end - usable[n].start };
	return true;
}
