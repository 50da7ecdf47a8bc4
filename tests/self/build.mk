# SPDX-License-Identifier: Apache-2.0
obj-$(CONFIG_SELFTEST) += self.o self_clock.o self_cap.o self_mm.o self_lib.o
