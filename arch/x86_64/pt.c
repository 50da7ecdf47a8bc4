/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Page tables: the kernel's own root, the maps of the kernel, of physical memory and of devices.
 *
 *   0                  - 0x00007f7fffffffff  user
 *   0xffff800000000000 - 0xffff807fffffffff  physical memory from 0, as much as there is; never executed
 *   0xffffffff80000000 - 0xffffffffbfffffff  the kernel's image, as in physical memory from 0
 *   0xffffffffc0000000 - 0xffffffffffffffff  devices, uncached
 *
 * The kernel's part is in global pages of 2 MiB, but for the first 4 MiB of the image: there the text is
 * read-only, only text is executed, and the page below the stack is missing. Roots share all tables below their upper
 * halves, so there is nothing to keep in step.
 */
#include "arch/x86/msr.h"
#include "arch/x86/x86.h"
#include "arch/x86_64/pcid.h"

#include <hal/hal.h>
#include <hal/io.h>
#include <hal/pt.h>
#include <hal/regs.h>
#include <kernel/lib.h>
#include <kernel/panic.h>

#define ENTRIES 512u
#define GIB ((paddr_t)1 << 30)
#define BOOT_MAPPED (4 * GIB)
#define SMALL_TABLES 2u                /* of the image: what is not mapped by large pages */
#define ROOT_DIRECT 256u
#define IMAGE_PDPT_DEVICES 511u
#define IMAGE_PDPT_IMAGE 510u
#define CR4_PGE ((uintptr_t)1 << 7)
#define CR4_PCIDE ((uintptr_t)1 << 17)
#define CPUID1_ECX_PCID (1u << 17)
_Static_assert(PT_ROOT_USER_ENTRIES == ROOT_DIRECT - 1, "the entry between the user's and the kernel's part stays empty");
_Static_assert(X86_64_USER_END == (u64)PT_ROOT_USER_ENTRIES << (FRAME_SHIFT + PT_BITS * (PT_LEVELS - 1)), "whole root entries");

extern hal_pte_t direct_pdpt[ENTRIES], direct_pd[4 * ENTRIES], image_pdpt[ENTRIES]; /* boot.S */
extern u8 kernel_rodata_start[];                                                    /* kernel.ld */

static hal_pte_t image_pd[ENTRIES] __attribute__((aligned(FRAME_SIZE)));
static hal_pte_t image_pt[SMALL_TABLES][ENTRIES] __attribute__((aligned(FRAME_SIZE)));
static hal_pte_t device_pd[ENTRIES] __attribute__((aligned(FRAME_SIZE)));
static u32 device_next;
static bool tagged;                    /* the processor has tags and they are used */

static paddr_t kernel_root_paddr(void)
{
	return (uintptr_t)kernel_root - KERNEL_BASE;
}

static void load_cr3(paddr_t root)
{
	__asm__ volatile("movq %0, %%cr3" : : "r"(root) : "memory");
}

static paddr_t loaded_root(void)
{
	u64 cr3;

	__asm__ volatile("movq %%cr3, %0" : "=r"(cr3));
	return cr3 & PTE_PADDR;
}

static hal_pte_t table_entry(const void *table)
{
	return hal_virt_to_phys(table) | PTE_PRESENT | PTE_WRITE;
}

static hal_pte_t large_page(paddr_t pa)
{
	return pa | PTE_LARGE | PTE_GLOBAL | PTE_WRITE | PTE_PRESENT;
}

/* ---- the kernel's image ---- */

static hal_pte_t image_page(uintptr_t va)
{
	hal_pte_t e = (va - KERNEL_BASE) | PTE_GLOBAL | PTE_PRESENT;

	if (va == (uintptr_t)kernel_stack_guard)
		return 0;
	if (va >= (uintptr_t)kernel_image_start && va < (uintptr_t)kernel_rodata_start)
		return e;
	if (va >= (uintptr_t)kernel_rodata_start && va < (uintptr_t)kernel_text_end)
		return e | PTE_NO_EXEC;
	return e | PTE_WRITE | PTE_NO_EXEC;
}

static void map_image(void)
{
	for (u32 i = 0; i < SMALL_TABLES * ENTRIES; i++)
		image_pt[i / ENTRIES][i % ENTRIES] = image_page(KERNEL_BASE + (uintptr_t)i * FRAME_SIZE);
	for (u32 i = 0; KERNEL_BASE + i * LARGE_PAGE_SIZE < (uintptr_t)kernel_image_end; i++)
		image_pd[i] = i < SMALL_TABLES ? table_entry(image_pt[i]) : large_page(i * LARGE_PAGE_SIZE) | PTE_NO_EXEC;
	image_pdpt[IMAGE_PDPT_IMAGE] = table_entry(image_pd);
	image_pdpt[IMAGE_PDPT_DEVICES] = table_entry(device_pd) | PTE_NO_EXEC;
}

