// SPDX-License-Identifier: Apache-2.0
/* The debugger on x86_64: int3, and the trap flag. Intel SDM 3A, 17.3. */
#include "debugger.h"

#define RFLAGS 17
#define TRAP_FLAG 0x100u
#define TRAP_STEP 1u

const char *const debug_register[] = { "rax", "rcx", "rdx", "rbx", "rsp", "rbp", "rsi", "rdi", "r8", "r9", "r10", "r11",
	"r12", "r13", "r14", "r15", "rip", "rflags" };
const unsigned debug_registers = 18, debug_pc = 16, debug_skip = 1, debug_trap_bytes = 1;
const uint8_t debug_trap[] = { 0xcc };

unsigned debug_step(struct debug_regs *r, uint32_t insn, uintptr_t next[2])
{
	r->r[RFLAGS] |= TRAP_FLAG;
	return 0;
}

bool debug_stepped(struct debug_regs *r)
{
	r->r[RFLAGS] &= ~(uintptr_t)TRAP_FLAG;
	return r->p.fault_code == FAULT_BREAKPOINT && r->p.fault_info == TRAP_STEP;
}
