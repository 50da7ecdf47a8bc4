// SPDX-License-Identifier: Apache-2.0
/* Attacks with the instructions of x86_64. */
#include "hostile.h"
#include <abi/process.h>

const unsigned char machine_call[] = { 0x0f, 0x05 };
const unsigned machine_call_bytes = sizeof machine_call;
const uintptr_t machine_user_end = 0x7f8000000000u;

static const struct {
	const char *name;
	uintptr_t fault;
} attacks[] = {
	{ "cli", FAULT_ILLEGAL }, { "hlt", FAULT_ILLEGAL }, { "out to the interrupt controller", FAULT_ILLEGAL },
	{ "int 0x80, which is not there", FAULT_ILLEGAL }, { "int 14, a false page fault", FAULT_ILLEGAL },
	{ "int 0x20, a false interrupt", FAULT_ILLEGAL }, { "int 0x30, a false tick", FAULT_ILLEGAL },
	{ "a store to cr3", FAULT_ILLEGAL }, { "lgdt", FAULT_ILLEGAL },
	{ "the kernel's data segment in ds", FAULT_ILLEGAL }, { "a far return to the kernel's code segment", FAULT_ILLEGAL },
	{ "ud2", FAULT_ILLEGAL }, { "int3", FAULT_BREAKPOINT }, { "division by zero", FAULT_ARITHMETIC },
	{ "fninit", FAULT_ILLEGAL }, { "an SSE instruction", FAULT_ILLEGAL }, { "single step", FAULT_BREAKPOINT },
	{ "single step into a system call", FAULT_BREAKPOINT }, { "a string at an address that is none", FAULT_ADDRESS },
	{ "a system call with the direction flag set", FAULT_NONE }, { "a system call with NT and AC set", FAULT_NONE },
	{ "a system call without a stack", FAULT_NONE }, { "a system call with a stack that is no address", FAULT_NONE },
	{ "a system call on a stack in the kernel", FAULT_NONE }, { "sysenter", FAULT_ILLEGAL },
	{ "sysret", FAULT_ILLEGAL }, { "swapgs", FAULT_ILLEGAL }, { "iret to the kernel's code segment", FAULT_ILLEGAL },
	{ "a read of a model-specific register", FAULT_ILLEGAL }, { "a write of the base of gs", FAULT_ILLEGAL },
	{ "a watchpoint", FAULT_ILLEGAL }, { "a load from an address that is none", FAULT_ILLEGAL },
	{ "a jump to an address that is none", FAULT_ADDRESS }, { "a return to an address that is none", FAULT_ADDRESS },
	{ "a jump to the page below the hole", FAULT_ADDRESS }, { "a jump to data", FAULT_ACCESS },
	{ "a string block at an address that is none", FAULT_ADDRESS }, { "selectors of its own in a system call", FAULT_NONE },
	{ "registers that an interrupt or a system call loses", FAULT_NONE },
	{ "selectors that another one left", FAULT_NONE },
};

unsigned machine_attacks(void)
{
	return sizeof attacks / sizeof attacks[0];
}

const char *machine_attack_name(unsigned n, uintptr_t *fault)
{
	*fault = attacks[n].fault;
	return attacks[n].name;
}

/* A prompt send to register 0: answers that it is void and harms nobody. */
#define CALL_NOBODY "movl $(5 << 5), %%edi; xorl %%eax, %%eax; syscall;"
/* A call of the server (V_PEER). */
#define CALL_PEER "movl $8, %%edi; xorl %%esi, %%esi; movl $1, %%edx; syscall;"
#define ALL "rax", "rbx", "rcx", "rdx", "rsi", "rdi", "r8", "r9", "r10", "r11", "r12", "memory", "cc"
#define RUN(text) __asm__ volatile(text ::: ALL)
#define ON_STACK(where) RUN("movq %%rsp, %%r12; movabsq $" where ", %%rsp;" CALL_NOBODY "movq %%r12, %%rsp;")

/* All of them, over some ticks and a system call; one that is not as it was is an illegal instruction. */
static void keep_registers(void)
{
	__asm__ volatile(
		"pushq %%rbx; pushq %%rbp; pushq %%r12; pushq %%r13; pushq %%r14; pushq %%r15;"
		"movq $-2, %%rax; movq $-3, %%rbx; movq $-4, %%rdx; movq $-5, %%rsi; movq $-6, %%rdi; movq $-7, %%rbp;"
		"movq $-8, %%r8; movq $-9, %%r9; movq $-10, %%r10; movq $-11, %%r11; movq $-12, %%r12; movq $-13, %%r13;"
		"movq $-14, %%r14; movq $-15, %%r15; movl $20000000, %%ecx; 1: subl $1, %%ecx; jnz 1b;"
		"cmpq $-2, %%rax; jne 2f; cmpq $-4, %%rdx; jne 2f; cmpq $-5, %%rsi; jne 2f; cmpq $-6, %%rdi; jne 2f;"
		"cmpq $-8, %%r8; jne 2f; cmpq $-9, %%r9; jne 2f; cmpq $-10, %%r10; jne 2f; cmpq $-11, %%r11; jne 2f;"
		CALL_NOBODY
		"cmpq $-3, %%rbx; jne 2f; cmpq $-7, %%rbp; jne 2f; cmpq $-12, %%r12; jne 2f; cmpq $-13, %%r13; jne 2f;"
		"cmpq $-14, %%r14; jne 2f; cmpq $-15, %%r15; je 3f; 2: ud2;"
		"3: popq %%r15; popq %%r14; popq %%r13; popq %%r12; popq %%rbp; popq %%rbx;"
		::: "rax", "rcx", "rdx", "rsi", "rdi", "r8", "r9", "r10", "r11", "memory", "cc");
}

