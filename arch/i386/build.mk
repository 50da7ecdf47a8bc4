# SPDX-License-Identifier: Apache-2.0
obj-y += boot.o trap_entry.o
obj-y += desc.o pt.o div64.o
# Called by the compiler, late: see lib/build.mk.
cflags-arch/i386/div64.o := -fno-lto
