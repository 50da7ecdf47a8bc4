/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The other machine of the unit tests (objects alt/x.o, scripts/build.mk): page tables of the other shape, counts that end
 * soon, and every table as small as its option allows.
 */
#undef CONFIG_HOST_PT_4X9
#define CONFIG_HOST_PT_2X10 1
#undef CONFIG_NR_CONTEXTS
#define CONFIG_NR_CONTEXTS 8
#undef CONFIG_NR_ACTIVITIES
#define CONFIG_NR_ACTIVITIES 64
#undef CONFIG_NR_TABLES
#define CONFIG_NR_TABLES 16
#undef CONFIG_NR_DEPEND
#define CONFIG_NR_DEPEND 256
#undef CONFIG_NR_RMAP
#define CONFIG_NR_RMAP 256
#define CONFIG_SMALL_CODE 1
#define VERSION_MAX 40u
#define COUNT_MAX ((u64)60)
