/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a trap means. From user mode: a fault, an exception or an interrupt, told to the
 * kernel, which says what runs next. From kernel mode: an interrupt where it was let in;
 * anything else is an error of the kernel. (System calls go straight from trap_entry.S.)
 */
#include "arch/x86/x86.h"

#include <abi/process.h>
#include <hal/regs.h>
#include <kernel/entry.h>
#include <kernel/panic.h>

#define TRAP_NMI 2
#define TRAP_DOUBLE_FAULT 8
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
#define PF_ERROR_FETCH 0x10u /* only where there is no-execute */

/* Exceptions that are not listed are FAULT_OTHER. */
static const u8 fault_of_trap[] = {
	[0] = FAULT_ARITHMETIC, /* divide */
	[1] = FAULT_BREAKPOINT, /* single step */
	[3] = FAULT_BREAKPOINT,
	[4] = FAULT_ARITHMETIC, /* overflow */
	[6] = FAULT_ILLEGAL,    /* no such instruction */
	[7] = FAULT_ILLEGAL,    /* floating point */
	[13] = FAULT_ILLEGAL,   /* privileged; in 64 bits also an address that is not canonical */
};

static uintptr_t read_cr2(void)
{
	uintptr_t v;

	__asm__ volatile("mov %%cr2, %0" : "=r"(v));
	return v;
}

static void print(const struct hal_regs *r)
{
	klog("trap %u error %x cr2 %lx\n", (u32)r->trap, (u32)r->error, (unsigned long)read_cr2());
	trap_print(r);
}

static bool is_fetch(const struct hal_regs *r, uintptr_t va)
{
	return IS_ENABLED(CONFIG_ARCH_X86_64) ? r->error & PF_ERROR_FETCH : va == hal_regs_pc(r);
}

static struct context *page_fault(struct hal_regs *r)
{
	uintptr_t va = read_cr2();
	u32 access = ACCESS_READ;

	if (r->error & PF_ERROR_RESERVED)
		panic("reserved bit in the page tables at %lx", (unsigned long)va);
	if (r->error & PF_ERROR_WRITE)
		access = ACCESS_WRITE;
	else if (is_fetch(r, va))
		access = ACCESS_EXEC;
	return kernel_page_fault((struct context *)r, va, access);
}

static struct context *exception(struct hal_regs *r)
{
	u32 fault = FAULT_NONE;

	if (r->trap == TRAP_NMI || r->trap == TRAP_MACHINE_CHECK || r->trap == TRAP_DOUBLE_FAULT) {
		print(r);
		panic("hardware failure");
	}
	if (r->trap < ARRAY_SIZE(fault_of_trap))
		fault = fault_of_trap[r->trap];
	return kernel_exception((struct context *)r, fault ? fault : FAULT_OTHER, r->trap);
}

static bool interrupt(u32 vector)
{
	if (vector >= TRAP_IRQ && vector < TRAP_IRQ_END)
		pic_interrupt(vector - TRAP_IRQ);
	else if (IS_ENABLED(CONFIG_ARCH_X86_64) && vector >= APIC_VECTORS)
		apic_interrupt(vector);
	else
		return false;
	return true;
}

/* In 64 bits: an address whose upper bits are not all like bit 47. */
static bool is_no_address(u64 va)
{
	return IS_ENABLED(CONFIG_ARCH_X86_64) && (u64)((s64)(va << 16) >> 16) != va;
}

/* A process has jumped where no address is. It is told so, and its pc becomes one that can be gone back to. */
static struct context *wild_jump(struct hal_regs *r)
{
	u64 va = hal_regs_pc(r);

	hal_regs_sanitise(r);
	return kernel_page_fault((struct context *)r, va, ACCESS_EXEC);
}

static __attribute__((noinline)) struct context *other_trap(struct hal_regs *r)
{
	bool interrupted = interrupt((u32)r->trap);

	if (is_no_address(hal_regs_pc(r)))
		return wild_jump(r);
	if (interrupted)
		return kernel_interrupted((struct context *)r);
	return exception(r);
}

struct context *trap_from_user(struct hal_regs *r)
{
	if (r->trap == TRAP_PAGE_FAULT && !is_no_address(hal_regs_pc(r)))
		return page_fault(r);
	return other_trap(r);
}

void trap_from_kernel(struct hal_regs *r)
{
	if (interrupt((u32)r->trap))
		return;
	print(r);
	panic("trap %u in the kernel at %lx", (u32)r->trap, (unsigned long)hal_regs_pc(r));
}
