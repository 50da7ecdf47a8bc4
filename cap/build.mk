# SPDX-License-Identifier: Apache-2.0
obj-y += lookup.o weaken.o objalloc.o
obj-y += dispatch.o slots.o destroy.o
obj-y += cap_number.o cap_page.o cap_node.o cap_gpt.o cap_process.o cap_process_state.o
obj-y += cap_forwarder.o cap_range.o cap_schedule.o cap_sleep.o cap_discrim.o
obj-y += cap_checkpoint.o cap_klog.o cap_console.o cap_sysctl.o
obj-$(CONFIG_MORE_OPS) += paths.o
obj-$(CONFIG_CLOCKS) += cap_clock.o
obj-$(CONFIG_NOTICE) += cap_notice.o
obj-$(CONFIG_USER_DRIVERS) += cap_device.o cap_irq.o
obj-$(CONFIG_KEYBITS) += cap_keybits.o
obj-$(CONFIG_PROCESS_TOOL) += cap_proctool.o
obj-y += lookup.o weaken.o objalloc.o

# As in kernel/build.mk.
ifeq ($(CONFIG_SMALL_CODE),)
$(foreach f,lookup dispatch slots cap_notice,$(eval cflags-cap/$(f).o := -O2))
endif
