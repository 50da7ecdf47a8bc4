# SPDX-License-Identifier: Apache-2.0
#
# The fuzzers ("make fuzz", Documentation/devel/fuzzing.md). The same objects are made twice, with a configuration of their
# own: by clang for libFuzzer, and by the compiler of the unit tests for replay.c, which runs the seeds in "make check".
#
#   fuzz-y += NAME        fuzz-NAME-objs := objects of the target NAME, from the top folder; its seeds are tests/fuzz/NAME/

fuzz-y := invoke
fuzz-invoke-objs := tests/fuzz/invoke.o

# What an input begins with is put back between first.o and last.o.
fuzz-kernel := tests/fuzz/first.o $(filter-out kernel/slowpath.o kernel/latency.o,$(patsubst %.c,%.o,$(foreach room,init kernel cap mm ckpt,\
	$(wildcard $(room)/*.c)))) \
	drivers/blkdev.o drivers/partition.o lib/printf.o lib/ranges.o tests/fuzz/driver.o tests/fuzz/last.o
fuzz-common := $(fuzz-kernel) arch/host/mmu.o arch/host/oracle.o tests/unit/fresh_volume.o $(addprefix tests/fuzz/,machine.o image.o world.o step.o audit.o)

fuzz-dir := $(O)/fuzz
fuzz-conf := $(fuzz-dir)/include/config/auto.conf
fuzz-cc := clang
# Sums and the search for secrets take most of the time, and touch whole frames only.
fuzz-sanitize = $(if $(filter ckpt/sum tests/fuzz/audit,$*),-O3,$(sanitize))
fuzz-flags = $(tool-flags) $(fuzz-sanitize) -fno-common -I$(fuzz-dir)/include $(subst $(O)/include,$(fuzz-dir)/include,$(config-headers))
# Which edges an input reached; of the checks, which are run all the time, and of what is no part of the kernel, nothing.
# Comparisons are not traced: values come from a table (step.c), and it would take three quarters of the time.
fuzz-seen = $(if $(filter tests/fuzz/% arch/host/% mm/check ckpt/sum lib/%,$*),,-fsanitize-coverage=inline-8bit-counters,pc-table)

$(fuzz-conf): configs/host_defconfig configs/fragments/fuzz.config $(kconfig-files) scripts/kconfig.py
	@mkdir -p $(fuzz-dir)
	@KCONFIG_CONFIG=$(fuzz-dir)/.config $(kconfig) defconfig $< configs/fragments/fuzz.config >/dev/null
	@KCONFIG_CONFIG=$(fuzz-dir)/.config $(kconfig) sync $(fuzz-dir)/include
	@touch $@

cmd-fuzz-cc = $(fuzz-cc) $(fuzz-flags) $(fuzz-seen) -MMD -MF $@.d -c -o $@ $<
cmd-replay-cc = $(HOSTCC) $(fuzz-flags) -MMD -MF $@.d -c -o $@ $<
# All files of the kernel's rooms are linked, so that a function that is new in include/hal needs its like in the machine.
fuzz-why = 2>$@.why && rm -f $@.why || { sed -n "s|.*undefined reference to .\(hal_[a-z0-9_]*\).*|tests/fuzz/machine.c: the machine of the fuzzers has no \1()|p" \
	$@.why | sort -u; cat $@.why; exit 1; }
cmd-fuzz-link = $(fuzz-cc) $(sanitize) -fsanitize=fuzzer -o $@ $(filter %.o,$^) $(fuzz-why)
cmd-replay-link = $(HOSTCC) $(sanitize) -o $@ $(filter %.o,$^) $(fuzz-why)

$(fuzz-dir)/obj/%.o: %.c $(fixdep) FORCE | $(fuzz-conf) $(idl-made)
	$(call if-changed-dep,fuzz-cc,FUZZCC $<,$(fuzz-dir)/include/config)
$(fuzz-dir)/replay/%.o: %.c $(fixdep) FORCE | $(fuzz-conf) $(idl-made)
	$(call if-changed-dep,replay-cc,REPLAYCC $<,$(fuzz-dir)/include/config)

define fuzz-rule
$(fuzz-dir)/fuzz-$(1): $(addprefix $(fuzz-dir)/obj/,$(fuzz-common) $(fuzz-$(1)-objs)) FORCE
	$$(call if-changed,fuzz-link,FUZZLD $$@)
$(fuzz-dir)/replay-$(1): $(addprefix $(fuzz-dir)/replay/,$(fuzz-common) $(fuzz-$(1)-objs) tests/fuzz/replay.o) FORCE
	$$(call if-changed,replay-link,REPLAYLD $$@)
endef
$(foreach t,$(fuzz-y),$(eval $(call fuzz-rule,$(t))))

.PHONY: fuzz-build replay-build
fuzz-build: $(addprefix $(fuzz-dir)/fuzz-,$(fuzz-y))
replay-build: $(addprefix $(fuzz-dir)/replay-,$(fuzz-y))

fuzz-targets := $(foreach t,$(fuzz-y),$(fuzz-dir)/fuzz-$(t) $(fuzz-dir)/replay-$(t)) $(foreach d,obj replay,\
	$(addprefix $(fuzz-dir)/$(d)/,$(fuzz-common) $(foreach t,$(fuzz-y),$(fuzz-$(t)-objs)) tests/fuzz/replay.o))
