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

static void begin(void)
{
	static bool again;

	if (again)
		hal_exit(3);
	again = true;
	klog("\npanic: ");
}

static __attribute__((noreturn)) void end(void)
{
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

void panic_at(const char *file, int line, const char *fmt, ...)
{
	va_list ap;

	begin();
	va_start(ap, fmt);
	klog_list(fmt, ap);
	va_end(ap);
	klog("\n");
	if (file)
		klog("  place %s:%d\n", file, line);
	else
		emit_frame((uintptr_t)__builtin_return_address(0));
	end();
}

void check_failed(void)
{
	begin();
	klog("check failed\n");
	emit_frame((uintptr_t)__builtin_return_address(0));
	end();
}
