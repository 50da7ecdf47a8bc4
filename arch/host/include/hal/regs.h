/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Registers of the simulated RV64IM processor. x0 is kept as zero. A process node holds x1-x31 and then pc.
 * Messages are in a0-a6 (x10-x16): ctl, rcv, w0-w3, str (abi/syscall.h).
 */
#ifndef HAL_REGS_H
#define HAL_REGS_H

#include <kernel/types.h>

#define HAL_LAYOUT     4
#define HAL_REGS_BYTES 256u

struct hal_regs {
	u64 x[32];
	u64 pc;
};

enum { HAL_REG_SP = 2, HAL_REG_A0 = 10 };

static inline u32 hal_msg_ctl(const struct hal_regs *r) { return (u32)r->x[HAL_REG_A0]; }
static inline u32 hal_msg_rcv(const struct hal_regs *r) { return (u32)r->x[HAL_REG_A0 + 1]; }
static inline word_t hal_msg_word(const struct hal_regs *r, u32 i) { return r->x[HAL_REG_A0 + 2 + i]; }
static inline word_t hal_msg_str(const struct hal_regs *r) { return r->x[HAL_REG_A0 + 6]; }
static inline void hal_msg_set_word(struct hal_regs *r, u32 i, word_t v) { r->x[HAL_REG_A0 + 2 + i] = v; }

static inline void hal_msg_set_result(struct hal_regs *r, u32 facet, u32 delivered, word_t sent)
{
	r->x[HAL_REG_A0] = facet;
	r->x[HAL_REG_A0 + 1] = delivered;
	r->x[HAL_REG_A0 + 6] = sent;
}

static inline u64 hal_regs_pc(const struct hal_regs *r) { return r->pc; }
static inline void hal_regs_advance(struct hal_regs *r) { r->pc += 4; }
static inline void hal_regs_retreat(struct hal_regs *r) { r->pc -= 4; }

static inline void hal_regs_start(struct hal_regs *r, u64 pc, u64 sp, u64 arg)
{
	r->pc = pc;
	r->x[HAL_REG_SP] = sp;
	r->x[HAL_REG_A0] = arg;
}

/* Any value of any register is harmless, except that x0 reads as zero. */
static inline void hal_regs_sanitise(struct hal_regs *r) { r->x[0] = 0; }

static inline void hal_regs_save(const struct hal_regs *r, u8 *to)
{
	for (u32 i = 0; i < HAL_REGS_BYTES; i++) {
		u64 v = i / 8 < 31 ? r->x[1 + i / 8] : r->pc;
		to[i] = (u8)(v >> i % 8 * 8);
	}
}

static inline void hal_regs_load(struct hal_regs *r, const u8 *from)
{
	for (u32 n = 0; n < HAL_REGS_BYTES / 8; n++) {
		u64 v = 0;
		for (u32 b = 8; b-- > 0;)
			v = v << 8 | from[n * 8 + b];
		*(n < 31 ? &r->x[1 + n] : &r->pc) = v;
	}
	hal_regs_sanitise(r);
}

#endif
