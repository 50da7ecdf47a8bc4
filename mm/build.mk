# SPDX-License-Identifier: Apache-2.0
obj-y += frame.o evict.o check.o walk.o
obj-y += map.o table.o depend.o rmap.o
obj-$(CONFIG_FAST_FAULT) += fastmap.o

# Short and run most, as kernel/fastpath.c.
ifeq ($(CONFIG_SMALL_CODE),)
cflags-mm/fastmap.o := -O2 -fomit-frame-pointer
endif
