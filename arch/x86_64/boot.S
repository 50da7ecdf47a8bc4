/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From the Multiboot loader (32-bit, paging off, eax = magic, ebx = information) to C in long mode. What another system has
 * left in the processor is no way into the kernel: control registers and flags are set whole, the rest by desc_init().
 *
 * The first tables map the first 4 GiB with pages of 2 MiB: at 0, for the instructions that run before the jump, at
 * DIRECT_MAP_BASE, and the first of them at KERNEL_BASE. They stay the kernel's own; pt_init() refines them.
 */
#define KERNEL_BASE 0xffffffff80000000
#define PHYS(x) ((x) - KERNEL_BASE)
#define LARGE_PAGE 0x83 /* present, writable, 2 MiB */
#define TABLE 0x3       /* present, writable */
#define GIBS 4

#define MB_MAGIC 0x1badb002
#define MB_FLAGS 0x3 /* modules on page boundaries, memory map */

#define CPUID_LONG_MODE (1 << 29)
#define CPUID_NO_EXECUTE (1 << 20)
#define MSR_EFER 0xc0000080
#define EFER 0x901      /* system call, long mode, no-execute */
#define CR4_PAE 0x20
#define CR0 0x8001001f   /* PG, WP, ET, PE; TS, EM, MP: no floating point */

#define COM1 0x3f8
#define DEBUG_EXIT 0xf4

	.section .multiboot, "a"
	.balign 4
	.long MB_MAGIC
	.long MB_FLAGS
	.long -(MB_MAGIC + MB_FLAGS)

	.text
	.code32
	.globl boot_entry
	.type boot_entry, @function
boot_entry:
	cli
	cld
	movl %eax, %ebp
	movl %ebx, %esi

	movl $0x80000000, %eax
	cpuid
	cmpl $0x80000001, %eax
	jb no_long_mode
	movl $0x80000001, %eax
	cpuid
	andl $(CPUID_LONG_MODE | CPUID_NO_EXECUTE), %edx
	cmpl $(CPUID_LONG_MODE | CPUID_NO_EXECUTE), %edx
	jne no_long_mode

	/* The large pages, then what leads to them. Upper halves of entries are zero already. */
	movl $PHYS(direct_pd), %edi
	movl $LARGE_PAGE, %eax
	movl $(512 * GIBS), %ecx
1:	movl %eax, (%edi)
	addl $0x200000, %eax
	addl $8, %edi
	loop 1b

	movl $PHYS(direct_pdpt), %edi
	movl $PHYS(direct_pd + TABLE), %eax
	movl $GIBS, %ecx
2:	movl %eax, (%edi)
	addl $4096, %eax
	addl $8, %edi
	loop 2b

	movl $PHYS(direct_pd + TABLE), PHYS(image_pdpt + 510 * 8)
	movl $PHYS(direct_pdpt + TABLE), PHYS(kernel_root)
	movl $PHYS(direct_pdpt + TABLE), PHYS(kernel_root + 256 * 8)
	movl $PHYS(image_pdpt + TABLE), PHYS(kernel_root + 511 * 8)

	movl $PHYS(kernel_root), %eax
	movl %eax, %cr3
	movl $CR4_PAE, %eax
	movl %eax, %cr4
	movl $MSR_EFER, %ecx
	movl $EFER, %eax
	xorl %edx, %edx
	wrmsr
	movl $CR0, %eax
	movl %eax, %cr0
	lgdt PHYS(boot_gdt_pointer)
	ljmp $0x08, $PHYS(3f)

	.code64
3:	movabsq $4f, %rax
	jmp *%rax
4:	movq $kernel_stack_top, %rsp
	pushq $2
	popfq
	movl %ebp, %edi
	xorl %ebp, %ebp
	call x86_start
	jmp trap_resume
	.size boot_entry, . - boot_entry

	/* Says so on the serial line, as the loader left it, and ends. */
	.code32
no_long_mode:
	movl $PHYS(no_long_mode_text), %esi
1:	lodsb
	testb %al, %al
	jz 3f
	movb %al, %ah
	movw $(COM1 + 5), %dx
2:	inb %dx, %al
	testb $0x20, %al
	jz 2b
	movb %ah, %al
	movw $COM1, %dx
	outb %al, %dx
	jmp 1b
3:	movb $1, %al
	outb %al, $DEBUG_EXIT
4:	cli
	hlt
	jmp 4b
	.code64

	.section .rodata
no_long_mode_text:
	.asciz "boot stopped: this processor has no 64-bit mode with no-execute; i386_defconfig is for it\r\n"
	.balign 8
boot_gdt:
	.quad 0
	.quad 0x00af9a000000ffff
boot_gdt_pointer:
	.word . - boot_gdt - 1
	.long PHYS(boot_gdt)

	.section .bss.boot, "aw", @nobits
	.balign 4096
	.globl kernel_stack_guard
kernel_stack_guard: /* pt_init() takes this page away */
	.skip 4096
	.globl kernel_stack
kernel_stack:
	.skip 16384
	.globl kernel_stack_top
kernel_stack_top:
	.globl kernel_root
kernel_root:
	.skip 4096
	.globl direct_pdpt
direct_pdpt:
	.skip 4096
	.globl direct_pd
direct_pd:
	.skip 4096 * GIBS
	.globl image_pdpt
image_pdpt:
	.skip 4096

	.section .note.GNU-stack, "", @progbits
