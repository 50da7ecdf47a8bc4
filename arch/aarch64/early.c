/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The first page tables. This runs at the image's physical address with the MMU off: everything here is addressed relative
 * to pc, no pointer may be in initialised data, and nothing outside this file is called.
 *
 * TTBR1: the image at KERNEL_VA with the rights of its parts, in small pages. TTBR0: the 2 MiB around the instructions
 * that turn the MMU on, at their physical address. boot.S turns the caches' view of this memory right afterwards.
 */
#include "arch/aarch64/aarch64.h"

#define BOOT __attribute__((section(".bss.boot"), aligned(FRAME_SIZE)))
#define BLOCK_SIZE ((u64)2 << 20)
#define BLOCK_MEMORY (PTE_BLOCK | PTE_ACCESSED | PTE_INNER_SHAREABLE | PTE_UXN)

BOOT hal_pte_t kernel_root[512], empty_root[512], boot_root[512];
BOOT static hal_pte_t kernel_l1[512], kernel_l2[512], boot_l1[512], boot_l2[512];

extern u8 kernel_stack_guard[];
extern hal_pte_t kernel_l3[][512], kernel_l3_end[][512]; /* kernel.ld: as many as the image needs */
void early_map(void);

static void clear(hal_pte_t *table)
{
	for (u32 i = 0; i < 512; i++)
		*(volatile hal_pte_t *)&table[i] = 0;
}

static hal_pte_t table_at(const void *table)
{
	return (uintptr_t)table | PTE_PRESENT;
}

static u32 index_at(u64 va, u32 level)
{
	return va >> (39 - 9 * level) & 511;
}

static hal_pte_t page_entry(const u8 *at)
{
	hal_pte_t e = (uintptr_t)at | PTE_PRESENT | PT_MEMORY;

	if (at == kernel_stack_guard)
		return 0;
	if (at < kernel_text_end)
		return (e | PTE_READ_ONLY) & ~PTE_PXN;
	return at < kernel_rodata_end ? e | PTE_READ_ONLY : e;
}

static void map_image(void)
{
	u32 n = 0;

	clear(kernel_root);
	clear(kernel_l1);
	clear(kernel_l2);
	kernel_root[index_at(KERNEL_VA, 0)] = table_at(kernel_l1);
	kernel_l1[index_at(KERNEL_VA, 1)] = table_at(kernel_l2);
	for (u32 i = 0; i < (u32)(kernel_l3_end - kernel_l3); i++) {
		clear(kernel_l3[i]);
		kernel_l2[index_at(KERNEL_VA, 2) + i] = table_at(kernel_l3[i]);
	}
	for (const u8 *at = kernel_image_start; at < kernel_image_end; at += FRAME_SIZE, n++)
		kernel_l3[n / 512][n % 512] = page_entry(at);
}

void early_map(void)
{
	u64 here = (uintptr_t)kernel_image_start;

	map_image();
	clear(empty_root);
	clear(boot_root);
	clear(boot_l1);
	clear(boot_l2);
	boot_root[index_at(here, 0)] = table_at(boot_l1);
	boot_l1[index_at(here, 1)] = table_at(boot_l2);
	/* The code that needs it is near the start; it may lie across the end of a block. */
	for (u64 at = here & ~(BLOCK_SIZE - 1); at < here + BLOCK_SIZE; at += BLOCK_SIZE)
		if (index_at(at, 1) == index_at(here, 1))
			boot_l2[index_at(at, 2)] = at | BLOCK_MEMORY;
}
