/* SPDX-License-Identifier: Apache-2.0 */
/* Waiting, ending, counting. */
#include "arch/x86/x86.h"

#include <hal/io.h>
#include <kernel/pci.h>

#define DEBUG_EXIT 0xf4         /* QEMU's isa-debug-exit: status = value * 2 + 1 */
#define ACPI_CONTROL_QEMU 0x604 /* PM1a_CNT of QEMU's machines, as a rule */
#define ACPI_CONTROL_OLD 0xb004 /* of Bochs and old QEMU */
#define ACPI_SLEEP_S5 0x2000
/* The power manager of QEMU's "pc" (PIIX4, Intel's 290562): its ports begin where the firmware likes. */
#define PIIX4_PM_ID 0x71138086u
#define PIIX4_PM_BASE 0x40
#define PIIX4_PM_ENABLE 0x80
#define PM1A_CONTROL 4u

void hal_idle(void)
{
	__asm__ volatile("sti; hlt; cli" : : : "memory");
}

void hal_irq_window(void)
{
	__asm__ volatile("sti; nop; cli" : : : "memory");
}

static u16 acpi_control(void)
{
	const struct pci_dev pm = { .slot = 1, .function = 3 };

	if (pci_read32(&pm, PCI_ID) != PIIX4_PM_ID || !(pci_read32(&pm, PIIX4_PM_ENABLE) & 1))
		return ACPI_CONTROL_QEMU;
	return (u16)((pci_read32(&pm, PIIX4_PM_BASE) & 0xffc0) + PM1A_CONTROL);
}

void hal_exit(int code)
{
	if (code) {
		outb(DEBUG_EXIT, (u8)code);
	} else {
		outw(acpi_control(), ACPI_SLEEP_S5);
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
