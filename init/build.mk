# SPDX-License-Identifier: Apache-2.0
obj-y += boot.o cmdline.o
obj-$(CONFIG_BOOT_CHOICE) += choice.o
