# SPDX-License-Identifier: Apache-2.0
# Part of the host port's program (arch/host/port.mk names this folder).
obj-y += harness.o explore.o restart.o tree.o wrap.o mutants.o
