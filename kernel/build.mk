# SPDX-License-Identifier: Apache-2.0
obj-y += state.o klog.o panic.o kthread.o sched.o process.o message.o invoke.o ipc.o notice.o fault.o dispatch.o console.o
obj-y += $(if $(CONFIG_FASTPATH),fastpath.o fastfault.o,slowpath.o)
obj-$(CONFIG_KLOG_RING) += klogring.o
obj-$(CONFIG_RESERVES) += reserve.o
obj-$(CONFIG_LATENCY) += latency.o

obj-$(CONFIG_USER_DRIVERS) += irqbind.o

# What an invocation, a fault or a notice goes through. Without a frame pointer, which would be a tenth of the short ways.
ifeq ($(CONFIG_SMALL_CODE),)
cflags-kernel/fastpath.o = -O2 -fomit-frame-pointer $(PORT_ENTRY)
$(foreach f,invoke ipc message notice fault fastfault dispatch,$(eval cflags-kernel/$(f).o := -O2))
$(foreach f,process sched,$(eval cflags-kernel/$(f).o = $$(speed-flags)))
endif
