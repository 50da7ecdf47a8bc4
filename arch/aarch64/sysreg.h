/* SPDX-License-Identifier: Apache-2.0 */
/* System registers, by their names in the Arm ARM. Apart from aarch64.h, since tests/fuzz has another. */
#ifndef ARCH_AARCH64_SYSREG_H
#define ARCH_AARCH64_SYSREG_H

#include <kernel/types.h>

#define SYSREG_TEXT(name) #name
#define read_sysreg(name)                                                                                          \
	({                                                                                                         \
		u64 sysreg_value;                                                                                  \
		__asm__ volatile("mrs %0, " SYSREG_TEXT(name) : "=r"(sysreg_value) : : "memory");                  \
		sysreg_value;                                                                                      \
	})
#define write_sysreg(name, value) __asm__ volatile("msr " SYSREG_TEXT(name) ", %x0" : : "rZ"((u64)(value)) : "memory")
#define isb() __asm__ volatile("isb" : : : "memory")

#endif
