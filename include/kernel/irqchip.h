/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How interrupts reach drivers: kernel_irq_note(irq) wakes every kernel thread that has
 * registered for the line (PCI devices share lines). The thread makes its device let go of the
 * line, then calls hal_irq_enable(irq): the port may have masked it. Lines are numbered as the port likes.
 */
#ifndef KERNEL_IRQCHIP_H
#define KERNEL_IRQCHIP_H

#include <kernel/types.h>

#define IRQ_NONE 0xfffffffeu     /* a device without an interrupt */

struct kthread;

void irq_register(u32 irq, struct kthread *kt);
bool irq_is_kernels(u32 irq);    /* has somebody registered for it? */

#endif
