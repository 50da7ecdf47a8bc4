/* SPDX-License-Identifier: Apache-2.0 */
/* A whole program for Linux: it ends. So what "make bench-linux" counts of a process is the kernel's work. */
	.globl _start
_start:
#if defined(__x86_64__)
	movl $60, %eax
	xorl %edi, %edi
	syscall
#elif defined(__i386__)
	movl $1, %eax
	xorl %ebx, %ebx
	int $0x80
#elif defined(__aarch64__)
	mov x8, #93
	mov x0, #0
	svc #0
#endif

	.section .note.GNU-stack, "", %progbits
