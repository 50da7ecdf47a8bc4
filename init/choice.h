/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From where to restart (Documentation/design/boot-choices.md): ckpt= on the command line, or, when the newest
 * generation was restarted BOOT_ATTEMPTS times without a commit and the command line says nothing, a key on the console.
 */
#ifndef INIT_CHOICE_H
#define INIT_CHOICE_H

#include <kernel/store.h>

enum boot_choice {
	BOOT_NEWEST,             /* the newest generation, and everything runs */
	BOOT_PREVIOUS,           /* the one before it; the newest is given up */
	BOOT_STOPPED,            /* the newest; what would run is held */
};

#define BOOT_ATTEMPTS 3u

/* Reads ckpt= of the command line. NULL, or what is wrong with it. */
const char *boot_choice_parse(const char *cmdline);
/* The store's hook: asks on the console if it must, for CONFIG_BOOT_CHOICE_SEC at most. */
bool boot_choose_previous(const struct store_offer *o);
enum boot_choice boot_choice(void);

#endif
