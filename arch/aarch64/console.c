/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which console: the one that the device tree's /chosen names, else the first that is known; before that the one of
 * CONFIG_EARLY_PL011, else semihosting.
 */
#include "arch/aarch64/aarch64.h"

#include <hal/io.h>
#include <kernel/panic.h>

static const struct console *console = &semihosting_console;
u32 console_irq = IRQ_NONE;
bool console_masked;
static u32 console_node;

static bool use_pl011(paddr_t pa)
{
	void *registers = hal_map_device(pa, FRAME_SIZE);

	if (!registers)
		return false;
	pl011_init(registers);
	console = &pl011_console;
	return true;
}

void console_early(void)
{
	if (CONFIG_EARLY_PL011)
		(void)use_pl011(CONFIG_EARLY_PL011);
}

static u32 find_node(void)
{
	const char *name = fdt_text(&board, fdt_by_path(&board, "/chosen"), "stdout-path");
	u32 node = name ? fdt_by_alias(&board, name) : FDT_NONE;

	if (fdt_is_compatible(&board, node, "arm,pl011") && fdt_is_enabled(&board, node))
		return node;
	if (name)
		klog("boot: the console %s is not a PL011: the first PL011 is used\n", name);
	return fdt_by_compatible(&board, FDT_NONE, "arm,pl011");
}

void console_init(void)
{
	u64 base, size;

	console_node = find_node();
	if (!fdt_reg(&board, console_node, 0, &base, &size))
		boot_stop("the device tree has no console that this kernel drives (arm,pl011): add one, or set EARLY_PL011");
	if (!use_pl011(base))
		boot_stop("the registers of the console are out of reach: mend its reg");
}

/* Without an interrupt the console is looked at on each tick. */
void console_open_irq(void)
{
	struct fdt_irq irq;
	u64 base, size;

	if (fdt_reg(&board, console_node, 0, &base, &size) && mem_is_ram(base))
		boot_stop("the device tree has the console in memory, at %llx: mend the reg of one of them", (unsigned long long)base);
	if (!fdt_irq(&board, console_node, 0, &irq))
		return;
	console_irq = gic_irq(&irq);
	hal_irq_enable(console_irq);
	pl011_receive_irq();
}

void hal_console_putc(char c)
{
	console->putc(c);
}

bool hal_console_getc(char *c)
{
	if (console->getc(c))
		return true;
	if (console_masked) {
		console_masked = false;
		hal_irq_enable(console_irq);
	}
	return false;
}
