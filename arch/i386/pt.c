/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Page tables: the kernel's own root, the map of physical memory and of devices.
 *
 *   0          - 0xbfffffff  user
 *   0xc0000000 - 0xefffffff  physical memory from 0, as much as there is
 *   0xf0000000 - 0xffffffff  devices, uncached
 *
 * The kernel's part is in pages of 4 MiB, but for the first, which holds the kernel: there the
 * text is read-only and the page below the stack is missing. After hal_devices_init() entries are only added, for
 * devices that a driver at user level asks for: each root has a copy of the entries of when it was made, and the loaded one
 * gets a new one before it is used (pt_see_device()).
 */
#include "arch/x86/x86.h"

#include <hal/hal.h>
#include <hal/io.h>
#include <hal/pt.h>
#include <hal/regs.h>
#include <kernel/lib.h>
#include <kernel/panic.h>

#define ROOT_ENTRIES 1024u
#define KERNEL_ENTRY (KERNEL_BASE / LARGE_PAGE_SIZE)
#define DEVICE_ENTRY (KERNEL_ENTRY + DIRECT_MAP_SIZE / LARGE_PAGE_SIZE)
_Static_assert(KERNEL_ENTRY == PT_ROOT_USER_ENTRIES, "the kernel's part follows the user's");
_Static_assert(I386_USER_END == KERNEL_BASE, "the kernel's part follows the user's");

static u32 device_next = DEVICE_ENTRY;
static hal_pte_t first_table[ROOT_ENTRIES] __attribute__((aligned(FRAME_SIZE)));

static u32 kernel_root_paddr(void)
{
	return (u32)(uintptr_t)kernel_root - KERNEL_BASE;
}

static void load_cr3(u32 root)
{
	__asm__ volatile("movl %0, %%cr3" : : "r"(root) : "memory");
}

static hal_pte_t first_table_entry(uintptr_t va)
{
	hal_pte_t e = (u32)(va - KERNEL_BASE) | PTE_PRESENT;

	if (va == (uintptr_t)kernel_stack_guard)
		return 0;
	if (va >= (uintptr_t)kernel_image_start && va < (uintptr_t)kernel_text_end)
		return e;
	return e | PTE_WRITE;
}

void pt_init(paddr_t ram_end)
{
	u32 mapped = (u32)(ALIGN_UP(MIN(ram_end, (paddr_t)DIRECT_MAP_SIZE), LARGE_PAGE_SIZE) / LARGE_PAGE_SIZE);

	for (u32 i = 0; i < KERNEL_ENTRY; i++)
		kernel_root[i] = 0;
	for (u32 i = KERNEL_ENTRY + mapped; i < ROOT_ENTRIES; i++)
		kernel_root[i] = 0;
	for (u32 i = 0; i < ROOT_ENTRIES; i++)
		first_table[i] = first_table_entry(KERNEL_BASE + i * FRAME_SIZE);
	kernel_root[KERNEL_ENTRY] = (u32)hal_virt_to_phys(first_table) | PTE_PRESENT | PTE_WRITE;
	load_cr3(kernel_root_paddr());
}

void *hal_phys_to_virt(paddr_t pa)
{
	assert(pa < DIRECT_MAP_SIZE);
	return (void *)(uintptr_t)(KERNEL_BASE + (u32)pa);
}

paddr_t hal_virt_to_phys(const void *va)
{
	assert((uintptr_t)va - KERNEL_BASE < DIRECT_MAP_SIZE);
	return (uintptr_t)va - KERNEL_BASE;
}

uaddr_t hal_user_end(void)
{
	return I386_USER_END;
}

/* The entry of the device window that maps the 4 MiB at `base`, made if there is none; 0 = no room. */
static u32 device_entry(u32 base)
{
	hal_pte_t e = base | PTE_LARGE | PTE_UNCACHED | PTE_WRITE | PTE_PRESENT;

	for (u32 i = DEVICE_ENTRY; i < device_next; i++)
		if ((kernel_root[i] & ~(PTE_ACCESSED | PTE_DIRTY)) == e)
			return i;
	if (device_next == ROOT_ENTRIES)
		return 0;
	kernel_root[device_next] = e;
	return device_next++;
}

void *hal_map_device(paddr_t pa, u32 size)
{
	u32 offset = (u32)pa & (LARGE_PAGE_SIZE - 1);
	u32 entry;

	if (size > LARGE_PAGE_SIZE - offset)
		return NULL;
	entry = device_entry((u32)pa - offset);
	return entry ? (void *)(uintptr_t)(entry * LARGE_PAGE_SIZE + offset) : NULL;
}

void pt_see_device(const void *va)
{
	u32 entry = (u32)(uintptr_t)va / LARGE_PAGE_SIZE, root;

	__asm__ volatile("movl %%cr3, %0" : "=r"(root));
	((hal_pte_t *)hal_phys_to_virt(root))[entry] = kernel_root[entry];
}

void hal_pte_set(hal_pte_t *table, u32 index, hal_pte_t e)
{
	*(volatile hal_pte_t *)&table[index] = e;
}

void hal_root_init(void *root)
{
	hal_pte_t *table = root;

	memset(table, 0, KERNEL_ENTRY * sizeof(*table));
	memcpy(table + KERNEL_ENTRY, kernel_root + KERNEL_ENTRY, (ROOT_ENTRIES - KERNEL_ENTRY) * sizeof(*table));
}

void hal_space_load(paddr_t root)
{
	load_cr3(root ? (u32)root : kernel_root_paddr());
}

void hal_tlb_flush_va(uaddr_t va)
{
	__asm__ volatile("invlpg (%0)" : : "r"((uintptr_t)va) : "memory");
}

void hal_tlb_flush_all(void)
{
	u32 root;

	__asm__ volatile("movl %%cr3, %0" : "=r"(root));
	load_cr3(root);
}
