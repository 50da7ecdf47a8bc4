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
	{ "a system call without a stack", FAULT_NONE }, { "registers that an interrupt loses", FAULT_NONE },
	{ "a jump to data", FAULT_ACCESS },
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

/* Each has a value of its own over some ticks; one that is not as it was is a breakpoint. */
static void keep_registers(void)
{
	__asm__ volatile("li a0, 400000;"
		"li t1, -100; li t2, -101; li t3, -102; li t4, -103; li t5, -104; li s2, -105; li s3, -106;"
		"li s4, -107; li s5, -108; li s6, -109; li s7, -110; li s8, -111; li s9, -112; li s10, -113;"
		"li s11, -114; li a1, -115; li a2, -116; li a3, -117; li a4, -118; li a5, -119; li a6, -120;"
		"li a7, -121;"
		"1: addi a0, a0, -1; bnez a0, 1b;"
		"li t0, -100; bne t1, t0, 2f; li t0, -101; bne t2, t0, 2f; li t0, -102; bne t3, t0, 2f; li t0, -103;"
		"bne t4, t0, 2f; li t0, -104; bne t5, t0, 2f; li t0, -105; bne s2, t0, 2f; li t0, -106;"
		"bne s3, t0, 2f; li t0, -107; bne s4, t0, 2f; li t0, -108; bne s5, t0, 2f; li t0, -109;"
		"bne s6, t0, 2f; li t0, -110; bne s7, t0, 2f; li t0, -111; bne s8, t0, 2f; li t0, -112;"
		"bne s9, t0, 2f; li t0, -113; bne s10, t0, 2f; li t0, -114; bne s11, t0, 2f; li t0, -115;"
		"bne a1, t0, 2f; li t0, -116; bne a2, t0, 2f; li t0, -117; bne a3, t0, 2f; li t0, -118;"
		"bne a4, t0, 2f; li t0, -119; bne a5, t0, 2f; li t0, -120; bne a6, t0, 2f; li t0, -121;"
		"bne a7, t0, 2f;"
		"j 3f; 2: ebreak; 3:"
		::: "a0", "t0", "t1", "t2", "t3", "t4", "t5", "s2", "s3", "s4", "s5", "s6", "s7", "s8", "s9", "s10", "s11",
		"a1", "a2", "a3", "a4", "a5", "a6", "a7");
}

void machine_attack(unsigned n)
{
	static unsigned data[] = { 0x00008067 }; /* ret */

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
	case 9: keep_registers(); break;
	case 10: __asm__ volatile("jr %0" :: "r"(data)); break;
	}
}
