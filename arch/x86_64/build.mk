# SPDX-License-Identifier: Apache-2.0
obj-y += boot.o trap_entry.o
obj-y += desc.o pt.o
obj-$(CONFIG_X86_64_PCID) += pcid.o
