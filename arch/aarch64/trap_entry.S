/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Every way into the kernel after boot, and the one way out.
 *
 * From EL0: SP_EL1 points at the running context's struct hal_regs, which is filled in place; then the kernel's stack
 * starts afresh, since the kernel keeps nothing on it between traps. The C entry returns the context to resume (its
 * registers are its first member).
 *
 * From EL1: the kernel takes interrupts by looking for them (gic_poll), so that any trap is an error of the kernel, or one
 * of the two that are expected: in trap_probe() (the bus has nothing there) and a semihosting call that nobody takes.
 * It gets a stack of its own, since the kernel's may be the reason.
 */
#define REGS_LR 240 /* offsets in struct hal_regs: x30 and sp, pc and pstate, tpidr */
#define REGS_PC 256
#define REGS_TPIDR 272
#define REGS_SIZE 288

#define INFO_VALUE 16 /* offset in struct trap_info */
#define ESR_SVC_0 0x56000000 /* svc #0 from AArch64 */
#define SYSCALL_BYTES 4

/* Kinds of trap, for trap_from_user and trap_from_kernel (trap.c). */
#define TRAP_SYNC 0
#define TRAP_IRQ 1
#define TRAP_FIQ 2
#define TRAP_SERROR 3

/* All but sp, which is taken apart from x0: \base points at the registers and may be sp. */
.macro save_general base
	stp x0, x1, [\base, #0]
	stp x2, x3, [\base, #16]
	stp x4, x5, [\base, #32]
	stp x6, x7, [\base, #48]
	stp x8, x9, [\base, #64]
	stp x10, x11, [\base, #80]
	stp x12, x13, [\base, #96]
	stp x14, x15, [\base, #112]
	stp x16, x17, [\base, #128]
	stp x18, x19, [\base, #144]
	stp x20, x21, [\base, #160]
	stp x22, x23, [\base, #176]
	stp x24, x25, [\base, #192]
	stp x26, x27, [\base, #208]
	stp x28, x29, [\base, #224]
.endm

.macro load_general base
	ldp x2, x3, [\base, #16]
	ldp x4, x5, [\base, #32]
	ldp x6, x7, [\base, #48]
	ldp x8, x9, [\base, #64]
	ldp x10, x11, [\base, #80]
	ldp x12, x13, [\base, #96]
	ldp x14, x15, [\base, #112]
	ldp x16, x17, [\base, #128]
	ldp x18, x19, [\base, #144]
	ldp x20, x21, [\base, #160]
	ldp x22, x23, [\base, #176]
	ldp x24, x25, [\base, #192]
	ldp x26, x27, [\base, #208]
	ldp x28, x29, [\base, #224]
	ldp x0, x1, [\base, #0]
.endm

/* What save_general leaves out; pc is in x1. Leaves the context in x0. */
.macro save_rest
	mrs x2, sp_el0
	mrs x3, spsr_el1
	mrs x4, tpidr_el0
	stp x30, x2, [sp, #REGS_LR]
	stp x1, x3, [sp, #REGS_PC]
	str x4, [sp, #REGS_TPIDR]
	mov x0, sp
	adrp x4, kernel_stack_top
	mov sp, x4
	mov x29, xzr
.endm

.macro enter_from_user
	save_general sp
	mrs x1, elr_el1
	save_rest
.endm

	.text

user_sync:
	save_general sp
	mrs x2, esr_el1
	mrs x1, elr_el1
	mov w3, #ESR_SVC_0
	cmp w2, w3
	b.ne 1f
	sub x1, x1, #SYSCALL_BYTES
	save_rest
	bl kernel_syscall

/* x0: the context. SP_EL1 points at it for the next trap. */
	.globl trap_resume
trap_resume:
	mov sp, x0
	ldp x20, x21, [sp, #REGS_PC]
	ldr x22, [sp, #REGS_TPIDR]
	ldp x30, x23, [sp, #REGS_LR]
	msr elr_el1, x20
	msr spsr_el1, x21
	msr tpidr_el0, x22
	msr sp_el0, x23
	load_general sp
	eret
	dsb nsh                         /* nothing is executed behind eret, also not in advance */
	isb

1:	save_rest
	mov x1, #TRAP_SYNC
	bl trap_from_user
	b trap_resume

/* The registers go to the top of the traps' own stack. TPIDRRO_EL0 and SP_EL0 are free in the kernel. */
.macro kernel_trap kind
	msr tpidrro_el0, x0
	mov x0, sp
	msr sp_el0, x0
	adrp x0, trap_stack_top
	sub x0, x0, #REGS_SIZE
	mov sp, x0
	mrs x0, tpidrro_el0
	save_general sp
	mrs x0, sp_el0
	stp x30, x0, [sp, #REGS_LR]
	mov x1, #\kind
	b kernel_trap_common
.endm

kernel_trap_common:
	mrs x2, elr_el1
	mrs x3, spsr_el1
	stp x2, x3, [sp, #REGS_PC]
	msr tpidrro_el0, xzr
	mov x0, sp
	bl trap_from_kernel
	ldp x2, x3, [sp, #REGS_PC]
	msr elr_el1, x2
	msr spsr_el1, x3
	ldr x30, [sp, #REGS_LR]
	load_general sp
	msr tpidrro_el0, x0
	ldr x0, [sp, #REGS_LR + 8]
	mov sp, x0
	mrs x0, tpidrro_el0
	msr tpidrro_el0, xzr
	eret
	dsb nsh
	isb

kernel_sync:
	kernel_trap TRAP_SYNC
kernel_irq:
	kernel_trap TRAP_IRQ
kernel_fiq:
	kernel_trap TRAP_FIQ
kernel_serror:
	kernel_trap TRAP_SERROR

user_irq:
	enter_from_user
	mov x1, #TRAP_IRQ
	bl trap_from_user
	b trap_resume

user_fiq:
	enter_from_user
	mov x1, #TRAP_FIQ
	bl trap_from_user
	b trap_resume

user_serror:
	enter_from_user
	mov x1, #TRAP_SERROR
	bl trap_from_user
	b trap_resume

/* bool trap_probe(volatile void *at, u32 bytes, bool write, struct trap_info *info): a trap in here goes to
 * trap_probe_failed. */
	.globl trap_probe, trap_probe_failed
	.type trap_probe, @function
trap_probe:
	cbnz w2, 3f
	tbnz w1, #2, 1f
	tbnz w1, #1, 2f
	ldrb w4, [x0]
	b 4f
1:	ldr w4, [x0]
	b 4f
2:	ldrh w4, [x0]
	b 4f
3:	ldr w4, [x3, #INFO_VALUE]
	tbnz w1, #2, 5f
	tbnz w1, #1, 6f
	strb w4, [x0]
	b 7f
4:	str w4, [x3, #INFO_VALUE]
	b 7f
5:	str w4, [x0]
	b 7f
6:	strh w4, [x0]
7:	dsb sy
	mov w0, #1
	ret
trap_probe_failed:
	mov w0, #0
	ret
	.size trap_probe, . - trap_probe

/* Groups of four: this level with SP_EL0, this level, EL0 in AArch64, EL0 in AArch32 (no process can be in it). */
.macro vector to
	.balign 0x80
	b \to
.endm

	.balign 0x800
	.globl trap_vectors
trap_vectors:
	vector kernel_sync
	vector kernel_irq
	vector kernel_fiq
	vector kernel_serror
	vector kernel_sync
	vector kernel_irq
	vector kernel_fiq
	vector kernel_serror
	vector user_sync
	vector user_irq
	vector user_fiq
	vector user_serror
	vector kernel_sync
	vector kernel_irq
	vector kernel_fiq
	vector kernel_serror
