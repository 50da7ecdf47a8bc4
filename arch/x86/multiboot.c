/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Multiboot 1 information (the specification's section 3.3), copied into the kernel at
 * once: after this the loader's memory is free. What does not fit is left out and said.
 */
#include "arch/x86/x86.h"

#include <kernel/panic.h>

#define MBI_MEM 0x001u
#define MBI_CMDLINE 0x004u
#define MBI_MODS 0x008u
#define MBI_MMAP 0x040u
#define MMAP_USABLE 1u

struct mbi {
	u32 flags, mem_lower, mem_upper, boot_device, cmdline, mods_count, mods_addr;
	u32 syms[4];
	u32 mmap_length, mmap_addr;
};

struct mbi_mmap {
	u32 size; /* of the rest */
	u64 base, length;
	u32 type;
} __attribute__((packed));

struct mbi_module {
	u32 start, end, string, reserved;
};

static char cmdline[512];
static struct hal_mem_region modules[BOOT_MODULES_MAX];
static u32 module_count;
static struct boot_memory memory[BOOT_MEMORY_MAX];
static u32 memory_count;

static void add_memory(u64 base, u64 size, bool usable)
{
	if (memory_count == BOOT_MEMORY_MAX) {
		klog("boot: memory map is too long, %llx left out\n", (unsigned long long)base);
		return;
	}
	memory[memory_count++] = (struct boot_memory){ base, size, usable };
}

static void read_mmap(const struct mbi *mbi)
{
	const u8 *at = hal_phys_to_virt(mbi->mmap_addr);
	const u8 *end = at + mbi->mmap_length;

	while (at < end) {
		const struct mbi_mmap *m = (const void *)at;

		if (m->size > (u32)(end - at))
			break;
		add_memory(m->base, m->length, m->type == MMAP_USABLE);
		at += m->size + sizeof(m->size);
	}
}

static void read_modules(const struct mbi *mbi, paddr_t limit)
{
	const struct mbi_module *m = hal_phys_to_virt(mbi->mods_addr);

	for (u32 i = 0; i < mbi->mods_count; i++) {
		if (module_count == BOOT_MODULES_MAX || m[i].end > limit || m[i].start >= m[i].end) {
			klog("boot: module %u left out\n", i);
			continue;
		}
		modules[module_count++] = (struct hal_mem_region){ m[i].start, m[i].end - m[i].start };
	}
}

static void read_cmdline(const struct mbi *mbi)
{
	const char *from = hal_phys_to_virt(mbi->cmdline);
	u32 i = 0;

	for (; i < sizeof(cmdline) - 1 && from[i]; i++)
		cmdline[i] = from[i];
	cmdline[i] = 0;
}

void multiboot_read(paddr_t info, paddr_t limit)
{
	const struct mbi *mbi = hal_phys_to_virt(info);

	if (mbi->flags & MBI_CMDLINE)
		read_cmdline(mbi);
	if (mbi->flags & MBI_MODS)
		read_modules(mbi, limit);
	if (mbi->flags & MBI_MMAP)
		read_mmap(mbi);
	else if (mbi->flags & MBI_MEM)
		add_memory(1u << 20, (u64)mbi->mem_upper << 10, true);
}

const char *multiboot_cmdline(void)
{
	return cmdline;
}

bool multiboot_module(u32 n, struct hal_mem_region *out)
{
	if (n >= module_count)
		return false;
	*out = modules[n];
	return true;
}

bool multiboot_memory(u32 n, struct boot_memory *out)
{
	if (n >= memory_count)
		return false;
	*out = memory[n];
	return true;
}
