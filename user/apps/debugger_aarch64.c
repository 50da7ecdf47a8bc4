// SPDX-License-Identifier: Apache-2.0
/*
 * The debugger on aarch64: brk, and where an instruction can lead. A load-exclusive and its store are best not stepped
 * through: what happens between them makes the store fail. Arm ARM, C4.1 (branches).
 */
#include "debugger.h"

#define ZERO_REGISTER 31

const char *const debug_register[] = { "x0", "x1", "x2", "x3", "x4", "x5", "x6", "x7", "x8", "x9", "x10", "x11", "x12", "x13",
	"x14", "x15", "x16", "x17", "x18", "x19", "x20", "x21", "x22", "x23", "x24", "x25", "x26", "x27", "x28", "x29", "x30",
	"sp", "pc", "pstate", "tpidr" };
const unsigned debug_registers = 35, debug_pc = 32, debug_skip = 0, debug_trap_bytes = 4;
const uint8_t debug_trap[] = { 0x00, 0x00, 0x20, 0xd4 };

/* A signed field of the instruction, in words. */
static uintptr_t offset(uint32_t insn, unsigned low, unsigned bits)
{
	return (uintptr_t)((int64_t)((uint64_t)insn << (64 - low - bits)) >> (64 - bits)) * 4;
}

unsigned debug_step(struct debug_regs *r, uint32_t insn, uintptr_t next[2])
{
	uintptr_t pc = r->r[debug_pc];
	unsigned n = insn >> 5 & 31;

	next[0] = pc + 4;
	if ((insn & 0x7c000000) == 0x14000000) /* b, bl */
		next[0] = pc + offset(insn, 0, 26);
	else if ((insn & 0xff9ffc1f) == 0xd61f0000) /* br, blr, ret */
		next[0] = n == ZERO_REGISTER ? 0 : r->r[n];
	else if ((insn & 0xff000010) == 0x54000000 || (insn & 0x7e000000) == 0x34000000) /* b.cond; cbz, cbnz */
		next[1] = pc + offset(insn, 5, 19);
	else if ((insn & 0x7e000000) == 0x36000000) /* tbz, tbnz */
		next[1] = pc + offset(insn, 5, 14);
	else
		return 1;
	return (insn & 0x7c000000) == 0x14000000 || (insn & 0xff9ffc1f) == 0xd61f0000 ? 1 : 2;
}

bool debug_stepped(struct debug_regs *r)
{
	return r->p.fault_code == FAULT_BREAKPOINT;
}
