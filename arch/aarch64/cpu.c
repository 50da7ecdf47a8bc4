/* SPDX-License-Identifier: Apache-2.0 */
/* Waiting, ending, counting, chance. */
#include "arch/aarch64/aarch64.h"

#include <kernel/lib.h>
#include <kernel/panic.h>

#define PMCR_ENABLE 0x1u
#define PMCR_RESET_CYCLES 0x4u
#define PMCR_LONG 0x40u
#define CYCLE_COUNTER ((u64)1 << 31)
#define MDSCR_NO_CHANNEL 0x1000u          /* TDCC: programs do not get at the channel to a debugger */
#define PMU_USER_CYCLES 0x4u              /* programs may read the cycle counter, as with rdtsc on a PC */

#define AMUSERENR s3_3_c13_c2_3           /* who may read the activity monitors */

static bool has_pmu;

/* Programs get the cycle counter and nothing else of counters and timers. */
void cpu_init(void)
{
	u64 version = read_sysreg(id_aa64dfr0_el1) >> 8 & 15;

	write_sysreg(cntkctl_el1, 0);
	write_sysreg(mdscr_el1, MDSCR_NO_CHANNEL);
	write_sysreg(tpidrro_el0, 0);
	if (read_sysreg(id_aa64pfr0_el1) >> 44 & 15)
		write_sysreg(AMUSERENR, 0);
	has_pmu = version && version != 15;
	if (!has_pmu)
		return;
	write_sysreg(pmcr_el0, PMCR_ENABLE | PMCR_RESET_CYCLES | PMCR_LONG);
	write_sysreg(pmccfiltr_el0, 0);
	write_sysreg(pmcntenset_el0, CYCLE_COUNTER);
	write_sysreg(pmintenclr_el1, 0xffffffff);
	write_sysreg(pmuserenr_el0, PMU_USER_CYCLES);
	isb();
}

u64 hal_cycles(void)
{
	isb();
	return has_pmu ? read_sysreg(pmccntr_el0) : read_sysreg(cntvct_el0);
}

static bool irq_pending(void)
{
	return read_sysreg(isr_el1) >> 7 & 1;
}

/* Interrupts stay masked: a pending one ends wfi all the same, and is then taken by looking for it. */
void hal_idle(void)
{
	__asm__ volatile("dsb sy; wfi" : : : "memory");
	gic_poll();
}

void hal_irq_window(void)
{
	if (irq_pending())
		gic_poll();
}

/* Best effort: the tree's seeds, the processor's generator, and the times at which it is called, mixed (the finaliser of
 * splitmix64). */
u64 hal_entropy(void)
{
	static u64 pool;
	static bool seeded;
	u64 x;

	if (!seeded) {
		u32 bytes, chosen = fdt_by_path(&board, "/chosen");
		const u8 *seed = fdt_prop(&board, chosen, "rng-seed", &bytes);

		if (!seed)
			seed = fdt_prop(&board, chosen, "kaslr-seed", &bytes);
		for (u32 i = 0; i < bytes; i++)
			pool = (pool ^ seed[i]) * 0x100000001b3ull;
		seeded = true;
	}
	if (read_sysreg(id_aa64isar0_el1) >> 60) {
		__asm__ volatile("mrs %0, s3_3_c2_c4_0" : "=r"(x) : : "cc"); /* RNDR; 0 when it has nothing to give */
		pool ^= x;
	}
	pool = (pool << 7 | pool >> 57) ^ hal_cycles() ^ read_sysreg(cntvct_el0) << 32;
	x = pool += 0x9e3779b97f4a7c15ull;
	x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9ull;
	x = (x ^ x >> 27) * 0x94d049bb133111ebull;
	return x ^ x >> 31;
}
