/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The registers of a process on aarch64. While user code runs, SP_EL1 points at the running context's struct hal_regs
 * and traps store there (arch/aarch64/trap_entry.S), so nothing is copied. There is no floating point for processes.
 */
#ifndef HAL_REGS_H
#define HAL_REGS_H

#include <abi/syscall.h>
#include <kernel/types.h>

#define HAL_LAYOUT 3
#define HAL_REGS_BYTES 280

#define AARCH64_USER_END ((uaddr_t)1 << 39)
#define AARCH64_SYSCALL_BYTES 4u
/* Negative, zero, carry, overflow: what a process may choose. All else is zero: EL0, AArch64, nothing masked. */
#define AARCH64_PSTATE_USER 0xf0000000ull

struct hal_regs {
	u64 x[31];
	u64 sp, pc, pstate, tpidr;
} __attribute__((aligned(16)));
_Static_assert(sizeof(struct hal_regs) == 288, "arch/aarch64/trap_entry.S knows this layout");

/* The seven words of a message are x0 to x6. */
static inline u32 hal_msg_ctl(const struct hal_regs *r)
{
	return (u32)r->x[0];
}

static inline u32 hal_msg_rcv(const struct hal_regs *r)
{
	return (u32)r->x[1];
}

static inline word_t hal_msg_word(const struct hal_regs *r, u32 i)
{
	return r->x[2 + i];
}

static inline word_t hal_msg_str(const struct hal_regs *r)
{
	return r->x[6];
}

static inline void hal_msg_set_word(struct hal_regs *r, u32 i, word_t v)
{
	r->x[2 + i] = v;
}

static inline void hal_msg_set_result(struct hal_regs *r, u32 facet, u32 delivered, u32 sent)
{
	r->x[0] = facet;
	r->x[1] = delivered;
	r->x[6] = sent;
}

static inline u64 hal_regs_pc(const struct hal_regs *r)
{
	return r->pc;
}

/* Whatever pc and sp are, what comes of them is a fault at EL0. */
static inline void hal_regs_sanitise(struct hal_regs *r)
{
	r->pstate &= AARCH64_PSTATE_USER;
}

static inline void hal_regs_start(struct hal_regs *r, u64 pc, u64 sp, u64 arg)
{
	*r = (struct hal_regs){ .x = { arg }, .sp = sp, .pc = pc };
}

static inline void hal_regs_advance(struct hal_regs *r)
{
	r->pc += AARCH64_SYSCALL_BYTES;
}

static inline void hal_regs_retreat(struct hal_regs *r)
{
	r->pc -= AARCH64_SYSCALL_BYTES;
}

/* Saved order: x0 to x30, sp, pc, pstate, tpidr, 64 bits each: the struct itself. */
static inline void hal_regs_save(const struct hal_regs *r, u8 *out)
{
	__builtin_memcpy(out, r, HAL_REGS_BYTES);
}

static inline void hal_regs_load(struct hal_regs *r, const u8 *in)
{
	__builtin_memcpy(r, in, HAL_REGS_BYTES);
	hal_regs_sanitise(r);
}

#endif
