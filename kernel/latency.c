/* SPDX-License-Identifier: Apache-2.0 */
/*
 * CONFIG_LATENCY: the longest stretch without a point of preemption, for each kind of entry, printed at a halt. A stretch
 * begins at an entry and after each window for interrupts, and ends at the next window or on the way back to the program.
 * The linker puts these functions in place of the ones whose names they bear (--wrap), so that no other file knows.
 */
#include <abi/cap.h>
#include <hal/hal.h>
#include <kernel/cpu.h>
#include <kernel/entry.h>
#include <kernel/kthread.h>
#include <kernel/lib.h>
#include <kernel/panic.h>
#include <kernel/sched.h>

#define KINDS 24u

static struct kind {
	const char *name;
	u32 type, op;            /* of the worst, if it is a system call: what was invoked, and word 0 */
	u64 worst, count;
} kinds[KINDS];
static struct kind *kind;
static u64 since;
static u32 type, op;

struct context *__real_kernel_syscall(struct context *ctx);
struct context *__real_kernel_page_fault(struct context *ctx, uaddr_t va, u32 access);
struct context *__real_kernel_exception(struct context *ctx, u32 fault, u64 info);
struct context *__real_kernel_interrupted(struct context *ctx);
void __real_kthread_step(void);
void __real_hal_irq_window(void);
void __real_hal_idle(void);
void __real_hal_exit(int code) __attribute__((noreturn));
struct context *__wrap_kernel_syscall(struct context *ctx);
struct context *__wrap_kernel_page_fault(struct context *ctx, uaddr_t va, u32 access);
struct context *__wrap_kernel_exception(struct context *ctx, u32 fault, u64 info);
struct context *__wrap_kernel_interrupted(struct context *ctx);
void __wrap_kthread_step(void);
void __wrap_hal_irq_window(void);
void __wrap_hal_idle(void);
void __wrap_hal_exit(int code) __attribute__((noreturn));

static void begin(const char *name)
{
	kind = kinds;
	while (kind < kinds + KINDS - 1 && kind->name && kind->name != name)
		kind++;
	kind->name = name;
	type = op = 0;
	since = hal_cycles();
}

static void end(void)
{
	u64 took = hal_cycles() - since;

	if (!kind || !state.running)
		return;
	kind->count++;
	if (took > kind->worst) {
		kind->worst = took;
		kind->type = type;
		kind->op = op;
	}
}

struct context *__wrap_kernel_syscall(struct context *ctx)
{
	const struct node *regs = ctx->regnode;

	begin("system call");
	type = cap_type(&regs->slot[hal_msg_ctl(&ctx->regs) & 31]);
	op = (u32)hal_msg_word(&ctx->regs, 0);
	ctx = __real_kernel_syscall(ctx);
	end();
	return ctx;
}

struct context *__wrap_kernel_page_fault(struct context *ctx, uaddr_t va, u32 access)
{
	begin("page fault");
	ctx = __real_kernel_page_fault(ctx, va, access);
	end();
	return ctx;
}

struct context *__wrap_kernel_exception(struct context *ctx, u32 fault, u64 info)
{
	begin("exception");
	ctx = __real_kernel_exception(ctx, fault, info);
	end();
	return ctx;
}

struct context *__wrap_kernel_interrupted(struct context *ctx)
{
	begin("interrupt");
	ctx = __real_kernel_interrupted(ctx);
	end();
	return ctx;
}

void __wrap_kthread_step(void)
{
	begin(kthread_next());
	__real_kthread_step();
	end();
	begin("dispatcher");
}

void __wrap_hal_irq_window(void)
{
	end();
	__real_hal_irq_window();
	begin("dispatcher");
}

void __wrap_hal_idle(void)
{
	end();
	__real_hal_idle();
	begin("dispatcher");
}

void __wrap_hal_exit(int code)
{
	kind = NULL;
	for (struct kind *k = kinds; k < kinds + KINDS && k->name; k++)
		klog("latency %llu of %llu: %s %u %u\n", (unsigned long long)k->worst, (unsigned long long)k->count, k->name,
		     k->type, k->op);
	__real_hal_exit(code);
}
