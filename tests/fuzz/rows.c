/* SPDX-License-Identifier: Apache-2.0 */
/* Inputs that are rows of STEP_BYTES: whole rows are put in, left out, doubled and moved, so that the others keep their meaning. */
#include "fuzz.h"
#include "target.h"

#include <string.h>

static u64 chance;

static u32 below(size_t n)
{
	chance += 0x9e3779b97f4a7c15u;
	return (u32)((chance ^ chance >> 29) * 0xbf58476d1ce4e5b9u >> 33) % (u32)n;
}

size_t rows_mutate(u8 *data, size_t bytes, size_t max, unsigned seed)
{
	size_t n = bytes / STEP_BYTES, from, to;

	chance = seed;
	bytes = n * STEP_BYTES;
	if (n && below(16) == 0)
		return LLVMFuzzerMutate(data, bytes, max);
	from = below(n + 1);
	to = below(n + 1);
	switch (n ? below(8) : 0) {
	case 0:
	case 1: /* a new one, or a copy */
		if (bytes + STEP_BYTES > max)
			break;
		memmove(data + (to + 1) * STEP_BYTES, data + to * STEP_BYTES, bytes - to * STEP_BYTES);
		for (u32 k = 0; k < STEP_BYTES; k++)
			data[to * STEP_BYTES + k] = (u8)below(256);
		if (n && below(2))
			memmove(data + to * STEP_BYTES, data + (from + (from >= to)) % (n + 1) * STEP_BYTES, STEP_BYTES);
		return bytes + STEP_BYTES;
	case 2: /* one less */
		from = below(n);
		memmove(data + from * STEP_BYTES, data + (from + 1) * STEP_BYTES, bytes - (from + 1) * STEP_BYTES);
		return bytes - STEP_BYTES;
	case 3: /* one instead of another */
		memmove(data + to % n * STEP_BYTES, data + from % n * STEP_BYTES, STEP_BYTES);
		return bytes;
	default:
		break;
	}
	for (u32 k = n ? 1 + below(3) : 0; k > 0; k--)
		data[below(n) * STEP_BYTES + below(STEP_BYTES)] = (u8)below(256);
	return bytes;
}
