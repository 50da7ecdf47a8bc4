# SPDX-License-Identifier: Apache-2.0
obj-y += main.o machine.o sim.o simdisk.o console.o
obj-y += rv64.o mmu.o oracle.o
obj-$(CONFIG_USER_DRIVERS) += rtc.o
