/* SPDX-License-Identifier: Apache-2.0 */
/* Boot options from the loader's command line (init/cmdline.c). */
#ifndef INIT_CMDLINE_H
#define INIT_CMDLINE_H

#include <kernel/types.h>

/* What follows "name=" in a word of the line (it ends at a space or the end); NULL = not there. */
const char *cmdline_value(const char *line, const char *name);
/* 32 hexadecimal digits, dashes anywhere. False: something else. */
bool uuid_parse(const char *text, u8 uuid[16]);
/* Ends a line of the kernel log with it. */
void uuid_log(const u8 uuid[16]);

#endif
