# SPDX-License-Identifier: Apache-2.0
obj-y += printf.o ranges.o
# The host port has those of the C library; x86 copies with instructions of its own (arch/x86/copy.c).
obj-$(if $(CONFIG_ARCH_HOST),,y) += string.o
obj-$(if $(CONFIG_ARCH_HOST)$(CONFIG_ARCH_I386)$(CONFIG_ARCH_X86_64),,y) += copy.o
obj-$(CONFIG_FDT) += fdt.o fdt_bus.o
