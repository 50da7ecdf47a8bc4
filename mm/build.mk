# SPDX-License-Identifier: Apache-2.0
obj-y += frame.o evict.o check.o walk.o
obj-y += map.o table.o depend.o rmap.o
obj-$(CONFIG_FAST_FAULT) += fastmap.o

# As in kernel/build.mk.
ifeq ($(CONFIG_SMALL_CODE),)
cflags-mm/fastmap.o := -O2 -fomit-frame-pointer
$(foreach f,frame walk,$(eval cflags-mm/$(f).o := -O2))
$(foreach f,map table depend rmap,$(eval cflags-mm/$(f).o = $$(speed-flags)))
endif
