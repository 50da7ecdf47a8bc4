/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where a program starts, and the system call. A fresh process has its stack in esp and its argument in eax.
 * When main returns, the process becomes available for ever: it is in an open wait that it never leaves.
 */
	.section .text.start, "ax"
	.globl _start
_start:
	xorl %ebp, %ebp
	andl $-16, %esp
	subl $12, %esp
	pushl %eax
	call main
1:	movl $(1 << 5), %eax            /* INV_RETURN to register 0: just wait */
	xorl %ecx, %ecx
	xorl %ebx, %ebx
	xorl %ebp, %ebp
	int $0x30
	jmp 1b

/* void invoke_raw(struct inv_regs *r): ctl, rcv, w0-w3, str go to the kernel and come back. */
	.text
	.globl invoke_raw
	.type invoke_raw, @function
invoke_raw:
	pushl %ebx
	pushl %esi
	pushl %edi
	pushl %ebp
	movl 20(%esp), %ebp
	movl 0(%ebp), %eax
	movl 4(%ebp), %ecx
	movl 8(%ebp), %ebx
	movl 12(%ebp), %edx
	movl 16(%ebp), %esi
	movl 20(%ebp), %edi
	movl 24(%ebp), %ebp
	int $0x30
	pushl %ebp
	movl 24(%esp), %ebp
	movl %eax, 0(%ebp)
	movl %ecx, 4(%ebp)
	movl %ebx, 8(%ebp)
	movl %edx, 12(%ebp)
	movl %esi, 16(%ebp)
	movl %edi, 20(%ebp)
	popl 24(%ebp)
	popl %ebp
	popl %edi
	popl %esi
	popl %ebx
	ret

	.section .note.GNU-stack, "", @progbits
