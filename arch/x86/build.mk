# SPDX-License-Identifier: Apache-2.0
obj-y += multiboot.o mem.o
obj-y += pic.o pit.o serial.o cpu.o
obj-y += pci.o devices.o
