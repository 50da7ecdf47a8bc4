/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A loader that leaves the processor as another system may have left it, as far as the Multiboot specification (section 3.2)
 * says nothing of it: test_dirty.py. It starts the ELF file that is its first module.
 */
#define MB_MAGIC 0x1badb002
#define MB_FLAGS 0x3
#define MB_FOUND 0x2badb002
#define PROGRAM 0x10000 /* where every program begins */

	.text
	.balign 4
	.long MB_MAGIC
	.long MB_FLAGS
	.long -(MB_MAGIC + MB_FLAGS)

	.globl start
start:
	cli
	cld
	movl $stack, %esp
	pushl %ebx
	movl 24(%ebx), %ebp
	movl (%ebp), %ebp    /* the module */
	movl 28(%ebp), %edx
	addl %ebp, %edx      /* its program headers */
	movzwl 44(%ebp), %ebx
1:	cmpl $1, (%edx)
	jne 2f
	movl 4(%edx), %esi
	addl %ebp, %esi
	movl 12(%edx), %edi
	movl 16(%edx), %ecx
	rep movsb
	movl 20(%edx), %ecx
	subl 16(%edx), %ecx
	xorl %eax, %eax
	rep stosb
2:	addl $32, %edx
	decl %ebx
	jnz 1b

	/* Ways into ring 0, all to the program. */
	movl $msrs, %esi
3:	movl (%esi), %ecx
	movl 4(%esi), %eax
	movl 8(%esi), %edx
	wrmsr
	addl $12, %esi
	cmpl $msrs_end, %esi
	jne 3b

	/* A breakpoint at its first instruction; alignment checks; no time for programs. */
	movl $PROGRAM, %eax
	movl %eax, %dr0
	movl $0x402, %eax
	movl %eax, %dr7
	movl %cr0, %eax
	orl $0x40000, %eax
	movl %eax, %cr0
	movl %cr4, %eax
	orl $0x10c, %eax
	movl %eax, %cr4

	/* The local APIC's most urgent interrupt is taken and not ended, and none of the old controllers'. */
	movb $0xff, %al
	outb %al, $0x21
	outb %al, $0xa1
	lgdt gdt_pointer
	movl $5f, %eax
	movw %ax, idt_entry
	shrl $16, %eax
	movw %ax, idt_entry + 6
	lidt idt_pointer
	movl $0x1ff, 0xfee000f0   /* spurious vector: on */
	movl $0x400f0, 0xfee00300 /* to itself, vector 0xf0 */
	sti
1:	jmp 1b
5:	cli
	movl $stack - 4, %esp

	/* Local descriptors in its memory; no interrupt table. */
	ljmp $0x08, $4f
4:	movl $0x10, %eax
	movl %eax, %ds
	movl %eax, %es
	movl %eax, %fs
	movl %eax, %gs
	movl %eax, %ss
	movl $0x18, %eax
	lldt %ax
	lidt no_pointer

	popl %ebx
	andl $~8, (%ebx)     /* there is no module */
	pushl $0x247402      /* ID, AC, nested task, ports for all, direction */
	popfl
	movl $MB_FOUND, %eax
	movl 28(%ebp), %edx  /* the entry's place in memory, by the first segment */
	movl 24(%ebp), %ecx
	subl 8(%ebp, %edx), %ecx
	addl 12(%ebp, %edx), %ecx
	jmp *%ecx

	.balign 8
gdt:	.quad 0, 0x00cf9a000000ffff, 0x00cf92000000ffff, 0x0000820200000fff /* at 0x20000 */
gdt_pointer:
	.word . - gdt - 1
	.long gdt
	.balign 8
idt_entry:
	.word 0, 0x08, 0x8e00, 0
idt_pointer:
	.word 0xf0 * 8 + 7
	.long idt_entry - 0xf0 * 8
no_pointer:
	.word 0
	.long 0
	.balign 4
msrs:	.long 0x174, 0x8, 0                     /* sysenter: code segment, stack, where to */
	.long 0x175, PROGRAM, 0
	.long 0x176, PROGRAM, 0
	.long 0xc0000081, PROGRAM, 0x001b0008   /* syscall: where to, segments */
	.long 0xc0000082, PROGRAM, 0
	.long 0xc0000083, PROGRAM, 0
	.long 0xc0000084, 0, 0
	.long 0xc0000080, 0x801, 0              /* EFER: syscall, no-execute */
msrs_end:
	.skip 256
stack:
