/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What make bench measures, with as few instructions of its own as can be. The cycle counter counts instructions when
 * QEMU runs with -icount shift=0. Each function takes two readings around one thing and returns the difference;
 * bench_nothing() does the same around nothing, so that the caller can take the frame off.
 */
	.bss
	.balign 16
	.globl bench_result
bench_result:                           /* word 0 of the last reply */
	.skip 4
	.globl bench_length             /* bytes of its string */
bench_length:
	.skip 4

	.text
/* struct inv_regs *r: the seven registers of the system call. The kernel leaves all others as they are. */
.macro prologue
	mov x9, x0
	ldp x0, x1, [x9, #0]
	ldp x2, x3, [x9, #16]
	ldp x4, x5, [x9, #32]
	ldr x6, [x9, #48]
	mrs x10, pmccntr_el0
.endm

.macro epilogue
	mrs x11, pmccntr_el0
	adrp x12, bench_result
	add x12, x12, :lo12:bench_result
	stp w2, w1, [x12]
	sub w0, w11, w10
	ret
.endm

	.globl bench_invoke
	.type bench_invoke, @function
bench_invoke:
	prologue
	svc #0
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
	mrs x10, pmccntr_el0
	ldr w1, [x0]
	mrs x11, pmccntr_el0
	sub w0, w11, w10
	ret

	.globl bench_store
	.type bench_store, @function
bench_store:
	mrs x10, pmccntr_el0
	str w0, [x0]
	mrs x11, pmccntr_el0
	sub w0, w11, w10
	ret

/*
 * Servers: x0, x1 and x6 of the wait, then for ever: answer whoever called, wait for the next. The words come back
 * as they were sent. Register 27 holds the resume capability, 24 the one that is passed.
 * void bench_serve(u32 first_ctl, u32 ctl, u32 rcv, const struct abi_string *str)
 */
	.globl bench_serve
	.type bench_serve, @function
bench_serve:
	mov w19, w1
	mov w20, w2
	mov x21, x3
1:	mov w1, w20
	mov x6, x21
	svc #0
	mov w0, w19
	b 1b

/* void bench_repeat(const struct inv_regs *r): all seven registers each time, since answers come in them. */
	.globl bench_repeat
	.type bench_repeat, @function
bench_repeat:
	mov x19, x0
1:	ldp x0, x1, [x19, #0]
	ldp x2, x3, [x19, #16]
	ldp x4, x5, [x19, #32]
	ldr x6, [x19, #48]
	svc #0
	b 1b

/* Waits at first (INV_RETURN to register 0), then answers by the resume capability in register 27. */
	.globl bench_child, bench_child_end
bench_child:
	str x0, [sp, #-16]!
	mov w0, #(1 << 5)
1:	mov w1, #27
	lsl w1, w1, #15
	mov x6, #0
	svc #0
	mov w0, #(27 | 1 << 5)
	b 1b
bench_child_end:

/* The turns are counted in x0, so that no page is written. */
	.globl bench_spin
	.type bench_spin, @function
bench_spin:
	mov x0, #0
1:	add x0, x0, #1
	b 1b

/* Saved: x0 to x30. */
	.globl bench_turns
	.type bench_turns, @function
bench_turns:
	ldr x0, [x0]
	ret

	.globl bench_now
	.type bench_now, @function
bench_now:
	mrs x0, pmccntr_el0
	ret

	.section .rodata
	.balign 4
	.globl bench_spin_instructions
bench_spin_instructions:
	.long 2

	.section .note.GNU-stack, "", @progbits
