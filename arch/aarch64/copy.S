/* SPDX-License-Identifier: Apache-2.0 */
/*
 * memcpy(), memmove() and memset() in pairs of registers; unaligned accesses are the processor's affair. Not for the
 * memory of devices, and not before the MMU is on.
 */
	.text

.macro copy_32 from, to, at
	ldp x4, x5, [\from, #\at]
	ldp x6, x7, [\from, #\at + 16]
	stp x4, x5, [\to, #\at]
	stp x6, x7, [\to, #\at + 16]
.endm

	.globl memmove
	.type memmove, @function
memmove:
	sub x3, x0, x1
	cmp x3, x2
	b.hs memcpy                     /* not inside the source, or before it */
	add x3, x0, x2
	add x1, x1, x2
1:	cmp x2, #8
	b.lo 3f
2:	ldr x4, [x1, #-8]!
	str x4, [x3, #-8]!
	sub x2, x2, #8
	cmp x2, #8
	b.hs 2b
3:	cbz x2, 5f
4:	ldrb w4, [x1, #-1]!
	strb w4, [x3, #-1]!
	subs x2, x2, #1
	b.ne 4b
5:	ret
	.size memmove, . - memmove

	.globl memcpy
	.type memcpy, @function
memcpy:
	mov x3, x0
	subs x2, x2, #128
	b.lo 2f
1:	copy_32 x1, x3, 0
	copy_32 x1, x3, 32
	copy_32 x1, x3, 64
	copy_32 x1, x3, 96
	add x1, x1, #128
	add x3, x3, #128
	subs x2, x2, #128
	b.hs 1b
2:	adds x2, x2, #128 - 16          /* 16 less than what is left */
	b.lt 4f
3:	ldp x4, x5, [x1], #16
	stp x4, x5, [x3], #16
	subs x2, x2, #16
	b.ge 3b
4:	tbz x2, #3, 5f                  /* the low bits still count what is left */
	ldr x4, [x1], #8
	str x4, [x3], #8
5:	tbz x2, #2, 6f
	ldr w4, [x1], #4
	str w4, [x3], #4
6:	tbz x2, #1, 7f
	ldrh w4, [x1], #2
	strh w4, [x3], #2
7:	tbz x2, #0, 8f
	ldrb w4, [x1]
	strb w4, [x3]
8:	ret
	.size memcpy, . - memcpy

	.globl memset
	.type memset, @function
memset:
	mov x3, x0
	and x1, x1, #0xff
	orr x1, x1, x1, lsl #8
	orr x1, x1, x1, lsl #16
	orr x1, x1, x1, lsl #32
	subs x2, x2, #64
	b.lo 2f
1:	stp x1, x1, [x3]
	stp x1, x1, [x3, #16]
	stp x1, x1, [x3, #32]
	stp x1, x1, [x3, #48]
	add x3, x3, #64
	subs x2, x2, #64
	b.hs 1b
2:	adds x2, x2, #64 - 16
	b.lt 4f
3:	stp x1, x1, [x3], #16
	subs x2, x2, #16
	b.ge 3b
4:	tbz x2, #3, 5f
	str x1, [x3], #8
5:	tbz x2, #2, 6f
	str w1, [x3], #4
6:	tbz x2, #1, 7f
	strh w1, [x3], #2
7:	tbz x2, #0, 8f
	strb w1, [x3]
8:	ret
	.size memset, . - memset
