/* SPDX-License-Identifier: Apache-2.0 */
/* First C code: makes the machine ready, then the kernel. Runs on the kernel's only stack. */
#include "arch/x86/x86.h"

#include <hal/hal.h>
#include <kernel/cpu.h>
#include <kernel/entry.h>
#include <kernel/panic.h>

struct context *x86_start(u32 magic, u32 info)
{
	paddr_t ram_end;

	state.boot_cycles = hal_cycles();
	serial_init();
	desc_init();
	if (magic != MULTIBOOT_MAGIC)
		panic("not started by a Multiboot loader (magic %08x): take GRUB or QEMU's -kernel", magic);
	multiboot_read(info, DIRECT_MAP_SIZE);
	ram_end = mem_init(hal_virt_to_phys(kernel_image_start), hal_virt_to_phys(kernel_image_end), DIRECT_MAP_SIZE);
	pt_init(ram_end);
	pic_init();
	timer_init();
	return kernel_boot(multiboot_cmdline());
}

void hal_backtrace(void (*emit)(uintptr_t pc))
{
	const uintptr_t *frame = __builtin_frame_address(0);

	for (u32 i = 0; i < 32; i++) {
		uintptr_t at = (uintptr_t)frame;

		if (at % sizeof(*frame) || at < (uintptr_t)kernel_stack ||
		    at + 2 * sizeof(*frame) > (uintptr_t)kernel_stack_top)
			return;
		emit(frame[1]);
		frame = (const uintptr_t *)frame[0];
	}
}
