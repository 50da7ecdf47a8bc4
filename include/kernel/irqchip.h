/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How interrupts reach drivers: kernel_irq_note(irq) wakes every kernel thread that has
 * registered for the line (PCI devices share lines). The thread makes its device let go of the
 * line, then calls hal_irq_enable(irq): the port may have masked it.
 */
#ifndef KERNEL_IRQCHIP_H
#define KERNEL_IRQCHIP_H

#include <kernel/types.h>

struct kthread;

void irq_register(u32 irq, struct kthread *kt);

#endif
