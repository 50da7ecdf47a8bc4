# SPDX-License-Identifier: Apache-2.0
obj-y += mount.o dir.o log.o dirty.o snapshot.o stabilise.o root.o migrate.o fetch.o tagpot.o audit.o check.o io.o sum.o

# A sum is the longest thing that a step does, and half of what a checkpoint does with a page. Without the flag GCC puts
# all additions of sum_frame() last, and runs out of registers.
ifeq ($(CONFIG_SMALL_CODE),)
cflags-ckpt/sum.o := -O2 $(call gcc-only,-fno-tree-reassoc)
endif
