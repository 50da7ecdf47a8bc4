/* SPDX-License-Identifier: Apache-2.0 */
/*
 * PL011 serial line (Arm DDI 0183). Speed and format stay as the firmware has left them. Output waits for the line, but
 * not for ever. What is received interrupts.
 */
#include "arch/aarch64/aarch64.h"

#include <hal/io.h>

#define DATA 0x00
#define FLAGS 0x18
#define LINE_CONTROL 0x2c
#define CONTROL 0x30
#define IRQ_MASK 0x38
#define IRQ_CLEAR 0x44

#define FLAG_RECEIVE_EMPTY 0x10u
#define FLAG_SEND_FULL 0x20u
#define LINE_FIFO 0x10u
#define CONTROL_ENABLE 0x301u             /* the line, sending, receiving */
#define IRQ_RECEIVE 0x50u                 /* FIFO half full, or something in it for a while */
#define IRQ_ALL 0x7ffu
#define SEND_TRIES 1000000u

static volatile u8 *base;

void pl011_init(volatile void *registers)
{
	base = registers;
	hal_write32(base + LINE_CONTROL, hal_read32(base + LINE_CONTROL) | LINE_FIFO);
	hal_write32(base + CONTROL, hal_read32(base + CONTROL) | CONTROL_ENABLE);
	hal_write32(base + IRQ_MASK, 0);
	hal_write32(base + IRQ_CLEAR, IRQ_ALL);
}

void pl011_receive_irq(void)
{
	hal_write32(base + IRQ_MASK, IRQ_RECEIVE);
}

static void send(char c)
{
	for (u32 i = 0; i < SEND_TRIES && hal_read32(base + FLAGS) & FLAG_SEND_FULL; i++)
		;
	hal_write32(base + DATA, (u8)c);
}

static void pl011_putc(char c)
{
	if (c == '\n')
		send('\r');
	send(c);
}

static bool pl011_getc(char *c)
{
	if (hal_read32(base + FLAGS) & FLAG_RECEIVE_EMPTY)
		return false;
	*c = (char)hal_read32(base + DATA);
	return true;
}

const struct console pl011_console = { pl011_putc, pl011_getc };
