/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tools/volume on machine_disk, in this process. Its objects are compiled with -include of this file: what they take
 * from the C library is given back when they are done.
 */
#ifndef TESTS_FUZZ_TOOLS_H
#define TESTS_FUZZ_TOOLS_H

#include <stdio.h>
#include <stdlib.h>

void *lent_malloc(size_t bytes);
void *lent_calloc(size_t n, size_t bytes);
void *lent_realloc(void *p, size_t bytes);
void lent_free(void *p);
FILE *lent_fopen(const char *name, const char *mode);
void lent_exit(int status) __attribute__((noreturn));

#ifdef FUZZED_TOOL
#define malloc lent_malloc
#define calloc lent_calloc
#define realloc lent_realloc
#define free lent_free
#define fopen lent_fopen
#define exit lent_exit
#endif

/* Their exit status: 0 good, 1 something is damaged, 2 it is no volume. Repair may write. */
int tool_verify(void);
int tool_repair(int drop);

#endif
