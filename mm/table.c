/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Hardware page tables as a cache: found by key, made on demand, taken back at any time.
 *
 * Each table has a record here and a frame with use FU_TABLE. PT_LEVELS frames are set aside at boot, so
 * that one address can always be mapped however full memory is.
 * M1  a table whose stamp is not the current epoch is renewed before it is used (map.c).
 * M2  every present entry but a device's leaf has a reverse-map record at the frame that it refers to, be that a page or a table.
 */
#include "mm.h"

#include <abi/error.h>
#include <kernel/lib.h>
#include <kernel/panic.h>

#define BUCKETS 256u
#define MAKE_UNITS 50u                 /* of the step's share: to make a table */

static struct table tables[CONFIG_NR_TABLES];
static u16 buckets[BUCKETS];           /* 1 + number */
static u16 free_records;
static u32 hand;
static u32 serial;                     /* of the mapping in hand */
static struct frame *spare;            /* set aside, FF_PIN_HARD, by next */

void table_init(void)
{
	memset(tables, 0, sizeof(tables));
	memset(buckets, 0, sizeof(buckets));
	free_records = 0;
	spare = NULL;
	hand = 0;
	for (u32 n = CONFIG_NR_TABLES; n-- > 0;) {
		tables[n].next = free_records;
		free_records = (u16)(n + 1);
	}
	for (u32 n = 0; n < PT_LEVELS; n++) {
		struct frame *f;

		if (frame_alloc(FU_TABLE, false, &f) != RC_OK)
			panic("too little RAM: %u frames are not enough to begin with", mm_frames_total());
		f->flags |= FF_PIN_HARD;
		f->next = spare;
		spare = f;
	}
}

struct table *table_at(u32 n)
{
	return &tables[n];
}

u32 table_number(const struct table *t)
{
	return (u32)(t - tables);
}

bool table_valid(const struct table *t)
{
	return t->frame && t->stamp == state.epoch;
}

/* ---- keys ---- */

static u16 *bucket(const struct table_key *key)
{
	u32 h = key->id.w[0] ^ key->id.w[1] * 0x9e3779b1u ^ key->id.w[2] * 0x85ebca6bu ^ key->id.w[3];

	h ^= (u32)(key->offset >> pt_span_bits(0)) * 0xc2b2ae35u ^ key->level << 7;
	return &buckets[(h * 0x9e3779b1u) >> 24];
}

static bool key_equal(const struct table_key *a, const struct table_key *b)
{
	return cap_equal(&a->id, &b->id) && a->offset == b->offset && a->level == b->level;
}

struct table *table_find(const struct table_key *key)
{
	for (u16 n = *bucket(key); n; n = tables[n - 1].next)
		if (key_equal(&tables[n - 1].key, key))
			return &tables[n - 1];
	return NULL;
}

/* ---- entries ---- */

bool table_clear_entry(struct table *t, u32 i)
{
	hal_pte_t *e = table_entries(t);

	if (!hal_pte_present(e[i]))
		return false;
	if (!IS_ENABLED(CONFIG_USER_DRIVERS) || !hal_pte_is_device(e[i]))
		rmap_remove(frame_of_paddr(hal_pte_paddr(e[i])), t, i);
	t->present--;
	hal_pte_set(e, i, 0);
	return true;
}

bool table_clear_some(struct table *t, u32 first, u32 count, bool *flush)
{
	u32 i = HAS_SHARES ? MAX(first, t->low) : first, from = i, end = MIN(first + count, PT_USER_ENTRIES(t->key.level));
	bool used = false;

	for (; i < end && t->present && !used; i++)
		if (hal_pte_present(table_entries(t)[i])) {
			if (table_clear_entry(t, i))
				*flush = true;
			used = share_used((i - from) / 2);
			from = i;
		}
	(void)share_used((i - from) / 2);
	if (HAS_SHARES && first <= t->low)
		t->low = (u16)i;
	return !used || i >= end || !t->present;
}

/* ---- giving back ---- */

