/* SPDX-License-Identifier: Apache-2.0 */
/* What arch/x86 gives to the ports beside what include/hal declares. */
#ifndef ARCH_X86_H
#define ARCH_X86_H

#include <hal/hal.h>
#include <kernel/types.h>

/* ---- multiboot.c: what the loader left. Read first; nothing else looks at its memory. ---- */
#define MULTIBOOT_MAGIC 0x2badb002u
#define BOOT_MODULES_MAX 4u
#define BOOT_MEMORY_MAX 32u

struct boot_memory {
	paddr_t base;
	u64 size;
	bool usable;
};

void multiboot_read(paddr_t info, paddr_t limit); /* modules that reach beyond `limit` are left out */
const char *multiboot_cmdline(void);
/* n-th module or entry of the memory map, or false. */
bool multiboot_module(u32 n, struct hal_mem_region *out);
bool multiboot_memory(u32 n, struct boot_memory *out);

/* ---- mem.c ---- */
/* Makes the list that hal_mem_region() gives, below `limit`. Returns the end of RAM below it. */
paddr_t mem_init(paddr_t image_start, paddr_t image_end, paddr_t limit);

/* ---- pic.c ---- */
void pic_init(void);                  /* vectors 0x20-0x2f, all masked */
void pic_interrupt(u32 irq);          /* from the trap handler: acknowledges, notes */

/* ---- pit.c ---- */
void pit_init(void);
void pit_tick(void);                  /* IRQ 0 */

/* ---- serial.c ---- */
void serial_init(void);

#endif
