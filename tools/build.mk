# SPDX-License-Identifier: Apache-2.0
#
# Programs for the machine on which the system is built. Objects are named from the top folder, since tools share files
# with the kernel; <name>-libs adds libraries.

tool-y += mkimage
mkimage-objs := $(addprefix tools/mkimage/,main.o lex.o parse.o caps.o elf.o build.o space.o arch.o volume.o) ckpt/sum.o ckpt/check.o

tool-y += volume
volume-objs := $(addprefix tools/volume/,main.o read.o verify.o repair.o drop.o change.o) ckpt/sum.o ckpt/check.o
