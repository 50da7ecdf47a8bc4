/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From the Multiboot loader (32-bit, paging off, eax = magic, ebx = information) to C.
 *
 * The first page directory maps physical memory from 0 twice with pages of 4 MiB: at 0, for
 * the instructions that run before the jump, and at KERNEL_BASE for ever. It stays the
 * kernel's own root; pt_init() takes away what it does not need.
 */
#define KERNEL_BASE 0xc0000000
#define PHYS(x) ((x) - KERNEL_BASE)
#define DIRECT_MAP_ENTRIES 192
#define LARGE_PAGE 0x83 /* present, writable, 4 MiB */

#define MB_MAGIC 0x1badb002
#define MB_FLAGS 0x3 /* modules on page boundaries, memory map */

	.section .multiboot, "a"
	.balign 4
	.long MB_MAGIC
	.long MB_FLAGS
	.long -(MB_MAGIC + MB_FLAGS)

	.text
	.globl boot_entry
	.type boot_entry, @function
boot_entry:
	cli
	cld
	movl %eax, %ebp

	/* The directory: DIRECT_MAP_ENTRIES at 0 and again at KERNEL_BASE. */
	movl $PHYS(kernel_root), %edi
	movl $LARGE_PAGE, %eax
	movl $DIRECT_MAP_ENTRIES, %ecx
1:	movl %eax, (%edi)
	movl %eax, 768 * 4(%edi)
	addl $0x400000, %eax
	addl $4, %edi
	loop 1b

	movl $PHYS(kernel_root), %eax
	movl %eax, %cr3
	movl $0x10, %eax /* PSE, and nothing that a loader used */
	movl %eax, %cr4
	movl %cr0, %eax
	andl $~0x60000000, %eax /* caches on */
	orl $0x8001000e, %eax   /* PG, WP, TS, EM, MP: no floating point */
	movl %eax, %cr0
	movl $2f, %eax
	jmp *%eax

2:	movl $kernel_stack_top, %esp
	movl %ebp, %eax
	movl %ebx, %edx
	xorl %ebp, %ebp
	call x86_start
	jmp trap_resume
	.size boot_entry, . - boot_entry

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
