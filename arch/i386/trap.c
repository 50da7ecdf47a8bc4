/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a trap means. From user mode: a fault, an exception or an interrupt, told to the
 * kernel, which says what runs next. From kernel mode: an interrupt where it was let in;
 * anything else is an error of the kernel. (System calls go straight from trap_entry.S.)
 */
#include "arch/i386/i386.h"
#include "arch/x86/x86.h"

#include <abi/process.h>
#include <hal/regs.h>
#include <kernel/entry.h>
#include <kernel/panic.h>

#define TRAP_NMI 2
#define TRAP_PAGE_FAULT 14
#define TRAP_MACHINE_CHECK 18
#define TRAP_IRQ 0x20
#define TRAP_IRQ_END 0x30

/* The kinds of access, numbered as enum access and the ABI's fault information are. */
#define ACCESS_READ 0u
#define ACCESS_WRITE 1u
#define ACCESS_EXEC 2u

#define PF_ERROR_WRITE 0x2u
#define PF_ERROR_RESERVED 0x8u

struct context *trap_from_user(struct hal_regs *r);
void trap_from_kernel(struct hal_regs *r);

/* Exceptions that are not listed are FAULT_OTHER. */
static const u8 fault_of_trap[] = {
	[0] = FAULT_ARITHMETIC, /* divide */
	[1] = FAULT_BREAKPOINT, /* single step */
	[3] = FAULT_BREAKPOINT,
	[4] = FAULT_ARITHMETIC, /* overflow */
	[6] = FAULT_ILLEGAL,    /* no such instruction */
	[7] = FAULT_ILLEGAL,    /* floating point */
	[13] = FAULT_ILLEGAL,   /* privileged */
};

static u32 read_cr2(void)
{
	u32 v;

	__asm__ volatile("movl %%cr2, %0" : "=r"(v));
	return v;
}

/* `r` is partial for a trap from kernel mode: no esp and ss. */
static void print_regs(const struct hal_regs *r, u32 esp)
{
	klog("trap %u error %x eip %x:%08x eflags %08x cr2 %08x\n", r->trap, r->error, r->cs, r->eip, r->eflags,
		read_cr2());
	klog("eax %08x ecx %08x edx %08x ebx %08x\n", r->eax, r->ecx, r->edx, r->ebx);
	klog("esp %08x ebp %08x esi %08x edi %08x\n", esp, r->ebp, r->esi, r->edi);
}

static struct context *page_fault(struct hal_regs *r)
{
	u32 va = read_cr2();
	u32 access = ACCESS_READ;

	if (r->error & PF_ERROR_RESERVED)
		panic("reserved bit in the page tables at %08x", va);
	if (r->error & PF_ERROR_WRITE)
		access = ACCESS_WRITE;
	else if (va == r->eip)
		access = ACCESS_EXEC;
	return kernel_page_fault((struct context *)r, va, access);
}

static struct context *exception(struct hal_regs *r)
{
	u32 fault = FAULT_NONE;

	if (r->trap == TRAP_NMI || r->trap == TRAP_MACHINE_CHECK) {
		print_regs(r, r->esp);
		panic("hardware failure");
	}
	if (r->trap < ARRAY_SIZE(fault_of_trap))
		fault = fault_of_trap[r->trap];
	return kernel_exception((struct context *)r, fault ? fault : FAULT_OTHER, r->trap);
}

struct context *trap_from_user(struct hal_regs *r)
{
	if (r->trap >= TRAP_IRQ && r->trap < TRAP_IRQ_END) {
		pic_interrupt(r->trap - TRAP_IRQ);
		return kernel_interrupted((struct context *)r);
	}
	if (r->trap == TRAP_PAGE_FAULT)
		return page_fault(r);
	return exception(r);
}

void trap_from_kernel(struct hal_regs *r)
{
	if (r->trap >= TRAP_IRQ && r->trap < TRAP_IRQ_END) {
		pic_interrupt(r->trap - TRAP_IRQ);
		return;
	}
	print_regs(r, (u32)(uintptr_t)&r->esp);
	panic("trap %u in the kernel at %08x", r->trap, r->eip);
}
