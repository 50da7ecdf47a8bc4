# SPDX-License-Identifier: Apache-2.0
obj-y += start.o multiboot.o mem.o trap.o
obj-y += pic.o serial.o cpu.o
obj-y += pci.o devices.o copy.o
obj-$(CONFIG_USER_DRIVERS) += device.o
# Called by the compiler, late: see lib/build.mk.
cflags-arch/x86/copy.o := -fno-lto
obj-$(CONFIG_ARCH_I386) += $(if $(CONFIG_RESERVES),pit_once.o,pit.o)
obj-$(CONFIG_ARCH_X86_64) += apic.o
