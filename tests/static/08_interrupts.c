/* SPDX-License-Identifier: Apache-2.0 */
#line 3 "arch/x86/seed08.c"
/* Wrong on purpose: interrupts stay open on one way out; and somebody below the dispatcher lets them in. */
#include <hal/hal.h>

bool seed_open(bool early);
bool seed_right(bool early);

bool seed_open(bool early)
{
	__asm__ volatile("sti" : : : "memory");
	if (!early)
		__asm__ volatile("cli" : : : "memory");
	return early; /* rule 8 */
}

bool seed_right(bool early)
{
	__asm__ volatile("sti" : : : "memory");
	if (early)
		__asm__ volatile("nop");
	__asm__ volatile("cli" : : : "memory");
	return early;
}
