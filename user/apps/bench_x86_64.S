/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What make bench measures, with as few instructions of its own as can be. rdtsc counts instructions when QEMU runs
 * with -icount shift=0. Each function takes two readings around one thing and returns the difference; bench_nothing()
 * does the same around nothing, so that the caller can take the frame off.
 */
	.bss
	.balign 16
start:	.skip 4
	.globl bench_result
bench_result:                           /* word 0 of the last reply */
	.skip 4
	.globl bench_length             /* bytes of its string */
bench_length:
	.skip 4

	.text
/* struct inv_regs *r: the seven registers of the system call; rdtsc needs rax and rdx. */
.macro prologue
	pushq %rbx
	movq %rdi, %rbx
	movq 0(%rbx), %rdi
	movq 8(%rbx), %rsi
	movq 24(%rbx), %r10
	movq 32(%rbx), %r8
	movq 40(%rbx), %r9
	rdtsc
	movl %eax, start
	movq 16(%rbx), %rdx
	movq 48(%rbx), %rax
.endm

.macro epilogue
	movl %edx, %r11d
	rdtsc
	subl start, %eax
	movl %r11d, bench_result
	movl %esi, bench_length
	popq %rbx
	ret
.endm

	.globl bench_invoke
	.type bench_invoke, @function
bench_invoke:
	prologue
	syscall
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
	rdtsc
	movl %eax, start
	movl (%rdi), %edx
	rdtsc
	subl start, %eax
	ret

	.globl bench_store
	.type bench_store, @function
bench_store:
	rdtsc
	movl %eax, start
	movl %edi, (%rdi)
	rdtsc
	subl start, %eax
	ret

/*
 * Servers: rdi, rsi and rax of the wait, then for ever: answer whoever called, wait for the next. The words come back
 * as they were sent. Register 27 holds the resume capability, 24 the one that is passed.
 * void bench_serve(u32 first_ctl, u32 ctl, u32 rcv, const struct abi_string *str)
 */
	.globl bench_serve
	.type bench_serve, @function
bench_serve:
	movl %esi, %r12d
	movl %edx, %r13d
	movq %rcx, %r14
1:	movl %r13d, %esi
	movq %r14, %rax
	syscall
	movl %r12d, %edi
	jmp 1b

/* void bench_repeat(const struct inv_regs *r): all seven registers each time, since answers come in them. */
	.globl bench_repeat
	.type bench_repeat, @function
bench_repeat:
	movq %rdi, %rbx
1:	movq 0(%rbx), %rdi
	movq 8(%rbx), %rsi
	movq 16(%rbx), %rdx
	movq 24(%rbx), %r10
	movq 32(%rbx), %r8
	movq 40(%rbx), %r9
	movq 48(%rbx), %rax
	syscall
	jmp 1b

/* Waits at first (INV_RETURN to register 0), then answers by the resume capability in register 27. */
	.globl bench_child, bench_child_end
bench_child:
	pushq %rdi
	movl $(1 << 5), %edi
1:	movl $(27 << 15), %esi
	xorl %eax, %eax
	syscall
	movl $(27 | 1 << 5), %edi
	jmp 1b
bench_child_end:

/* The turns are counted in rdi, so that no page is written. */
	.globl bench_spin
	.type bench_spin, @function
bench_spin:
	xorl %edi, %edi
1:	addq $1, %rdi
	jmp 1b

/* Saved: rax rcx rdx rbx rsp rbp rsi rdi. */
	.globl bench_turns
	.type bench_turns, @function
bench_turns:
	movq 56(%rdi), %rax
	ret

	.globl bench_now
	.type bench_now, @function
bench_now:
	rdtsc
	shlq $32, %rdx
	orq %rdx, %rax
	ret

	.section .rodata
	.balign 4
	.globl bench_spin_instructions
bench_spin_instructions:
	.long 2

	.section .note.GNU-stack, "", @progbits
