/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A list of ranges of physical memory: whole frames, ascending, without overlaps. lib/ranges.c. Ports make the list of
 * usable memory with it from whatever their firmware says, in any order, however often, however wrong.
 */
#ifndef KERNEL_RANGES_H
#define KERNEL_RANGES_H

#include <kernel/types.h>

#define RANGES_MAX 48u

struct range {
	paddr_t start, end;
};

struct ranges {
	struct range at[RANGES_MAX];
	u32 count;
	u32 lost;                        /* pieces that had no place: they are not in the list */
};

/* Adds [start, end), rounded inwards to frames; what is there already is not added again. */
void ranges_include(struct ranges *r, paddr_t start, paddr_t end);
/* Takes [start, end) out, rounded outwards to frames. */
void ranges_exclude(struct ranges *r, paddr_t start, paddr_t end);

#endif
