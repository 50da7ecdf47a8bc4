/* SPDX-License-Identifier: Apache-2.0 */
/* What debugger.c must know of a processor (debugger_<port>.c). */
#ifndef APPS_DEBUGGER_H
#define APPS_DEBUGGER_H

#include <abi/process.h>
#include <stdbool.h>
#include <stdint.h>

#define DEBUG_REGS_MAX 36

/* What OP_PROC_GET_REGS gives: on every port the registers are words. */
struct debug_regs {
	struct abi_process_regs p;
	uintptr_t r[DEBUG_REGS_MAX];
};

extern const char *const debug_register[];
extern const unsigned debug_registers;  /* how many there are */
extern const unsigned debug_pc;         /* which of them it is */
extern const unsigned debug_skip;       /* how far behind a breakpoint the pc is, when it traps */
extern const uint8_t debug_trap[];      /* the instruction of a breakpoint */
extern const unsigned debug_trap_bytes;

/*
 * The process is to run one instruction, `insn`, which is at its pc. Either the processor traps by itself after it, then
 * this changes *r and returns 0; or it returns how many addresses, in next[], the instruction can lead to.
 */
unsigned debug_step(struct debug_regs *r, uint32_t insn, uintptr_t next[2]);
/* It has trapped: back to running without. Did it trap because an instruction was over? */
bool debug_stepped(struct debug_regs *r);

#endif
