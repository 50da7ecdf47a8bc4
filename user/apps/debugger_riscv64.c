// SPDX-License-Identifier: Apache-2.0
/* The debugger on the simulated processor: ebreak, and where an instruction can lead. RISC-V ISA manual, volume I, 2.5. */
#include "debugger.h"

#define OPCODE(insn) ((insn) & 0x7f)
#define BRANCH 0x63
#define JALR 0x67
#define JAL 0x6f

const char *const debug_register[] = { "ra", "sp", "gp", "tp", "t0", "t1", "t2", "s0", "s1", "a0", "a1", "a2", "a3", "a4", "a5",
	"a6", "a7", "s2", "s3", "s4", "s5", "s6", "s7", "s8", "s9", "s10", "s11", "t3", "t4", "t5", "t6", "pc" };
const unsigned debug_registers = 32, debug_pc = 31, debug_skip = 0, debug_trap_bytes = 4;
const uint8_t debug_trap[] = { 0x73, 0x00, 0x10, 0x00 };

/* Bits [low, low + bits) of the instruction, at bit `to`. */
static uint32_t field(uint32_t insn, unsigned low, unsigned bits, unsigned to)
{
	return (insn >> low & ((1u << bits) - 1)) << to;
}

static uintptr_t sign(uint32_t v, unsigned bits)
{
	return (uintptr_t)((int64_t)((uint64_t)v << (64 - bits)) >> (64 - bits));
}

unsigned debug_step(struct debug_regs *r, uint32_t insn, uintptr_t next[2])
{
	uintptr_t pc = r->r[debug_pc];
	unsigned rs1 = insn >> 15 & 31;

	next[0] = pc + 4;
	switch (OPCODE(insn)) {
	case JAL:
		next[0] = pc + sign(field(insn, 31, 1, 20) | field(insn, 12, 8, 12) | field(insn, 20, 1, 11) |
				    field(insn, 21, 10, 1), 21);
		return 1;
	case JALR:
		next[0] = ((rs1 ? r->r[rs1 - 1] : 0) + sign(insn >> 20, 12)) & ~(uintptr_t)1;
		return 1;
	case BRANCH:
		next[1] = pc + sign(field(insn, 31, 1, 12) | field(insn, 7, 1, 11) | field(insn, 25, 6, 5) |
				    field(insn, 8, 4, 1), 13);
		return 2;
	default:
		return 1;
	}
}

bool debug_stepped(struct debug_regs *r)
{
	return r->p.fault_code == FAULT_BREAKPOINT;
}
