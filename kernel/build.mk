# SPDX-License-Identifier: Apache-2.0
obj-y += state.o panic.o kthread.o sched.o process.o message.o invoke.o ipc.o fault.o dispatch.o console.o