static void machine_attack_late(unsigned n)
{
	static unsigned char data[] = { 0xc3 };

	switch (n) {
	case 19: RUN("std;" CALL_NOBODY "cld;"); break;
	case 20: RUN("pushfq; orl $0x44000, (%%rsp); popfq;" CALL_NOBODY); break;
	case 21: ON_STACK("0"); break;
	case 22: ON_STACK("0x800000000000"); break;
	case 23: ON_STACK("0xffffffff80200000"); break;
	case 24: RUN("sysenter;"); break;
	case 25: RUN("sysretq;"); break;
	case 26: RUN("swapgs;"); break;
	case 27: RUN("pushq $0x10; pushq %%rsp; pushq $2; pushq $0x8; pushq $0; iretq;"); break;
	case 28: RUN("movl $0xc0000082, %%ecx; rdmsr;"); break;
	case 29: RUN("wrgsbase %%rax;"); break;
	case 30: RUN("xorl %%eax, %%eax; movq %%rax, %%dr0;"); break;
	case 31: RUN("movabsq $0x800000000000, %%rax; movb (%%rax), %%al;"); break;
	case 32: RUN("movabsq $0x800000000000, %%rax; jmp *%%rax;"); break;
	case 33: RUN("movabsq $0x8000000000000000, %%rax; pushq %%rax; ret;"); break;
	case 34: RUN("movabsq $0x7ffffffffffe, %%rax; jmp *%%rax;"); break;
	case 35: __asm__ volatile("jmp *%0" :: "r"(data)); break;
	case 36: RUN("movabsq $0x800000000000, %%rax;" CALL_PEER); break;
	case 37: RUN("movl $0x1b, %%ecx; movl %%ecx, %%ds; movl %%ecx, %%es; movl %%ecx, %%fs; movl %%ecx, %%gs;" CALL_NOBODY);
		 break;
	case 38: keep_registers(); break;
	case 39: RUN("movl %%ds, %%eax; movl %%es, %%ecx; orl %%ecx, %%eax; movl %%fs, %%ecx; orl %%ecx, %%eax; movl %%gs, %%ecx;"
		     "orl %%ecx, %%eax; jz 1f; ud2; 1:"); break;
	}
}

void machine_attack(unsigned n)
{
	static const struct { uint16_t limit; uint64_t base; } __attribute__((packed)) table = { 0xffff, 0 };

	switch (n) {
	case 0:  RUN("cli;"); break;
	case 1:  RUN("hlt;"); break;
	case 2:  RUN("movb $0xff, %%al; outb %%al, $0x21;"); break;
	case 3:  RUN("int $0x80;"); break;
	case 4:  RUN("int $14;"); break;
	case 5:  RUN("int $0x20;"); break;
	case 6:  RUN("int $0x30;"); break;
	case 7:  RUN("xorl %%eax, %%eax; movq %%rax, %%cr3;"); break;
	case 8:  __asm__ volatile("lgdt %0" :: "m"(table)); break;
	case 9:  RUN("movl $0x10, %%eax; movl %%eax, %%ds;"); break;
	case 10: RUN("pushq $0x8; pushq $0; lretq;"); break;
	case 11: RUN("ud2;"); break;
	case 12: RUN("int3;"); break;
	case 13: RUN("xorl %%eax, %%eax; xorl %%edx, %%edx; divl %%eax;"); break;
	case 14: RUN("fninit;"); break;
	case 15: RUN("xorps %%xmm0, %%xmm0;"); break;
	case 16: RUN("pushfq; orl $0x100, (%%rsp); popfq; nop; nop;"); break;
	case 17: RUN("movl $(5 << 5), %%edi; xorl %%eax, %%eax; pushfq; orl $0x100, (%%rsp); popfq; syscall; nop;"); break;
	case 18: RUN("movabsq $0x8000000000000000, %%rax; pushq $0; pushq $0; pushq $8; pushq %%rax; movq %%rsp, %%rax;"
		     CALL_PEER); break;
	default: machine_attack_late(n); break;
	}
}
