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
static u32 blocks, next, free_blocks, bad_blocks;
#define AHEAD 32u

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
	next = bad_blocks = 0;
	st.room_ahead = 0;
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

bool log_find_some(void)
{
	while (free_blocks && *owner(next)) {
		next = next + 1 < blocks ? next + 1 : 0;
		if (share_used(1))
			return false;
	}
	return true;
}

u64 log_alloc(struct gen *g)
{
	if (!free_blocks)
		panic("store: %u blocks of the log cannot be written, and no other is left: copy the volume to another disk",
		      bad_blocks);
	while (!log_find_some())
		;
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
	u8 *o = owner((u32)(place - st.header.log));

	st.gen[*o - 1].log_blocks--;
	*o = OWNER_BAD;
	bad_blocks++;
	st.room_ahead = 0;
}

static u32 meta_blocks(u32 entries)
{
	return (entries + DIR_BLOCK_ENTRIES - 1) / DIR_BLOCK_ENTRIES + ACT_BLOCKS + 1;
}

u64 log_need(const struct gen *g)
{
	return g->queued + MAX(meta_blocks(g->entries), g->meta_done) - g->meta_done;
}

/* Room for `frames` more, `entries` of them new ones? */
static bool room(u32 frames, u32 entries)
{
	struct gen *g = st.current;
	u64 mine = log_need(g) + frames + (entries ? entries : 1);
	u64 kept = (st.stabilising ? log_need(st.stabilising) : 0) + FIXED_SHARE + LOG_SLACK;

	if (entries && (dir_free_entries() < entries || g->entries + entries > CONFIG_LOG_DIR_ENTRIES / 3))
		return false;
	return g->log_blocks + mine <= blocks / 3 && mine + kept <= free_blocks;
}

/*
 * What a frame more needs is at most a block and an entry, and a block for the entries. What the stabiliser does keeps the sum
 * of what is free and what is needed, but for a block that went bad. So what fitted at once fits one by one.
 */
bool log_room(bool new_entry)
{
	if (st.room_ahead) {
		st.room_ahead--;
		return true;
	}
	st.room_ahead = room(AHEAD, AHEAD) ? AHEAD - 1 : 0;
	return st.room_ahead || room(1, new_entry);
}

bool log_free_some(struct gen *g, u32 *cursor)
{
	u32 end = MIN(*cursor + 256, blocks);

	for (; *cursor < end; ++*cursor) {
		if (*owner(*cursor) != gen_slot(g) + 1)
			continue;
		*owner(*cursor) = 0;
		g->log_blocks--;
		free_blocks++;
	}
	return *cursor == blocks;
}

u64 log_free_blocks(void)
{
	return free_blocks;
}

const char *log_audit(void)
{
	u64 known = free_blocks + bad_blocks;

	for (u32 i = 0; i < GENS; i++)
		known += st.gen[i].state == GEN_FREE ? 0 : st.gen[i].log_blocks;
	return IS_ENABLED(CONFIG_AUDIT) && known != blocks ? "the log's blocks do not add up" : NULL;
}
