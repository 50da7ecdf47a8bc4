/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The port's own tests (CONFIG_SELFTEST), on the machine itself: that the kernel's traps tell what happened, that an
 * interrupt arrives, and that the processor reads the tables as pt_format.h writes them. For the last the processor is
 * asked (AT, which translates as EL0 would) and used (LDTR, which loads as EL0 would).
 */
#include "arch/aarch64/aarch64.h"

#include <hal/pt.h>

#define VA 0x12345000ull
#define PAR_FAILED 1u
#define CLASS_DATA_KERNEL 0x25u
#define STATUS_TRANSLATION 0x04u
#define STATUS_PERMISSION 0x0cu

extern u8 kernel_stack_guard[];

#define expect(x)                                                                                                  \
	do {                                                                                                       \
		if (!(x))                                                                                          \
			return #x;                                                                                 \
	} while (0)

static bool traps(volatile void *at, bool write, u32 status)
{
	struct trap_info info = { 0 };

	return !trap_probe(at, 4, write, &info) && ((u32)info.esr >> 26) == CLASS_DATA_KERNEL &&
	       (info.esr & 0x3c) == status && info.far == (uintptr_t)at && (info.esr >> 6 & 1) == write;
}

static const char *traps_of_the_kernel(void)
{
	static volatile u32 word = 5;
	struct trap_info info = { 0 };

	expect(trap_probe(&word, 4, false, &info) && info.value == 5);
	info.value = 0x12345678;
	expect(trap_probe(&word, 4, true, &info) && word == 0x12345678);
	expect(trap_probe((volatile u8 *)&word + 2, 2, false, &info) && info.value == 0x1234);
	expect(trap_probe((volatile u8 *)&word + 1, 1, false, &info) && info.value == 0x56);
	info.value = 0xabcd;
	expect(trap_probe(&word, 2, true, &info) && word == 0x1234abcd);
	expect(trap_probe(&word, 1, true, &info) && word == 0x1234abcd);
	expect(trap_probe(kernel_image_start, 4, false, &info));
	expect(traps(kernel_image_start, true, STATUS_PERMISSION));
	expect(traps(kernel_text_end, true, STATUS_PERMISSION));
	expect(traps(kernel_stack_guard, false, STATUS_TRANSLATION));
	expect(traps(kernel_stack_guard + FRAME_SIZE - 4, true, STATUS_TRANSLATION));
	expect(traps((volatile void *)VA, false, STATUS_TRANSLATION));
	return NULL;
}

static const char *interrupts(void)
{
	u32 before = gic_sgis;

	gic_raise(0);
	for (u32 i = 0; i < 1000 && gic_sgis == before; i++)
		hal_irq_window();
	expect(gic_sgis == before + 1);
	hal_irq_window();
	expect(gic_sgis == before + 1);
	return NULL;
}

/*
 * Whoever started the kernel may be above it still: what a program may execute must not go there. PACGA does, wherever it is
 * executed, unless EL2 allows it (HCR_EL2.API). A debugger's channel is nobody's without a capability (MDSCR_EL1.TDCC).
 */
static const char *nothing_above(void)
{
	if (read_sysreg(id_aa64isar1_el1) & 0xff000000) /* GPI, GPA: there is one */
		__asm__ volatile(".inst 0x9ac13000" : : : "x0"); /* pacga x0, x0, x1 */
	expect(read_sysreg(mdscr_el1) == (u64)1 << 12);
	return NULL;
}

/* ---- tables ---- */

static hal_pte_t table[2][PT_LEVELS][512] __attribute__((aligned(FRAME_SIZE)));
static volatile u64 page[2][512] __attribute__((aligned(FRAME_SIZE)));

static u32 index(u32 level)
{
	return VA >> (FRAME_SHIFT + PT_BITS * level) & 511;
}

static paddr_t root(u32 n)
{
	return hal_virt_to_phys(table[n][PT_LEVELS - 1]);
}

