/* SPDX-License-Identifier: Apache-2.0 */
/* The variables of all objects that stand between first.c and last.c in the link: kept, and put back. */
#ifndef TESTS_FUZZ_VARIABLES_H
#define TESTS_FUZZ_VARIABLES_H

#include <kernel/types.h>

extern u8 image_first_data[8], image_last_data[8], image_first_bss[8], image_last_bss[8];

struct variables;
/* As they are now. `one` must be one of them: else the link is wrong, and it returns NULL. */
struct variables *variables_keep(const void *one);
void variables_put_back(const struct variables *v);
/* Bytes as they are, with what the sanitizers put between variables. */
void copy_raw(void *to, const void *from, size_t bytes);

#endif
