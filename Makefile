# SPDX-License-Identifier: Apache-2.0
#
# The top of the build: goals, configuration, help. How things are compiled is in scripts/build.mk; what is compiled is
# in each room's build.mk. "make help" lists the goals.

O ?= build
V ?= 0

MAKEFLAGS += --no-builtin-rules --no-builtin-variables --no-print-directory
SHELL := /bin/sh
.DELETE_ON_ERROR:
.SUFFIXES:

ifneq ($(realpath $(CURDIR)),$(realpath $(dir $(firstword $(MAKEFILE_LIST)))))
$(error start make in the top folder of the sources (make -C FOLDER O=...))
endif
ifeq ($(strip $(O)),)
$(error O= is empty: name a build folder, or leave it out for "build")
endif
ifneq ($(words $(O)),1)
$(error O=$(O): the name of the build folder must have no spaces)
endif
$(foreach name,V LLVM,$(if $(filter-out 0 1,$($(name))),$(error $(name)=$($(name)): 1 or 0)))
ifneq ($(filter command,$(origin ARCH) $(origin PORT)),)
$(error ARCH=, PORT=: the port is what the configuration says; "make list-defconfigs" names them)
endif
override O := $(patsubst %/,%,$(O))
ifeq ($(realpath $(O)),$(realpath .))
$(error O=$(O): build in a folder of its own, not in the sources)
endif

export O V
export srctree := .
export KCONFIG_CONFIG := $(O)/.config
kconfig := scripts/kpython scripts/kconfig.py
quiet := $(if $(filter 1,$(V)),,@)
default-config := i386_defconfig

.PHONY: all
all:

# ---- which kind of call is this? ----------------------------------------------------------------------------------
#
# Goals that change the configuration or remove files cannot share a run of make with those that build, since what is
# to be built is read at the start. When they come together, each gets a run of its own, in order.

single-goals := %config clean mrproper
plain-goals := help list-defconfigs doctor setup check-rooms check-static coverage hal-report abi
goals := $(or $(MAKECMDGOALS),all)

# Of these make itself would say that there is nothing to be done.
files-named := $(filter-out kernel user tools %/ $(O)/%,$(wildcard $(MAKECMDGOALS)))
ifneq ($(files-named),)
$(error $(firstword $(files-named)) is a file or folder and no goal; "make help" lists them, such as cap/ and cap/lookup.o)
endif

ifneq ($(and $(filter $(single-goals),$(goals)),$(word 2,$(goals))),)

.PHONY: $(goals) one-by-one
$(goals): one-by-one ; @:
one-by-one:
	$(quiet)set -e; for goal in $(goals); do $(MAKE) $$goal; done

else

# ---- configuration ------------------------------------------------------------------------------------------------

.PHONY: menuconfig olddefconfig savedefconfig list-defconfigs allnoconfig allyesconfig randconfig tinyconfig

menuconfig:
	$(quiet)$(kconfig) menuconfig

olddefconfig: | $(KCONFIG_CONFIG)
	$(quiet)$(kconfig) olddefconfig

savedefconfig: | $(KCONFIG_CONFIG)
	$(quiet)$(kconfig) savedefconfig $(O)/defconfig

# The port is that of the present configuration.
allnoconfig allyesconfig randconfig: | $(KCONFIG_CONFIG)
	$(quiet)grep '^CONFIG_ARCH_.*=y' $(KCONFIG_CONFIG) >$(KCONFIG_CONFIG).port
	$(quiet)KCONFIG_ALLCONFIG=$(KCONFIG_CONFIG).port $(kconfig) $(patsubst rand%,random,$(@:config=))

tinyconfig: | $(KCONFIG_CONFIG)
	$(quiet)grep '^CONFIG_ARCH_.*=y' $(KCONFIG_CONFIG) >$(KCONFIG_CONFIG).port
	$(quiet)$(kconfig) defconfig $(KCONFIG_CONFIG).port configs/fragments/tiny.config

list-defconfigs:
	@echo 'Configurations (make NAME):'
	@for f in configs/*_defconfig; do echo "  $${f##*/}"; done
	@echo 'Fragments, to be put on top of one (make NAME):'
	@for f in configs/fragments/*.config; do echo "  $${f##*/}"; done

%_defconfig:
	$(quiet)test -f configs/$@ || { echo '$@: there is no configs/$@; "make list-defconfigs" names what there is' >&2; exit 1; }
	$(quiet)$(kconfig) defconfig configs/$@

%.config: | $(KCONFIG_CONFIG)
	$(quiet)test -f configs/fragments/$@ || \
		{ echo '$@: there is no configs/fragments/$@; "make list-defconfigs" names what there is' >&2; exit 1; }
	$(quiet)$(kconfig) merge configs/fragments/$@

$(KCONFIG_CONFIG):
	@echo 'No configuration in $(O): using $(default-config)'
	$(quiet)$(kconfig) defconfig configs/$(default-config)

# ---- goals that need no configuration -------------------------------------------------------------------------------

.PHONY: help doctor setup check-rooms check-static coverage hal-report abi clean mrproper

doctor:
	@scripts/doctor

setup:
	@scripts/setup

check-rooms:
	@scripts/check-rooms

check-static:
	@scripts/check-static

coverage:
	@scripts/coverage.py $(COVERAGE_FLAGS)

hal-report:
	@scripts/hal_report.py

