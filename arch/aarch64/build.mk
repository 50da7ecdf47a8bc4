# SPDX-License-Identifier: Apache-2.0
obj-y += boot.o trap_entry.o copy.o
obj-y += start.o early.o pt.o mem.o cpu.o
obj-y += trap.o gic.o gicv3.o timer.o
obj-y += console.o pl011.o semihosting.o psci.o devices.o
obj-$(CONFIG_USER_DRIVERS) += device.o
obj-$(CONFIG_SELFTEST) += self.o
