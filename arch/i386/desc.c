/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Segments, task segment and interrupt table. Segments are flat. Of the task segment the
 * processor uses esp0 and ss0; its I/O bitmap lies beyond the limit, so that user mode has
 * no ports. A double fault has a task of its own: it must report even if the stack is bad.
 */
#include "arch/x86/x86.h"

#include <hal/regs.h>
#include <kernel/panic.h>

#define SEL_KERNEL_CS 0x08
#define SEL_KERNEL_DS 0x10
#define SEL_TSS 0x28
#define SEL_DOUBLE_FAULT 0x30

#define DESC_CODE(dpl) (0x00cf9a000000ffffull | (u64)(dpl) << 45)
#define DESC_DATA(dpl) (0x00cf92000000ffffull | (u64)(dpl) << 45)
#define DESC_TSS 0x0000890000000000ull

#define GATE_INTERRUPT 0x8e00u
#define GATE_TASK 0x8500u
#define GATE_USER 0x6000u

#define VECTOR_BREAKPOINT 3
#define VECTOR_OVERFLOW 4
#define VECTOR_DOUBLE_FAULT 8
#define VECTOR_SYSCALL 0x30
#define VECTORS (VECTOR_SYSCALL + 1)
#define STUB_BYTES 16

struct desc_pointer {
	u16 limit;
	u32 base;
} __attribute__((packed));

struct tss {
	u32 link, esp0, ss0, esp1, ss1, esp2, ss2, cr3;
	u32 eip, eflags, eax, ecx, edx, ebx, esp, ebp, esi, edi;
	u32 es, cs, ss, ds, fs, gs, ldt;
	u16 trap, io_map;
};
_Static_assert(sizeof(struct tss) == 104, "task segment");

struct tss i386_tss;
extern u8 trap_stubs[], trap_syscall[];
void i386_load_segments(const struct desc_pointer *gdt, const struct desc_pointer *idt, u32 tss);

static struct tss double_fault_tss;
static u32 double_fault_stack[512];
static u64 gdt[] = {
	0, DESC_CODE(0), DESC_DATA(0), DESC_CODE(3), DESC_DATA(3), DESC_TSS, DESC_TSS,
};
static u64 idt[VECTORS];

static u64 tss_descriptor(const struct tss *t)
{
	u64 base = (uintptr_t)t;

	return DESC_TSS | (sizeof(*t) - 1) | (base & 0xffffff) << 16 | (base >> 24) << 56;
}

static u64 gate(const void *entry, u32 type)
{
	u64 at = (uintptr_t)entry;

	return (at & 0xffff) | (u64)SEL_KERNEL_CS << 16 | (u64)type << 32 | (at >> 16) << 48;
}

/* Runs as a task of its own; the task that failed is described by i386_tss. */
static void double_fault(void)
{
	panic("double fault at %08x, esp %08x (stack %p - %p)", i386_tss.eip, i386_tss.esp, (void *)kernel_stack,
		(void *)kernel_stack_top);
}

static void init_tss(void)
{
	u32 root = (u32)(uintptr_t)kernel_root - KERNEL_BASE;

	i386_tss = (struct tss){ .ss0 = SEL_KERNEL_DS, .io_map = sizeof(struct tss) };
	double_fault_tss = (struct tss){
		.cr3 = root,
		.eip = (u32)(uintptr_t)double_fault,
		.eflags = 2,
		.esp = (u32)(uintptr_t)(double_fault_stack + ARRAY_SIZE(double_fault_stack)),
		.cs = SEL_KERNEL_CS,
		.ss = SEL_KERNEL_DS,
		.ds = SEL_KERNEL_DS,
		.es = SEL_KERNEL_DS,
		.io_map = sizeof(struct tss),
	};
	gdt[SEL_TSS / 8] = tss_descriptor(&i386_tss);
	gdt[SEL_DOUBLE_FAULT / 8] = tss_descriptor(&double_fault_tss);
}

void desc_init(void)
{
	const struct desc_pointer gdt_pointer = { sizeof(gdt) - 1, (u32)(uintptr_t)gdt };
	const struct desc_pointer idt_pointer = { sizeof(idt) - 1, (u32)(uintptr_t)idt };

	for (u32 v = 0; v < VECTOR_SYSCALL; v++)
		idt[v] = gate(trap_stubs + v * STUB_BYTES, GATE_INTERRUPT);
	idt[VECTOR_BREAKPOINT] |= (u64)GATE_USER << 32;
	idt[VECTOR_OVERFLOW] |= (u64)GATE_USER << 32;
	idt[VECTOR_DOUBLE_FAULT] = (u64)SEL_DOUBLE_FAULT << 16 | (u64)GATE_TASK << 32;
	idt[VECTOR_SYSCALL] = gate(trap_syscall, GATE_INTERRUPT | GATE_USER);

	init_tss();
	i386_load_segments(&gdt_pointer, &idt_pointer, SEL_TSS);
}

/* A trap from kernel mode has pushed no esp and ss. */
void trap_print(const struct hal_regs *r)
{
	u32 esp = r->cs & 3 ? r->esp : (u32)(uintptr_t)&r->esp;

	klog("eip %x:%08x eflags %08x\n", r->cs, r->eip, r->eflags);
	klog("eax %08x ecx %08x edx %08x ebx %08x\n", r->eax, r->ecx, r->edx, r->ebx);
	klog("esp %08x ebp %08x esi %08x edi %08x\n", esp, r->ebp, r->esi, r->edi);
}
