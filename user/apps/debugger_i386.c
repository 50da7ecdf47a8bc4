// SPDX-License-Identifier: Apache-2.0
/* The debugger on i386: int3, and the trap flag. Intel SDM 3A, 17.3. */
#include "debugger.h"

#define EFLAGS 9
#define TRAP_FLAG 0x100u
#define TRAP_STEP 1u

const char *const debug_register[] = { "eax", "ecx", "edx", "ebx", "esp", "ebp", "esi", "edi", "eip", "eflags" };
const unsigned debug_registers = 10, debug_pc = 8, debug_skip = 1, debug_trap_bytes = 1;
const uint8_t debug_trap[] = { 0xcc };

unsigned debug_step(struct debug_regs *r, uint32_t insn, uintptr_t next[2])
{
	r->r[EFLAGS] |= TRAP_FLAG;
	return 0;
}

bool debug_stepped(struct debug_regs *r)
{
	r->r[EFLAGS] &= ~(uintptr_t)TRAP_FLAG;
	return r->p.fault_code == FAULT_BREAKPOINT && r->p.fault_info == TRAP_STEP;
}
