/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where a program starts, and the system call. A fresh process has its stack in rsp and its argument in rdi.
 * When main returns, the process becomes available for ever: it is in an open wait that it never leaves.
 */
	.section .text.start, "ax"
	.globl _start
_start:
	xorl %ebp, %ebp
	andq $-16, %rsp
	call main
1:	movl $(1 << 5), %edi            /* INV_RETURN to register 0: just wait */
	xorl %esi, %esi
	xorl %edx, %edx
	xorl %eax, %eax
	syscall
	jmp 1b

/* void invoke_raw(struct inv_regs *r): ctl, rcv, w0-w3, str go to the kernel and come back. */
	.text
	.globl invoke_raw
	.type invoke_raw, @function
invoke_raw:
	pushq %rbx
	movq %rdi, %rbx
	movq 0(%rbx), %rdi
	movq 8(%rbx), %rsi
	movq 16(%rbx), %rdx
	movq 24(%rbx), %r10
	movq 32(%rbx), %r8
	movq 40(%rbx), %r9
	movq 48(%rbx), %rax
	syscall
	movq %rdi, 0(%rbx)
	movq %rsi, 8(%rbx)
	movq %rdx, 16(%rbx)
	movq %r10, 24(%rbx)
	movq %r8, 32(%rbx)
	movq %r9, 40(%rbx)
	movq %rax, 48(%rbx)
	popq %rbx
	ret

	.section .note.GNU-stack, "", @progbits
