/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The host port's interpreter, on short programs of hand-encoded words, over a memory of two pages at BASE of which the
 * second cannot be written.
 */
#include "arch/host/rv64.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#define BASE 0x10000u

static u8 memory[2 * FRAME_SIZE];
static struct hal_regs regs;
static struct rv64_stop stop;
static u64 retired, trace;

void *rv64_memory(u64 va, enum access access)
{
	if (va < BASE || va - BASE >= sizeof(memory) || (access == ACC_WRITE && va - BASE >= FRAME_SIZE))
		return NULL;
	return memory + (va - BASE);
}

/* One register of four bytes, at 0x8000. */
static u32 device;

bool rv64_device(u64 va, u32 bytes, bool write, u32 *value)
{
	if (va != 0x8000 || bytes != 4)
		return false;
	if (write)
		device = *value;
	else
		*value = device;
	return true;
}

/* ---- encodings ---- */
static u32 r_type(u32 op, u32 f3, u32 f7, u32 rd, u32 rs1, u32 rs2)
{
	return op | rd << 7 | f3 << 12 | rs1 << 15 | rs2 << 20 | f7 << 25;
}
static u32 i_type(u32 op, u32 f3, u32 rd, u32 rs1, s32 imm)
{
	return op | rd << 7 | f3 << 12 | rs1 << 15 | ((u32)imm & 0xfff) << 20;
}
static u32 s_type(u32 f3, u32 rs1, u32 rs2, s32 imm)
{
	return 0x23 | ((u32)imm & 31) << 7 | f3 << 12 | rs1 << 15 | rs2 << 20 | ((u32)imm >> 5 & 0x7f) << 25;
}
static u32 b_type(u32 f3, u32 rs1, u32 rs2, s32 imm)
{
	u32 i = (u32)imm;
	return 0x63 | (i >> 11 & 1) << 7 | (i >> 1 & 15) << 8 | f3 << 12 | rs1 << 15 | rs2 << 20 | (i >> 5 & 63) << 25 |
		(i >> 12 & 1) << 31;
}
static u32 j_type(u32 rd, s32 imm)
{
	u32 i = (u32)imm;
	return 0x6f | rd << 7 | (i >> 12 & 0xff) << 12 | (i >> 11 & 1) << 20 | (i >> 1 & 0x3ff) << 21 | (i >> 20 & 1) << 31;
}
#define ADDI(rd, rs, imm) i_type(0x13, 0, rd, rs, imm)
#define ECALL  0x00000073u
#define EBREAK 0x00100073u

static void run(const u32 *words, u32 count, u64 budget)
{
	memset(memory, 0, sizeof(memory));
	memcpy(memory, words, count * sizeof(*words));
	regs.pc = BASE;
	retired = trace = 0;
	stop = rv64_run(&regs, budget, &retired, &trace);
}
#define RUN(...)                                                                                                           \
	do {                                                                                                               \
		const u32 w_[] = { __VA_ARGS__, ECALL };                                                                   \
		run(w_, sizeof(w_) / sizeof(*w_), 1000);                                                                   \
	} while (0)

/* One register operation on a and b; the result is in x3. */
static u64 operate(u32 op, u32 f3, u32 f7, u64 a, u64 b)
{
	memset(&regs, 0, sizeof(regs));
	regs.x[1] = a;
	regs.x[2] = b;
	RUN(r_type(op, f3, f7, 3, 1, 2));
	assert_int_equal(stop.cause, RV64_ECALL);
	assert_int_equal(retired, 1);
	return regs.x[3];
}

#define MIN64 ((u64)1 << 63)
#define M1    (~(u64)0)

