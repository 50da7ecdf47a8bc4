# SPDX-License-Identifier: Apache-2.0
obj-y += frame.o evict.o check.o walk.o
obj-y += map.o table.o depend.o rmap.o
