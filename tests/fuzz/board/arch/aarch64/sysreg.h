/* SPDX-License-Identifier: Apache-2.0 */
/* For arch/aarch64 on the machine of the target "board": its system registers are what chance says. */
#ifndef ARCH_AARCH64_SYSREG_H
#define ARCH_AARCH64_SYSREG_H

#include <kernel/types.h>

u64 board_sysreg(const char *name);
#define SYSREG_TEXT(name) #name
#define read_sysreg(name) board_sysreg(SYSREG_TEXT(name))
#define write_sysreg(name, value) ((void)(value))
#define isb() ((void)0)

#endif
