/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What another system may have left in the processor, as far as Linux's boot protocol says nothing of it: test_dirty.py puts
 * this behind a kernel, and the kernel behind its last word. It keeps the low registers and needs no memory.
 */
#define PROGRAM 0x10000 /* where every program begins */
#define GICD 0x08000000 /* of QEMU's virt machine */

	.text
	mov x12, #-1
	mov x11, #PROGRAM
	mrs x9, CurrentEL
	cmp x9, #(2 << 2)
	b.ne 1f
	/* EL2: what it can take is taken. */
	mov x9, #0x6000                         /* of EL1: waiting, */
	movk x9, #0x83c7, lsl #16               /* its identification, its tables, secure calls */
	msr hcr_el2, x9
	msr mdcr_el2, x12
	mov x9, #0xffff
	msr hstr_el2, x9
	msr cptr_el2, x12
	msr cnthctl_el2, xzr
	msr cntvoff_el2, x12
	msr vttbr_el2, x11
	msr vbar_el2, x11
	mov x9, #0x101
	msr sctlr_el1, x9
	mrs x9, id_aa64mmfr1_el1
	ubfx x9, x9, #40, #4
	cbz x9, 6f
	msr s3_4_c1_c2_2, x12           /* HCRX_EL2 */
6:	mrs x9, id_aa64mmfr0_el1
	ubfx x9, x9, #56, #4
	cbz x9, 1f
	msr s3_4_c1_c1_4, x12           /* HFGRTR_EL2, HFGWTR, HFGITR: every register, every instruction */
	msr s3_4_c1_c1_5, x12
	msr s3_4_c1_c1_6, x12

	/* Breakpoint and watchpoint at every program's first instruction, counters and timers for programs, interrupts of both. */
1:	msr oslar_el1, xzr
	msr dbgbvr0_el1, x11
	mov x9, #0x1e5
	msr dbgbcr0_el1, x9
	msr dbgwvr0_el1, x11
	mov x9, #0x1ffd
	msr dbgwcr0_el1, x9
	mov x9, #0xa000
	msr mdscr_el1, x9
	mov x9, #0xf
	msr pmuserenr_el0, x9
	msr pmcr_el0, x9
	msr pmcntenset_el0, x12
	msr pmintenset_el1, x12
	msr pmccntr_el0, x12
	mov x9, #0x3ff
	msr cntkctl_el1, x9
	mov x9, #1
	msr cntp_cval_el0, xzr
	msr cntp_ctl_el0, x9
	msr cntv_cval_el0, xzr
	msr cntv_ctl_el0, x9
	mov x9, #(3 << 20)
	msr cpacr_el1, x9
	msr tpidr_el0, x12
	msr tpidrro_el0, x12
	msr tpidr_el1, x12
	msr vbar_el1, x11
	msr ttbr0_el1, x11
	msr ttbr1_el1, x11
	msr tcr_el1, x11
	msr mair_el1, x12
	msr contextidr_el1, x12
	isb

	/* All shared interrupts are enabled, of the other group, and waiting. */
	mov x10, #GICD
	mov x9, #4
	mov w13, #0x13
	str w13, [x10]
2:	add x13, x10, x9
	str w12, [x13, #0x80]
	str w12, [x13, #0x100]
	str w12, [x13, #0x200]
	add x9, x9, #4
	cmp x9, #32
	b.ne 2b
	/* One of them was taken and not ended. */
	mrs x9, id_aa64pfr0_el1
	ubfx x9, x9, #24, #4
	cbnz x9, 3f
	add x10, x10, #0x10000
	str w12, [x10, #4]
	mov w9, #7
	str w9, [x10]
	ldr w9, [x10, #0xc]
	b 5f
3:	mov x9, #0xf
	mrs x13, CurrentEL
	cmp x13, #(2 << 2)
	b.ne 4f
	msr s3_4_c12_c9_5, x9           /* ICC_SRE_EL2 */
	isb
4:	msr s3_0_c12_c12_5, x9          /* ICC_SRE_EL1 */
	isb
	mov x13, #0xff
	msr s3_0_c4_c6_0, x13           /* ICC_PMR */
	msr s3_0_c12_c12_7, x9          /* ICC_IGRPEN1 */
	isb
	mrs x9, s3_0_c12_c12_0          /* ICC_IAR1 */
	isb

5:	msr spsel, #0
	b . /* to where the kernel's first instruction leads */
