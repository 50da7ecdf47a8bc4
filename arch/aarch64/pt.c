/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The kernel's own tables (four levels, by TTBR1: aarch64.h has the map), and loading and flushing user space.
 *
 * The kernel's half only grows, by devices that are mapped: all roots of user space are separate from it, in TTBR0. RAM is
 * mapped only where hal_mem_region() gives it; the image only at its own address, its text read-only.
 *
 * Address space tags (ASIDs): the tag of a root is the low 8 bits of its frame's number. A tag remembers its root; another
 * root that needs it flushes it first. A root that is taken back has been flushed under all tags by mm, so that a frame may
 * become a root again. The empty root borrows tag 0: while it is loaded nobody looks at user addresses. Entries of shared
 * tables can be cached under any tag, hence every flush is of all tags (vaae1, vmalle1).
 */
#include "arch/aarch64/aarch64.h"

#include <hal/io.h>
#include <hal/pt.h>
#include <hal/regs.h>
#include <kernel/lib.h>
#include <kernel/panic.h>

#define TABLES 40u
#define BLOCK_1G ((u64)1 << 30)
#define BLOCK_2M ((u64)1 << 21)
#define TAGS 256u
#define TAG_SHIFT 48
_Static_assert(AARCH64_USER_END == (u64)1 << (FRAME_SHIFT + PT_LEVELS * PT_BITS), "boot.S: TCR_T0SZ_USER");

static hal_pte_t tables[TABLES][512] __attribute__((aligned(FRAME_SIZE)));
static u32 tables_used;
static paddr_t image;                     /* where the kernel was loaded */
static paddr_t tag_root[TAGS];

static bool in_image(u64 va)
{
	return va - KERNEL_VA < (u64)(kernel_image_end - kernel_image_start);
}

void *hal_phys_to_virt(paddr_t pa)
{
	assert(pa >> PADDR_BITS == 0);
	return (void *)(DIRECT_VA + pa);
}

paddr_t hal_virt_to_phys(const void *va)
{
	u64 at = (uintptr_t)va;

	if (in_image(at))
		return at - KERNEL_VA + image;
	assert((at - DIRECT_VA) >> PADDR_BITS == 0);
	return at - DIRECT_VA;
}

uaddr_t hal_user_end(void)
{
	return AARCH64_USER_END;
}

/* ---- the kernel's half ---- */

static u32 index_at(u64 va, u32 level)
{
	return va >> (39 - 9 * level) & 511;
}

/* The table below an entry, made if there is none; NULL: none left, or a block stands there. */
static hal_pte_t *table_below(hal_pte_t *e)
{
	paddr_t pa;

	if ((*e & PTE_PRESENT) == PTE_BLOCK)
		return NULL;
	if (!*e) {
		if (tables_used == TABLES)
			return NULL;
		*(volatile hal_pte_t *)e = hal_virt_to_phys(tables[tables_used++]) | PTE_PRESENT;
	}
	pa = hal_pte_paddr(*e);
	return (hal_pte_t *)(KERNEL_VA + (pa - image)); /* all of the kernel's tables are in its image */
}

/* One entry at the level whose blocks have this size. */
static bool map_one(u64 va, paddr_t pa, u64 size, hal_pte_t kind)
{
	hal_pte_t *table = kernel_root;
	u32 last = size == BLOCK_1G ? 1 : size == BLOCK_2M ? 2 : 3;
	hal_pte_t e = pa | kind | (last == 3 ? PTE_PRESENT : PTE_BLOCK);

	for (u32 level = 0; level < last; level++) {
		table = table_below(&table[index_at(va, level)]);
		if (!table)
			return false;
	}
	table += index_at(va, last);
	if (*table && *table != e)
		return false;
	*(volatile hal_pte_t *)table = e;
	return true;
}

/* Is [va, va + size) mapped already, in larger blocks? For devices, which share them. */
static bool is_mapped(u64 va, paddr_t pa)
{
	const hal_pte_t *table = kernel_root;

	for (u32 level = 0; level < 4; level++) {
		hal_pte_t e = table[index_at(va, level)];
		u64 size = (u64)1 << (39 - 9 * level);

		if (!(e & 1))
			return false;
		if (level == 3 || (e & PTE_PRESENT) == PTE_BLOCK)
			return hal_pte_paddr(e) == (pa & ~(size - 1));
		table = (const hal_pte_t *)(KERNEL_VA + (hal_pte_paddr(e) - image));
	}
	return false;
}

