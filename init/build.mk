# SPDX-License-Identifier: Apache-2.0
obj-y += boot.o choice.o cmdline.o
