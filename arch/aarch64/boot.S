/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From the loader to C. The loader has put the image anywhere in RAM, at a multiple of 4 KiB, and enters at its first byte
 * at EL2 or EL1, MMU off, interrupts masked, with the physical address of the device tree in x0: Linux's protocol for
 * Image files (its Documentation/arm64/booting.rst), which QEMU's -kernel and U-Boot's booti follow.
 *
 * x20 = device tree, x21 = physical address of the image, until C.
 */
	.section .text.header, "ax"
	.globl boot_header
boot_header:
	b boot_entry
	.long 0
	.quad 0                         /* offset from a multiple of 2 MiB */
	.quad kernel_image_bytes        /* with what is not in the file */
	.quad 0xa                       /* little-endian, pages of 4 KiB, anywhere in memory */
	.quad 0, 0, 0
	.ascii "ARM\x64"
	.long 0

/* Little-endian, everything off; the bits that are one where a feature is missing. */
#define SCTLR_OFF 0x30d00800
/* M, C, SA, SA0, I; programs may zero and clean cache lines, read CTR, wait (WFE, WFI). */
#define SCTLR_ON (SCTLR_OFF | 1 << 0 | 1 << 2 | 1 << 3 | 1 << 4 | 1 << 12 | 1 << 14 | 1 << 15 | 1 << 16 | 1 << 18 | 1 << 26)
#define SCTLR_SPAN (1 << 23)            /* zero: PAN is set on each way into the kernel */

#define MAIR 0x04ff                     /* 0: normal, write-back; 1: Device-nGnRE */
/* Walks cacheable and inner shareable, granule 4 KiB for both halves; TTBR1 48 bits. */
#define TCR_COMMON (3 << 28 | 1 << 26 | 1 << 24 | 16 << 16 | 3 << 12 | 1 << 10 | 1 << 8)
#define TCR_TG1_4K (2 << 30)
#define TCR_T0SZ_BOOT 16                /* for the map of the image at its physical address */
#define TCR_T0SZ_USER 25

#define HCR_RW (1 << 31)                 /* EL1 is AArch64 */
#define HCR_API (1 << 41)                /* PACGA is executed; else it goes to EL2, from any program */
#define HCRX_EL2 s3_4_c1_c2_2
#define HFGRTR_EL2 s3_4_c1_c1_4
#define HFGWTR_EL2 s3_4_c1_c1_5
#define HFGITR_EL2 s3_4_c1_c1_6
#define HDFGRTR_EL2 s3_4_c3_c1_4
#define HDFGWTR_EL2 s3_4_c3_c1_5
#define ICC_SRE_EL2 s3_4_c12_c9_5
#define ICH_HCR_EL2 s3_4_c12_c11_0

.macro field to, register, shift
	mrs \to, \register
	ubfx \to, \to, #\shift, #4
.endm

	.text
	.globl boot_entry
	.type boot_entry, @function
boot_entry:
	msr daifset, #0xf
	mov x20, x0
	ldr w2, =SCTLR_OFF
	mrs x1, CurrentEL
	cmp x1, #(1 << 2)
	b.eq at_el1
	cmp x1, #(2 << 2)
	b.eq 2f
1:	wfe                             /* no protocol starts a kernel at EL3 */
	b 1b

	/* EL2: nothing is trapped, EL1 gets counters, timers and the interrupt controller. */
2:	mov x1, #HCR_RW
	orr x1, x1, #HCR_API
	msr hcr_el2, x1
	isb                             /* says what CNTHCTL and CPTR are */
	mov x1, #3
	msr cnthctl_el2, x1
	msr cntvoff_el2, xzr
	mov x1, #0x33ff
	msr cptr_el2, x1
	msr hstr_el2, xzr
	msr vttbr_el2, xzr
	mrs x1, midr_el1
	msr vpidr_el2, x1
	mrs x1, mpidr_el1
	msr vmpidr_el2, x1
	field x3, id_aa64dfr0_el1, 8
	cmp x3, #0xf                    /* a performance monitor that is not the architecture's */
	ccmp x3, #0, #4, ne
	mov x1, #0
	b.eq 3f
	mrs x1, pmcr_el0
	ubfx x1, x1, #11, #5
