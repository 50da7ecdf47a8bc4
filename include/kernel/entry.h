/* SPDX-License-Identifier: Apache-2.0 */
/*
 * All that a port calls. Each trap entry returns the context to resume: stalls are return
 * values inside, nothing longjmps. Interrupts are off in the kernel, but for hal_irq_window()
 * and hal_idle(); an interrupt that arrives there calls kernel_irq_note() and returns.
 */
#ifndef KERNEL_ENTRY_H
#define KERNEL_ENTRY_H

#include <kernel/types.h>

struct context;

/* From boot, on the boot stack: returns the first context to resume. */
struct context *kernel_boot(const char *cmdline);
/* The context executed the system call instruction. hal regs: pc is *at* the instruction. */
struct context *kernel_syscall(struct context *ctx);
/* Memory fault of user code: access is enum access. */
struct context *kernel_page_fault(struct context *ctx, uaddr_t va, u32 access);
/* Any other exception of user code: enum fault_code and the port's info. */
struct context *kernel_exception(struct context *ctx, u32 fault, u64 info);
/* An interrupt while user code ran. The port has called kernel_irq_note() first. */
struct context *kernel_interrupted(struct context *ctx);
/* From the interrupt handler, any time: irq line, IRQ_TIMER or IRQ_ALARM. */
void kernel_irq_note(u32 irq);
#define IRQ_TIMER 0xffffu
#define IRQ_ALARM 0xfffeu        /* hal_alarm_ns() has run out */

#endif
