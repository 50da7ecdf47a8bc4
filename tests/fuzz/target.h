/* SPDX-License-Identifier: Apache-2.0 */
/* What libFuzzer, or replay.c, asks of a target. */
#ifndef TESTS_FUZZ_TARGET_H
#define TESTS_FUZZ_TARGET_H

#include <stddef.h>
#include <stdint.h>

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t bytes, size_t max, unsigned seed);
/* rows.c: what a mutator may do with rows of STEP_BYTES, which is TREE_ROW. */
size_t rows_mutate(uint8_t *data, size_t bytes, size_t max, unsigned seed);
size_t LLVMFuzzerMutate(uint8_t *data, size_t bytes, size_t max);

#endif
