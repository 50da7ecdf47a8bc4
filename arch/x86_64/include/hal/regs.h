/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The registers of a process on x86_64, in the order in which a trap stores them: the processor pushes the last five
 * words, the entry code (arch/x86_64/trap_entry.S) the rest. The stack pointer for traps points at the end of the
 * running context's struct hal_regs, which is therefore aligned to 16 bytes, so nothing is copied.
 *
 * A system call is `syscall` with rdi rsi rdx r10 r8 r9 rax = ctl rcv w0-w3 str. It destroys rcx and r11, as the
 * instruction does; the rest is kept. Segment registers and their bases are not part of a process: they are null and 0
 * when another process has run. There is no FPU for processes.
 */
#ifndef HAL_REGS_H
#define HAL_REGS_H

#include <abi/syscall.h>
#include <kernel/types.h>

#define HAL_LAYOUT 2
#define HAL_REGS_BYTES 144
#define HAL_CONSOLE_IRQ 4

#define X86_64_USER_END 0x00007f8000000000u /* pt_format.h */
#define X86_64_USER_CS 0x23u
#define X86_64_USER_DS 0x1bu
#define X86_64_SYSCALL_BYTES 2u

/* Carry, parity, adjust, zero, sign, trap, direction, overflow: what a process may choose. */
#define X86_64_FLAGS_USER 0x00000dd5u
#define X86_64_FLAGS_FIXED 0x00000202u /* interrupts on, and the bit that is always one */

struct hal_regs {
	u64 r15, r14, r13, r12, r11, r10, r9, r8;
	u64 rdi, rsi, rbp, rbx, rdx, rcx, rax;
	u64 trap, error;
	u64 rip, cs, rflags, rsp, ss;
} __attribute__((aligned(16)));
_Static_assert(sizeof(struct hal_regs) == 176, "arch/x86_64/trap_entry.S knows this size");

static inline u32 hal_msg_ctl(const struct hal_regs *r)
{
	return (u32)r->rdi;
}

static inline u32 hal_msg_rcv(const struct hal_regs *r)
{
	return (u32)r->rsi;
}

static inline word_t hal_msg_str(const struct hal_regs *r)
{
	return r->rax;
}

static inline word_t hal_msg_word(const struct hal_regs *r, u32 i)
{
	switch (i) {
	case 0:
		return r->rdx;
	case 1:
		return r->r10;
	case 2:
		return r->r8;
	default:
		return r->r9;
	}
}

static inline void hal_msg_set_word(struct hal_regs *r, u32 i, word_t v)
{
	switch (i) {
	case 0:
		r->rdx = v;
		break;
	case 1:
		r->r10 = v;
		break;
	case 2:
		r->r8 = v;
		break;
	default:
		r->r9 = v;
		break;
	}
}

static inline void hal_msg_set_result(struct hal_regs *r, u32 facet, u32 delivered, u32 sent)
{
	r->rdi = facet;
	r->rsi = delivered;
	r->rax = sent;
}

static inline u64 hal_regs_pc(const struct hal_regs *r)
{
	return r->rip;
}

/* A pc that is no user address would be an exception in the kernel's own way out. */
static inline void hal_regs_sanitise(struct hal_regs *r)
{
	r->cs = X86_64_USER_CS;
	r->ss = X86_64_USER_DS;
	r->rflags = (r->rflags & X86_64_FLAGS_USER) | X86_64_FLAGS_FIXED;
	if (r->rip >= X86_64_USER_END)
		r->rip = 0;
}

static inline void hal_regs_start(struct hal_regs *r, u64 pc, u64 sp, u64 arg)
{
	*r = (struct hal_regs){ .rip = pc, .rsp = sp, .rdi = arg };
	hal_regs_sanitise(r);
}

static inline void hal_regs_advance(struct hal_regs *r)
{
	r->rip += X86_64_SYSCALL_BYTES;
}

static inline void hal_regs_retreat(struct hal_regs *r)
{
	r->rip -= X86_64_SYSCALL_BYTES;
}

/* Saved order: rax rcx rdx rbx rsp rbp rsi rdi r8-r15 rip rflags, 64 bits each. */
static inline void hal_regs_save(const struct hal_regs *r, u8 *out)
{
	const u64 saved[] = { r->rax, r->rcx, r->rdx, r->rbx, r->rsp, r->rbp, r->rsi, r->rdi, r->r8, r->r9,
			      r->r10, r->r11, r->r12, r->r13, r->r14, r->r15, r->rip, r->rflags };

	_Static_assert(sizeof(saved) == HAL_REGS_BYTES, "saved registers");
	__builtin_memcpy(out, saved, sizeof(saved));
}

static inline void hal_regs_load(struct hal_regs *r, const u8 *in)
{
	u64 saved[HAL_REGS_BYTES / 8];

	__builtin_memcpy(saved, in, sizeof(saved));
	*r = (struct hal_regs){
		.rax = saved[0],
		.rcx = saved[1],
		.rdx = saved[2],
		.rbx = saved[3],
		.rsp = saved[4],
		.rbp = saved[5],
		.rsi = saved[6],
		.rdi = saved[7],
		.r8 = saved[8],
		.r9 = saved[9],
		.r10 = saved[10],
		.r11 = saved[11],
		.r12 = saved[12],
		.r13 = saved[13],
		.r14 = saved[14],
		.r15 = saved[15],
		.rip = saved[16],
		.rflags = saved[17],
	};
	hal_regs_sanitise(r);
}

#endif
