/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Changes of a volume, as rows of an input say:
 *
 *   byte 0      4 bits: what record (enum what); 0x10: one copy of two only; 0x20: the other one; 0x80: behind the seal
 *   1, 2, 3     which one: of roots, generations, blocks of a chain, entries, frames
 *   4           field of it, by the tables below
 *   5           how: set, add, flip a bit, take the same field of another record, fill the field with bytes
 *   6 to 9      with what
 */
#include "hostile.h"

#include <abi/process.h>
#include <kernel/store.h>
#include <string.h>

#include "ckpt/check.h"

enum what { HEADER, RANGE, ROOT, ROOT_GENERATION, GENERATION, DIRECTORY, ENTRY, ACTIVITIES, ACTIVITY, BITMAP, TAGPOT, TAG,
	NODE, SLOT, WHOLE, BYTES, WHAT_NR };
enum { ONE_COPY = 0x10, OTHER_COPY = 0x20, LATE = 0x80, FRAMES_MAX = 512 };

struct field {
	u16 at, bytes;
};
#define F(type, name) { offsetof(struct type, name), sizeof(((struct type *)NULL)->name) }

static const struct field header_fields[] = {
	F(fmt_header, magic), F(fmt_header, format), F(fmt_header, arch), F(fmt_header, features), F(fmt_header, sum_kind),
	F(fmt_header, member), F(fmt_header, blocks), F(fmt_header, root[0]), F(fmt_header, root[1]), F(fmt_header, log),
	F(fmt_header, log_blocks), F(fmt_header, journal), F(fmt_header, journal_blocks), F(fmt_header, ranges),
	F(fmt_header, members), F(fmt_header, uuid[0]),
}, range_fields[] = {
	F(fmt_range, first), F(fmt_range, frames), F(fmt_range, home), F(fmt_range, tagpots), F(fmt_range, bitmaps),
}, root_fields[] = {
	F(fmt_root, magic), F(fmt_root, sequence), F(fmt_root, migrated_up_to), F(fmt_root, epoch_floor), F(fmt_root, attempts),
	F(fmt_root, generations), F(fmt_root, keep), F(fmt_root, uuid[0]),
}, ref_fields[] = {
	F(fmt_generation_ref, generation), F(fmt_generation_ref, header.place), F(fmt_generation_ref, header.sum.lo),
}, generation_fields[] = {
	F(fmt_generation, magic), F(fmt_generation, generation), F(fmt_generation, restart_count),
	F(fmt_generation, persistent_ms), F(fmt_generation, directory.place), F(fmt_generation, activities.place),
	F(fmt_generation, entries), F(fmt_generation, nr_activities), F(fmt_generation, log_blocks),
	F(fmt_generation, journal_sequence), F(fmt_generation, limits), F(fmt_generation, shares),
}, chain_fields[] = {
	F(fmt_dir_block, next.place), F(fmt_dir_block, count), F(fmt_dir_block, spare), F(fmt_dir_block, generation),
}, entry_fields[] = {
	F(fmt_entry, oid), F(fmt_entry, place), F(fmt_entry, tag.kind_count), F(fmt_entry, tag.version),
	F(fmt_entry, tag.generation),
}, activity_fields[] = {
	F(saved_activity, oid), F(saved_activity, sched_oid), F(saved_activity, wake), F(saved_activity, version),
	F(saved_activity, sched_version), F(saved_activity, state), F(saved_activity, prio), F(saved_activity, spare[0]),
	F(saved_activity, reserve_period), F(saved_activity, reserve_budget), F(saved_activity, spare2[0]),
}, pair_fields[] = {
	F(fmt_tagpot, place), F(fmt_tagpot, sequence), { offsetof(struct fmt_bitmap, bits), 1 },
	{ offsetof(struct fmt_bitmap, bits) + 1, 1 }, { offsetof(struct fmt_bitmap, spare), 4 },
}, tag_fields[] = {
	F(fmt_tag, kind_count), F(fmt_tag, version), F(fmt_tag, generation), { 0, 1 },
}, node_fields[] = {
	F(node, oid), F(node, version), F(node, kind), F(node, l2v), F(node, flags), F(node, call_count), F(node, spare[0]),
#define RAW offsetof(struct node, slot[PS_NR])
	{ RAW, 2 }, { RAW + 2, 2 }, { RAW + 4, 1 }, { RAW + 5, 1 }, { RAW + 6, 2 }, { RAW + 8, 4 }, { RAW + 12, 4 },
	{ RAW + 16, 8 }, { RAW + 24, 8 }, { RAW + 32, 8 }, { RAW + 64, 8 }, { RAW + 64 + 32, 8 }, { RAW + 64 + 72, 8 },
	{ RAW + 64 + 248, 8 }, F(node, slot[0].w[0]), F(node, slot[0].w[1]), F(node, slot[1].w[0]),
}, slot_fields[] = {
	{ 0, 1 }, { 1, 3 }, { 4, 4 }, { 8, 4 }, { 12, 3 }, { 15, 1 }, { 0, 16 }, { 8, 1 },
}, block_fields[] = { { 0, FRAME_SIZE } };