# What is committed of what idl/ says: the pages for reading, and the list of numbers that never change.
abi:
	@tools/idl/idlc --pages Documentation/abi --numbers tests/abi/numbers.txt $(sort $(wildcard idl/*.idl))

# What a configuration makes; the configuration itself and the volume that "make run" uses stay.
clean:
	$(quiet)rm -rf $(addprefix $(O)/,obj idl user unit tools scripts include image.vol compile_commands.json rooms.checked) \
		$(addprefix $(O)/,anteros anteros.map anteros.sym anteros.boot anteros.img) \
		$(addprefix $(O)/,anteros.cmd anteros.sym.cmd anteros.boot.cmd image.vol.cmd)

mrproper: clean
	$(quiet)rm -f $(O)/.config $(O)/.config.old $(O)/.config.port $(O)/defconfig $(O)/*.vol $(O)/*.img $(O)/*.svg
	$(quiet)rm -rf $(addprefix $(O)/,tests check bench latency coverage static)
	$(quiet)rmdir $(O) 2>/dev/null || true

help:
	@echo 'Configuration:'
	@echo '  menuconfig       - edit the configuration in the terminal'
	@echo '  <name>_defconfig - start from configs/<name>_defconfig (plain "make" takes $(default-config))'
	@echo '  <name>.config    - add configs/fragments/<name>.config to the configuration'
	@echo '  list-defconfigs  - list both kinds'
	@echo '  olddefconfig     - give options that are new their defaults'
	@echo '  allnoconfig      - every option off; allyesconfig: on; randconfig: at random, by KCONFIG_SEED (any text; 0)'
	@echo '  tinyconfig       - the smallest kernel with persistence'
	@echo '  savedefconfig    - write what differs from the defaults to O/defconfig'
	@echo
	@echo 'Building:'
	@echo '  all              - kernel, programs, tools and volume (the default)'
	@echo '  kernel           - only the kernel: O/anteros, and O/anteros.boot for loaders'
	@echo '  user             - only the programs, O/user/<name>'
	@echo '  tools            - only the host tools, O/tools/<name>'
	@echo '  volume           - the volume with the initial image, O/image.vol'
	@echo '  image            - a disk that boots by itself, O/anteros.img; ALSO=<folder> adds another port,'
	@echo '                     DTB=<file> is the device tree for U-Boot'
	@echo '  <room>/          - the objects of one room of the kernel, such as cap/'
	@echo '  <room>/<file>.o  - one object of the kernel, such as cap/lookup.o'
	@echo
	@echo 'Running:'
	@echo '  run              - boot it, console on this terminal; FRESH=1 starts from a new volume;'
	@echo '                     BOOT=grub, uefi or uboot boots from a disk image'
	@echo '  debug            - the same under gdb'
	@echo
	@echo 'Testing:'
	@echo '  check            - everything below and the tests of the running system'
	@echo '  test-all         - the same, every configuration on every port, 20 at random: more than an hour'
	@echo '  unit             - unit tests on this machine, under the sanitizers'
	@echo '  fuzz             - look for inputs that break the kernel (libFuzzer); FUZZ_SECONDS=600 FUZZ_JOBS=1,'
	@echo '                     TARGET="invoke volume board"'
	@echo '  coverage         - lines and branches of cap, kernel, mm that unit tests and seeds of the fuzzers go through (minutes);'
	@echo '                     COVERAGE_FLAGS=--lines names those that none does'
	@echo '  bench            - count the instructions of the fast paths'
	@echo '  bench-linux      - the same of Debian'\''s Linux, beside them (fetches its kernel)'
	@echo '  latency          - the longest stretches of the kernel without preemption, in instructions'
	@echo '  size             - bytes of text, rodata, data, bss per room and file; SIZE_FLAGS=--json'
	@echo '  rom_report       - the image by room, file and symbol; ram_report: the memory that is written;'
	@echo '                     REPORT_FLAGS="--depth 3 --sort name"; each draws O/<name>.svg'
	@echo '  option-costs     - what each option costs in bytes: a table for Documentation/ (some minutes)'
	@echo '  hal-report       - what a port supplies, where each port has it, how long the ports are'
	@echo '  repro-check      - build twice, in two places, and compare every byte'
	@echo '  abi              - after a change in idl/: the pages of Documentation/abi, the list of numbers'
	@echo '  check-rooms      - who may include whom (part of every build)'
	@echo '  check-static     - stalls, commits, errors, mappings, interrupts, rooms: on every path (part of check)'
	@echo
	@echo 'Cleaning:'
	@echo '  clean            - remove what was built; keep the configuration and your volume'
	@echo '  mrproper         - remove the configuration, volumes, tests and reports too; what the fuzzer found stays'
	@echo
	@echo 'This machine:'
	@echo '  doctor           - what is missing here to build, run and test'
	@echo '  setup            - install it (Debian, Ubuntu; needs root or sudo)'
	@echo
	@echo 'Settings: O=<folder> builds there instead of in "build", so that several ports live side by side;'
	@echo '          LLVM=1 compiles and links with clang and lld;'
	@echo '          V=1 shows the commands; make -j<n> runs <n> at a time.'

ifneq ($(filter-out $(single-goals) $(plain-goals),$(goals)),)
include scripts/build.mk
endif

endif

# For what no rule makes: a goal that is not there, or what a build.mk names and nobody wrote.
.DEFAULT:
	@echo '$@: $(if $(filter $@,$(goals)),no such goal; "make help" lists them,nothing makes it: has a build.mk \
		a name without a source?)' >&2; exit 1
