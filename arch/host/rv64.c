/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Interpreter of RV64I and M, by "The RISC-V Instruction Set Manual, Volume I", chapters 2, 5 and 7 (version 20191213).
 *
 * One function for each group of opcodes; each returns the cause for which the instruction could not be done, with
 * nothing changed then. Misaligned accesses are not done. FENCE does nothing. CSR instructions are illegal.
 */
#include "rv64.h"

#include <string.h>

struct step {
	struct hal_regs *r;
	u32 w;               /* the instruction */
	u64 next;            /* pc of the next one */
	struct rv64_stop stop;
};

static u32 rd(u32 w) { return w >> 7 & 31; }
static u32 funct3(u32 w) { return w >> 12 & 7; }
static u32 funct7(u32 w) { return w >> 25; }
static u64 rs1(const struct step *s) { return s->r->x[s->w >> 15 & 31]; }
static u64 rs2(const struct step *s) { return s->r->x[s->w >> 20 & 31]; }
static u64 sext(u64 v, u32 bits) { return (v ^ (u64)1 << (bits - 1)) - ((u64)1 << (bits - 1)); }
static u64 sext32(u64 v) { return sext((u32)v, 32); }
static u64 imm_i(u32 w) { return sext(w >> 20, 12); }
static u64 imm_s(u32 w) { return sext(w >> 25 << 5 | (w >> 7 & 31), 12); }
static u64 imm_u(u32 w) { return sext32(w & 0xfffff000u); }

static u64 imm_b(u32 w)
{
	return sext(w >> 31 << 12 | (w >> 7 & 1) << 11 | (w >> 25 & 0x3f) << 5 | (w >> 8 & 15) << 1, 13);
}

static u64 imm_j(u32 w)
{
	return sext(w >> 31 << 20 | (w >> 12 & 0xff) << 12 | (w >> 20 & 1) << 11 | (w >> 21 & 0x3ff) << 1, 21);
}

static u64 sra(u64 v, u32 by) { return by == 0 ? v : v >> by | (v >> 63 ? ~(u64)0 << (64 - by) : 0); }

static enum rv64_cause done(struct step *s, u64 value)
{
	if (rd(s->w) != 0)
		s->r->x[rd(s->w)] = value;
	return RV64_RAN;
}

static enum rv64_cause illegal(struct step *s)
{
	s->stop.value = s->w;
	return RV64_ILLEGAL;
}

static enum rv64_cause bad_access(struct step *s, enum rv64_cause cause, u64 va, enum access access)
{
	s->stop.value = va;
	s->stop.access = access;
	return cause;
}

static enum rv64_cause load(struct step *s)
{
	u32 f = funct3(s->w), size = 1u << (f & 3);
	u64 va = rs1(s) + imm_i(s->w), v = 0;

	if (f == 7)
		return illegal(s);
	if (va % size != 0)
		return bad_access(s, RV64_MISALIGNED, va, ACC_READ);
	const void *p = rv64_memory(va, ACC_READ);
	if (p == NULL) {
		u32 word = 0;
		if (!rv64_device(va, size, false, &word))
			return bad_access(s, RV64_FAULT, va, ACC_READ);
		v = word;
	} else {
		memcpy(&v, p, size);
	}
	return done(s, f < 3 ? sext(v, size * 8) : v);
}

static enum rv64_cause store(struct step *s)
{
	u32 f = funct3(s->w), size = 1u << (f & 3);
	u64 va = rs1(s) + imm_s(s->w), v = rs2(s);

	if (f > 3)
		return illegal(s);
	if (va % size != 0)
		return bad_access(s, RV64_MISALIGNED, va, ACC_WRITE);
	void *p = rv64_memory(va, ACC_WRITE);
	if (p == NULL) {
		u32 word = (u32)v;
		if (!rv64_device(va, size, true, &word))
			return bad_access(s, RV64_FAULT, va, ACC_WRITE);
		return RV64_RAN;
	}
	memcpy(p, &v, size);
	return RV64_RAN;
}

static enum rv64_cause jump(struct step *s, u64 target)
{
	if (target & 3)
		return bad_access(s, RV64_MISALIGNED, target, ACC_EXEC);
	u64 link = s->next;
	s->next = target;
	return done(s, link);
}

static enum rv64_cause branch(struct step *s)
{
	u64 a = rs1(s), b = rs2(s);
	bool taken;

	switch (funct3(s->w)) {
	case 0: taken = a == b; break;
	case 1: taken = a != b; break;
	case 4: taken = (s64)a < (s64)b; break;
	case 5: taken = (s64)a >= (s64)b; break;
	case 6: taken = a < b; break;
	case 7: taken = a >= b; break;
	default: return illegal(s);
	}
	if (!taken)
		return RV64_RAN;
	u64 target = s->r->pc + imm_b(s->w);
	if (target & 3)
		return bad_access(s, RV64_MISALIGNED, target, ACC_EXEC);
	s->next = target;
	return RV64_RAN;
}

static enum rv64_cause op_imm(struct step *s)
{
	u64 a = rs1(s), i = imm_i(s->w);
	u32 by = s->w >> 20 & 63, top = s->w >> 26;

	switch (funct3(s->w)) {
	case 0: return done(s, a + i);
	case 1: return top == 0 ? done(s, a << by) : illegal(s);
	case 2: return done(s, (s64)a < (s64)i);
	case 3: return done(s, a < i);
	case 4: return done(s, a ^ i);
	case 5: return top == 0 ? done(s, a >> by) : top == 16 ? done(s, sra(a, by)) : illegal(s);
	case 6: return done(s, a | i);
	default: return done(s, a & i);
	}
}

static enum rv64_cause op_imm32(struct step *s)
{
	u64 a = rs1(s);
	u32 by = s->w >> 20 & 31, top = funct7(s->w);