/* A record: where it stands, and its twin if there is one. */
struct record {
	u32 block[2], copies, at;
	const struct field *field;
	u32 fields;
};
#define FIELDS(r, table) ((r)->field = (table), (r)->fields = ARRAY_SIZE(table))

static const struct fmt_header *header(void)
{
	return (const void *)machine_disk[VOL_HEADER_PLACE];
}

/* ---- where things are ---- */

/* The n-th generation of all that the roots name; 0 = there is none. */
static u32 generation_block(u8 n)
{
	u32 block[2 * ROOT_GENERATIONS], count = 0;

	for (u32 k = 0; k < 2; k++) {
		const struct fmt_root *r = place_good(header()->root[k]) ? (const void *)machine_disk[header()->root[k]] : NULL;

		for (u32 i = 0; r && i < MIN(r->generations, ROOT_GENERATIONS); i++)
			if (place_good(r->generation[i].header.place))
				block[count++] = (u32)r->generation[i].header.place;
	}
	return count ? block[n % count] : 0;
}

static u32 chain_block(u8 generation, u8 n, bool directory)
{
	u32 g = generation_block(generation), chain[CHAIN_MAX], count;
	const struct fmt_generation *h = (const void *)machine_disk[g];

	count = g ? chain_blocks(directory ? h->directory : h->activities, chain) : 0;
	return count ? chain[n % count] : 0;
}

/* Blocks with nodes, in the log and at home: what looks like a pot. */
static u32 pots(u32 block[FRAMES_MAX])
{
	u32 n = 0;

	for (u32 b = 1; b < DISK_BLOCKS - 1; b++) {
		const struct pot *p = (const void *)machine_disk[b];
		bool pot = fmt_all_zero(p->header, sizeof(p->header)) && p->node[0].oid;

		for (u32 i = 1; pot && i < POT_NODES; i++)
			pot = p->node[i].oid == p->node[0].oid + i;
		if (pot && n < FRAMES_MAX)
			block[n++] = b;
	}
	return n;
}

/* The n-th node of one kind; kind 0: of all. */
static bool node_find(u32 kind, u32 n, struct record *r)
{
	static u32 block[FRAMES_MAX];
	u32 count = pots(block), found = 0;

	for (u32 pass = 0; pass < 2; pass++) {
		u32 nth = found ? n % found : 0;

		if (pass && !found)
			return false;
		found = 0;
		for (u32 i = 0; i < count * POT_NODES; i++) {
			const struct pot *p = (const void *)machine_disk[block[i / POT_NODES]];
			const struct node *at = &p->node[i % POT_NODES];

			if (kind ? at->kind != kind : !at->kind)
				continue;
			if (found++ != nth || !pass)
				continue;
			r->block[0] = block[i / POT_NODES];
			r->at = (u32)((const u8 *)at - (const u8 *)p);
			return true;
		}
	}
	return false;
}

static bool pair_at(u64 place, struct record *r)
{
	r->block[0] = (u32)place;
	r->block[1] = (u32)place + 1;
	r->copies = 2;
	return place_good(place) && place_good(place + 1);
}

static bool find_home(enum what what, const u8 *row, struct record *r)
{
	const struct fmt_range *range = &header()->range[0];
	u64 pots_there = MIN(MAX(fmt_tagpots(range->frames), 1u), (u64)DISK_BLOCKS);

	FIELDS(r, pair_fields);
	if (what == BITMAP)
		return pair_at(range->bitmaps, r);
	if (what == TAG) {
		r->at = (u32)offsetof(struct fmt_tagpot, tag) + row[2] % TAG_POT_TAGS * (u32)sizeof(struct fmt_tag);
		FIELDS(r, tag_fields);
	}
	return pair_at(range->tagpots + 2 * (row[1] % pots_there), r);
}

static bool find_root(enum what what, const u8 *row, struct record *r)
{
	u64 place = header()->root[row[1] & 1];

	FIELDS(r, root_fields);
	if (what == ROOT_GENERATION) {
		r->at = (u32)offsetof(struct fmt_root, generation) + row[2] % 3 * (u32)sizeof(struct fmt_generation_ref);
		FIELDS(r, ref_fields);
	}
	r->block[0] = (u32)place;
	return place_good(place);
}

static bool find_chain(enum what what, const u8 *row, struct record *r)
{
	bool directory = what == DIRECTORY || what == ENTRY;
	const struct fmt_dir_block *d;

	r->block[0] = chain_block(row[1], row[2], directory);
	d = (const void *)machine_disk[r->block[0]];
	FIELDS(r, chain_fields);
	if (what == ENTRY || what == ACTIVITY)
		r->at = (u32)offsetof(struct fmt_dir_block, entry) +
			row[3] % MAX(MIN(d->count, DIR_BLOCK_ENTRIES), 1u) * (u32)sizeof(struct fmt_entry);
	if (what == ENTRY)
		FIELDS(r, entry_fields);
	else if (what == ACTIVITY)
		FIELDS(r, activity_fields);
	return r->block[0];
}

