/* SPDX-License-Identifier: Apache-2.0 */
/*
 * First C code with the MMU on: reads the device tree, makes the machine ready, then the kernel. Runs on the kernel's only
 * stack. What is needed and not there stops the boot with a sentence.
 */
#include "arch/aarch64/aarch64.h"

#include <kernel/cpu.h>
#include <kernel/entry.h>
#include <kernel/klog.h>
#include <kernel/lib.h>
#include <kernel/panic.h>

struct context *aarch64_start(paddr_t fdt, paddr_t image);
struct fdt board;
static char cmdline[512];

static void stop_emit(void *arg, char c)
{
	klog_put(c);
}

void boot_stop(const char *fmt, ...)
{
	va_list ap;

	klog("boot stopped: ");
	va_start(ap, fmt);
	format_to(stop_emit, NULL, fmt, ap);
	va_end(ap);
	klog("\n");
	hal_exit(2);
}

/* Maps the tree where the loader left it, first its header, then all of it. */
static void board_open(paddr_t fdt)
{
	u32 offset = fdt % FRAME_SIZE, total = 0;
	const u8 *blob = (const u8 *)FDT_VA + offset;
	const char *why = "there is none";

	if (fdt && fdt % 8 == 0 && pt_map(FDT_VA, fdt - offset, offset + FDT_HEADER_BYTES, PT_MEMORY_READ_ONLY))
		total = fdt_total_size(blob);
	if (total > FDT_BYTES_MAX)
		boot_stop("the device tree at %llx says that it has %u bytes: at most 2 MiB are read", (unsigned long long)fdt, total);
	if (total)
		why = pt_map(FDT_VA, fdt - offset, offset + total, PT_MEMORY_READ_ONLY) ? fdt_open(&board, blob, total)
										     : "it cannot be mapped";
	if (why)
		boot_stop("the device tree at %llx cannot be used: %s; start the kernel as a Linux Image, with x0 at a tree",
			(unsigned long long)fdt, why);
}

static void read_cmdline(void)
{
	const char *text = fdt_text(&board, fdt_by_path(&board, "/chosen"), "bootargs");

	if (text)
		format_buf(cmdline, sizeof(cmdline), "%s", text);
}

static void announce(void)
{
	const char *model = fdt_text(&board, fdt_root(&board), "model");
	const char *compatible = fdt_text(&board, fdt_root(&board), "compatible");

	klog("board: %s\n", model ? model : compatible ? compatible : "unnamed");
}

struct context *aarch64_start(paddr_t fdt, paddr_t image)
{
	cpu_init();
	state.boot_cycles = hal_cycles();
	pt_init(image);
	console_early();
	board_open(fdt);
	console_init();
	announce();
	read_cmdline();
	psci_init();
	mem_init(fdt);
	gic_init();
	timer_init();
	console_open_irq();
	return kernel_boot(cmdline);
}

void hal_backtrace(void (*emit)(uintptr_t pc))
{
	const uintptr_t *frame = __builtin_frame_address(0);

	for (u32 i = 0; i < 32; i++) {
		uintptr_t at = (uintptr_t)frame;

		if (at % 16 || at < (uintptr_t)kernel_stack || at + 16 > (uintptr_t)kernel_stack_top + FRAME_SIZE)
			return;
		emit(frame[1]);
		frame = (const uintptr_t *)frame[0];
	}
}
