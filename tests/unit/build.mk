# SPDX-License-Identifier: Apache-2.0
#
# Unit tests with cmocka, under the sanitizers. Objects are named from the top folder: the test and the pieces of the
# kernel that it tests, which are compiled for this machine with configs/host_defconfig and fragments/test.config.

unit-y += test_rv64 test_host_machine
test_rv64-objs := tests/unit/test_rv64.o arch/host/rv64.o
test_host_machine-objs := tests/unit/test_host_machine.o arch/host/mmu.o arch/host/simdisk.o arch/host/sim.o

# libfdt is the other opinion.
unit-y += test_fdt test_ranges
test_fdt-objs := tests/unit/test_fdt.o tests/unit/fdt_exercise.o lib/fdt.o lib/fdt_bus.o
test_fdt-libs := -lfdt
test_ranges-objs := tests/unit/test_ranges.o lib/ranges.o

unit-y += test_x86_64 test_pcid test_multiboot
test_x86_64-objs := tests/unit/test_x86_64.o
test_pcid-objs := tests/unit/test_pcid.o arch/x86_64/pcid.o
test_multiboot-objs := tests/unit/test_multiboot.o arch/x86/multiboot.o

mm-under-test := tests/unit/fake_mm.o mm/frame.o mm/evict.o mm/check.o mm/walk.o mm/map.o mm/table.o mm/depend.o \
	mm/rmap.o mm/fastmap.o cap/lookup.o cap/weaken.o cap/objalloc.o
unit-y += test_mm test_walk test_cap test_fastmap test_tlb test_tlb_alt
test_tlb-objs := tests/unit/test_tlb.o $(mm-under-test)
test_tlb_alt-objs := $(addprefix alt/,tests/unit/test_tlb.o $(mm-under-test))
test_fastmap-objs := tests/unit/test_fastmap.o $(mm-under-test)
test_mm-objs := tests/unit/test_mm.o $(mm-under-test)
test_walk-objs := tests/unit/test_walk.o $(mm-under-test)
test_cap-objs := tests/unit/test_cap.o $(mm-under-test)

unit-y += test_klog
test_klog-objs := tests/unit/test_klog.o kernel/klog.o kernel/klogring.o lib/printf.o

handlers-under-test := tests/unit/handlers.o $(patsubst %,cap/%.o,dispatch slots paths destroy lookup weaken cap_number \
	cap_page cap_node cap_gpt cap_process cap_process_state cap_forwarder cap_range cap_schedule cap_sleep cap_discrim \
	cap_checkpoint cap_klog cap_console cap_sysctl cap_clock cap_device cap_irq cap_notice cap_keybits cap_proctool) kernel/notice.o
handlers-tests := $(addprefix test_handlers_,cap memory process schedule device)
unit-y += $(handlers-tests)
$(foreach t,$(handlers-tests),$(eval $(t)-objs := tests/unit/$(t).o $(handlers-under-test)))

ckpt-under-test := $(addprefix ckpt/,mount.o dir.o log.o dirty.o snapshot.o stabilise.o root.o migrate.o fetch.o tagpot.o \
	audit.o check.o io.o sum.o) lib/printf.o
store-script := tests/unit/store_script.o tests/unit/fake_disk.o tests/unit/fresh_volume.o $(mm-under-test) $(ckpt-under-test)
unit-y += test_store test_bad_store test_debug test_stale
test_stale-objs := tests/unit/test_stale.o $(store-script)
test_debug-objs := tests/unit/test_debug.o $(store-script)
test_store-objs := tests/unit/test_store.o $(store-script)
test_bad_store-objs := tests/unit/test_bad_store.o $(store-script)

# Rolled up, as in a small kernel, the sum is the same.
unit-y += test_sum test_sum_alt
test_sum-objs := tests/unit/test_sum.o ckpt/sum.o
test_sum_alt-objs := alt/tests/unit/test_sum.o alt/ckpt/sum.o

unit-y += test_virtio_blk
test_virtio_blk-objs := tests/unit/test_virtio_blk.o $(mm-under-test) lib/printf.o

# The whole of kernel/ and cap/, but for what fake_mm has instead.
kernel-under-test := $(filter-out kernel/slowpath.o kernel/latency.o kernel/state.o kernel/panic.o kernel/klog.o kernel/klogring.o,$(patsubst %.c,%.o,$(wildcard kernel/*.c cap/*.c)))
world-under-test := tests/unit/world.o tests/unit/rooms.o tests/unit/no_devices.o $(sort $(mm-under-test) $(kernel-under-test))
unit-y += test_fastpath
world-tests := test_invoke test_revoke test_forwarder test_notice test_clock test_irq test_rights
world-tests += test_sched test_keeper test_errors
world-tests += test_matrix
world-tests += test_spaces
unit-y += $(world-tests)
$(foreach t,$(world-tests),$(eval $(t)-objs := tests/unit/$(t).o $(world-under-test)))
test_errors-objs += tests/unit/errors_process.o tests/unit/errors_object.o
test_fastpath-objs := tests/unit/test_fastpath.o tests/unit/two_ways.o tests/unit/no_devices.o $(sort $(mm-under-test) $(kernel-under-test))

# On the other machine.
unit-y += test_versions test_spaces_alt test_defences
test_defences-objs := $(addprefix alt/,tests/unit/test_defences.o $(world-under-test))
test_spaces_alt-objs := $(addprefix alt/,tests/unit/test_spaces.o $(world-under-test))
test_versions-objs := $(addprefix alt/,tests/unit/test_versions.o $(world-under-test))

unit-y += test_ready
test_ready-objs := tests/unit/test_ready.o tests/unit/no_devices.o $(sort $(mm-under-test) $(kernel-under-test))

unit-y += test_partition
test_partition-objs := tests/unit/test_partition.o drivers/partition.o drivers/blkdev.o lib/printf.o
