/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the restarts have read, as a tree: which block is read next depends on nothing but what the blocks before were.
 * A simulated machine has no other input, so two images that agree in all blocks that a restart of the first one reads
 * have the same future. One run stands for all of them, whatever is in the other blocks.
 *
 * A run keeps the blocks that it read from where it left an earlier run; a table says which run goes on where.
 */
#include "watch.h"

#include <kernel/panic.h>
#include <stdlib.h>

#define ARENA_BYTES ((size_t)1 << 36) /* address space; used as it fills */

struct run {
	u32 first, end;          /* positions of what it has by itself */
	struct outcome outcome;
	const u32 *block;        /* [position - first] */
	const u64 *sum;
};

struct branch {
	const struct run *from;  /* NULL = free */
	u32 at;
	u64 sum;
	struct run *to;
};

static u8 *arena;
static size_t arena_used;
static struct run *root;
static struct branch *branches;
static u64 room, used;
/* Where the last search ended: run NULL = nothing ran yet. */
static const struct run *left;
static u32 left_at;
static u64 left_sum;

static void *take(size_t bytes)
{
	void *p = arena + arena_used;

	arena_used += (bytes + 7) & ~(size_t)7;
	check(arena_used <= ARENA_BYTES);
	return p;
}

void tree_init(void)
{
	arena = shared_memory(ARENA_BYTES); /* shared, so that a fork need not copy its page tables */
}

static struct branch *slot_of(struct branch *in, u64 size, const struct run *from, u32 at, u64 sum)
{
	u64 i = sim_mix(sim_mix(sum, at), (u64)(uintptr_t)from) & (size - 1);

	while (in[i].from != NULL && (in[i].from != from || in[i].at != at || in[i].sum != sum))
		i = (i + 1) & (size - 1);
	return &in[i];
}

static void grow(void)
{
	u64 size = room == 0 ? 1024 : room * 2;
	struct branch *bigger = calloc(size, sizeof(*bigger));

	check(bigger != NULL);
	for (u64 i = 0; i < room; i++)
		if (branches[i].from != NULL)
			*slot_of(bigger, size, branches[i].from, branches[i].at, branches[i].sum) = branches[i];
	free(branches);
	branches = bigger;
	room = size;
}

struct outcome *tree_find(const u64 *sum)
{
	struct run *r = root;

	left = NULL;
	for (u32 at = 0; r != NULL; at++) {
		if (at == r->end)
			return &r->outcome;
		u64 s = sum[r->block[at - r->first]];
		if (s == r->sum[at - r->first])
			continue;
		left = r;
		left_at = at;
		left_sum = s;
		r = room == 0 ? NULL : slot_of(branches, room, r, at, s)->to;
	}
	return NULL;
}

struct outcome *tree_add(const u64 *sum, const u32 *read, u32 reads)
{
	struct run *r = take(sizeof(*r));
	u32 first = left == NULL ? 0 : left_at;

	check(first < reads);
	u32 *block = take((reads - first) * sizeof(*block));
	u64 *sums = take((reads - first) * sizeof(*sums));
	for (u32 i = first; i < reads; i++) {
		block[i - first] = read[i];
		sums[i - first] = sum[read[i]];
	}
	*r = (struct run){ .first = first, .end = reads, .block = block, .sum = sums };
	if (left == NULL) {
		root = r;
		return &r->outcome;
	}
	check(left->block[first - left->first] == read[first] && sum[read[first]] == left_sum);
	if (2 * ++used > room)
		grow();
	*slot_of(branches, room, left, left_at, left_sum) = (struct branch){ left, left_at, left_sum, r };
	return &r->outcome;
}