/* ---- physical memory ---- */

static hal_pte_t *direct_table(paddr_t pa)
{
	hal_pte_t *e = &direct_pdpt[pa / GIB];

	if (!*e) {
		hal_pte_t *table = hal_phys_to_virt(mem_take(BOOT_MAPPED));

		for (u32 i = 0; i < ENTRIES; i++)
			table[i] = 0;
		*e = table_entry(table);
	}
	return hal_phys_to_virt(hal_pte_paddr(*e));
}

static void map_memory(paddr_t end)
{
	for (paddr_t pa = 0; pa < MAX(end, BOOT_MAPPED); pa += LARGE_PAGE_SIZE)
		direct_table(pa)[pa / LARGE_PAGE_SIZE % ENTRIES] = pa < end ? large_page(pa) : 0;
}

void pt_init(paddr_t ram_end)
{
	uintptr_t cr4;

	kernel_root[0] = 0;
	kernel_root[ROOT_DIRECT] |= PTE_NO_EXEC;
	map_image();
	map_memory(MIN(ram_end, (paddr_t)DIRECT_MAP_SIZE));
	load_cr3(kernel_root_paddr());
	__asm__ volatile("mov %%cr4, %0" : "=r"(cr4));
	tagged = IS_ENABLED(CONFIG_X86_64_PCID) && cpuid(1).ecx & CPUID1_ECX_PCID;
	__asm__ volatile("mov %0, %%cr4" : : "r"(cr4 | CR4_PGE | (tagged ? CR4_PCIDE : 0)) : "memory");
}

void *hal_phys_to_virt(paddr_t pa)
{
	assert(pa < DIRECT_MAP_SIZE);
	return (void *)(DIRECT_MAP_BASE + pa);
}

paddr_t hal_virt_to_phys(const void *va)
{
	uintptr_t at = (uintptr_t)va;

	if (at >= KERNEL_BASE) {
		assert(at < DEVICE_BASE);
		return at - KERNEL_BASE;
	}
	assert(at - DIRECT_MAP_BASE < DIRECT_MAP_SIZE);
	return at - DIRECT_MAP_BASE;
}

uaddr_t hal_user_end(void)
{
	return X86_64_USER_END;
}

/* ---- devices ---- */

void *hal_map_device(paddr_t pa, u32 size)
{
	paddr_t offset = pa & (LARGE_PAGE_SIZE - 1);
	hal_pte_t e = (pa - offset) | PTE_LARGE | PTE_GLOBAL | PTE_UNCACHED | PTE_WRITE | PTE_PRESENT;
	u32 i = 0;

	if (pa & ~PTE_PADDR & ~(paddr_t)(FRAME_SIZE - 1) || offset + size > LARGE_PAGE_SIZE)
		return NULL;
	while (i < device_next && (device_pd[i] & ~(hal_pte_t)(PTE_ACCESSED | PTE_DIRTY)) != e)
		i++;
	if (i == ENTRIES)
		return NULL;
	if (i == device_next) {
		device_pd[i] = e;
		device_next++;
	}
	return (void *)(DEVICE_BASE + i * LARGE_PAGE_SIZE + offset);
}

/* Roots share the table that it is in. */
void pt_see_device(const void *va)
{
	(void)va;
}

/* ---- what mm asks for ---- */

void hal_pte_set(hal_pte_t *table, u32 index, hal_pte_t e)
{
	*(volatile hal_pte_t *)&table[index] = e;
}

void hal_root_init(void *root)
{
	hal_pte_t *table = root;

	memset(table, 0, PT_ROOT_USER_ENTRIES * sizeof(*table));
	memcpy(table + PT_ROOT_USER_ENTRIES, kernel_root + PT_ROOT_USER_ENTRIES, (ENTRIES - PT_ROOT_USER_ENTRIES) * sizeof(*table));
}

void hal_space_load(paddr_t root)
{
	if (!root)
		load_cr3(kernel_root_paddr() | (tagged ? PCID_KEEP : 0));
	else
		load_cr3(IS_ENABLED(CONFIG_X86_64_PCID) && tagged ? pcid_cr3(root) : root);
}

void hal_tlb_flush_va(uaddr_t va)
{
	__asm__ volatile("invlpg (%0)" : : "r"(va) : "memory");
	if (IS_ENABLED(CONFIG_X86_64_PCID) && tagged)
		pcid_forget(loaded_root());
}

void hal_tlb_flush_all(void)
{
	paddr_t root = loaded_root();

	if (IS_ENABLED(CONFIG_X86_64_PCID) && tagged)
		pcid_forget(0);
	hal_space_load(root == kernel_root_paddr() ? 0 : root);
}
