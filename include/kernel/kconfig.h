/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Configuration in C expressions.
 *
 * The build includes generated/autoconf.h and this file ahead of every source file of the kernel, so that code
 * never includes either. A bool option that is on is defined as 1; one that is off is not defined at all.
 *
 *	if (IS_ENABLED(CONFIG_X))
 *		...
 *
 * is checked by the compiler in both cases and costs nothing in either. IS_ENABLED() may stand wherever an integer
 * constant expression may, and in #if. Use it only with bool options: an int option is always defined.
 */
#ifndef KERNEL_KCONFIG_H
#define KERNEL_KCONFIG_H

/*
 * Defined as 1: the paste below gives KCONFIG_ARG_1, which expands to "0,", so that the 1 moves into second place.
 * Not defined: the paste gives a meaningless name, which takes the first place, and the 0 comes second.
 */
#define IS_ENABLED(option)	KCONFIG_PASTE(option)
#define KCONFIG_ARG_1		0,
#define KCONFIG_PASTE(value)	KCONFIG_PICK(KCONFIG_ARG_##value)
#define KCONFIG_PICK(maybe)	KCONFIG_SECOND(maybe 1, 0, 0)
#define KCONFIG_SECOND(first, second, ...) second

#endif
