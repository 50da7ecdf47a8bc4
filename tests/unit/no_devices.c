// SPDX-License-Identifier: Apache-2.0
/* The part of a machine that tests of whole rooms have in common: without devices, and nobody reads what it prints. */
#include <hal/hal.h>

u64 hal_cycles(void) { return 0; }
void hal_irq_window(void) { }
void hal_irq_enable(u32 irq) { (void)irq; }
bool hal_device_access(enum hal_space space, paddr_t at, u32 bytes, bool write, u32 *value)
{
	(void)space, (void)at, (void)bytes, (void)write, (void)value;
	return false;
}
void hal_console_putc(char c) { (void)c; }
