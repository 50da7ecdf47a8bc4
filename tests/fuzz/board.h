/* SPDX-License-Identifier: Apache-2.0 */
/* Target "board": what its files know of each other. */
#ifndef TESTS_FUZZ_BOARD_H
#define TESTS_FUZZ_BOARD_H

#include <kernel/types.h>

enum { TREE_BYTES = 16384, TREE_ROW = 10 };

/* ---- tree.c ---- */
/* A board's tree, changed as rows of TREE_ROW bytes say; returns how many bytes it has. */
u32 tree_make(u8 *blob, const u8 *rows, size_t n);

/* ---- board.c ---- */
void bug(const char *fmt, ...) __attribute__((noreturn, format(printf, 1, 2)));
extern bool machine_verbose;

#endif
