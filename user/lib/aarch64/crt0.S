/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where a program starts, and the system call. A fresh process has its stack in sp and its argument in x0.
 * When main returns, the process becomes available for ever: it is in an open wait that it never leaves.
 */
	.section .text.start, "ax"
	.globl _start
_start:
	mov x29, xzr
	bl main
1:	mov x0, #(1 << 5)               /* INV_RETURN to register 0: just wait */
	mov x1, #0
	mov x2, #0
	mov x6, #0
	svc #0
	b 1b

/* void invoke_raw(struct inv_regs *r): ctl, rcv, w0-w3, str go to the kernel and come back. */
	.text
	.globl invoke_raw
	.type invoke_raw, @function
invoke_raw:
	mov x9, x0                      /* the kernel leaves all registers but those of the message */
	ldp x0, x1, [x9, #0]
	ldp x2, x3, [x9, #16]
	ldp x4, x5, [x9, #32]
	ldr x6, [x9, #48]
	svc #0
	stp x0, x1, [x9, #0]
	stp x2, x3, [x9, #16]
	stp x4, x5, [x9, #32]
	str x6, [x9, #48]
	ret

	.section .note.GNU-stack, "", @progbits
