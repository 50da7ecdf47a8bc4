# SPDX-License-Identifier: Apache-2.0
#
# The fuzzers ("make fuzz", Documentation/devel/fuzzing.md). The same objects are made twice, with a configuration of their
# own: by clang for libFuzzer, and by the compiler of the unit tests for replay.c, which runs the seeds in "make check".
#
#   fuzz-y += NAME        fuzz-NAME-image := objects whose variables are put back when an input begins, from the top folder
#                         fuzz-NAME-objs := the others; -libs; its seeds are tests/fuzz/NAME.txt
#
# Objects board/x.o are made with the headers and the configuration of aarch64, for this machine.

# The kernel but for its ports and drivers, on a machine of its own.
fuzz-kernel := $(filter-out kernel/slowpath.o kernel/latency.o,$(patsubst %.c,%.o,$(foreach room,init kernel cap mm ckpt,\
	$(wildcard $(room)/*.c)))) drivers/blkdev.o drivers/partition.o lib/printf.o lib/ranges.o tests/fuzz/driver.o
fuzz-machine := arch/host/mmu.o arch/host/oracle.o tests/unit/fresh_volume.o \
	$(addprefix tests/fuzz/,machine.o image.o variables.o world.o step.o given.o audit.o waits.o rows.o)

fuzz-y := invoke volume board
fuzz-invoke-image := $(fuzz-kernel)
fuzz-invoke-objs := $(fuzz-machine) tests/fuzz/invoke.o

fuzz-volume-image := $(fuzz-kernel) $(addprefix tools/volume/,read.o verify.o repair.o drop.o change.o)
fuzz-volume-objs := $(fuzz-machine) $(addprefix tests/fuzz/,volume.o hostile.o seal.o tools.o)

fuzz-board-image := $(addprefix board/,$(addprefix arch/aarch64/,mem.o console.o pl011.o gic.o gicv3.o timer.o devices.o) \
	$(addprefix drivers/,fdt_devices.o match.o pci.o pci_ecam.o virtio_mmio.o virtio_pci.o virtio_modern.o) \
	lib/fdt.o lib/fdt_bus.o lib/ranges.o lib/printf.o)
fuzz-board-objs := $(addprefix board/tests/,fuzz/board.o fuzz/tree.o unit/fdt_exercise.o) $(addprefix tests/fuzz/,variables.o rows.o)
fuzz-board-libs := -lfdt

fuzz-dir := $(O)/fuzz
fuzz-conf := $(fuzz-dir)/include/config/auto.conf
fuzz-cc := clang
# Sums and the search for secrets take most of the time, and touch whole frames only.
fuzz-sanitize = $(if $(filter ckpt/sum tests/fuzz/audit,$*),-O3,$(sanitize))
fuzz-flags = $(tool-flags) $(fuzz-sanitize) -fno-common -I$(fuzz-dir)/include $(subst $(O)/include,$(fuzz-dir)/include,$(config-headers))
# Which edges an input reached; of the checks, which are run all the time, and of what is no part of the kernel, nothing.
# Comparisons are not traced: values come from a table (step.c), and it would take three quarters of the time.
fuzz-seen = $(if $(filter tests/% arch/host/% mm/check ckpt/sum lib/printf lib/ranges,$*),,-fsanitize-coverage=inline-8bit-counters,pc-table)

$(fuzz-conf): configs/host_defconfig configs/fragments/fuzz.config $(kconfig-files) scripts/kconfig.py
	@mkdir -p $(fuzz-dir)
	@KCONFIG_CONFIG=$(fuzz-dir)/.config $(kconfig) defconfig $< configs/fragments/fuzz.config >/dev/null
	@KCONFIG_CONFIG=$(fuzz-dir)/.config $(kconfig) sync $(fuzz-dir)/include
	@touch $@

# For board/x.o.
board-conf := $(fuzz-dir)/board/include/config/auto.conf
board-flags = $(subst $(fuzz-dir)/include,$(fuzz-dir)/board/include,$(subst arch/host,arch/aarch64,-Itests/fuzz/board $(fuzz-flags)))

$(board-conf): configs/aarch64_defconfig $(kconfig-files) scripts/kconfig.py
	@mkdir -p $(fuzz-dir)/board
	@KCONFIG_CONFIG=$(fuzz-dir)/board/.config $(kconfig) defconfig $< >/dev/null
	@KCONFIG_CONFIG=$(fuzz-dir)/board/.config $(kconfig) sync $(fuzz-dir)/board/include
	@touch $@

cmd-fuzz-cc = $(fuzz-cc) $(fuzz-flags) $(fuzz-tool-flags) $(fuzz-seen) -MMD -MF $@.d -c -o $@ $<
cmd-replay-cc = $(HOSTCC) $(fuzz-flags) $(fuzz-tool-flags) -MMD -MF $@.d -c -o $@ $<
# All files of the kernel's rooms are linked, so that a function that is new in include/hal needs its like in the machine.
fuzz-why = 2>$@.why && rm -f $@.why || { sed -n "s|.*undefined reference to .\(hal_[a-z0-9_]*\).*|tests/fuzz/machine.c: the machine of the fuzzers has no \1()|p" \
	$@.why | sort -u; cat $@.why; exit 1; }
cmd-fuzz-link = $(fuzz-cc) $(sanitize) -fsanitize=fuzzer -o $@ $(filter %.o,$^) $(fuzz-$(target)-libs) $(fuzz-why)
cmd-replay-link = $(HOSTCC) $(sanitize) -o $@ $(filter %.o,$^) $(fuzz-$(target)-libs) $(fuzz-why)

# What "volume" takes from the C library is given back when an input is done.
fuzz-tool-flags = $(if $(filter tools/volume/%,$*),-DFUZZED_TOOL -include tests/fuzz/tools.h)

$(fuzz-dir)/obj/%.o: %.c $(fixdep) FORCE | $(fuzz-conf) $(idl-made)
	$(call if-changed-dep,fuzz-cc,FUZZCC $<,$(fuzz-dir)/include/config)
$(fuzz-dir)/replay/%.o: %.c $(fixdep) FORCE | $(fuzz-conf) $(idl-made)
	$(call if-changed-dep,replay-cc,REPLAYCC $<,$(fuzz-dir)/include/config)

cmd-board-fuzz-cc = $(fuzz-cc) $(board-flags) $(fuzz-seen) -MMD -MF $@.d -c -o $@ $<
cmd-board-replay-cc = $(HOSTCC) $(board-flags) -MMD -MF $@.d -c -o $@ $<
$(fuzz-dir)/obj/board/%.o: %.c $(fixdep) FORCE | $(board-conf) $(idl-made)
	$(call if-changed-dep,board-fuzz-cc,FUZZCC $<,$(fuzz-dir)/board/include/config)
$(fuzz-dir)/replay/board/%.o: %.c $(fixdep) FORCE | $(board-conf) $(idl-made)
	$(call if-changed-dep,board-replay-cc,REPLAYCC $<,$(fuzz-dir)/board/include/config)

fuzz-all = tests/fuzz/first.o $(fuzz-$(1)-image) tests/fuzz/last.o $(fuzz-$(1)-objs)

define fuzz-rule
$(fuzz-dir)/fuzz-$(1) $(fuzz-dir)/replay-$(1): target := $(1)
$(fuzz-dir)/fuzz-$(1): $(addprefix $(fuzz-dir)/obj/,$(call fuzz-all,$(1))) FORCE
	$$(call if-changed,fuzz-link,FUZZLD $$@)
$(fuzz-dir)/replay-$(1): $(addprefix $(fuzz-dir)/replay/,$(call fuzz-all,$(1)) tests/fuzz/replay.o) FORCE
	$$(call if-changed,replay-link,REPLAYLD $$@)
endef
$(foreach t,$(fuzz-y),$(eval $(call fuzz-rule,$(t))))

# The volume as mkimage makes it. Its programs do what inputs say: their text is never read.
fuzz-program := $(fuzz-dir)/program/program
cmd-fuzz-program = tests/fuzz/program.py >$@
cmd-fuzz-base = $(O)/tools/mkimage -a riscv64 -s 3072K -l 1680K -S 1000K -u 00000000-0000-4000-8000-000000000001 \
	-d $(dir $(fuzz-program)) -o $@ tests/fuzz/base.image

$(fuzz-program): tests/fuzz/program.py FORCE
	$(call if-changed,fuzz-program,PROGRAM $@)
$(fuzz-dir)/volume.base: $(O)/tools/mkimage tests/fuzz/base.image $(fuzz-program) FORCE
	$(call if-changed,fuzz-base,VOLUME $@)
$(fuzz-dir)/fuzz-volume $(fuzz-dir)/replay-volume: | $(fuzz-dir)/volume.base

.PHONY: fuzz-build replay-build
fuzz-build: $(fuzz-dir)/volume.base $(addprefix $(fuzz-dir)/fuzz-,$(fuzz-y))
replay-build: $(fuzz-dir)/volume.base $(addprefix $(fuzz-dir)/replay-,$(fuzz-y))

fuzz-targets := $(foreach t,$(fuzz-y),$(fuzz-dir)/fuzz-$(t) $(fuzz-dir)/replay-$(t)) $(foreach d,obj replay,\
	$(addprefix $(fuzz-dir)/$(d)/,$(sort $(foreach t,$(fuzz-y),$(call fuzz-all,$(t)))) tests/fuzz/replay.o)) \
	$(fuzz-dir)/volume.base $(fuzz-program)
