# SPDX-License-Identifier: Apache-2.0
obj-y += printf.o ranges.o
# The host port has those of the C library.
obj-$(if $(CONFIG_ARCH_HOST),,y) += string.o
# The compiler calls these late, when it is too late to compile them as part of the whole (CONFIG_SMALL_CODE).
cflags-lib/string.o := -fno-lto
obj-$(CONFIG_FDT) += fdt.o fdt_bus.o
