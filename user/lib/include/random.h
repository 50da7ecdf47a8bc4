/* SPDX-License-Identifier: Apache-2.0 */
/* Pseudo-random numbers (xorshift): for simulations, not for secrets. The state is the caller's. */
#ifndef USER_RANDOM_H
#define USER_RANDOM_H

#include <stdint.h>

void random_seed(uint64_t *state, uint64_t seed);
uint32_t random_next(uint64_t *state);
/* 0 <= result < n, n > 0; slightly uneven unless n is a power of two. */
uint32_t random_below(uint64_t *state, uint32_t n);

#endif