3:	msr mdcr_el2, x1
	field x3, id_aa64mmfr0_el1, 56
	cbz x3, 6f
	msr HFGRTR_EL2, xzr
	msr HFGWTR_EL2, xzr
	msr HFGITR_EL2, xzr
	msr HDFGRTR_EL2, xzr
	msr HDFGWTR_EL2, xzr
6:	field x3, id_aa64mmfr1_el1, 40
	cbz x3, 7f
	msr HCRX_EL2, xzr
7:	field x3, id_aa64pfr0_el1, 24
	cbz x3, 4f
	mrs x1, ICC_SRE_EL2
	mov x3, #9                      /* EL1 may use the system registers */
	orr x1, x1, x3
	msr ICC_SRE_EL2, x1
	isb
	msr ICH_HCR_EL2, xzr
4:	msr sctlr_el1, x2
	mov x1, #0x3c5                  /* EL1h, all masked */
	msr spsr_el2, x1
	adr x1, at_el1
	msr elr_el2, x1
	eret

at_el1:
	msr spsel, #1
	msr sctlr_el1, x2
	msr cpacr_el1, xzr              /* no floating point */
	isb
	adrp x21, kernel_image_start
	adrp x0, kernel_stack_top
	mov sp, x0
	mov x29, xzr

	/* What caches hold of the image's memory must not hide, or overwrite, what is written there with the MMU off. */
	bl clean_image
	bl early_map
	bl clean_image

	mov x1, #MAIR
	msr mair_el1, x1
	field x1, id_aa64mmfr0_el1, 0   /* size of physical addresses */
	cmp x1, #5
	mov x2, #5
	csel x1, x1, x2, lo
	ldr x2, =(TCR_COMMON | TCR_T0SZ_BOOT)
	ldr x3, =TCR_TG1_4K
	orr x2, x2, x3
	orr x19, x2, x1, lsl #32
	msr tcr_el1, x19
	adrp x1, boot_root
	msr ttbr0_el1, x1
	adrp x1, kernel_root
	msr ttbr1_el1, x1
	ldr x2, =SCTLR_ON
	field x1, id_aa64mmfr1_el1, 20
	cbz x1, 5f
	bic x2, x2, #SCTLR_SPAN
5:	ic iallu
	tlbi vmalle1
	dsb nsh
	isb
	msr sctlr_el1, x2
	isb
	ldr x1, =high
	br x1

high:
	adrp x1, empty_root
	ldr x2, =kernel_image_start
	sub x1, x1, x2
	add x1, x1, x21
	msr ttbr0_el1, x1
	mov x2, #(TCR_T0SZ_BOOT ^ TCR_T0SZ_USER)
	eor x19, x19, x2
	msr tcr_el1, x19
	isb
	tlbi vmalle1
	dsb nsh
	isb
	ldr x0, =kernel_bss_start
	ldr x1, =kernel_bss_end
6:	stp xzr, xzr, [x0], #16
	cmp x0, x1
	b.lo 6b
	adrp x0, kernel_stack_top
	mov sp, x0
	adrp x0, trap_vectors
	add x0, x0, :lo12:trap_vectors
	msr vbar_el1, x0
	isb
	mov x0, x20
	mov x1, x21
	bl aarch64_start
	b trap_resume
	.size boot_entry, . - boot_entry

/* Cleans and invalidates the image's memory to the point of coherency. Changes x0-x4. */
clean_image:
	mrs x3, ctr_el0
	ubfx x3, x3, #16, #4
	mov x4, #4
	lsl x3, x4, x3                  /* bytes of the smallest data cache line */
	adrp x0, kernel_image_start
	adrp x1, kernel_image_end
1:	dc civac, x0
	add x0, x0, x3
	cmp x0, x1
	b.lo 1b
	dsb sy
	ret

/*
 * The kernel's stack; the page below it is not mapped.
 */
	.section .bss.boot, "aw", @nobits
	.balign 4096
	.globl kernel_stack_guard
kernel_stack_guard:
	.skip 4096
	.globl kernel_stack
kernel_stack:
	.skip 16384
	.globl kernel_stack_top
kernel_stack_top:
	.globl trap_stack_top
	.skip 4096                      /* for traps of the kernel itself: its own stack may be the reason */
trap_stack_top:
