// SPDX-License-Identifier: Apache-2.0
/* Attacks with the instructions of the RV64IM. */
#include "hostile.h"
#include <abi/process.h>

const unsigned char machine_call[] = { 0x73, 0, 0, 0 };
const unsigned machine_call_bytes = sizeof machine_call;
const uintptr_t machine_user_end = (uintptr_t)1 << 38; /* with the configuration of four levels */

static const struct {
	const char *name;
	uintptr_t fault;
} attacks[] = {
	{ "mret", FAULT_ILLEGAL }, { "wfi", FAULT_ILLEGAL }, { "a store to a control register", FAULT_ILLEGAL },
	{ "sfence.vma", FAULT_ILLEGAL }, { "an instruction of all ones", FAULT_ILLEGAL }, { "ebreak", FAULT_BREAKPOINT },
	{ "a jump to an odd address", FAULT_OTHER }, { "a misaligned load over the end of memory", FAULT_OTHER },
	{ "a system call without a stack", FAULT_NONE },
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

void machine_attack(unsigned n)
{
	switch (n) {
	case 0: __asm__ volatile(".word 0x30200073"); break;
	case 1: __asm__ volatile(".word 0x10500073"); break;
	case 2: __asm__ volatile(".word 0x18001073"); break;
	case 3: __asm__ volatile(".word 0x12000073"); break;
	case 4: __asm__ volatile(".word 0xffffffff"); break;
	case 5: __asm__ volatile("ebreak"); break;
	case 6: __asm__ volatile("li t0, 0x10002; jr t0"); break;
	case 7: __asm__ volatile("li t0, -4; ld t1, 0(t0)" ::: "t0", "t1"); break;
	case 8: __asm__ volatile("mv t0, sp; li sp, 0; li a0, 5 << 5; li a6, 0; ecall; mv sp, t0"
				 ::: "a0", "a1", "a2", "a3", "a4", "a5", "a6", "t0", "memory"); break;
	}
}
