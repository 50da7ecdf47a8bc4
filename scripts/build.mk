# SPDX-License-Identifier: Apache-2.0
#
# How things are compiled and linked. Included by the top Makefile for goals that build.
#
# What to build is listed in build.mk files. Names in a room's file are relative to the room:
#
#   <room>/build.mk        obj-y += lookup.o         obj-$(CONFIG_X) += file.o
#                          cflags-cap/lookup.o += -O2    (one file's own flags; named from the top folder)
#   arch/<port>/port.mk    sets the compiler and flags of the port; its build.mk is a list as in every room
#   user/build.mk          user-lib-y += lib/x.o     user-y += apps/shell    shell-objs := apps/shell.o apps/line.o
#   tools/build.mk         tool-y += mkimage         mkimage-objs := tools/mkimage.o ckpt/sum.o    (from the top folder)
#   tests/unit/build.mk    unit-y += test_x          test_x-objs := tests/unit/test_x.o cap/lookup.o
#
# A target is made again when a file that it was made from has changed, when an option that its text mentions has
# changed, or when its command has changed. The last two come from <target>.cmd, which is written with the target.

.PHONY: FORCE
FORCE:

# ---- configuration ------------------------------------------------------------------------------------------------

auto-conf := $(O)/include/config/auto.conf

-include $(wildcard $(O)/include/config/kconfig.mk)
include $(auto-conf)

$(auto-conf): $(KCONFIG_CONFIG) $(kconfig-files) scripts/kconfig.py
	$(quiet)$(kconfig) sync $(O)/include
	@touch $@
$(kconfig-files):

ARCH := $(patsubst "%",%,$(CONFIG_ARCH))

# In the first pass of a fresh folder there is no auto.conf yet; make writes it and starts again.
ifneq ($(ARCH),)

# ---- a command that is run when something has changed -----------------------------------------------------------

comma := ,
empty :=
space := $(empty) $(empty)
say = $(if $(filter 1,$(V)),@printf '%s\n' '$(subst ','\'',$(cmd-$(1)))',@printf '  %-7s %s\n' $(2))
one-word = x$(subst $(space),^,$(strip $(1)))
changed = $(filter-out FORCE,$?)$(filter-out $(call one-word,$(saved-$@)),$(call one-word,$(cmd-$(1))))
saved-text = $(subst ','\'',$(subst $$,$$$$,$(strip $(cmd-$(1)))))

# $(call if-changed,KIND,WORD NAME): runs cmd-KIND and remembers it.
define if-changed
$(if $(call changed,$(1)),$(call say,$(1),$(2))
	@mkdir -p $(@D)
	@$(cmd-$(1))
	@printf 'saved-$@ := %s\n' '$(call saved-text,$(1))' >$@.cmd)
endef

# $(call if-changed-dep,KIND,WORD NAME,STAMPS): the same for a compilation that writes its dependencies to $@.d.
define if-changed-dep
$(if $(call changed,$(1)),$(call say,$(1),$(2))
	@mkdir -p $(@D)
	@$(cmd-$(1))
	@printf '%s' '$(call saved-text,$(1))' | $(fixdep) $@.d $@ $(3) >$@.cmd.new
	@mv $@.cmd.new $@.cmd; rm -f $@.d)
endef

fixdep := $(O)/scripts/fixdep
$(fixdep): scripts/basic/fixdep.c
	@printf '  %-7s %s\n' HOSTCC $<
	@mkdir -p $(@D)
	$(quiet)$(HOSTCC) -std=gnu11 -Wall -Wextra -Werror -O2 -o $@ $<

# ---- what there is --------------------------------------------------------------------------------------------------

include arch/$(ARCH)/port.mk

# LLVM=1: clang and lld for everything. What the ports say about GCC's names, such as i686-linux-gnu-, names clang's target.
ifneq ($(filter-out 0,$(LLVM)),)
compiler = clang$(if $(1), --target=$(patsubst %-,%,$(notdir $(1))))
llvm-link := -fuse-ld=lld
NM := llvm-nm
OBJCOPY := llvm-objcopy
USER_AR := llvm-ar
HOSTCC ?= clang
else
compiler = $(1)gcc
NM := $(CROSS_COMPILE)nm
OBJCOPY := $(CROSS_COMPILE)objcopy
HOSTCC ?= gcc
USER_AR := $(USER_CROSS_COMPILE)ar
endif
gcc-only = $(if $(llvm-link),,$(1))
CC := $(call compiler,$(CROSS_COMPILE))
USER_CC := $(call compiler,$(USER_CROSS_COMPILE))
$(foreach tool,$(sort $(firstword $(CC)) $(firstword $(USER_CC)) $(NM) $(OBJCOPY) $(USER_AR)),$(if $(shell command -v $(tool)),,\
	$(error $(tool) is not on this machine: "make doctor" says what to install)))

