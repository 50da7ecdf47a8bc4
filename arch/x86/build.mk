# SPDX-License-Identifier: Apache-2.0
obj-y += start.o multiboot.o mem.o trap.o
obj-y += pic.o serial.o cpu.o
obj-y += pci.o devices.o copy.o
obj-$(CONFIG_ARCH_I386) += pit.o
obj-$(CONFIG_ARCH_X86_64) += apic.o
