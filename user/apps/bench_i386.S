/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What make bench measures, with as few instructions of its own as can be. rdtsc counts instructions when QEMU runs
 * with -icount shift=0. Each function takes two readings around one thing and returns the difference; bench_nothing()
 * does the same around nothing, so that the caller can take the frame off.
 */
	.bss
	.balign 16
start:	.skip 4
ctl:	.skip 4
word1:	.skip 4
	.globl bench_result
bench_result:                           /* word 0 of the last reply */
	.skip 4
	.globl bench_length             /* bytes of its string */
bench_length:
	.skip 4

	.text
/* struct inv_regs *r: the seven registers of the system call, but eax and edx, which rdtsc needs. */
.macro prologue
	pushl %ebx
	pushl %esi
	pushl %edi
	pushl %ebp
	movl 20(%esp), %ebp
	movl 0(%ebp), %eax
	movl %eax, ctl
	movl 12(%ebp), %eax
	movl %eax, word1
	movl 4(%ebp), %ecx
	movl 8(%ebp), %ebx
	movl 16(%ebp), %esi
	movl 20(%ebp), %edi
	movl 24(%ebp), %ebp
	rdtsc
	movl %eax, start
	movl ctl, %eax
	movl word1, %edx
.endm

.macro epilogue
	rdtsc
	subl start, %eax
	movl %ebx, bench_result
	movl %ecx, bench_length
	popl %ebp
	popl %edi
	popl %esi
	popl %ebx
	ret
.endm

	.globl bench_invoke
	.type bench_invoke, @function
bench_invoke:
	prologue
	int $0x30
	epilogue

	.globl bench_nothing
	.type bench_nothing, @function
bench_nothing:
	prologue
	epilogue

/* void *at: one load, one store. */
	.globl bench_load
	.type bench_load, @function
bench_load:
	movl 4(%esp), %ecx
	rdtsc
	movl %eax, start
	movl (%ecx), %edx
	rdtsc
	subl start, %eax
	ret

	.globl bench_store
	.type bench_store, @function
bench_store:
	movl 4(%esp), %ecx
	rdtsc
	movl %eax, start
	movl %ecx, (%ecx)
	rdtsc
	subl start, %eax
	ret

/*
 * Servers: eax, ecx and ebp of the wait, then for ever: answer whoever called, wait for the next. The words come back
 * as they were sent. Register 27 holds the resume capability, 24 the one that is passed.
 * void bench_serve(u32 first_ctl, u32 ctl, u32 rcv, const struct abi_string *str)
 */
	.globl bench_serve
	.type bench_serve, @function
bench_serve:
	movl 4(%esp), %eax
	movl 12(%esp), %ecx
	movl 16(%esp), %ebp
	int $0x30
1:	movl 8(%esp), %eax
	movl 12(%esp), %ecx
	movl 16(%esp), %ebp
	int $0x30
	jmp 1b

/* void bench_repeat(const struct inv_regs *r): all seven registers each time, since answers come in them. */
	.globl bench_repeat
	.type bench_repeat, @function
bench_repeat:
1:	movl 4(%esp), %ebp
	movl 0(%ebp), %eax
	movl 4(%ebp), %ecx
	movl 8(%ebp), %ebx
	movl 12(%ebp), %edx
	movl 16(%ebp), %esi
	movl 20(%ebp), %edi
	movl 24(%ebp), %ebp
	int $0x30
	jmp 1b

/* Waits at first (INV_RETURN to register 0), then answers by the resume capability in register 27. */
	.globl bench_child, bench_child_end
bench_child:
	pushl %eax
	movl $(1 << 5), %eax
1:	movl $(27 << 15), %ecx
	xorl %ebp, %ebp
	int $0x30
	movl $(27 | 1 << 5), %eax
	jmp 1b
bench_child_end:

/* The turns are counted in edi (low) and esi, so that no page is written. */
	.globl bench_spin
	.type bench_spin, @function
bench_spin:
	xorl %edi, %edi
	xorl %esi, %esi
1:	addl $1, %edi
	adcl $0, %esi
	jmp 1b

/* Saved: eax ecx edx ebx esp ebp esi edi. */
	.globl bench_turns
	.type bench_turns, @function
bench_turns:
	movl 4(%esp), %ecx
	movl 28(%ecx), %eax
	movl 24(%ecx), %edx
	ret

	.globl bench_now
	.type bench_now, @function
bench_now:
	rdtsc
	ret

	.section .rodata
	.balign 4
	.globl bench_spin_instructions
bench_spin_instructions:
	.long 3

	.section .note.GNU-stack, "", @progbits
