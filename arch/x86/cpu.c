/* SPDX-License-Identifier: Apache-2.0 */
/* Waiting, ending, counting. */
#include "arch/x86/x86.h"

#include <hal/io.h>

#define DEBUG_EXIT 0xf4         /* QEMU's isa-debug-exit: status = value * 2 + 1 */
#define ACPI_CONTROL_QEMU 0x604 /* PM1a_CNT of QEMU's machines */
#define ACPI_CONTROL_OLD 0xb004 /* of Bochs and old QEMU */
#define ACPI_SLEEP_S5 0x2000

void hal_idle(void)
{
	__asm__ volatile("sti; hlt; cli" : : : "memory");
}

void hal_irq_window(void)
{
	__asm__ volatile("sti; nop; cli" : : : "memory");
}

void hal_exit(int code)
{
	if (code) {
		outb(DEBUG_EXIT, (u8)code);
	} else {
		outw(ACPI_CONTROL_QEMU, ACPI_SLEEP_S5);
		outw(ACPI_CONTROL_OLD, ACPI_SLEEP_S5);
	}
	for (;;)
		__asm__ volatile("cli; hlt");
}

u64 hal_cycles(void)
{
	u32 low, high;

	__asm__ volatile("rdtsc" : "=a"(low), "=d"(high));
	return (u64)high << 32 | low;
}

/* Best effort: the times at which it is called, mixed (the finaliser of splitmix64). */
u64 hal_entropy(void)
{
	static u64 pool;
	u64 x;

	pool = (pool << 7 | pool >> 57) ^ hal_cycles();
	x = pool += 0x9e3779b97f4a7c15ull;
	x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9ull;
	x = (x ^ x >> 27) * 0x94d049bb133111ebull;
	return x ^ x >> 31;
}
