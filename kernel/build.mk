# SPDX-License-Identifier: Apache-2.0
obj-y += state.o klog.o panic.o kthread.o sched.o process.o message.o invoke.o ipc.o notice.o fault.o dispatch.o console.o
obj-y += $(if $(CONFIG_FASTPATH),fastpath.o,slowpath.o)
obj-$(CONFIG_KLOG_RING) += klogring.o
obj-$(CONFIG_RESERVES) += reserve.o
obj-$(CONFIG_LATENCY) += latency.o

obj-$(CONFIG_USER_DRIVERS) += irqbind.o

# Short and run most: a frame pointer would be a tenth of it.
ifeq ($(CONFIG_SMALL_CODE),)
cflags-kernel/fastpath.o = -O2 -fomit-frame-pointer $(PORT_ENTRY)
cflags-kernel/message.o := -O2
endif