static void test_operations(void **state)
{
	static const struct {
		u32 op, f3, f7;
		u64 a, b, result;
	} cases[] = {
		{ 0x33, 0, 0, M1, 2, 1 }, { 0x33, 0, 32, 1, 2, M1 },                             /* add sub */
		{ 0x33, 1, 0, 1, 64 + 63, MIN64 }, { 0x33, 5, 0, MIN64, 63, 1 },                 /* sll srl */
		{ 0x33, 5, 32, MIN64, 63, M1 }, { 0x33, 5, 32, MIN64, 64, MIN64 },               /* sra */
		{ 0x33, 2, 0, M1, 0, 1 }, { 0x33, 3, 0, M1, 0, 0 },                              /* slt sltu */
		{ 0x33, 4, 0, 6, 5, 3 }, { 0x33, 6, 0, 6, 5, 7 }, { 0x33, 7, 0, 6, 5, 4 },       /* xor or and */
		{ 0x3b, 0, 0, 0x7fffffff, 1, 0xffffffff80000000u }, { 0x3b, 0, 32, 0, 1, M1 },   /* addw subw */
		{ 0x3b, 1, 0, 1, 31, 0xffffffff80000000u }, { 0x3b, 5, 0, 0x80000000u, 31, 1 },  /* sllw srlw */
		{ 0x3b, 5, 32, 0x80000000u, 31, M1 },                                            /* sraw */
		{ 0x33, 0, 1, M1, 5, (u64)-5 },                                                  /* mul */
		{ 0x33, 1, 1, MIN64, MIN64, (u64)1 << 62 }, { 0x33, 1, 1, M1, M1, 0 },           /* mulh */
		{ 0x33, 2, 1, M1, M1, M1 }, { 0x33, 3, 1, M1, M1, M1 - 1 },                      /* mulhsu mulhu */
		{ 0x33, 4, 1, (u64)-7, 2, (u64)-3 }, { 0x33, 4, 1, MIN64, M1, MIN64 },           /* div */
		{ 0x33, 4, 1, 7, 0, M1 }, { 0x33, 5, 1, 7, 0, M1 }, { 0x33, 5, 1, M1, 2, M1 / 2 },
		{ 0x33, 6, 1, (u64)-7, 2, M1 }, { 0x33, 6, 1, MIN64, M1, 0 }, { 0x33, 6, 1, 7, 0, 7 },
		{ 0x33, 7, 1, 7, 0, 7 }, { 0x33, 7, 1, 7, 4, 3 },                                /* rem remu */
		{ 0x3b, 0, 1, 0x10000, 0x8000, 0xffffffff80000000u },                            /* mulw */
		{ 0x3b, 4, 1, 0x80000000u, M1, 0xffffffff80000000u }, { 0x3b, 4, 1, 1, 0, M1 },  /* divw */
		{ 0x3b, 5, 1, M1, 1, M1 }, { 0x3b, 5, 1, 1, (u64)1 << 32, M1 },                  /* divuw */
		{ 0x3b, 6, 1, 0x80000000u, M1, 0 }, { 0x3b, 7, 1, M1, 0, M1 }, { 0x3b, 7, 1, 7, 4, 3 },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
		if (operate(cases[i].op, cases[i].f3, cases[i].f7, cases[i].a, cases[i].b) != cases[i].result)
			fail_msg("case %zu: x3 is %llx", i, (unsigned long long)regs.x[3]);
}

static void test_immediates(void **state)
{
	memset(&regs, 0, sizeof(regs));
	RUN(ADDI(1, 0, -2048), i_type(0x13, 1, 2, 1, 40), i_type(0x13, 5, 3, 1, 60), i_type(0x13, 5, 4, 1, 0x400 | 4),
		i_type(0x1b, 0, 5, 1, 2047), i_type(0x1b, 5, 6, 1, 28), i_type(0x1b, 5, 7, 1, 0x400 | 8), 0xfffff437 /* lui */,
		0xfffff497 /* auipc */, ADDI(0, 0, 5), i_type(0x13, 3, 10, 0, -1));
	assert_int_equal(regs.x[1], (u64)-2048);
	assert_int_equal(regs.x[2], (u64)-2048 << 40);
	assert_int_equal(regs.x[3], 15);
	assert_int_equal(regs.x[4], (u64)-128);
	assert_int_equal(regs.x[5], M1);
	assert_int_equal(regs.x[6], 15);
	assert_int_equal(regs.x[7], (u64)-8);
	assert_int_equal(regs.x[8], (u64)-4096);
	assert_int_equal(regs.x[9], BASE + 32 - 4096);
	assert_int_equal(regs.x[0], 0);
	assert_int_equal(regs.x[10], 1);
}

static void test_memory(void **state)
{
	memset(&regs, 0, sizeof(regs));
	regs.x[1] = BASE + 0x800;
	regs.x[2] = 0x8877665544f3f2f1u;
	RUN(s_type(3, 1, 2, -8), i_type(3, 0, 3, 1, -8), i_type(3, 1, 4, 1, -8), i_type(3, 2, 5, 1, -4), i_type(3, 3, 6, 1, -8),
		i_type(3, 4, 7, 1, -8), i_type(3, 5, 8, 1, -8), i_type(3, 6, 9, 1, -4), s_type(0, 1, 2, 0), s_type(1, 1, 2, 2),
		s_type(2, 1, 2, 4), i_type(3, 3, 10, 1, 0));
	assert_int_equal(stop.cause, RV64_ECALL);
	assert_int_equal(regs.x[3], (u64)(s64)(int8_t)0xf1);
	assert_int_equal(regs.x[4], (u64)(s64)(int16_t)0xf2f1);
	assert_int_equal(regs.x[5], 0xffffffff88776655u);
	assert_int_equal(regs.x[6], regs.x[2]);
	assert_int_equal(regs.x[7], 0xf1);
	assert_int_equal(regs.x[8], 0xf2f1);
	assert_int_equal(regs.x[9], 0x88776655u);
	assert_int_equal(regs.x[10], 0x44f3f2f1f2f100f1u);
}

static void test_branches(void **state)
{
	static const struct {
		u32 f3;
		u64 a, b;
		bool taken;
	} cases[] = {
		{ 0, 1, 1, true }, { 0, 1, 2, false }, { 1, 1, 2, true }, { 1, 1, 1, false }, { 4, M1, 0, true },
		{ 4, 0, M1, false }, { 5, 0, M1, true }, { 5, 1, 1, true }, { 6, M1, 0, false }, { 6, 0, M1, true },
		{ 7, M1, 0, true }, { 7, 0, 1, false },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		memset(&regs, 0, sizeof(regs));
		regs.x[1] = cases[i].a;
		regs.x[2] = cases[i].b;
		RUN(b_type(cases[i].f3, 1, 2, 8), ADDI(3, 0, 1));
		assert_int_equal(regs.x[3], cases[i].taken ? 0 : 1);
	}
	/* 10 times round a loop backwards; then a call and return. */
	memset(&regs, 0, sizeof(regs));
	RUN(ADDI(1, 0, 10), ADDI(2, 2, 3), ADDI(1, 1, -1), b_type(1, 1, 0, -8), j_type(5, 12), ADDI(6, 6, 1), ECALL,
		i_type(0x67, 0, 7, 5, 1 /* bit 0 is dropped */));
	assert_int_equal(regs.x[2], 30);
	assert_int_equal(regs.x[6], 1);
	assert_int_equal(regs.x[5], BASE + 20);
	assert_int_equal(regs.x[7], BASE + 32);
	assert_int_equal(retired, 1 + 30 + 3);
}

/* pc is at the instruction that could not be done, and nothing of it happened. */
static void expect_stop(enum rv64_cause cause, u64 value, u64 pc)
{
	assert_int_equal(stop.cause, cause);
	assert_int_equal(stop.value, value);
	assert_int_equal(regs.pc, pc);
}

static void test_stops(void **state)
{
	memset(&regs, 0, sizeof(regs));
	regs.x[1] = BASE + FRAME_SIZE;
	RUN(ADDI(2, 0, 7));
	assert_int_equal(stop.cause, RV64_ECALL);
	assert_int_equal(regs.pc, BASE + 4);
	RUN(EBREAK);
	assert_int_equal(stop.cause, RV64_BREAK);
	RUN(0xffffffffu);
	expect_stop(RV64_ILLEGAL, 0xffffffffu, BASE);
	RUN(0xc0002573u /* rdcycle */);
	expect_stop(RV64_ILLEGAL, 0xc0002573u, BASE);
	RUN(s_type(3, 1, 2, 0));
	expect_stop(RV64_FAULT, BASE + FRAME_SIZE, BASE);
	assert_int_equal(stop.access, ACC_WRITE);
	RUN(i_type(3, 3, 2, 0, 0));
	expect_stop(RV64_FAULT, 0, BASE);
	assert_int_equal(stop.access, ACC_READ);
	assert_int_equal(regs.x[2], 7);
	RUN(i_type(3, 2, 2, 1, 2));
	expect_stop(RV64_MISALIGNED, BASE + FRAME_SIZE + 2, BASE);
	RUN(i_type(0x67, 0, 2, 1, 2));
	expect_stop(RV64_MISALIGNED, BASE + FRAME_SIZE + 2, BASE);
	assert_int_equal(regs.x[2], 7);
	RUN(i_type(0x67, 0, 2, 0, 16));
	expect_stop(RV64_FAULT, 16, 16);
	assert_int_equal(stop.access, ACC_EXEC);
}

static void test_budget(void **state)
{
	const u32 spin[] = { ADDI(1, 1, 1), j_type(0, -4) };
	u64 first;

	memset(&regs, 0, sizeof(regs));
	run(spin, 2, 101);
	assert_int_equal(stop.cause, RV64_RAN);
	assert_int_equal(retired, 101);
	assert_int_equal(regs.x[1], 51);
	assert_int_equal(regs.pc, BASE + 4);
	first = trace;
	run(spin, 2, 101);
	assert_int_equal(trace, first);
	run(spin, 2, 100);
	assert_int_not_equal(trace, first);
}

static void test_save(void **state)
{
	struct hal_regs a, b;
	u8 saved[HAL_REGS_BYTES];

	memset(&b, 0xff, sizeof(b));
	for (u32 i = 0; i < 32; i++)
		a.x[i] = i * 0x0123456789abcdefu;
	a.pc = 0x1122334455667788u;
	hal_regs_save(&a, saved);
	assert_int_equal(saved[0], 0xef);
	assert_int_equal(saved[248], 0x88);
	hal_regs_load(&b, saved);
	assert_memory_equal(&a, &b, sizeof(a));
}

static void test_device(void **state)
{
	memset(&regs, 0, sizeof(regs));
	regs.x[1] = 0x8000;
	regs.x[2] = 0x87654321;
	RUN(s_type(2, 1, 2, 0), i_type(3, 2, 3, 1, 0), i_type(3, 6, 4, 1, 0)); /* sw, lw, lwu */
	assert_int_equal(stop.cause, RV64_ECALL);
	assert_int_equal(device, 0x87654321);
	assert_true(regs.x[3] == 0xffffffff87654321u && regs.x[4] == 0x87654321);
	RUN(s_type(1, 1, 2, 0)); /* sh */
	assert_int_equal(stop.cause, RV64_FAULT);
	assert_int_equal(stop.access, ACC_WRITE);
	RUN(i_type(3, 0, 3, 1, 4)); /* lb */
	assert_int_equal(stop.cause, RV64_FAULT);
	assert_true(stop.access == ACC_READ && stop.value == 0x8004);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_operations), cmocka_unit_test(test_immediates), cmocka_unit_test(test_memory),
		cmocka_unit_test(test_branches), cmocka_unit_test(test_stops), cmocka_unit_test(test_budget),
		cmocka_unit_test(test_save), cmocka_unit_test(test_device),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
