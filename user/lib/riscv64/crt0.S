/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where a program starts, and the system call. A fresh process has its stack in sp and its argument in a0.
 * When main returns, the process becomes available for ever: it is in an open wait that it never leaves.
 */
	.section .text.start, "ax"
	.globl _start
_start:
	andi sp, sp, -16
	call main
1:	li a0, 1 << 5                   /* INV_RETURN to register 0: just wait */
	li a1, 0
	li a2, 0
	li a6, 0
	ecall
	j 1b

/* void invoke_raw(struct inv_regs *r): ctl, rcv, w0-w3, str go to the kernel and come back. */
	.text
	.globl invoke_raw
	.type invoke_raw, @function
invoke_raw:
	addi sp, sp, -16
	sd s0, 0(sp)
	mv s0, a0
	ld a0, 0(s0)
	ld a1, 8(s0)
	ld a2, 16(s0)
	ld a3, 24(s0)
	ld a4, 32(s0)
	ld a5, 40(s0)
	ld a6, 48(s0)
	ecall
	sd a0, 0(s0)
	sd a1, 8(s0)
	sd a2, 16(s0)
	sd a3, 24(s0)
	sd a4, 32(s0)
	sd a5, 40(s0)
	sd a6, 48(s0)
	ld s0, 0(sp)
	addi sp, sp, 16
	ret

	.section .note.GNU-stack, "", @progbits
