# SPDX-License-Identifier: Apache-2.0
#
# The runtime library, linked to every program, and the programs. A program is one file with its own name unless
# <name>-objs lists several (all names relative to user/). crt0.o comes first in the link.

user-lib-y += lib/$(USER_ARCH)/crt0.o
user-lib-y += lib/invoke.o lib/protocol.o lib/names.o lib/process.o lib/string.o lib/print.o lib/line.o lib/random.o

user-y += apps/shell apps/watcher apps/counter apps/crash apps/debugger
user-y += apps/account apps/gate apps/teller apps/auditor apps/patrol
user-y += apps/hostile apps/churn apps/drivers apps/rtc apps/dma apps/realtime

ifneq ($(wildcard user/apps/bench_$(USER_ARCH).S),)
user-y += apps/bench apps/bench_server apps/bench_keeper
bench-objs := apps/bench.o apps/bench_objects.o apps/bench_$(USER_ARCH).o
bench_server-objs := apps/bench_server.o apps/bench_$(USER_ARCH).o
endif

rtc-objs := apps/rtc.o apps/rtc_$(if $(filter i386 x86_64,$(USER_ARCH)),pc,pl031).o
shell-objs := apps/shell.o apps/shell_bank.o apps/shell_ps.o apps/shell_debug.o
debugger-objs := apps/debugger.o apps/debugger_$(USER_ARCH).o
hostile-objs := apps/hostile_$(USER_ARCH).o apps/hostile.o apps/hostile_objects.o apps/hostile_messages.o \
	apps/hostile_processes.o apps/hostile_keepers.o apps/hostile_states.o apps/hostile_types.o apps/hostile_wrong.o apps/hostile_victim.o

# A loop that fills memory must not be compiled into a call of the function that it is in.
cflags-user/lib/string.o := $(call gcc-only,-fno-tree-loop-distribute-patterns)

# The volume with the initial image (scripts/build.mk, "the volume"). Its log must have room for three times what the
# tables can change at once (ckpt/mount.c, room_check()); 256 blocks are 1 MiB.
log-blocks = 3 * ($(CONFIG_NR_CONTEXTS) * 25 / 8 + $(CONFIG_NR_ACTIVITIES) / 16 + 100)
log-mib = $(or $(VOLUME_LOG_MIB),$(shell n=$$((($(log-blocks)) / 256 + 1)); echo $$((n > 16 ? n : 16))))
mkimage-args = --arch $(USER_ARCH) --size $(or $(VOLUME_MIB),$(shell echo $$(($(log-mib) + 48)))) --log $(log-mib) \
	--objdir $(O)/user $(if $(VOLUME_UUID),--uuid $(VOLUME_UUID))
