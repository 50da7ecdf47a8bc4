// SPDX-License-Identifier: Apache-2.0
/* Attacks with the instructions of the aarch64. */
#include "hostile.h"
#include <abi/process.h>

const unsigned char machine_call[] = { 0x01, 0, 0, 0xd4 };
const unsigned machine_call_bytes = sizeof machine_call;
const uintptr_t machine_user_end = (uintptr_t)1 << 39;

static const struct {
	const char *name;
	uintptr_t fault;
} attacks[] = {
	{ "masking interrupts", FAULT_ILLEGAL }, { "a store to the root of the tables", FAULT_ILLEGAL },
	{ "a store to the kernel's vectors", FAULT_ILLEGAL }, { "tlbi", FAULT_ILLEGAL }, { "eret", FAULT_ILLEGAL },
	{ "hvc", FAULT_ILLEGAL }, { "smc", FAULT_ILLEGAL }, { "hlt, semihosting", FAULT_ILLEGAL },
	{ "svc #1, which is not there", FAULT_ILLEGAL }, { "an instruction of all zeros", FAULT_ILLEGAL },
	{ "floating point", FAULT_ILLEGAL }, { "the timer's registers", FAULT_ILLEGAL },
	{ "the counter of events", FAULT_ILLEGAL }, { "the interrupt controller", FAULT_ILLEGAL },
	{ "brk", FAULT_BREAKPOINT }, { "a jump to an odd address", FAULT_OTHER },
	{ "an exclusive load that is not aligned", FAULT_OTHER }, { "an address with a tag", FAULT_ADDRESS },
	{ "a system call without a stack", FAULT_NONE }, { "its own thread register", FAULT_NONE },
	{ "the saved state of the kernel", FAULT_ILLEGAL }, { "wfi", FAULT_NONE },
	{ "registers that an interrupt loses", FAULT_NONE }, { "a jump to data", FAULT_ACCESS },
	{ "a thread register that another one left", FAULT_NONE },
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
#define CALL_NOBODY "mov x0, #(5 << 5); mov x6, #0; svc #0;"
#define RUN(text) __asm__ volatile(text ::: "x0", "x1", "x2", "x3", "x4", "x5", "x6", "x9", "memory", "cc")

/* Each has a value of its own over some ticks; one that is not as it was is a breakpoint. */
static void keep_registers(void)
{
	__asm__ volatile("mov x0, #0x1000000;"
		"mov x1, #-101; mov x2, #-102; mov x3, #-103; mov x4, #-104; mov x5, #-105; mov x6, #-106;"
		"mov x7, #-107; mov x8, #-108; mov x9, #-109; mov x10, #-110; mov x11, #-111; mov x12, #-112;"
		"mov x13, #-113; mov x14, #-114; mov x15, #-115; mov x16, #-116; mov x17, #-117; mov x20, #-120;"
		"mov x21, #-121; mov x22, #-122; mov x23, #-123; mov x24, #-124; mov x25, #-125; mov x26, #-126;"
		"mov x27, #-127; mov x28, #-128;"
		"1: subs x0, x0, #1; b.ne 1b;"
		"cmn x1, #101; b.ne 2f; cmn x2, #102; b.ne 2f; cmn x3, #103; b.ne 2f; cmn x4, #104; b.ne 2f;"
		"cmn x5, #105; b.ne 2f; cmn x6, #106; b.ne 2f; cmn x7, #107; b.ne 2f; cmn x8, #108; b.ne 2f;"
		"cmn x9, #109; b.ne 2f; cmn x10, #110; b.ne 2f; cmn x11, #111; b.ne 2f; cmn x12, #112; b.ne 2f;"
		"cmn x13, #113; b.ne 2f; cmn x14, #114; b.ne 2f; cmn x15, #115; b.ne 2f; cmn x16, #116; b.ne 2f;"
		"cmn x17, #117; b.ne 2f; cmn x20, #120; b.ne 2f; cmn x21, #121; b.ne 2f; cmn x22, #122; b.ne 2f;"
		"cmn x23, #123; b.ne 2f; cmn x24, #124; b.ne 2f; cmn x25, #125; b.ne 2f; cmn x26, #126; b.ne 2f;"
		"cmn x27, #127; b.ne 2f; cmn x28, #128; b.ne 2f;"
		"b 3f; 2: brk #2; 3:"
		::: "x0", "x1", "x2", "x3", "x4", "x5", "x6", "x7", "x8", "x9", "x10", "x11", "x12", "x13", "x14", "x15", "x16",
		"x17", "x20", "x21", "x22", "x23", "x24", "x25", "x26", "x27", "x28", "cc");
}

void machine_attack(unsigned n)
{
	static unsigned data[] = { 0xd65f03c0 }; /* ret */

	switch (n) {
	case 0:  RUN("msr daifset, #0xf"); break;
	case 1:  RUN("msr ttbr0_el1, xzr"); break;
	case 2:  RUN("msr vbar_el1, xzr"); break;
	case 3:  RUN("tlbi vmalle1"); break;
	case 4:  RUN("eret"); break;
	case 5:  RUN(".inst 0xd4000002"); break;
	case 6:  RUN(".inst 0xd4000003"); break;
	case 7:  RUN("mov x0, #0x18; mov x1, #0; hlt #0xf000"); break;
	case 8:  RUN("svc #1"); break;
	case 9:  RUN(".inst 0"); break;
	case 10: RUN(".inst 0x1e202000"); break;               /* fcmp s0, s0 */
	case 11: RUN("msr cntv_ctl_el0, xzr"); break;
	case 12: RUN("msr pmcntenclr_el0, xzr"); break;
	case 13: RUN("mrs x0, s3_0_c12_c12_0"); break;
	case 14: RUN("brk #7"); break;
	case 15: RUN("mov x0, #0x2001; movk x0, #1, lsl #16; br x0"); break;
	case 16: RUN("mov x0, sp; sub x0, x0, #31; ldxr x1, [x0]"); break;
	case 17: RUN("mov x0, sp; orr x0, x0, #(0x0f << 56); ldr x1, [x0]"); break;
	case 18: RUN("mov x9, sp; mov x0, xzr; mov sp, x0;" CALL_NOBODY "mov sp, x9"); break;
	case 19: RUN("mov x9, #-1; msr tpidr_el0, x9;" CALL_NOBODY "mrs x1, tpidr_el0; cmp x1, x9; b.eq 1f; brk #1; 1:"); break;
	case 20: RUN("mrs x0, spsr_el1"); break;
	case 21: RUN("wfi"); break;
	case 22: keep_registers(); break;
	case 23: __asm__ volatile("br %0" :: "r"(data)); break;
	case 24: RUN("mrs x1, tpidr_el0; cbz x1, 1f; brk #1; 1:"); break;
	}
}