/* Space n: VA shows page n. */
static void make_space(u32 n)
{
	hal_root_init(table[n][PT_LEVELS - 1]);
	for (u32 level = PT_LEVELS - 1; level > 0; level--)
		hal_pte_set(table[n][level], index(level), hal_pte_table(hal_virt_to_phys(table[n][level - 1]), true));
	hal_pte_set(table[n][0], index(0), hal_pte_leaf(hal_virt_to_phys((const void *)page[n]), true, false));
	page[n][0] = 100 + n;
}

/* Where EL0 would read or write: the address, or PAR_FAILED. */
static u64 ask(u64 va, bool write)
{
	if (write)
		__asm__ volatile("at s1e0w, %0; isb" : : "r"(va) : "memory");
	else
		__asm__ volatile("at s1e0r, %0; isb" : : "r"(va) : "memory");
	return read_sysreg(par_el1) & PAR_FAILED ? PAR_FAILED : read_sysreg(par_el1) & PTE_ADDRESS;
}

static u64 load(void)
{
	u64 v;

	__asm__ volatile("ldtr %0, [%1]" : "=r"(v) : "r"(VA) : "memory");
	return v;
}

static const char *permissions(void)
{
	u64 pa = hal_virt_to_phys((const void *)page[0]);

	make_space(0);
	hal_space_load(root(0));
	expect(ask(VA, false) == pa && ask(VA, true) == pa);
	expect(ask(VA + FRAME_SIZE, false) == PAR_FAILED && ask(VA + ((u64)1 << 39), false) == PAR_FAILED);
	expect(ask((uintptr_t)kernel_image_start, false) == PAR_FAILED && ask(DIRECT_VA + pa, false) == PAR_FAILED);
	for (u32 level = 0; level < PT_LEVELS; level++) {
		hal_pte_t *t = table[0][level], e = t[index(level)];

		expect(hal_pte_write(e) && !hal_pte_write(hal_pte_deny_write(e)));
		hal_pte_set(t, index(level), hal_pte_deny_write(e));
		hal_tlb_flush_all();
		expect(ask(VA, false) == pa && ask(VA, true) == PAR_FAILED);
		hal_pte_set(t, index(level), hal_pte_allow_write(hal_pte_deny_write(e)));
		hal_tlb_flush_va(VA);
		expect(t[index(level)] == e && ask(VA, true) == pa);
		hal_pte_set(t, index(level), 0);
		hal_tlb_flush_all();
		expect(ask(VA, false) == PAR_FAILED);
		hal_pte_set(t, index(level), e);
		hal_tlb_flush_va(VA);
	}
	return NULL;
}

static const char *spaces_and_tags(void)
{
	make_space(0);
	make_space(1);
	for (u32 round = 0; round < 3; round++)
		for (u32 n = 0; n < 2; n++) {
			hal_space_load(root(n));
			expect(load() == 100 + n);
		}
	hal_pte_set(table[0][0], index(0), 0);
	hal_tlb_flush_all();
	hal_pte_set(table[0][0], index(0), hal_pte_leaf(hal_virt_to_phys((const void *)page[1]), false, true));
	hal_space_load(root(0));
	expect(load() == 101);
	hal_space_load(0);
	hal_tlb_flush_all();
	expect(ask(VA, false) == PAR_FAILED);
	return NULL;
}

static const char *and_back(const char *(*test)(void))
{
	const char *wrong = test();

	hal_space_load(0);
	hal_tlb_flush_all();
	return wrong;
}

static const char *table_permissions(void)
{
	return and_back(permissions);
}

static const char *table_tags(void)
{
	return and_back(spaces_and_tags);
}

const struct hal_self_test *hal_self_tests(u32 *count)
{
	static const struct hal_self_test tests[] = {
		{ "trap: of the kernel, told and survived", traps_of_the_kernel },
		{ "interrupt: one sent, one taken", interrupts },
		{ "trap: nothing goes to a higher level, or to a debugger", nothing_above },
		{ "tables: permissions at each level as the processor reads them", table_permissions },
		{ "tables: two spaces under their tags", table_tags },
	};

	*count = ARRAY_SIZE(tests);
	return tests;
}
