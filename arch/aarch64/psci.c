/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Power State Coordination Interface (Arm DEN 0022): turning the machine off. Which instruction reaches it stands in the
 * device tree. Where there is none the processor stops.
 */
#include "arch/aarch64/aarch64.h"

#include <kernel/lib.h>
#include <kernel/panic.h>

#define SYSTEM_OFF 0x84000008u

static enum { NONE, HVC, SMC } conduit;

void psci_init(void)
{
	static const char *const names[] = { "arm,psci-1.0", "arm,psci-0.2" };
	u32 node = FDT_NONE;
	const char *method;

	for (u32 i = 0; i < ARRAY_SIZE(names) && !node; i++)
		node = fdt_by_compatible(&board, FDT_NONE, names[i]);
	method = fdt_text(&board, node, "method");
	if (method && !strcmp(method, "hvc"))
		conduit = HVC;
	else if (method && !strcmp(method, "smc"))
		conduit = SMC;
	else
		klog("boot: no PSCI: the machine cannot turn itself off\n");
}

static void call(u64 function)
{
	register u64 x0 __asm__("x0") = function;

	if (conduit == HVC)
		__asm__ volatile("hvc #0" : "+r"(x0) : : "x1", "x2", "x3", "memory");
	else if (conduit == SMC)
		__asm__ volatile("smc #0" : "+r"(x0) : : "x1", "x2", "x3", "memory");
}

void hal_exit(int code)
{
	if (IS_ENABLED(CONFIG_SEMIHOSTING) && code)
		semihosting_exit(code);
	if (!code)
		call(SYSTEM_OFF);
	for (;;)
		__asm__ volatile("wfi");
}
