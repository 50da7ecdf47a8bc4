// SPDX-License-Identifier: Apache-2.0
/* The formats of x86_64: page-table entries as the manual has them, registers as a process node has them. */
#include "arch/x86_64/include/hal/pt_format.h"
#include "arch/x86_64/include/hal/regs.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define HOLE ((u64)1 << 47)
#define NO_EXECUTE ((u64)1 << 63)

static void entries(void **state)
{
	const paddr_t pa = 0x000ffffffffff000u;

	assert_true(hal_pte_leaf(0x1234000, false, true) == 0x1234005);
	assert_true(hal_pte_leaf(0x1234000, true, true) == 0x1234207);
	assert_true(hal_pte_leaf(0x1234000, true, false) == (0x1234207 | NO_EXECUTE));
	assert_true(hal_pte_table(0x1234000, false) == 0x1234005 && hal_pte_table(0x1234000, true) == 0x1234007);
	for (unsigned bits = 0; bits < 4; bits++) {
		hal_pte_t e = hal_pte_leaf(pa, bits & 1, bits & 2) | PTE_ACCESSED | PTE_DIRTY;

		assert_true(hal_pte_present(e) && hal_pte_paddr(e) == pa);
		assert_int_equal(hal_pte_write(e), bits & 1);
		assert_int_equal(hal_pte_exec(e), bits >> 1);
		assert_true(!hal_pte_write(hal_pte_deny_write(e)) && hal_pte_write(hal_pte_allow_write(e)));
		assert_true((hal_pte_deny_write(e) | PTE_WRITE) == (e | PTE_WRITE));
		assert_true(hal_pte_allow_write(e) == (e | PTE_WRITE));
	}
	assert_false(hal_pte_present(0));
}

/* The kernel's half of a root is out of reach, and so is what the entry below the hole leads to: a table that two spaces share
 * has no page that is in reach in one of them alone. */
static void user_space(void **state)
{
	assert_int_equal(PT_USER_ENTRIES(PT_LEVELS - 1), 255);
	assert_int_equal(PT_USER_ENTRIES(0), 512);
	assert_true((u64)PT_USER_ENTRIES(PT_LEVELS - 1) << (12 + PT_BITS * (PT_LEVELS - 1)) == X86_64_USER_END);
	assert_true(X86_64_USER_END == HOLE - ((u64)1 << 39));
}

static struct hal_regs load(const u64 *saved)
{
	struct hal_regs r;

	hal_regs_load(&r, (const u8 *)saved);
	return r;
}

static void saved_order(void **state)
{
	u64 in[HAL_REGS_BYTES / 8], out[HAL_REGS_BYTES / 8];
	struct hal_regs r;

	for (unsigned i = 0; i < HAL_REGS_BYTES / 8; i++)
		in[i] = 0x1000 * (i + 1);
	in[17] = 0x202;
	r = load(in);
	hal_regs_save(&r, (u8 *)out);
	assert_memory_equal(in, out, sizeof(in));
	/* tools/mkimage/arch.c and debuggers know these. */
	assert_true(r.rsp == in[32 / 8] && r.rdi == in[56 / 8] && r.rip == in[128 / 8] && hal_regs_pc(&r) == r.rip);
	hal_regs_start(&r, 0x10000, 0x400000, 7);
	hal_regs_save(&r, (u8 *)out);
	assert_true(out[4] == 0x400000 && out[7] == 7 && out[16] == 0x10000 && out[17] == 0x202);
	assert_true(!out[0] && !out[15] && !r.trap && !r.error);
}

/* Whatever stood in a node: user selectors, a pc that sysret and iretq can go to, harmless flags. */
static void hostile_registers(void **state)
{
	static const u64 wild[] = { 0, 1, X86_64_USER_END - 1, X86_64_USER_END, HOLE - 1, HOLE, HOLE + 1, (u64)1 << 63,
				    0xffff7fffffffffffu, 0xffff800000000000u, 0xffffffff80100000u, ~(u64)0 };
	u64 in[HAL_REGS_BYTES / 8];

	srandom(1);
	for (unsigned n = 0; n < 100000; n++) {
		struct hal_regs r;

		for (unsigned i = 0; i < HAL_REGS_BYTES / 8; i++)
			in[i] = (u64)random() << 42 ^ (u64)random() << 21 ^ (u64)random();
		in[16] = n < 1000 ? wild[n % ARRAY_SIZE(wild)] : in[16] >> (n % 64);
		r = load(in);
		assert_true(r.cs == 0x23 && r.ss == 0x1b && r.trap == 0);
		assert_true(r.rip < X86_64_USER_END && (r.rip == in[16] || r.rip == 0));
		assert_true((r.rflags & ~(u64)0xdd5) == 0x202);
		hal_regs_advance(&r);
		assert_true(r.rip < HOLE);
	}
}

static void message(void **state)
{
	struct hal_regs r = { .rdi = 1, .rsi = 2, .rdx = 3, .r10 = 4, .r8 = 5, .r9 = 6, .rax = 7, .rcx = 8, .r11 = 9 };

	assert_true(hal_msg_ctl(&r) == 1 && hal_msg_rcv(&r) == 2 && hal_msg_str(&r) == 7);
	for (u32 i = 0; i < 4; i++) {
		assert_true(hal_msg_word(&r, i) == 3 + i);
		hal_msg_set_word(&r, i, (u64)-1 - i);
		assert_true(hal_msg_word(&r, i) == (u64)-1 - i);
	}
	hal_msg_set_result(&r, 10, 11, 12);
	assert_true(r.rdi == 10 && r.rsi == 11 && r.rax == 12 && r.rcx == 8 && r.r11 == 9);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(entries),
		cmocka_unit_test(user_space),
		cmocka_unit_test(saved_order),
		cmocka_unit_test(hostile_registers),
		cmocka_unit_test(message),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
