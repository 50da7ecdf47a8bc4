// SPDX-License-Identifier: Apache-2.0
#include <random.h>

void random_seed(uint64_t *state, uint64_t seed)
{
	*state = seed * 0x9e3779b97f4a7c15u + 0x2545f4914f6cdd1du;
	if (!*state)
		*state = 1;
}

uint32_t random_next(uint64_t *state)
{
	uint64_t x = *state;
	x ^= x << 13;
	x ^= x >> 7;
	x ^= x << 17;
	*state = x;
	return (uint32_t)(x >> 32);
}

uint32_t random_below(uint64_t *state, uint32_t n)
{
	return random_next(state) % n;
}
