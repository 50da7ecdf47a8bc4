/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Semihosting (Arm IHI 0100): requests to a debugger or emulator, by an instruction that traps when nobody is there; then
 * the trap handler goes on behind it and sets semihosting_absent.
 */
#include "arch/aarch64/aarch64.h"

#define SYS_WRITEC 0x03u
#define SYS_EXIT_EXTENDED 0x20u
#define EXIT_APPLICATION 0x20026u

static void request(u64 operation, const volatile void *argument)
{
	register u64 x0 __asm__("x0") = operation;
	register const volatile void *x1 __asm__("x1") = argument;

	__asm__ volatile("hlt #0xf000" : "+r"(x0) : "r"(x1) : "memory");
}

void semihosting_exit(int code)
{
	const volatile u64 block[2] = { EXIT_APPLICATION, (u64)code };

	if (IS_ENABLED(CONFIG_SEMIHOSTING))
		request(SYS_EXIT_EXTENDED, block);
}

static void semihosting_putc(char c)
{
	const volatile char one = c;

	if (IS_ENABLED(CONFIG_SEMIHOSTING) && !semihosting_absent)
		request(SYS_WRITEC, &one);
}

static bool semihosting_getc(char *c)
{
	return false;
}

const struct console semihosting_console = { semihosting_putc, semihosting_getc };
