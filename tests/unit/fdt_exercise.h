/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_UNIT_FDT_EXERCISE_H
#define TESTS_UNIT_FDT_EXERCISE_H

#include <kernel/fdt.h>

/* 0 = the blob was refused; else a digest of what it says, of its first nodes. */
u64 fdt_exercise(const void *blob, size_t size, u32 max_nodes);
/* NULL: the blob is refused, or libfdt finds the same nodes, properties and reserved memory in it. Else what it finds otherwise. */
const char *fdt_disagrees(const void *blob, size_t size);

#endif
