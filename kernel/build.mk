# SPDX-License-Identifier: Apache-2.0
obj-y += state.o klog.o panic.o kthread.o sched.o process.o message.o invoke.o fastpath.o ipc.o fault.o dispatch.o console.o

# Short and run most: a frame pointer would be a tenth of it.
cflags-kernel/fastpath.o := -O2 -fomit-frame-pointer
cflags-kernel/message.o := -O2
