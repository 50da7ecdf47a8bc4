/* SPDX-License-Identifier: Apache-2.0 */
/* The end of everything. Callable from anywhere, in any state. */
#include <hal/hal.h>
#include <kernel/context.h>
#include <kernel/cpu.h>
#include <kernel/klog.h>
#include <kernel/lib.h>
#include <kernel/panic.h>

static void emit_frame(uintptr_t pc)
{
	klog("  at %lx\n", (unsigned long)pc);
}

void panic_at(const char *file, int line, const char *fmt, ...)
{
	static bool again;
	va_list ap;

	if (again)
		hal_exit(3);
	again = true;
	klog("\npanic: ");
	va_start(ap, fmt);
	klog_list(fmt, ap);
	va_end(ap);
	klog("\n  place %s:%d\n", file, line);
	if (cpu0.current && cpu0.current->proc) {
		struct context *c = cpu0.current;

		klog("  process %llx pc %llx\n", (unsigned long long)(c->proc->oid | c->proc_index),
		     (unsigned long long)hal_regs_pc(&c->regs));
	}
	klog("  epoch %u\n", state.epoch);
	if (IS_ENABLED(CONFIG_FRAME_POINTER))
		hal_backtrace(emit_frame);
	klog("system halted\n");
	hal_exit(1);
}
