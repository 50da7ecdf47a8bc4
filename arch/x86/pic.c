/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The two 8259A interrupt controllers.
 *
 * A line that is level triggered (PCI) is masked when it interrupts, since only the driver's
 * thread can make the device let go of it; the thread calls hal_irq_enable() when it has.
 * Edge triggered lines stay open. The register that says which is which is the PIIX's ELCR.
 */
#include "arch/x86/x86.h"

#include <hal/io.h>
#include <kernel/entry.h>

#define MASTER 0x20
#define SLAVE 0xa0
#define ELCR 0x4d0
#define VECTOR_BASE 0x20

#define ICW1_INIT 0x11
#define ICW4_8086 0x01
#define OCW2_EOI 0x20
#define OCW3_READ_ISR 0x0b

#define IRQ_PIT 0u
#define IRQ_CASCADE 2u
#define IRQ_SPURIOUS_MASTER 7u
#define IRQ_SPURIOUS_SLAVE 15u
#define IRQ_NR 16u

static u16 mask;

static void write_mask(void)
{
	outb(MASTER + 1, (u8)mask);
	outb(SLAVE + 1, (u8)(mask >> 8));
}

static void init_one(u16 port, u8 vector, u8 wiring)
{
	outb(port, ICW1_INIT);
	outb(port + 1, vector);
	outb(port + 1, wiring);
	outb(port + 1, ICW4_8086);
}

void pic_init(void)
{
	init_one(MASTER, VECTOR_BASE, 1u << IRQ_CASCADE);
	init_one(SLAVE, VECTOR_BASE + 8, IRQ_CASCADE);
	mask = (u16)~(1u << IRQ_CASCADE);
	write_mask();
}

void hal_irq_enable(u32 irq)
{
	if (irq >= IRQ_NR)
		return;
	mask &= (u16)~(1u << irq);
	write_mask();
}

/* The controller raised a line's lowest-priority vector although the line had gone away. */
static bool is_spurious(u32 irq)
{
	u16 port = irq < 8 ? MASTER : SLAVE;

	if (irq != IRQ_SPURIOUS_MASTER && irq != IRQ_SPURIOUS_SLAVE)
		return false;
	outb(port, OCW3_READ_ISR);
	if (inb(port) & 0x80)
		return false;
	if (port == SLAVE)
		outb(MASTER, OCW2_EOI);
	return true;
}

static bool is_level(u32 irq)
{
	return inb((u16)(ELCR + irq / 8)) >> (irq % 8) & 1;
}

void pic_interrupt(u32 irq)
{
	if (is_spurious(irq))
		return;
	if (irq != IRQ_PIT && is_level(irq)) {
		mask |= (u16)(1u << irq);
		write_mask();
	}
	if (irq >= 8)
		outb(SLAVE, OCW2_EOI);
	outb(MASTER, OCW2_EOI);
	if (irq == IRQ_PIT)
		timer_irq0();
	else
		kernel_irq_note(irq);
}
