/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From the Multiboot loader (32-bit, paging off, eax = magic, ebx = information) to C. What another system has left in the
 * processor must not be a way into the kernel: control registers and flags are set whole, the instructions sysenter and
 * syscall are off (Intel SDM volume 3A, 5.8.7; AMD volume 2, 6.1.1), no breakpoint is armed.
 *
 * The first page directory maps physical memory from 0 twice with pages of 4 MiB: at 0, for
 * the instructions that run before the jump, and at KERNEL_BASE for ever. It stays the
 * kernel's own root; pt_init() takes away what it does not need.
 */
#define KERNEL_BASE 0xc0000000
#define PHYS(x) ((x) - KERNEL_BASE)
#define DIRECT_MAP_ENTRIES 192
#define LARGE_PAGE 0x83 /* present, writable, 4 MiB */
#define CR4_PSE 0x10
#define CR0 0x8001001f /* PG, WP, ET, PE; TS, EM, MP: no floating point */

#define CPUID_SYSENTER (1 << 11)
#define CPUID_EFER 0x20100800 /* long mode, no-execute, syscall */
#define MSR_SYSENTER_CS 0x174
#define MSR_EFER 0xc0000080

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
	movl %ebx, %esi

	xorl %eax, %eax
	movl %eax, %dr7
	incl %eax
	cpuid
	testl $CPUID_SYSENTER, %edx
	jz 1f
	movl $MSR_SYSENTER_CS, %ecx
	xorl %eax, %eax
	cltd
	wrmsr
1:	movl $0x80000000, %eax
	cpuid
	decl %eax
	jns 2f
	movl $0x80000001, %eax
	cpuid
	testl $CPUID_EFER, %edx
	jz 2f
	movl $MSR_EFER, %ecx
	xorl %eax, %eax
	cltd
	wrmsr

	/* The directory: DIRECT_MAP_ENTRIES at 0 and again at KERNEL_BASE. */
2:	movl $PHYS(kernel_root), %edi
	movl %edi, %cr3
	movl $LARGE_PAGE, %eax
	movl $DIRECT_MAP_ENTRIES, %ecx
3:	movl %eax, 768 * 4(%edi)
	stosl
	addl $0x400000, %eax
	loop 3b

	movl $CR4_PSE, %eax
	movl %eax, %cr4
	movl $CR0, %eax
	movl %eax, %cr0
	movl $4f, %eax
	jmp *%eax

4:	movl $kernel_stack_top, %esp
	pushl $2
	popfl
	movl %ebp, %eax
	movl %esi, %edx
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
