// SPDX-License-Identifier: Apache-2.0
/* Attacks with the instructions of the i386. */
#include "hostile.h"
#include <abi/process.h>

const unsigned char machine_call[] = { 0xcd, 0x30 };
const unsigned machine_call_bytes = sizeof machine_call;
const uintptr_t machine_user_end = 0xc0000000u;

static const struct {
	const char *name;
	uintptr_t fault;
} attacks[] = {
	{ "cli", FAULT_ILLEGAL }, { "hlt", FAULT_ILLEGAL }, { "out to the interrupt controller", FAULT_ILLEGAL },
	{ "int 0x80, which is not there", FAULT_ILLEGAL }, { "int 14, a false page fault", FAULT_ILLEGAL },
	{ "int 0x20, a false interrupt", FAULT_ILLEGAL }, { "a store to cr3", FAULT_ILLEGAL },
	{ "lgdt", FAULT_ILLEGAL }, { "the kernel's data segment in ds", FAULT_ILLEGAL },
	{ "a far jump to the kernel's code segment", FAULT_ILLEGAL }, { "ud2", FAULT_ILLEGAL },
	{ "int3", FAULT_BREAKPOINT }, { "division by zero", FAULT_ARITHMETIC }, { "fninit", FAULT_ILLEGAL },
	{ "single step", FAULT_BREAKPOINT }, { "a system call with the direction flag set", FAULT_NONE },
	{ "a system call with NT and AC set", FAULT_NONE }, { "a system call without a stack", FAULT_NONE },
	{ "a system call with null in ds and es", FAULT_NONE }, { "sysenter", FAULT_ILLEGAL }, { "syscall", FAULT_ILLEGAL },
	{ "registers that an interrupt loses", FAULT_NONE }, { "selectors of its own in a system call", FAULT_NONE },
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
#define CALL_NOBODY "movl $(5 << 5), %%eax; xorl %%ebp, %%ebp; int $0x30;"
#define ALL "eax", "ebx", "ecx", "edx", "esi", "edi", "memory", "cc"
#define RUN(text) __asm__ volatile("pushl %%ebp;" text "popl %%ebp" ::: ALL)

void machine_attack(unsigned n)
{
	static const struct { uint16_t limit; uint32_t base; } __attribute__((packed)) table = { 0xffff, 0 };

	switch (n) {
	case 0:  RUN("cli;"); break;
	case 1:  RUN("hlt;"); break;
	case 2:  RUN("movb $0xff, %%al; outb %%al, $0x21;"); break;
	case 3:  RUN("int $0x80;"); break;
	case 4:  RUN("int $14;"); break;
	case 5:  RUN("int $0x20;"); break;
	case 6:  RUN("xorl %%eax, %%eax; movl %%eax, %%cr3;"); break;
	case 7:  __asm__ volatile("lgdt %0" :: "m"(table)); break;
	case 8:  RUN("movl $0x10, %%eax; movl %%eax, %%ds;"); break;
	case 9:  RUN("ljmp $0x8, $0;"); break;
	case 10: RUN("ud2;"); break;
	case 11: RUN("int3;"); break;
	case 12: RUN("xorl %%eax, %%eax; xorl %%edx, %%edx; divl %%eax;"); break;
	case 13: RUN("fninit;"); break;
	case 14: RUN("pushfl; orl $0x100, (%%esp); popfl; nop; nop;"); break;
	case 15: RUN("std;" CALL_NOBODY "cld;"); break;
	case 16: RUN("pushfl; orl $0x44000, (%%esp); popfl;" CALL_NOBODY); break;
	case 17: __asm__ volatile("pushl %%ebp; movl %%esp, %%ecx; xorl %%esp, %%esp; xorl %%ebp, %%ebp; movl $(5 << 5), %%eax;"
				  "int $0x30; movl %%ecx, %%esp; popl %%ebp" ::: ALL); break;
	case 18: RUN("xorl %%eax, %%eax; movl %%eax, %%ds; movl %%eax, %%es;" CALL_NOBODY); break;
	case 19: RUN("sysenter;"); break;
	case 20: RUN("syscall;"); break;
	case 21: RUN("movl $-2, %%eax; movl $-3, %%ebx; movl $-4, %%edx; movl $-5, %%esi; movl $-6, %%edi; movl $-7, %%ebp;"
		     "movl $20000000, %%ecx; 1: subl $1, %%ecx; jnz 1b; cmpl $-2, %%eax; jne 2f; cmpl $-3, %%ebx; jne 2f;"
		     "cmpl $-4, %%edx; jne 2f; cmpl $-5, %%esi; jne 2f; cmpl $-6, %%edi; jne 2f; cmpl $-7, %%ebp; je 3f;"
		     "2: ud2; 3:"); break;
	case 22: RUN("movl $0x23, %%ecx; movl %%ecx, %%fs; movl %%ecx, %%gs;" CALL_NOBODY); break;
	case 23: RUN("movl %%fs, %%eax; movl %%gs, %%ecx; orl %%ecx, %%eax; jz 1f; ud2; 1:"); break;
	}
}