	switch (funct3(s->w)) {
	case 0: return done(s, sext32(a + imm_i(s->w)));
	case 1: return top == 0 ? done(s, sext32(a << by)) : illegal(s);
	case 5: return top == 0 ? done(s, sext32((u32)a >> by)) : top == 32 ? done(s, sra(sext32(a), by)) : illegal(s);
	default: return illegal(s);
	}
}

/* Division by zero and overflow give values, not traps (table 7.1). */
static u64 div_signed(u64 a, u64 b) { return b == 0 ? ~(u64)0 : b == ~(u64)0 ? -a : (u64)((s64)a / (s64)b); }
static u64 rem_signed(u64 a, u64 b) { return b == 0 ? a : b == ~(u64)0 ? 0 : (u64)((s64)a % (s64)b); }

static u64 mulh(u64 a, u64 b, bool a_signed, bool b_signed)
{
	u64 high = (u64)((unsigned __int128)a * b >> 64);

	if (a_signed && a >> 63)
		high -= b;
	if (b_signed && b >> 63)
		high -= a;
	return high;
}

static enum rv64_cause op_m(struct step *s)
{
	u64 a = rs1(s), b = rs2(s);

	switch (funct3(s->w)) {
	case 0: return done(s, a * b);
	case 1: return done(s, mulh(a, b, true, true));
	case 2: return done(s, mulh(a, b, true, false));
	case 3: return done(s, mulh(a, b, false, false));
	case 4: return done(s, div_signed(a, b));
	case 5: return done(s, b == 0 ? ~(u64)0 : a / b);
	case 6: return done(s, rem_signed(a, b));
	default: return done(s, b == 0 ? a : a % b);
	}
}

static enum rv64_cause op_m32(struct step *s)
{
	u64 a = sext32(rs1(s)), b = sext32(rs2(s));

	switch (funct3(s->w)) {
	case 0: return done(s, sext32(a * b));
	case 4: return done(s, sext32(div_signed(a, b)));
	case 5: return done(s, b == 0 ? ~(u64)0 : sext32((u32)a / (u32)b));
	case 6: return done(s, sext32(rem_signed(a, b)));
	case 7: return done(s, b == 0 ? a : sext32((u32)a % (u32)b));
	default: return illegal(s);
	}
}

static enum rv64_cause op(struct step *s)
{
	u64 a = rs1(s), b = rs2(s);

	switch (funct7(s->w) << 4 | funct3(s->w)) {
	case 0x000: return done(s, a + b);
	case 0x001: return done(s, a << (b & 63));
	case 0x002: return done(s, (s64)a < (s64)b);
	case 0x003: return done(s, a < b);
	case 0x004: return done(s, a ^ b);
	case 0x005: return done(s, a >> (b & 63));
	case 0x006: return done(s, a | b);
	case 0x007: return done(s, a & b);
	case 0x200: return done(s, a - b);
	case 0x205: return done(s, sra(a, b & 63));
	default: return funct7(s->w) == 1 ? op_m(s) : illegal(s);
	}
}

static enum rv64_cause op32(struct step *s)
{
	u64 a = rs1(s), b = rs2(s);

	switch (funct7(s->w) << 4 | funct3(s->w)) {
	case 0x000: return done(s, sext32(a + b));
	case 0x001: return done(s, sext32(a << (b & 31)));
	case 0x005: return done(s, sext32((u32)a >> (b & 31)));
	case 0x200: return done(s, sext32(a - b));
	case 0x205: return done(s, sra(sext32(a), b & 31));
	default: return funct7(s->w) == 1 ? op_m32(s) : illegal(s);
	}
}

static enum rv64_cause execute(struct step *s)
{
	switch (s->w & 0x7f) {
	case 0x03: return load(s);
	case 0x0f: return funct3(s->w) <= 1 ? RV64_RAN : illegal(s);
	case 0x13: return op_imm(s);
	case 0x17: return done(s, s->r->pc + imm_u(s->w));
	case 0x1b: return op_imm32(s);
	case 0x23: return store(s);
	case 0x33: return op(s);
	case 0x37: return done(s, imm_u(s->w));
	case 0x3b: return op32(s);
	case 0x63: return branch(s);
	case 0x67: return funct3(s->w) == 0 ? jump(s, (rs1(s) + imm_i(s->w)) & ~(u64)1) : illegal(s);
	case 0x6f: return jump(s, s->r->pc + imm_j(s->w));
	case 0x73:
		if (s->w == 0x00000073)
			return RV64_ECALL;
		return s->w == 0x00100073 ? RV64_BREAK : illegal(s);
	default: return illegal(s);
	}
}

static enum rv64_cause fetch(struct step *s)
{
	u64 pc = s->r->pc;

	if (pc & 3)
		return bad_access(s, RV64_MISALIGNED, pc, ACC_EXEC);
	const void *p = rv64_memory(pc, ACC_EXEC);
	if (p == NULL)
		return bad_access(s, RV64_FAULT, pc, ACC_EXEC);
	memcpy(&s->w, p, sizeof(s->w));
	s->next = pc + 4;
	return RV64_RAN;
}

struct rv64_stop rv64_run(struct hal_regs *r, u64 budget, u64 *retired, u64 *trace)
{
	struct step s = { .r = r };

	for (u64 n = 0; n < budget; n++) {
		s.stop.cause = fetch(&s);
		if (s.stop.cause == RV64_RAN)
			s.stop.cause = execute(&s);
		if (s.stop.cause != RV64_RAN)
			break;
		*trace = (*trace ^ (r->pc << 32 ^ s.w)) * 0x9e3779b97f4a7c15u;
		*retired += 1;
		r->pc = s.next;
	}
	return s.stop;
}
