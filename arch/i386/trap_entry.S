/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Every way into the kernel after boot, and the one way out.
 *
 * A trap from user mode: the stack pointer that the processor took from the task segment
 * points at the end of the running context's struct hal_regs, so that the pushes below fill
 * it in place. Then the kernel's stack starts afresh: the kernel keeps nothing on it between
 * traps. The C entry returns the context to resume (its registers are its first member).
 *
 * A trap from kernel mode stays on the stack it found: an interrupt that hal_idle() or
 * hal_irq_window() let in, or a fault of the kernel itself, which ends in a panic.
 *
 * C functions take their first arguments in eax, edx and ecx (-mregparm=3 in port.mk).
 */
#define REGS_SIZE 60
#define REGS_CS 44 /* offsets in struct hal_regs */
#define REGS_EIP 40
#define USER_DS 0x23
#define SYSCALL_VECTOR 0x30
#define SYSCALL_BYTES 2
#define TSS_ESP0 4

/* Exceptions for which the processor pushes an error code: 8, 10-14, 17, 21. */
#define HAS_ERROR 0x227d00

	.text

/* Stubs of 16 bytes each: vectors 0 to 0x2f. */
	.balign 16
	.globl trap_stubs
trap_stubs:
	.set vector, 0
	.rept SYSCALL_VECTOR
	.balign 16
	.if vector >= 32
	pushl $0
	.elseif (HAS_ERROR >> vector) & 1 == 0
	pushl $0
	.endif
	pushl $vector
	jmp trap_common
	.set vector, vector + 1
	.endr

	.balign 16
trap_common:
	pushal
	testb $3, REGS_CS(%esp)
	jz trap_kernel_mode
	movl $USER_DS, %eax
	movl %eax, %ds
	movl %eax, %es
	cld
	movl %esp, %eax
	movl $kernel_stack_top, %esp
	xorl %ebp, %ebp
	call trap_from_user
	jmp trap_resume

	.balign 16
	.globl trap_syscall
trap_syscall:
	pushl $0
	pushl $SYSCALL_VECTOR
	pushal
	movl $USER_DS, %eax
	movl %eax, %ds
	movl %eax, %es
	cld
	movl %esp, %eax
	subl $SYSCALL_BYTES, REGS_EIP(%eax)
	movl $kernel_stack_top, %esp
	xorl %ebp, %ebp
	call kernel_syscall

/* eax: the context. Its stack pointer for traps, null fs and gs, registers, and off. */
	.globl trap_resume
trap_resume:
	leal REGS_SIZE(%eax), %ecx
	movl %ecx, i386_tss + TSS_ESP0
	xorl %ecx, %ecx
	movl %ecx, %fs
	movl %ecx, %gs
	movl %eax, %esp
	popal
	addl $8, %esp
	iret

trap_kernel_mode:
	cld
	movl %esp, %eax
	call trap_from_kernel
	popal
	addl $8, %esp
	iret

/* void i386_load_segments(const struct desc_pointer *gdt, const struct desc_pointer *idt, u32 tss) */
	.globl i386_load_segments
	.type i386_load_segments, @function
i386_load_segments:
	lgdt (%eax)
	lidt (%edx)
	ljmp $0x08, $1f
1:	movl $0x10, %eax
	movl %eax, %ss
	movl $USER_DS, %eax
	movl %eax, %ds
	movl %eax, %es
	xorl %eax, %eax
	movl %eax, %fs
	movl %eax, %gs
	lldt %ax
	ltr %cx
	ret
	.size i386_load_segments, . - i386_load_segments
