/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The registers of a process on i386, in the order in which a trap stores them: the processor
 * pushes the last five words, the entry code (arch/i386/trap_entry.S) the rest. The stack pointer
 * for traps points at the end of the running context's struct hal_regs, so nothing is copied.
 *
 * Segment registers are not part of a process: ds and es are flat after each trap, fs and gs
 * are null. There is no FPU for processes.
 */
#ifndef HAL_REGS_H
#define HAL_REGS_H

#include <abi/syscall.h>
#include <kernel/types.h>

#define HAL_LAYOUT 1
#define HAL_REGS_BYTES 40
#define HAL_CONSOLE_IRQ 4

#define I386_USER_END 0xc0000000u
#define I386_USER_CS 0x1bu
#define I386_USER_DS 0x23u
#define I386_SYSCALL_BYTES 2u

/* Carry, parity, adjust, zero, sign, trap, direction, overflow: what a process may choose. */
#define I386_FLAGS_USER 0x00000dd5u
#define I386_FLAGS_FIXED 0x00000202u /* interrupts on, and the bit that is always one */

struct hal_regs {
	u32 edi, esi, ebp, unused_esp, ebx, edx, ecx, eax;
	u32 trap, error;
	u32 eip, cs, eflags, esp, ss;
};
_Static_assert(sizeof(struct hal_regs) == 60, "arch/i386/trap_entry.S knows this size");

static inline u32 hal_msg_ctl(const struct hal_regs *r)
{
	return r->eax;
}

static inline u32 hal_msg_rcv(const struct hal_regs *r)
{
	return r->ecx;
}

static inline word_t hal_msg_str(const struct hal_regs *r)
{
	return r->ebp;
}

static inline word_t hal_msg_word(const struct hal_regs *r, u32 i)
{
	switch (i) {
	case 0:
		return r->ebx;
	case 1:
		return r->edx;
	case 2:
		return r->esi;
	default:
		return r->edi;
	}
}

static inline void hal_msg_set_word(struct hal_regs *r, u32 i, word_t v)
{
	switch (i) {
	case 0:
		r->ebx = v;
		break;
	case 1:
		r->edx = v;
		break;
	case 2:
		r->esi = v;
		break;
	default:
		r->edi = v;
		break;
	}
}

static inline void hal_msg_set_result(struct hal_regs *r, u32 facet, u32 delivered, u32 sent)
{
	r->eax = facet;
	r->ecx = delivered;
	r->ebp = sent;
}

static inline u64 hal_regs_pc(const struct hal_regs *r)
{
	return r->eip;
}

static inline void hal_regs_sanitise(struct hal_regs *r)
{
	r->cs = I386_USER_CS;
	r->ss = I386_USER_DS;
	r->eflags = (r->eflags & I386_FLAGS_USER) | I386_FLAGS_FIXED;
	if (r->eip >= I386_USER_END)
		r->eip = 0;
}

static inline void hal_regs_start(struct hal_regs *r, u64 pc, u64 sp, u64 arg)
{
	*r = (struct hal_regs){ .eip = (u32)pc, .esp = (u32)sp, .eax = (u32)arg };
	hal_regs_sanitise(r);
}

static inline void hal_regs_advance(struct hal_regs *r)
{
	r->eip += I386_SYSCALL_BYTES;
}

static inline void hal_regs_retreat(struct hal_regs *r)
{
	r->eip -= I386_SYSCALL_BYTES;
}

/* Saved order: eax ecx edx ebx esp ebp esi edi eip eflags, 32 bits each. */
static inline void hal_regs_save(const struct hal_regs *r, u8 *out)
{
	const u32 saved[] = { r->eax, r->ecx, r->edx, r->ebx, r->esp, r->ebp, r->esi, r->edi, r->eip, r->eflags };

	_Static_assert(sizeof(saved) == HAL_REGS_BYTES, "saved registers");
	__builtin_memcpy(out, saved, sizeof(saved));
}

static inline void hal_regs_load(struct hal_regs *r, const u8 *in)
{
	u32 saved[HAL_REGS_BYTES / 4];

	__builtin_memcpy(saved, in, sizeof(saved));
	*r = (struct hal_regs){
		.eax = saved[0],
		.ecx = saved[1],
		.edx = saved[2],
		.ebx = saved[3],
		.esp = saved[4],
		.ebp = saved[5],
		.esi = saved[6],
		.edi = saved[7],
		.eip = saved[8],
		.eflags = saved[9],
	};
	hal_regs_sanitise(r);
}

#endif
