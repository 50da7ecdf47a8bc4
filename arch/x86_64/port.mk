# SPDX-License-Identifier: Apache-2.0
#
# How this port is compiled. The list of its files is in build.mk.

CROSS_COMPILE ?= x86_64-linux-gnu-
port-rooms := arch/x86

PORT_CFLAGS := -march=x86-64 -mcmodel=kernel -mno-red-zone -mgeneral-regs-only -fcf-protection=none \
	-fno-pic -fno-pie -fno-stack-protector -fno-asynchronous-unwind-tables -Os
# With CONFIG_SMALL_CODE: tables are not put at the beginning of a cache line.
PORT_SMALL := -malign-data=abi
# For what only trap_entry.S calls, which keeps nothing in registers (but the frame pointer ends the chain for backtraces).
PORT_ENTRY = $(call gcc-only,$(addprefix -fcall-used-,rbx r12 r13 r14 r15))
PORT_LDSCRIPT := arch/x86_64/kernel.ld
PORT_LDFLAGS := -nostdlib -static -Wl,--build-id=none -Wl,-z,max-page-size=4096 -Wl,-z,noexecstack
PORT_LIBS := -lgcc
# Multiboot loaders want 32 bits: the same bytes in another container, loaded by physical addresses.
PORT_BOOT := --strip-debug -O elf32-i386

# Programs run on the same processor.
USER_ARCH := x86_64
USER_CROSS_COMPILE := $(CROSS_COMPILE)
USER_CFLAGS := -march=x86-64 -mgeneral-regs-only -fcf-protection=none -fno-pie -fno-asynchronous-unwind-tables \
	-fno-omit-frame-pointer
USER_LIBS := -lgcc
