/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Usable memory: what the device tree calls memory, less the kernel's image, the tree itself, the initial RAM disk, and
 * all that is reserved: by /reserved-memory, by the blob's own list. What is usable is mapped; nothing else of RAM is.
 */
#include "arch/aarch64/aarch64.h"

#include <kernel/lib.h>
#include <kernel/panic.h>
#include <kernel/ranges.h>

static struct ranges usable, ram;
static struct hal_mem_region initrd;

/* Every pair of `reg`, until there is none. */
static void each_reg(u32 node, struct ranges *r, void (*take)(struct ranges *, paddr_t, paddr_t))
{
	u64 base, size;

	for (u32 n = 0; fdt_reg(&board, node, n, &base, &size); n++)
		take(r, base, base + size);
}

static void include_memory(void)
{
	u32 root = fdt_root(&board);

	for (u32 node = fdt_child(&board, root); node; node = fdt_sibling(&board, node)) {
		const char *type = fdt_text(&board, node, "device_type");

		if (type && !strcmp(type, "memory") && fdt_is_enabled(&board, node))
			each_reg(node, &ram, ranges_include);
	}
}

static void exclude_reserved(void)
{
	u32 parent = fdt_by_path(&board, "/reserved-memory");
	u64 base, size;

	for (u32 node = fdt_child(&board, parent); node; node = fdt_sibling(&board, node))
		if (fdt_is_enabled(&board, node))
			each_reg(node, &usable, ranges_exclude);
	for (u32 n = 0; fdt_reserved(&board, n, &base, &size); n++)
		if (base + size >= base)
			ranges_exclude(&usable, base, base + size);
}

/* An address in one or two cells. */
static bool chosen_address(const char *name, u64 *out)
{
	u32 bytes;
	const void *p = fdt_prop(&board, fdt_by_path(&board, "/chosen"), name, &bytes);

	if (!p || (bytes != 4 && bytes != 8))
		return false;
	*out = fdt_number(p, bytes / 4);
	return true;
}

static void find_initrd(void)
{
	u64 start, end;

	if (!chosen_address("linux,initrd-start", &start) || !chosen_address("linux,initrd-end", &end) || start >= end)
		return;
	if (start % FRAME_SIZE) {
		klog("boot: the initial RAM disk at %llx does not begin on a frame: left out\n", (unsigned long long)start);
		return;
	}
	for (u32 i = 0; i < usable.count; i++)
		if (start >= usable.at[i].start && end <= usable.at[i].end)
			initrd = (struct hal_mem_region){ start, end - start };
	if (!initrd.size)
		klog("boot: the initial RAM disk at %llx is not in memory: left out\n", (unsigned long long)start);
}

static void map_usable(void)
{
	if (initrd.size && !pt_map(DIRECT_VA + initrd.base, initrd.base, initrd.size, PT_MEMORY))
		initrd.size = 0;
	for (u32 i = 0; i < usable.count; i++) {
		struct range r = usable.at[i];

		if (pt_map(DIRECT_VA + r.start, r.start, r.end - r.start, PT_MEMORY))
			continue;
		klog("boot: memory %llx-%llx cannot be mapped: left out\n", (unsigned long long)r.start, (unsigned long long)r.end);
		ranges_exclude(&usable, r.start, r.end);
		i--;
	}
}

/* What the tree calls memory answers at both ends, or the tree lies; what lies in the middle is believed. */
static void touch_usable(void)
{
	for (u32 i = 0; i < usable.count; i++) {
		struct range r = usable.at[i];
		struct trap_info try = { 0 };

		if (!trap_probe((void *)(DIRECT_VA + r.start), 4, false, &try) ||
		    !trap_probe((void *)(DIRECT_VA + r.end - 4), 4, false, &try))
			boot_stop("the device tree calls %llx-%llx memory, and nothing is there: mend the reg of its memory node",
				(unsigned long long)r.start, (unsigned long long)r.end);
	}
}

void mem_init(paddr_t fdt)
{
	paddr_t image = hal_virt_to_phys(kernel_image_start);

	include_memory();
	usable = ram;
	if (!usable.count)
		boot_stop("the device tree names no memory: it needs a node with device_type = \"memory\" and reg");
	exclude_reserved();
	ranges_exclude(&usable, image, image + (u64)(kernel_image_end - kernel_image_start));
	ranges_exclude(&usable, fdt, fdt + board.used);
	find_initrd();
	ranges_exclude(&usable, initrd.base, initrd.base + initrd.size);
	map_usable();
	touch_usable();
	if (!usable.count)
		boot_stop("no memory is left beside the kernel and what the device tree reserves");
	if (usable.lost)
		klog("boot: memory is in too many pieces, %u left out\n", usable.lost);
}

bool mem_initrd(struct hal_mem_region *out)
{
	*out = initrd;
	return initrd.size != 0;
}

bool mem_is_ram(paddr_t page)
{
	for (u32 i = 0; i < ram.count; i++)
		if (page >= ram.at[i].start && page < ram.at[i].end)
			return true;
	return false;
}

bool hal_mem_region(u32 n, struct hal_mem_region *out)
{
	if (n >= usable.count)
		return false;
	*out = (struct hal_mem_region){ usable.at[n].start, usable.at[n].end - usable.at[n].start };
	return true;
}