rooms := arch/$(ARCH) $(port-rooms) init kernel cap mm ckpt drivers lib tests/self

kernel-names :=
define read-room
obj-y :=
-include $(1)/build.mk
kernel-names += $$(patsubst $(1)/$(1)/%,$(1)/%,$$(addprefix $(1)/,$$(obj-y)))
endef
$(foreach room,$(rooms),$(eval $(call read-room,$(room))))
kernel-names := $(sort $(kernel-names))
kernel-objs := $(addprefix $(O)/obj/,$(kernel-names))

-include user/build.mk tools/build.mk tests/unit/build.mk

# ---- interfaces: headers that are made from idl/ ---------------------------------------------------------------------
#
# The compiler leaves alone what does not change, so that a new comment compiles nothing again.

idl-files := $(sort $(wildcard idl/*.idl))
idl-made := $(O)/idl/made
cmd-idl = tools/idl/idlc --headers $(@D) $(idl-files) && touch $@

$(idl-made): $(idl-files) $(wildcard tools/idl/*) FORCE
	$(call if-changed,idl,IDL $(@D))
$(O)/idl/%.h: $(idl-made) ;

# ---- the kernel -------------------------------------------------------------------------------------------------------

warnings := -Wall -Wextra -Werror -Wmissing-prototypes -Wstrict-prototypes -Wvla -Wno-unused-parameter
compiler-headers := $(shell $(CC) -print-file-name=include)
config-headers := -include $(O)/include/generated/autoconf.h -include include/kernel/kconfig.h

# What is made does not depend on where the sources and the build folder are ("make repro-check").
prefix-maps := -fmacro-prefix-map=./= $(if $(CONFIG_DEBUG_INFO),-fdebug-prefix-map=$(CURDIR)=. \
	-fdebug-prefix-map=$(O)=build)

# What GCC does at -Oz although it makes most of this kernel's functions longer. Without those passes it warns of what it
# knows otherwise.
shorter-flags := $(call gcc-only,-Oz -fno-inline-functions-called-once \
	-fno-tree-dominator-opts -fno-thread-jumps -fno-if-conversion -fno-shrink-wrap -fno-tree-coalesce-vars -fno-tree-loop-im \
	-fno-forward-propagate -fno-tree-forwprop -fno-tree-tail-merge -fno-tree-loop-ivcanon -fno-ssa-phiopt \
	-Wno-maybe-uninitialized)

# Objects are fat, so that "make size" can say what each one has.
small-flags := $(if $(CONFIG_SMALL_CODE),$(shorter-flags) $(call gcc-only,-flto -ffat-lto-objects -fipa-pta $(PORT_SMALL)))

# A room's build.mk gives what is run often cflags- of its own: -O2, or where that is much longer $(speed-flags), which is
# the port's choice. All else is as short as it can be if the port wants that.
speed-flags := $(or $(PORT_SPEED),-O2)
else-flags := $(if $(PORT_SHORT),$(shorter-flags))

# Includes are written from the top folder or from include/: <ckpt/format.h>, <kernel/x.h>, <hal/x.h>, <abi/x.h>.
kernel-flags := -std=gnu11 $(warnings) -fno-strict-aliasing -fno-common \
	$(addsuffix /include,$(addprefix -Iarch/,$(ARCH)) $(addprefix -I,$(filter arch/%,$(port-rooms)))) \
	-Iinclude -I$(O)/idl -I$(O)/include -I. $(config-headers) $(prefix-maps) \
	$(if $(CONFIG_DEBUG_INFO),-g $(if $(llvm-link),-gdwarf-4)) $(PORT_CFLAGS) \
	$(if $(CONFIG_FRAME_POINTER),-fno-omit-frame-pointer,-fomit-frame-pointer) \
	$(if $(PORT_LDSCRIPT),-ffunction-sections -fdata-sections) $(small-flags)
freestanding-flags := -ffreestanding -nostdinc -isystem $(compiler-headers)

# A port's files that are made for the machine on which it is built (arch/host) are the only hosted ones.
object-flags = $(if $(filter $(PORT_HOSTED),$*.c),$(PORT_HOSTED_CFLAGS),$(freestanding-flags)) $(or $(cflags-$*.o),$(else-flags))

cmd-cc = $(CC) $(kernel-flags) $(object-flags) -MMD -MF $@.d -c -o $@ $<

$(O)/obj/%.o: %.c $(fixdep) FORCE | $(idl-made)
	$(call if-changed-dep,cc,CC $<,$(O)/include/config)

$(O)/obj/%.o: %.S $(fixdep) FORCE | $(idl-made)
	$(call if-changed-dep,cc,AS $<,$(O)/include/config)

kernel := $(O)/anteros
# kernel/latency.c
latency-wraps := $(if $(CONFIG_LATENCY),$(addprefix -Wl$(comma)--wrap=,kernel_syscall kernel_page_fault kernel_exception \
	kernel_interrupted kthread_step hal_irq_window hal_idle hal_exit))
cmd-link = $(CC) $(llvm-link) $(if $(small-flags),$(kernel-flags) -flto-partition=one) $(PORT_LDFLAGS) $(latency-wraps) $(if $(PORT_LDSCRIPT),-T $(PORT_LDSCRIPT) -Wl$(comma)--gc-sections) -Wl,-Map=$(kernel).map -o $@ $(kernel-objs) $(PORT_LIBS)
cmd-sym = $(NM) -n $< >$@

$(kernel): $(kernel-objs) $(PORT_LDSCRIPT) FORCE
	$(call if-changed,link,LINK $@)

$(kernel).sym: $(kernel) FORCE
	$(call if-changed,sym,SYM $@)

# What a loader starts: without what only a debugger needs, in the format that the port's PORT_BOOT asks of objcopy.
kernel-boot := $(if $(PORT_BOOT),$(kernel).boot)
cmd-boot = $(OBJCOPY) $(PORT_BOOT) $< $@

$(kernel).boot: $(kernel) FORCE
	$(call if-changed,boot,BOOT $@)

.PHONY: kernel user tools volume $(kernel-names)
kernel: $(kernel) $(kernel).sym $(kernel-boot)
$(kernel-names): %: $(O)/obj/%

# "make cap/" makes the objects of one room.
.PHONY: $(addsuffix /,$(rooms))
define room-rule
$(1)/: $(filter $(O)/obj/$(1)/%,$(kernel-objs))
endef
$(foreach room,$(rooms),$(eval $(call room-rule,$(room))))

# What scripts/check-static reads: GCC's own view of each function before it is optimised, and an object for its symbols.
static-dir := $(O)/static
static-dumps := $(patsubst %.o,$(static-dir)/%.cfg,$(foreach n,$(kernel-names),$(if $(wildcard $(n:.o=.c)),$(n))))
cmd-dump = $(CROSS_COMPILE)gcc $(filter-out -Werror -g,$(kernel-flags)) $(subst -O2,,$(object-flags)) -w -O0 -fno-sanitize=all \
	-fdump-tree-cfg-lineno=$@ -MMD -MF $@.d -c -o $(@:.cfg=.o) $<

$(static-dir)/%.cfg: %.c $(fixdep) FORCE | $(idl-made)
	$(call if-changed-dep,dump,DUMP $<,$(O)/include/config)

.PHONY: static-dumps
static-dumps: $(static-dumps)

# ---- programs ---------------------------------------------------------------------------------------------------------

user-flags := -std=gnu11 $(warnings) -ffreestanding -nostdinc -isystem $(shell $(USER_CC) -print-file-name=include) \
	-fno-pic -fno-stack-protector -fno-common -ffunction-sections -fdata-sections -Os \
	-iquote user -Iuser/lib -Iuser/lib/include -Iinclude -I$(O)/idl $(prefix-maps) $(if $(CONFIG_DEBUG_INFO),-g) $(if $(CONFIG_ASSERT),-DCHECK_PROTOCOLS) $(USER_CFLAGS)
user-lib := $(O)/user/obj/libuser.a
user-crt := $(addprefix $(O)/user/obj/,$(filter %/crt0.o,$(user-lib-y)))
user-lib-objs := $(addprefix $(O)/user/obj/,$(filter-out %/crt0.o,$(user-lib-y)))
user-programs := $(addprefix $(O)/user/,$(notdir $(user-y)))
program-objs = $(addprefix $(O)/user/obj/,$(or $($(notdir $(1))-objs),$(1).o))
user-objs := $(user-crt) $(user-lib-objs) $(foreach p,$(user-y),$(call program-objs,$(p)))

cmd-user-cc = $(USER_CC) $(user-flags) $(cflags-user/$*.o) -MMD -MF $@.d -c -o $@ $<
cmd-user-ar = rm -f $@ && $(USER_AR) rcsD $@ $(user-lib-objs)
cmd-user-link = $(USER_CC) $(llvm-link) $(USER_CFLAGS) -nostdlib -static -Wl,--build-id=none -Wl,--gc-sections \
	-Wl,-z,max-page-size=4096 -Wl,-z,noexecstack -T user/lib/user.ld -o $@ $(user-crt) $(call program-objs,$(program)) $(user-lib) $(USER_LIBS)

$(O)/user/obj/%.o: user/%.c $(fixdep) FORCE | $(idl-made)
	$(call if-changed-dep,user-cc,USERCC $<,$(O)/include/config)

$(O)/user/obj/%.o: user/%.S $(fixdep) FORCE | $(idl-made)
	$(call if-changed-dep,user-cc,USERAS $<,$(O)/include/config)

$(user-lib): $(user-lib-objs) FORCE
	$(call if-changed,user-ar,USERAR $@)

define program-rule
$(O)/user/$(notdir $(1)): program := $(1)
$(O)/user/$(notdir $(1)): $(call program-objs,$(1)) $(user-crt) $(user-lib) user/lib/user.ld FORCE
	$$(call if-changed,user-link,USERLD $$@)
endef
$(foreach p,$(user-y),$(eval $(call program-rule,$(p))))

user: $(user-programs)

# ---- tools, which run on this machine -----------------------------------------------------------------------------

tool-flags := -std=gnu11 -D_GNU_SOURCE -D_FILE_OFFSET_BITS=64 $(warnings) -fno-strict-aliasing -O1 -g -Iarch/host/include -Iinclude -I$(O)/idl -I.
tool-objs := $(foreach t,$(tool-y),$(addprefix $(O)/tools/obj/,$($(t)-objs)))
cmd-tool-cc = $(HOSTCC) $(tool-flags) -I$(O)/include $(config-headers) -MMD -MF $@.d -c -o $@ $<
cmd-tool-link = $(HOSTCC) -o $@ $(addprefix $(O)/tools/obj/,$($(notdir $@)-objs)) $($(notdir $@)-libs)

$(O)/tools/obj/%.o: %.c $(fixdep) FORCE | $(idl-made)
	$(call if-changed-dep,tool-cc,HOSTCC $<,$(O)/include/config)

define tool-rule
$(O)/tools/$(1): $(addprefix $(O)/tools/obj/,$($(1)-objs)) FORCE
	$$(call if-changed,tool-link,HOSTLD $$@)
endef
$(foreach t,$(tool-y),$(eval $(call tool-rule,$(t))))

tools: $(addprefix $(O)/tools/,$(tool-y))

# ---- unit tests: pieces of the kernel for this machine, under the sanitizers ------------------------------------
#
# They have a configuration of their own (host_defconfig), so that their result does not depend on the user's.

unit-dir := $(O)/unit
unit-conf := $(unit-dir)/include/config/auto.conf
sanitize := -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
unit-objs := $(foreach t,$(unit-y),$(addprefix $(unit-dir)/obj/,$($(t)-objs)))
cmd-unit-cc = $(HOSTCC) $(tool-flags) $(sanitize) -DUNIT_TEST -I$(unit-dir)/include -Itests/unit \
	$(subst $(O)/include,$(unit-dir)/include,$(config-headers)) -MMD -MF $@.d -c -o $@ $<
cmd-unit-link = $(HOSTCC) $(sanitize) -o $@ $(addprefix $(unit-dir)/obj/,$($(notdir $@)-objs)) $($(notdir $@)-libs) -lcmocka

$(unit-conf): configs/host_defconfig configs/fragments/test.config $(kconfig-files) scripts/kconfig.py
	@mkdir -p $(unit-dir)
	@KCONFIG_CONFIG=$(unit-dir)/.config $(kconfig) defconfig $< configs/fragments/test.config >/dev/null
	@KCONFIG_CONFIG=$(unit-dir)/.config $(kconfig) sync $(unit-dir)/include
	@touch $@

$(unit-dir)/obj/%.o: %.c $(fixdep) FORCE | $(unit-conf) $(idl-made)
	$(call if-changed-dep,unit-cc,UNITCC $<,$(unit-dir)/include/config)

# For the other machine of tests/unit/alt.h, as alt/x.o.
cmd-unit-alt-cc = $(subst -MMD,-include tests/unit/alt.h -MMD,$(cmd-unit-cc))
$(unit-dir)/obj/alt/%.o: %.c $(fixdep) FORCE | $(unit-conf) $(idl-made)
	$(call if-changed-dep,unit-alt-cc,UNITALT $<,$(unit-dir)/include/config)

define unit-rule
$(unit-dir)/$(1): $(addprefix $(unit-dir)/obj/,$($(1)-objs)) FORCE
	$$(call if-changed,unit-link,UNITLD $$@)
endef
$(foreach t,$(unit-y),$(eval $(call unit-rule,$(t))))

unit-tests := $(addprefix $(unit-dir)/,$(unit-y))
.PHONY: unit unit-build
unit-build: $(unit-tests)
unit: $(unit-tests)
	@status=0; for test in $(unit-tests); do \
		echo "# $${test##*/}"; CMOCKA_MESSAGE_OUTPUT=TAP $$test || status=1; done; exit $$status

include tests/fuzz/build.mk

# ---- the volume -------------------------------------------------------------------------------------------------------

image-text := $(wildcard user/system.img.txt)
volume := $(if $(and $(image-text),$(filter mkimage,$(tool-y))),$(O)/image.vol)
cmd-volume = $(O)/tools/mkimage $(image-text) -o $@ $(mkimage-args)

$(O)/image.vol: $(image-text) $(user-programs) $(O)/tools/mkimage FORCE
	$(call if-changed,volume,VOLUME $@)

volume: $(volume)

# ---- by-products -------------------------------------------------------------------------------------------------------

sources := $(shell find include lib mm cap kernel ckpt drivers init arch user tools tests -name '*.[chS]' 2>/dev/null)

$(O)/rooms.checked: $(sources) scripts/check-rooms
	@scripts/check-rooms
	@touch $@

$(O)/compile_commands.json: $(kernel-objs) $(user-objs) $(tool-objs) scripts/compile_commands.py
	@scripts/kpython scripts/compile_commands.py $(O) >$@

all: kernel user tools volume $(O)/rooms.checked $(O)/compile_commands.json

# ---- what to do with it ------------------------------------------------------------------------------------------------
#
# Scripts find the build through O in the environment. The test runner calls make itself, so it must not see this one.

alone := env -u MAKEFLAGS -u MFLAGS -u MAKELEVEL
latency:
	@$(alone) tests/bench/latency

.PHONY: run debug image bench bench-linux latency size check fuzz test-all repro-check rom_report ram_report option-costs
run: all
	@scripts/run.py
debug: all
	@scripts/debug.sh
image: all
	@scripts/mkdisk.py
bench:
	@$(alone) tests/bench/run
bench-linux:
	@$(alone) tests/bench/linux
size: kernel
	@scripts/kpython scripts/size.py $(SIZE_FLAGS)
rom_report ram_report: %_report: kernel
	@scripts/report.py $* $(REPORT_FLAGS)
option-costs:
	@$(alone) scripts/option_costs.py
check:
	@$(alone) tests/run
fuzz:
	@$(alone) tests/fuzz/run $(TARGET)
test-all:
	@$(alone) ALL=1 CONFIGS=$(or $(CONFIGS),20) tests/run
repro-check:
	@$(alone) scripts/repro-check

targets := $(idl-made) $(kernel-objs) $(kernel) $(kernel).sym $(kernel-boot) $(user-objs) $(user-lib) $(user-programs) $(tool-objs) \
	$(addprefix $(O)/tools/,$(tool-y)) $(O)/image.vol $(unit-objs) $(unit-tests) $(static-dumps) $(fuzz-targets)
-include $(wildcard $(addsuffix .cmd,$(targets)))

endif
