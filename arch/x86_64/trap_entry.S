/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Every way into the kernel after boot, and the one way out.
 *
 * From user mode: rsp0 of the task segment points at the end of the running context's struct hal_regs, so that the
 * processor (for a system call: the code below) and the pushes fill it in place. Then the kernel's stack starts afresh:
 * the kernel keeps nothing on it between traps. The C entry returns the context to resume (its registers are its
 * first member).
 *
 * There is no swapgs: with one processor every address is known. The system call's first and the way out's last
 * instructions run on the user's rsp with interrupts off; all that can come there nevertheless (debug, NMI, double fault,
 * machine check) has a stack of its own.
 *
 * From kernel mode a trap stays on the stack it found: an interrupt that hal_idle() or hal_irq_window() let in, or a
 * fault of the kernel itself, which ends in a panic.
 */
#define REGS_SIZE 176
#define REGS_TRAP 120 /* offsets in struct hal_regs */
#define REGS_RIP 136
#define REGS_CS 144
#define FRAME_RIP 16 /* offsets from REGS_TRAP */
#define FRAME_RFLAGS 32
#define FRAME_RSP 40
#define USER_CS 0x23
#define USER_DS 0x1b
#define VECTORS 0x40
#define SYSCALL_TRAP 0x80 /* no vector: the registers of a system call */
#define SYSCALL_BYTES 2
#define TSS_RSP0 4
#define USER_BITS 47

/* Exceptions for which the processor pushes an error code: 8, 10-14, 17, 21, 29, 30. */
#define HAS_ERROR 0x60227d00
/* Those that have stacks of their own: 1, 2, 8, 18. */
#define HAS_STACK 0x40106

	.macro push_registers
	pushq %rax
	pushq %rcx
	pushq %rdx
	pushq %rbx
	pushq %rbp
	pushq %rsi
	pushq %rdi
	pushq %r8
	pushq %r9
	pushq %r10
	pushq %r11
	pushq %r12
	pushq %r13
	pushq %r14
	pushq %r15
	.endm

	.macro pop_registers
	popq %r15
	popq %r14
	popq %r13
	popq %r12
	popq %r11
	popq %r10
	popq %r9
	popq %r8
	popq %rdi
	popq %rsi
	popq %rbp
	popq %rbx
	popq %rdx
	popq %rcx
	popq %rax
	.endm

	.text

/* Stubs of 16 bytes each. */
	.balign 16
	.globl trap_stubs
trap_stubs:
	.set vector, 0
	.rept VECTORS
	.balign 16
	.if vector >= 32
	pushq $0
	.elseif (HAS_ERROR >> vector) & 1 == 0
	pushq $0
	.endif
	pushq $vector
	.if vector < 32 && (HAS_STACK >> vector) & 1
	jmp trap_own_stack
	.else
	jmp trap_common
	.endif
	.set vector, vector + 1
	.endr

	.balign 16
trap_common:
	push_registers
	cld
	movq %rsp, %rdi
	testb $3, REGS_CS(%rsp)
	jz trap_kernel_mode
trap_user_mode: /* rdi: the registers, which are a context's */
	movq $kernel_stack_top, %rsp
	xorl %ebp, %ebp
	call trap_from_user
	jmp trap_resume

trap_kernel_mode:
	call trap_from_kernel
	pop_registers
	addq $16, %rsp
	iretq

/* From user mode the registers are copied to where they would be without a stack of its own. */
trap_own_stack:
	push_registers
	cld
	movq %rsp, %rdi
	testb $3, REGS_CS(%rsp)
	jz trap_kernel_mode
	movq %rsp, %rsi
	movq x86_64_tss + TSS_RSP0, %rdi
	subq $REGS_SIZE, %rdi
	movl $(REGS_SIZE / 8), %ecx
	rep movsq
	movq x86_64_tss + TSS_RSP0, %rdi
	subq $REGS_SIZE, %rdi
	jmp trap_user_mode

/* rcx: behind the instruction; r11: flags. Flags were masked (desc.c). */
	.balign 16
	.globl trap_syscall
trap_syscall:
	movq %rsp, user_rsp
	movq x86_64_tss + TSS_RSP0, %rsp
	subq $SYSCALL_BYTES, %rcx
	pushq $USER_DS
	pushq user_rsp
	pushq %r11
	pushq $USER_CS
	pushq %rcx
	pushq $0
	pushq $SYSCALL_TRAP
	push_registers
	movq %rsp, %rdi
	movq $kernel_stack_top, %rsp
	xorl %ebp, %ebp
	call kernel_syscall

/*
 * rax: the context. Its stack pointer for traps; no selectors that another process may have left; registers, and off.
 * What came by a system call leaves by sysret, if its rip is a user's: with any other that is not canonical, sysret
 * would fault in kernel mode on the user's stack.
 */
	.globl trap_resume
trap_resume:
	leaq REGS_SIZE(%rax), %rcx
	cmpq %rcx, x86_64_tss + TSS_RSP0
	jne 0f
	cmpq $0, REGS_TRAP(%rax) /* just loaded, perhaps where another one was */
	jne 1f
0:	movq %rcx, x86_64_tss + TSS_RSP0
	xorl %ecx, %ecx
	movl %ecx, %ds
	movl %ecx, %es
	movl %ecx, %fs
	movl %ecx, %gs
1:	movq %rax, %rsp
	cmpl $SYSCALL_TRAP, REGS_TRAP(%rax)
	jne 2f
	movq REGS_RIP(%rax), %rcx
	shrq $USER_BITS, %rcx
	jnz 2f
	pop_registers
	movq FRAME_RIP(%rsp), %rcx
	movq FRAME_RFLAGS(%rsp), %r11
	movq FRAME_RSP(%rsp), %rsp
	sysretq
2:	pop_registers
	addq $16, %rsp
	iretq

/* void x86_64_load_segments(const struct desc_pointer *gdt, const struct desc_pointer *idt, u32 tss) */
	.globl x86_64_load_segments
	.type x86_64_load_segments, @function
x86_64_load_segments:
	lgdt (%rdi)
	lidt (%rsi)
	movl $0x10, %eax
	movl %eax, %ss
	xorl %eax, %eax
	movl %eax, %ds
	movl %eax, %es
	movl %eax, %fs
	movl %eax, %gs
	lldt %ax
	movl %edx, %eax
	ltr %ax
	popq %rax
	pushq $0x08
	pushq %rax
	lretq
	.size x86_64_load_segments, . - x86_64_load_segments

	.bss
	.balign 8
user_rsp:
	.skip 8

	.section .note.GNU-stack, "", @progbits
