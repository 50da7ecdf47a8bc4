/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The first 16550 serial line, 115200 8N1: the early console. Output waits for the line, but
 * not for ever, since there may be no such device. Received bytes raise IRQ 4.
 */
#include "arch/x86/x86.h"

#include <hal/io.h>

#define COM1 0x3f8
#define REG_DATA (COM1 + 0)
#define REG_DIVISOR_LOW (COM1 + 0)
#define REG_DIVISOR_HIGH (COM1 + 1)
#define REG_IRQ_ENABLE (COM1 + 1)
#define REG_FIFO (COM1 + 2)
#define REG_LINE (COM1 + 3)
#define REG_MODEM (COM1 + 4)
#define REG_STATUS (COM1 + 5)

#define LINE_8N1 0x03
#define LINE_DIVISOR 0x80
#define FIFO_ON_CLEAR 0x07
#define MODEM_DTR_RTS_IRQ 0x0b
#define IRQ_RECEIVED 0x01
#define STATUS_RECEIVED 0x01
#define STATUS_CAN_SEND 0x20
#define DIVISOR_115200 1
#define SEND_TRIES 100000

void serial_init(void)
{
	outb(REG_IRQ_ENABLE, 0);
	outb(REG_LINE, LINE_DIVISOR);
	outb(REG_DIVISOR_LOW, DIVISOR_115200);
	outb(REG_DIVISOR_HIGH, 0);
	outb(REG_LINE, LINE_8N1);
	outb(REG_FIFO, FIFO_ON_CLEAR);
	outb(REG_MODEM, MODEM_DTR_RTS_IRQ);
	outb(REG_IRQ_ENABLE, IRQ_RECEIVED);
}

static void send(char c)
{
	for (u32 i = 0; i < SEND_TRIES && !(inb(REG_STATUS) & STATUS_CAN_SEND); i++)
		;
	outb(REG_DATA, (u8)c);
}

void hal_console_putc(char c)
{
	if (c == '\n')
		send('\r');
	send(c);
}

bool hal_console_getc(char *c)
{
	u8 status = inb(REG_STATUS);

	if (!(status & STATUS_RECEIVED) || status == 0xff)
		return false;
	*c = (char)inb(REG_DATA);
	return true;
}
