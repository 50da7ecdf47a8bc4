/* SPDX-License-Identifier: Apache-2.0 */
/* The simulated processor: RV64IM user mode. It keeps no state but struct hal_regs. */
#ifndef HOST_RV64_H
#define HOST_RV64_H

#include <hal/regs.h>
#include <kernel/map.h>

enum rv64_cause { RV64_RAN = 0, RV64_ECALL, RV64_BREAK, RV64_ILLEGAL, RV64_MISALIGNED, RV64_FAULT };

struct rv64_stop {
	enum rv64_cause cause;
	enum access access; /* RV64_FAULT, RV64_MISALIGNED */
	u64 value;          /* the address, or the illegal instruction */
};

/*
 * Runs until `budget` instructions have retired (RV64_RAN) or one cannot: then pc is at that instruction, nothing of
 * it has happened, and it is not counted. *retired is increased; *trace takes in every pc and instruction word.
 */
struct rv64_stop rv64_run(struct hal_regs *r, u64 budget, u64 *retired, u64 *trace);

/* Where the bytes of `va` are, for an access that stays in one page; NULL = fault, or a device. Supplied by mmu.c (or a test). */
void *rv64_memory(u64 va, enum access access);
/* Then: the access of up to 4 bytes to a register that is mapped there; false = fault. Where the device has none, reading gives
 * all ones. */
bool rv64_device(u64 va, u32 bytes, bool write, u32 *value);

#endif
