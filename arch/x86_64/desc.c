/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Segments, task segment, interrupt table, system call, and what else is set once in the processor. There are no 32-bit
 * segments, so that user mode is 64-bit mode. Of the task segment the processor uses the stacks; its I/O bitmap lies
 * beyond the limit, so that user mode has no ports.
 */
#include "arch/x86/msr.h"
#include "arch/x86/x86.h"

#include <hal/regs.h>
#include <kernel/panic.h>

#define SEL_KERNEL_CS 0x08
#define SEL_KERNEL_DS 0x10
#define SEL_TSS 0x28
_Static_assert(X86_64_USER_DS == ((SEL_KERNEL_DS + 8) | 3) && X86_64_USER_CS == ((SEL_KERNEL_DS + 16) | 3),
	       "sysret computes the user's selectors from one number");

#define DESC_CODE(dpl) (0x00af9a000000ffffull | (u64)(dpl) << 45)
#define DESC_DATA(dpl) (0x00cf92000000ffffull | (u64)(dpl) << 45)
#define DESC_TSS 0x0000890000000000ull

#define GATE_INTERRUPT 0x8e00u
#define GATE_USER 0x6000u

#define VECTOR_DEBUG 1
#define VECTOR_NMI 2
#define VECTOR_BREAKPOINT 3
#define VECTOR_DOUBLE_FAULT 8
#define VECTOR_MACHINE_CHECK 18
#define VECTORS 0x40
#define STUB_BYTES 16

#define MSR_STAR 0xc0000081u
#define MSR_LSTAR 0xc0000082u
#define MSR_CSTAR 0xc0000083u
#define MSR_FMASK 0xc0000084u
#define MSR_FS_BASE 0xc0000100u
#define MSR_GS_BASE 0xc0000101u
#define MSR_KERNEL_GS_BASE 0xc0000102u
#define MSR_SYSENTER_CS 0x174u

#define FLAGS_ALL 0x3f7fd5u /* all flags are clear when a system call enters, interrupts too */

#define CR4_MCE ((uintptr_t)1 << 6)
#define CR4_UMIP ((uintptr_t)1 << 11)
#define CR4_SMEP ((uintptr_t)1 << 20)
#define CR4_SMAP ((uintptr_t)1 << 21)
#define CPUID1_EDX_MCE (1u << 7)
#define CPUID7_EBX_SMEP (1u << 7)
#define CPUID7_EBX_SMAP (1u << 20)
#define CPUID7_ECX_UMIP (1u << 2)

struct desc_pointer {
	u16 limit;
	u64 base;
} __attribute__((packed));

struct tss {
	u32 unused0;
	u64 rsp[3], unused1, ist[7], unused2;
	u16 unused3, io_map;
} __attribute__((packed));
_Static_assert(sizeof(struct tss) == 104, "task segment");

struct gate {
	u64 low, high;
};

struct tss x86_64_tss;
extern u8 trap_stubs[], trap_syscall[];
void x86_64_load_segments(const struct desc_pointer *gdt, const struct desc_pointer *idt, u32 tss);

/* These come where rsp may be the user's, or bad: each has a stack of its own. */
static const u8 own_stack[] = { VECTOR_DOUBLE_FAULT, VECTOR_NMI, VECTOR_MACHINE_CHECK, VECTOR_DEBUG };
static u8 stacks[ARRAY_SIZE(own_stack)][4096] __attribute__((aligned(16)));

static u64 gdt[] = {
	0, DESC_CODE(0), DESC_DATA(0), DESC_DATA(3), DESC_CODE(3), 0, 0,
};
static struct gate idt[VECTORS];

static struct gate gate(const void *entry, u32 type)
{
	u64 at = (uintptr_t)entry;

	return (struct gate){ (at & 0xffff) | (u64)SEL_KERNEL_CS << 16 | (u64)type << 32 | (at >> 16 & 0xffff) << 48,
			      at >> 32 };
}

static void init_tss(void)
{
	u64 base = (uintptr_t)&x86_64_tss;

	x86_64_tss.io_map = sizeof(struct tss);
	for (u32 i = 0; i < ARRAY_SIZE(own_stack); i++) {
		x86_64_tss.ist[i] = (uintptr_t)stacks[i] + sizeof(stacks[i]);
		idt[own_stack[i]].low |= (u64)(i + 1) << 32;
	}
	gdt[SEL_TSS / 8] = DESC_TSS | (sizeof(struct tss) - 1) | (base & 0xffffff) << 16 | (base >> 24 & 0xff) << 56;
	gdt[SEL_TSS / 8 + 1] = base >> 32;
}

static void init_syscall(void)
{
	wrmsr(MSR_STAR, (u64)(SEL_KERNEL_DS | 3) << 48 | (u64)SEL_KERNEL_CS << 32);
	wrmsr(MSR_LSTAR, (uintptr_t)trap_syscall);
	wrmsr(MSR_CSTAR, (uintptr_t)trap_syscall);
	wrmsr(MSR_FMASK, FLAGS_ALL);
	wrmsr(MSR_SYSENTER_CS, 0); /* no such instruction */
	wrmsr(MSR_FS_BASE, 0);
	wrmsr(MSR_GS_BASE, 0);
	wrmsr(MSR_KERNEL_GS_BASE, 0);
}

/* What the processor can refuse for us: user pages in kernel mode, the tables' addresses in user mode. */
static void init_features(void)
{
	struct cpuid f = cpuid(7);
	uintptr_t cr4;

	__asm__ volatile("mov %%cr4, %0" : "=r"(cr4));
	cr4 |= (cpuid(1).edx & CPUID1_EDX_MCE ? CR4_MCE : 0) | (f.ebx & CPUID7_EBX_SMEP ? CR4_SMEP : 0) |
	       (f.ebx & CPUID7_EBX_SMAP ? CR4_SMAP : 0) | (f.ecx & CPUID7_ECX_UMIP ? CR4_UMIP : 0);
	__asm__ volatile("mov %0, %%cr4" : : "r"(cr4));
	__asm__ volatile("mov %0, %%dr7" : : "r"((uintptr_t)0x400)); /* no watchpoints of a loader */
}

void desc_init(void)
{
	const struct desc_pointer gdt_pointer = { sizeof(gdt) - 1, (uintptr_t)gdt };
	const struct desc_pointer idt_pointer = { sizeof(idt) - 1, (uintptr_t)idt };

	for (u32 v = 0; v < VECTORS; v++)
		idt[v] = gate(trap_stubs + v * STUB_BYTES, GATE_INTERRUPT | (v == VECTOR_BREAKPOINT ? GATE_USER : 0));
	init_tss();
	x86_64_load_segments(&gdt_pointer, &idt_pointer, SEL_TSS);
	init_syscall();
	init_features();
}

void trap_print(const struct hal_regs *r)
{
	klog("rip %lx:%016lx rflags %08lx rsp %016lx\n", r->cs, r->rip, r->rflags, r->rsp);
	klog("rax %016lx rcx %016lx rdx %016lx rbx %016lx\n", r->rax, r->rcx, r->rdx, r->rbx);
	klog("rbp %016lx rsi %016lx rdi %016lx r8  %016lx\n", r->rbp, r->rsi, r->rdi, r->r8);
	klog("r9  %016lx r10 %016lx r11 %016lx r12 %016lx\n", r->r9, r->r10, r->r11, r->r12);
	klog("r13 %016lx r14 %016lx r15 %016lx\n", r->r13, r->r14, r->r15);
}