static void record_free(struct table *t)
{
	u16 *p = bucket(&t->key);

	while (*p != table_number(t) + 1)
		p = &tables[*p - 1].next;
	*p = t->next;
	if (t->key.level == PT_LEVELS - 1)
		state.root_serial++;
	t->frame->table = NULL;
	if (t->frame->flags & FF_PIN_HARD) {
		t->frame->next = spare;
		spare = t->frame;
	} else {
		frame_free(t->frame);
	}
	t->frame = NULL;
	t->next = free_records;
	free_records = (u16)(table_number(t) + 1);
}

static void unload(const struct table *t)
{
	if (frame_paddr(t->frame) == this_cpu()->loaded_root) {
		hal_space_load(0);
		this_cpu()->loaded_root = 0;
	}
}

bool map_reclaim_table(struct frame *f)
{
	struct table *t = f->table;
	bool flush = true, empty;

	unload(t);
	rmap_clear(f);
	empty = table_clear_some(t, 0, PT_USER_ENTRIES(t->key.level), &flush);
	hal_tlb_flush_all();
	if (empty)
		record_free(t);
	return empty;
}

void table_forget(struct table *t)
{
	unload(t);
	t->present = 0;
	record_free(t);
}

void tables_begin(void)
{
	serial++;
}

bool table_in_hand(const struct table *t)
{
	return t->in_hand == serial;
}

static bool may_go(struct table *t, u32 n)
{
	if (!t->frame || table_in_hand(t) ||
	    (n < 2 * CONFIG_NR_TABLES && frame_paddr(t->frame) == this_cpu()->loaded_root))
		return false;
	if (t->frame->age)
		return true;
	t->frame->age = 1;
	return false;
}

/* Takes back the next table that has not been found since the hand last passed; never one in hand. There are more tables
 * than one mapping needs. False: the step's share is used up, the hand stays. */
static bool evict_one(void)
{
	for (u32 n = 0; n < 3 * CONFIG_NR_TABLES; n++) {
		struct table *t = &tables[hand];

		if (may_go(t, n))
			return map_reclaim_table(t->frame);
		hand = (hand + 1) % CONFIG_NR_TABLES;
		if (share_used(2))
			return false;
	}
	panic("every hardware table is in use by one mapping");
}

/* ---- making ---- */

/* NULL: the step's share is used up. */
static struct frame *table_frame(void)
{
	struct frame *f;

	while (!spare) {
		if (frame_alloc(FU_TABLE, false, &f) == RC_OK)
			return f;
		if (!evict_one())
			return NULL;
	}
	f = spare;
	spare = f->next;
	f->next = NULL;
	return f;
}

static struct table *table_make(const struct table_key *key)
{
	struct frame *f;
	struct table *t;

	while (!free_records)
		if (!evict_one())
			return NULL;
	f = table_frame();
	if (!f)
		return NULL;
	t = &tables[free_records - 1];
	free_records = t->next;
	if (key->level == PT_LEVELS - 1)
		hal_root_init(frame_data(f));
	else
		memset(frame_data(f), 0, FRAME_SIZE);
	*t = (struct table){ .key = *key, .frame = f, .stamp = state.epoch, .next = *bucket(key) };
	*bucket(key) = (u16)(table_number(t) + 1);
	f->table = t;
	return t;
}

/* No processor has its entries: since the snapshot nothing led here that allowed writing, and reading stays. */
static void renew(struct table *t)
{
	hal_pte_t *e = table_entries(t);
	u32 i, left = t->present;

	for (i = t->low; left && i < PT_USER_ENTRIES(t->key.level); i++) {
		left -= hal_pte_present(e[i]);
		if (hal_pte_present(e[i]) && hal_pte_write(e[i]))
			hal_pte_set(e, i, hal_pte_deny_write(e[i]));
	}
	(void)share_used((i - t->low) / 2);
	t->stamp = state.epoch;
}

struct table *table_get(const struct table_key *key)
{
	struct table *t = table_find(key);

	if (!t || !table_valid(t)) {
		if (!t)
			t = table_make(key);
		else
			renew(t);
		if (!t || share_used(MAKE_UNITS))
			return NULL;
	}
	t->in_hand = serial;
	t->frame->age = 0;
	return t;
}
