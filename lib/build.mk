# SPDX-License-Identifier: Apache-2.0
obj-y += printf.o ranges.o
# The host port has those of the C library.
obj-$(if $(CONFIG_ARCH_HOST),,y) += string.o
obj-$(CONFIG_FDT) += fdt.o fdt_bus.o
