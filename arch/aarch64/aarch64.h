/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of this port share. */
#ifndef ARCH_AARCH64_H
#define ARCH_AARCH64_H

#include "arch/aarch64/sysreg.h"

#include <hal/hal.h>
#include <hal/pt_format.h>
#include <kernel/fdt.h>
#include <kernel/irqchip.h>
#include <kernel/types.h>

/*
 * The kernel's half (TTBR1, 48 bits). Physical addresses have at most 46 bits.
 *   0xffff000000000000  all RAM that is used, at DIRECT_VA + physical address
 *   0xffff400000000000  devices, at DEVICE_VA + physical address
 *   0xffff800000000000  the kernel's image (kernel.ld), at most 1 GiB
 *   0xffff800040000000  the device tree
 */
#define DIRECT_VA 0xffff000000000000ull
#define DEVICE_VA 0xffff400000000000ull
#define KERNEL_VA 0xffff800000000000ull
#define FDT_VA 0xffff800040000000ull
#define PADDR_BITS 46

#define FDT_BYTES_MAX ((u64)2 << 20)      /* as the protocol of Linux says */

extern u8 kernel_image_start[], kernel_text_end[], kernel_rodata_end[], kernel_image_end[]; /* kernel.ld */
extern u8 kernel_stack[], kernel_stack_top[];                                               /* boot.S */
extern hal_pte_t kernel_root[512], empty_root[512];                                         /* early.c */

/* Ends the boot with a sentence on every console that works. */
void boot_stop(const char *fmt, ...) __attribute__((noreturn, format(printf, 1, 2)));

/* ---- pt.c ---- */
void pt_init(paddr_t image);
/* Maps [pa, pa + size) at va for the kernel; false: no more tables, or no such address. */
bool pt_map(u64 va, paddr_t pa, u64 size, hal_pte_t kind);
#define PT_MEMORY (PTE_PXN | PTE_UXN | PTE_ACCESSED | PTE_INNER_SHAREABLE)
#define PT_MEMORY_READ_ONLY (PT_MEMORY | PTE_READ_ONLY)
#define PT_DEVICE (PTE_PXN | PTE_UXN | PTE_ACCESSED | PTE_DEVICE)

/* ---- the board, from its device tree ---- */
extern struct fdt board;                  /* start.c */
void mem_init(paddr_t fdt);               /* mem.c: what hal_mem_region() gives; maps it */
bool mem_initrd(struct hal_mem_region *out);
bool mem_is_ram(paddr_t page);            /* does the device tree call any of it memory? */
void console_early(void);                 /* console.c */
void console_init(void);
void psci_init(void);
void gic_init(void);
void timer_init(void);
void cpu_init(void);

/* ---- gic.c, gicv3.c ---- */
/* The number of an interrupt that the device tree describes, set up but closed; IRQ_NONE: not this controller's. */
u32 gic_irq(const struct fdt_irq *irq);
/* Takes every interrupt that is pending: masks it and notes it, or feeds timer and console. */
void gic_poll(void);
void gic_raise(u32 sgi);                  /* to this processor, for the self-test */
extern u32 gic_sgis;                      /* of those, taken */

/* ---- timer.c ---- */
extern u32 timer_irq;
void timer_tick(void);

/* ---- console.c, pl011.c, semihosting.c ---- */
struct console {
	void (*putc)(char c);
	bool (*getc)(char *c);
};
extern u32 console_irq;
extern bool console_masked;               /* its interrupt came, and stays closed until all input is taken */
void console_open_irq(void);
void pl011_init(volatile void *registers);
void pl011_receive_irq(void);
extern const struct console pl011_console, semihosting_console;
/* Ends QEMU with this status; returns where there is no semihosting. */
void semihosting_exit(int code);
extern bool semihosting_absent;           /* trap.c: the instruction trapped */

/* ---- trap_entry.S ---- */
extern u8 trap_vectors[];
struct trap_info {
	u64 esr, far;
	u32 value;
};
/* Reads or writes 1, 2 or 4 bytes of the kernel's memory, info->value; false: it trapped, and *info says how. */
bool trap_probe(volatile void *at, u32 bytes, bool write, struct trap_info *info);

#endif
