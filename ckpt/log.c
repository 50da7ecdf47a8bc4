/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The log: one byte a block says which generation (slot + 1) owns it. Blocks are taken in order round the log, and come
 * back a generation at a time. A block that a root reaches is never taken (S3).
 *
 * Reservation (S1): each queued frame has a block coming to it, and each unfinished generation its metadata. An epoch may
 * take at most a third of the log and of the entries, its own metadata included.
 */
#include "ckpt/ckpt.h"

#define OWNER_BAD 0xffu

static u8 *map[MAP_PAGES];
static u32 blocks, next, free_blocks;

static u8 *owner(u32 i)
{
	return &map[i >> FRAME_SHIFT][i & (FRAME_SIZE - 1)];
}

void log_reset(void)
{
	memset(map, 0, sizeof(map));
}

void log_init(void)
{
	blocks = free_blocks = (u32)st.header.log_blocks;
	next = 0;
	for (u32 i = 0; i < (blocks + FRAME_SIZE - 1) / FRAME_SIZE; i++) {
		if (!map[i])
			map[i] = frame_data(kernel_frame());
		memset(map[i], 0, FRAME_SIZE);
	}
}

bool log_claim(u64 place, struct gen *g)
{
	u32 i = (u32)(place - st.header.log);

	if (place < st.header.log || place - st.header.log >= blocks || *owner(i))
		return false;
	*owner(i) = (u8)(gen_slot(g) + 1);
	free_blocks--;
	g->log_blocks++;
	next = i + 1 < blocks ? i + 1 : 0;
	return true;
}

u64 log_alloc(struct gen *g)
{
	check(free_blocks);
	while (*owner(next))
		next = next + 1 < blocks ? next + 1 : 0;
	*owner(next) = (u8)(gen_slot(g) + 1);
	free_blocks--;
	g->log_blocks++;
	return st.header.log + next;
}

void log_seek(u32 block)
{
	next = block < blocks ? block : 0;
}

void log_bad(u64 place)
{
	*owner((u32)(place - st.header.log)) = OWNER_BAD;
}

static u32 meta_blocks(u32 entries)
{
	return (entries + DIR_BLOCK_ENTRIES - 1) / DIR_BLOCK_ENTRIES + ACT_BLOCKS + 1;
}

u64 log_need(const struct gen *g)
{
	return g->queued + MAX(meta_blocks(g->entries), g->meta_done) - g->meta_done;
}

bool log_room(bool new_entry)
{
	struct gen *g = st.current;
	u64 mine = log_need(g) + 2;
	u64 kept = (st.stabilising ? log_need(st.stabilising) : 0) + FIXED_SHARE + LOG_SLACK;

	if (new_entry && (dir_free_entries() == 0 || g->entries >= CONFIG_LOG_DIR_ENTRIES / 3))
		return false;
	return g->log_blocks + mine <= blocks / 3 && mine + kept <= free_blocks;
}

bool log_free_some(struct gen *g, u32 *cursor)
{
	u32 end = MIN(*cursor + 256, blocks);

	for (; *cursor < end; ++*cursor) {
		if (*owner(*cursor) != gen_slot(g) + 1)
			continue;
		*owner(*cursor) = 0;
		free_blocks++;
	}
	return *cursor == blocks;
}

u64 log_free_blocks(void)
{
	return free_blocks;
}