bool pt_map(u64 va, paddr_t pa, u64 size, hal_pte_t kind)
{
	u64 end = pa + size, step;

	if (end < pa || end > (u64)1 << PADDR_BITS)
		return false;
	va &= ~(u64)(FRAME_SIZE - 1);
	for (pa &= ~(paddr_t)(FRAME_SIZE - 1); pa < end; pa += step, va += step) {
		u64 left = end - pa;

		if (!((va | pa) & (BLOCK_1G - 1)) && left >= BLOCK_1G)
			step = BLOCK_1G;
		else if (!((va | pa) & (BLOCK_2M - 1)) && left >= BLOCK_2M)
			step = BLOCK_2M;
		else
			step = FRAME_SIZE;
		if (!is_mapped(va, pa) && !map_one(va, pa, step, kind))
			return false;
	}
	__asm__ volatile("dsb ishst; isb" : : : "memory");
	return true;
}

/* In blocks of 2 MiB: devices stand near each other, and what is beside them is a device, too. */
void *hal_map_device(paddr_t pa, u64 size)
{
	paddr_t start = pa & ~(BLOCK_2M - 1);

	if (pa % 4 || !size || pa + size < pa || pa >> PADDR_BITS || mem_is_ram(pa) ||
	    !pt_map(DEVICE_VA + start, start, ALIGN_UP(pa + size, BLOCK_2M) - start, PT_DEVICE))
		return NULL;
	return (void *)(DEVICE_VA + pa);
}

void pt_init(paddr_t at)
{
	image = at;
	tag_root[0] = ~(paddr_t)0; /* not the empty root: that is loaded by its address */
}

/* ---- user space ---- */

/* What the processor fetches must be what has been written: clean to the point of unification, forget instructions. */
static void make_executable(paddr_t pa)
{
	u64 ctr = read_sysreg(ctr_el0), line = (u64)4 << (ctr >> 16 & 15), va = (uintptr_t)hal_phys_to_virt(pa);

	if (!(ctr >> 28 & 1))
		for (u64 at = va; at < va + FRAME_SIZE; at += line)
			__asm__ volatile("dc cvau, %0" : : "r"(at) : "memory");
	__asm__ volatile("dsb ish" : : : "memory");
	if (!(ctr >> 29 & 1))
		__asm__ volatile("ic ialluis; dsb ish" : : : "memory");
	isb();
}

void hal_pte_set(hal_pte_t *table, u32 index, hal_pte_t e)
{
	hal_pte_t old = table[index];

	if (hal_pte_present(e) && hal_pte_exec(e) &&
	    !(hal_pte_present(old) && hal_pte_exec(old) && hal_pte_paddr(old) == hal_pte_paddr(e)))
		make_executable(hal_pte_paddr(e));
	/* The walker sees what a table holds before it sees the entry that leads there. */
	__asm__ volatile("dmb ishst" : : : "memory");
	*(volatile hal_pte_t *)&table[index] = e;
}

void hal_root_init(void *root)
{
	memset(root, 0, FRAME_SIZE);
	__asm__ volatile("dsb ishst" : : : "memory"); /* before it is loaded */
}

void hal_space_load(paddr_t root)
{
	u64 tag = root >> FRAME_SHIFT & (TAGS - 1);

	if (__builtin_expect(tag_root[tag] != root, 0)) {
		write_sysreg(ttbr0_el1, hal_virt_to_phys(empty_root)); /* the tag may be the one that is loaded */
		isb();
		if (!root)
			return;
		tag_root[tag] = root;
		__asm__ volatile("tlbi aside1is, %0; dsb ish" : : "r"(tag << TAG_SHIFT) : "memory");
	}
	write_sysreg(ttbr0_el1, root | tag << TAG_SHIFT);
	isb();
}

void hal_tlb_flush_va(uaddr_t va)
{
	__asm__ volatile("dsb ishst; tlbi vaae1is, %0; dsb ish; isb" : : "r"(va >> FRAME_SHIFT & (((u64)1 << 44) - 1)) : "memory");
}

void hal_tlb_flush_all(void)
{
	__asm__ volatile("dsb ishst; tlbi vmalle1is; dsb ish; isb" : : : "memory");
}
