# SPDX-License-Identifier: Apache-2.0
#
# How this port is compiled. The list of its files is in build.mk.

CROSS_COMPILE :=
port-rooms := tests/host

PORT_SANITIZE := $(if $(CONFIG_HOST_SANITIZE),-fsanitize=address$(comma)undefined -fno-sanitize-recover=all)
PORT_CFLAGS := -O1 -fno-omit-frame-pointer $(PORT_SANITIZE)
# Functions of the kernel that tests/host/wrap.c stands before.
port-wrapped := log_alloc log_free_some checkpoint_wanted kernel_committed io_start frame_fetch_done frame_free \
	frame_alloc obj_alloc_perform obj_destroy_perform root_both_keep root_both_migrated dir_lookup ckpt_make_dirty tag_of_content \
	map_snapshot
PORT_LDFLAGS := $(PORT_SANITIZE) $(addprefix -Wl$(comma)--wrap=,$(port-wrapped))
PORT_LDSCRIPT :=
PORT_LIBS :=
PORT_BOOT :=

# These files see the C library; the portable kernel does not, here as everywhere.
PORT_HOSTED := arch/host/% tests/host/%
PORT_HOSTED_CFLAGS := -D_GNU_SOURCE

# Programs run on the simulated processor. Debian's libgcc for riscv64 is for hard floating point only, so it is not used.
USER_ARCH := riscv64
USER_CROSS_COMPILE := riscv64-linux-gnu-
USER_CFLAGS := -march=rv64im -mabi=lp64 -mcmodel=medany -fno-pie -fno-asynchronous-unwind-tables
USER_LIBS :=
