# SPDX-License-Identifier: Apache-2.0
#
# How this port is compiled. The list of its files is in build.mk.

CROSS_COMPILE ?= i686-linux-gnu-
port-rooms := arch/x86

# The stack is aligned to 4 bytes: the kernel has no floating point.
stack-alignment := $(if $(filter-out 0,$(LLVM)),-mstack-alignment=4,-mpreferred-stack-boundary=2)
# Nothing is put at the beginning of a cache line, nor code at a multiple of 16: that would be a tenth of it at -O2.
unaligned := $(if $(filter-out 0,$(LLVM)),,-malign-data=abi $(addprefix -falign-,functions=1 jumps=1 loops=1 labels=1))
PORT_CFLAGS := -march=i586 -mno-sse -mno-mmx -mtune=generic -mregparm=3 $(stack-alignment) -fno-pic -fno-pie \
	-fno-stack-protector -fno-asynchronous-unwind-tables -Os -fno-inline-functions $(unaligned)
# This is the port for small machines: short code, see scripts/build.mk.
PORT_SPEED := -Os
PORT_SHORT := y
# For what only trap_entry.S calls, which keeps nothing in registers (but the frame pointer ends the chain for backtraces).
PORT_ENTRY = $(call gcc-only,$(addprefix -fcall-used-,ebx esi edi))
PORT_LDSCRIPT := arch/i386/kernel.ld
PORT_LDFLAGS := -nostdlib -static -Wl,--build-id=none -Wl,-z,max-page-size=4096 -Wl,-z,noexecstack
PORT_LIBS :=
PORT_BOOT := --strip-debug

# Programs run on the same processor.
USER_ARCH := i386
USER_CROSS_COMPILE := $(CROSS_COMPILE)
USER_CFLAGS := -march=i586 -mgeneral-regs-only -fno-pie -fno-asynchronous-unwind-tables -fno-omit-frame-pointer
USER_LIBS := -lgcc
