# SPDX-License-Identifier: Apache-2.0
#
# How this port is compiled. The list of its files is in build.mk.

CROSS_COMPILE ?= aarch64-linux-gnu-

# The kernel has no floating point; before the MMU is on memory is as a device's, hence no unaligned accesses.
PORT_CFLAGS := -march=armv8-a -mgeneral-regs-only -mstrict-align -mno-outline-atomics -fno-pic -fno-pie \
	-fno-stack-protector -fno-asynchronous-unwind-tables -Os
# For what only trap_entry.S calls, which keeps nothing in registers (but the frame pointer ends the chain for backtraces).
PORT_ENTRY = $(call gcc-only,$(addprefix -fcall-used-,x19 x20 x21 x22 x23 x24 x25 x26 x27 x28))
PORT_LDSCRIPT := arch/aarch64/kernel.ld
PORT_LDFLAGS := -nostdlib -static -Wl,--build-id=none -Wl,-z,max-page-size=4096 -Wl,-z,noexecstack
PORT_LIBS := -lgcc
PORT_BOOT := -O binary

# Programs run on the same processor, without floating point.
USER_ARCH := aarch64
USER_CROSS_COMPILE := $(CROSS_COMPILE)
USER_CFLAGS := -march=armv8-a -mgeneral-regs-only -mno-outline-atomics -fno-pie -fno-asynchronous-unwind-tables \
	-fno-omit-frame-pointer
USER_LIBS := -lgcc
