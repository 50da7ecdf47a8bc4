/* SPDX-License-Identifier: Apache-2.0 */
/* What arch/x86 gives to the ports beside what include/hal declares. */
#ifndef ARCH_X86_H
#define ARCH_X86_H

#include <hal/hal.h>
#include <hal/layout.h>
#include <hal/pt_format.h>
#include <kernel/types.h>

struct context;
struct hal_regs;

/* ---- the port: what it gives to this room ---- */
extern hal_pte_t kernel_root[];                                        /* boot.S */
extern u8 kernel_stack_guard[], kernel_stack[], kernel_stack_top[];    /* boot.S */
extern u8 kernel_image_start[], kernel_text_end[], kernel_image_end[]; /* kernel.ld */
void desc_init(void);                         /* segments and interrupt table */
void pt_see_device(const void *va);           /* what hal_map_device() gave is mapped in the loaded root, too */
void pt_init(paddr_t ram_end);                /* keeps of boot's map only what is RAM */
void trap_print(const struct hal_regs *r);    /* all registers; of a trap from kernel mode too */

/* ---- start.c, called by boot.S ---- */
struct context *x86_start(u32 magic, u32 info);

/* ---- trap.c, called by trap_entry.S ---- */
struct context *trap_from_user(struct hal_regs *r);
void trap_from_kernel(struct hal_regs *r);

/* ---- multiboot.c: what the loader left. Read first; nothing else looks at its memory. ---- */
#define MULTIBOOT_MAGIC 0x2badb002u
#define BOOT_MODULES_MAX 4u
#define BOOT_MEMORY_MAX 32u

struct boot_memory {
	u64 base, size;
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
/* Takes a frame out of that list, below `limit`, for ever. Panics if there is none. */
paddr_t mem_take(paddr_t limit);

/* ---- pic.c ---- */
void pic_init(void);                  /* vectors 0x20-0x2f, all masked */
void pic_interrupt(u32 irq);          /* from the trap handler: acknowledges, notes */

/* ---- the tick: pit.c, pit_once.c or apic.c ---- */
void timer_init(void);
void timer_irq0(void);                /* the 8254's first counter */

/* ---- apic.c ---- */
#define APIC_VECTORS 0x30u            /* from here on */
#define APIC_VECTOR_TIMER 0x30u
#define APIC_VECTOR_SPURIOUS 0x3fu
void apic_interrupt(u32 vector);      /* from the trap handler: acknowledges, notes */

/* ---- serial.c ---- */
void serial_init(void);

#endif