static bool find_node(enum what what, const u8 *row, struct record *r)
{
	if (!node_find(row[1] % NK_NR, row[2], r))
		return false;
	FIELDS(r, node_fields);
	if (what == SLOT) {
		r->at += (u32)offsetof(struct node, slot) + row[3] % NODE_SLOTS * (u32)sizeof(struct cap);
		FIELDS(r, slot_fields);
	}
	return true;
}

static bool find(const u8 *row, struct record *r)
{
	enum what what = row[0] % WHAT_NR;

	*r = (struct record){ .copies = 1 };
	switch (what) {
	case HEADER:
	case RANGE:
		r->block[1] = DISK_BLOCKS - 1;
		r->copies = 2;
		FIELDS(r, header_fields);
		if (what == RANGE)
			FIELDS(r, range_fields);
		if (what == RANGE)
			r->at = (u32)offsetof(struct fmt_header, range) + row[1] % 3 * (u32)sizeof(struct fmt_range);
		return true;
	case ROOT:
	case ROOT_GENERATION:
		return find_root(what, row, r);
	case GENERATION:
		r->block[0] = generation_block(row[1]);
		FIELDS(r, generation_fields);
		return r->block[0];
	case BITMAP:
	case TAGPOT:
	case TAG:
		return find_home(what, row, r);
	case NODE:
	case SLOT:
		return find_node(what, row, r);
	case WHOLE:
	case BYTES:
		r->block[0] = (row[1] | (u32)row[2] << 8) % DISK_BLOCKS;
		r->at = what == BYTES ? row[3] * 16u : 0;
		FIELDS(r, slot_fields);
		if (what == WHOLE)
			FIELDS(r, block_fields);
		return true;
	default:
		return find_chain(what, row, r);
	}
}

/* ---- what becomes of them ---- */

static u64 value(const u8 *b)
{
	static const u64 special[] = {
		0x7fffffff, 0x80000000, 0xffffffff, 0x100000000, ~(u64)0, 0x8000000000000000, 0xff, 0xffff, 0xffffff, 0x1000000,
		VOL_SEQUENCE_MAX + 1, VOL_SEQUENCE_MAX - 1000, VOL_EPOCH_MAX + 1, VOL_EPOCH_MAX - 1000, CONFIG_RAM_MIN, (u64)1 << 56,
		((u64)1 << 56) - 1, OID_NP_BASE, OID_NP_BASE - 8, DISK_BLOCKS, DISK_BLOCKS - 1, DISK_BLOCKS - 2, LOG_BLOCKS,
		VOL_LOG_MAX, VOL_LOG_MAX + 1, CONFIG_NR_ACTIVITIES, CONFIG_NR_ACTIVITIES + 1, CONFIG_LOG_DIR_ENTRIES, FRAME_SIZE,
		PROC_OID(0), PROC_OID(VICTIM), (u64)SCRATCH_FIRST * 8, 0xf, 0x1f, 0x10f, 0x101, 1000, 1000000, 4095, 127, 128, 84, 85,
	};

	if (b[0] < 0x60)
		return b[0];
	if (b[0] < 0xa0)
		return (b[1] | (u64)b[2] << 8) % DISK_BLOCKS;
	return b[0] < 0xb0 ? b[1] | (u64)b[2] << 8 | (u64)b[3] << 16 : special[(b[0] - 0xb0u) % ARRAY_SIZE(special)];
}

static void change_field(u8 *to, u32 bytes, const u8 *other, const u8 *how)
{
	u32 wide = MIN(bytes, 8u);
	u64 v = 0;

	memcpy(&v, to, wide);
	switch (how[0] % 6) {
	case 0:
	case 1:
		v = value(how + 1);
		break;
	case 2:
		v += (u64)(s64)(signed char)how[1];
		break;
	case 3:
		v ^= (u64)1 << how[1] % (8 * wide);
		break;
	case 4: /* from another record */
		memmove(to, other, bytes);
		return;
	default:
		memset(to, how[1], bytes);
		return;
	}
	memcpy(to, &v, wide);
}

bool hostile_is_late(const u8 *row)
{
	return row[0] & LATE;
}

void hostile_change(const u8 *row)
{
	u8 twin[ROW_BYTES];
	struct record r, o;
	struct field f;

	if (!find(row, &r))
		return;
	f = r.field[row[4] % r.fields];
	if (r.at + f.at + f.bytes > FRAME_SIZE)
		return;
	memcpy(twin, row, sizeof(twin));
	memcpy(twin + 1, row + 6, 3);
	if (!find(twin, &o) || o.at + f.at + f.bytes > FRAME_SIZE)
		o = r;
	for (u32 i = 0; i < r.copies; i++) {
		if (row[0] & ONE_COPY && i == !(row[0] & OTHER_COPY))
			continue;
		change_field(machine_disk_change(r.block[i]) + r.at + f.at, f.bytes, machine_disk[o.block[0]] + o.at + f.at, row + 5);
	}
}
