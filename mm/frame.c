/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The frame table, the object cache's hash, the free list and pins.
 *
 * One struct frame for each frame of RAM, in an array taken from the first region that has
 * room for it. The hash multiplies both halves of the OID by odd numbers that are random per boot (mm.h) and keeps the
 * top bits, so that nobody can aim at one chain. `prev` and `next` belong to the
 * free list here and to the store while a frame is dirty; ageing (evict.c) needs no list.
 */
#include "mm.h"

#include <abi/error.h>
#include <hal/hal.h>
#include <kernel/lib.h>
#include <kernel/panic.h>
#include <kernel/peek.h>

#define REGIONS_MAX 16u
#define POISON 0xdb

struct region {
	u32 base;                  /* physical address of its first frame, in frames */
	u32 first, count;          /* in the frame table */
};

static struct region regions[REGIONS_MAX];
static u32 nr_regions;
static u32 nr_frames;
static struct frame *free_list;
static u32 nr_free;
static u32 next_serial;
static const struct store_ops *store;
struct direct_map direct_map;
struct frame_hash frame_hash;
struct frame_table frame_table;
static struct mm_hooks hooks;

/* ---- boot ---- */

static void regions_read(void)
{
	struct hal_mem_region r;

	nr_regions = 0;
	nr_frames = 0;
	for (u32 n = 0; hal_mem_region(n, &r); n++) {
		if (nr_regions == REGIONS_MAX) {
			klog("mm: more than %u memory regions: the rest is not used\n", REGIONS_MAX);
			break;
		}
		if (r.base == 0) { /* address 0 means "no table" */
			r.base += FRAME_SIZE;
			r.size -= FRAME_SIZE;
		}
		regions[nr_regions++] = (struct region){ .base = (u32)(r.base >> FRAME_SHIFT),
							 .count = (u32)(r.size >> FRAME_SHIFT) };
		nr_frames += (u32)(r.size >> FRAME_SHIFT);
		if (regions[nr_regions - 1].count > regions[0].count) { /* what is looked for is found there */
			struct region largest = regions[nr_regions - 1];

			regions[nr_regions - 1] = regions[0];
			regions[0] = largest;
		}
	}
}

/* Takes the headers and the hash from the first region that has room. */
static void table_place(void)
{
	u32 log = 1;
	u64 bytes, hash_bytes;

	while ((u64)1 << log < (u64)nr_frames * 2)
		log++;
	frame_hash.shift = 32 - log;
	hash_bytes = ((u64)1 << log) * sizeof(*frame_hash.bucket);
	bytes = ALIGN_UP(nr_frames * (u64)sizeof(*frame_table.all) + hash_bytes, (u64)FRAME_SIZE);
	for (struct region *r = regions; r < regions + nr_regions; r++) {
		if ((u64)r->count << FRAME_SHIFT < bytes)
			continue;
		frame_hash.bucket = hal_phys_to_virt((paddr_t)r->base << FRAME_SHIFT);
		frame_table.all = (struct frame *)((char *)frame_hash.bucket + hash_bytes);
		memset(frame_hash.bucket, 0, (size_t)bytes);
		r->base += (u32)(bytes >> FRAME_SHIFT);
		r->count -= (u32)(bytes >> FRAME_SHIFT);
		nr_frames -= (u32)(bytes >> FRAME_SHIFT);
		return;
	}
	panic("too little RAM: no piece of it has room for the frame table (%u KiB): add some", (u32)(bytes >> 10));
}

static void free_push(struct frame *f)
{
	if (IS_ENABLED(CONFIG_DEBUG_POISON))
		memset(frame_data(f), POISON, FRAME_SIZE);
	*f = (struct frame){ .data = f->data, .next = free_list };
	free_list = f;
	nr_free++;
}

static struct frame *free_pop(void)
{
	struct frame *f = free_list;

	free_list = f->next;
	f->next = NULL;
	nr_free--;
	if (IS_ENABLED(CONFIG_DEBUG_POISON)) {
		const u8 *p = frame_data(f);

		for (u32 i = 0; i < FRAME_SIZE; i++)
			if (p[i] != POISON)
				panic("free frame %llx was written to at byte %u", (unsigned long long)frame_paddr(f), i);
	}
	return f;
}

void mm_init(void)
{
	u32 first = 0;

	free_list = NULL;
	nr_free = 0;
	next_serial = state.pin_serial;
	state.token_serial = 0;
	regions_read();
	table_place();
	frame_hash.low = (u32)hal_entropy() | 1;
	frame_hash.high = (u32)hal_entropy() | 1;
	for (struct region *r = regions; r < regions + nr_regions; r++) {
		r->first = first;
		first += r->count;
	}
	frame_table.base = regions[0].base;
	frame_table.count = regions[0].count;
	direct_map.offset = (uintptr_t)frame_table.all - (uintptr_t)hal_virt_to_phys(frame_table.all);
	direct_map.user_end = (uintptr_t)hal_user_end();
	for (const struct region *r = regions; r < regions + nr_regions; r++)
		for (u32 n = 0; n < r->count; n++)
			frame_table.all[r->first + n].data = hal_phys_to_virt((paddr_t)(r->base + n) << FRAME_SHIFT);
	for (u32 n = nr_frames; n-- > 0;) /* so that the lowest is taken first */
		free_push(&frame_table.all[n]);
	map_init();
}

void mm_register_store(const struct store_ops *ops)
{
	store = ops;
}

void mm_register_hooks(const struct mm_hooks *h)
{
	hooks = *h;
}

/* ---- frames and their addresses ---- */

struct frame *frame_at(u32 n)
{
	return &frame_table.all[n];
}

u32 frame_number(const struct frame *f)
{
	return (u32)(f - frame_table.all);
}

paddr_t frame_paddr(const struct frame *f)
{
	return hal_virt_to_phys(f->data);
}

struct frame *frame_of_paddr(paddr_t pa)
{
	u32 n = (u32)(pa >> FRAME_SHIFT);

	for (const struct region *r = regions; r < regions + nr_regions; r++)
		if (n - r->base < r->count)
			return &frame_table.all[r->first + (n - r->base)];
	return NULL;
}

u32 mm_frames_total(void)
{
	return nr_frames;
}

u32 mm_frames_free(void)
{
	return nr_free;
}

/* ---- the hash ---- */

static bool store_covers(oid_t frame_oid)
{
	return store && store->covers(frame_oid);
}

static void hash_insert(struct frame *f, oid_t oid)
{
	struct frame **b = frame_bucket((u32)oid, (u32)(oid >> 32));

	f->oid = OID_FRAME(oid);
	if (store_covers(f->oid))
		f->flags |= FF_STORED;
	f->hash_next = *b;
	*b = f;
}

void frame_hash_remove(struct frame *f)
{
	struct frame **p = frame_bucket((u32)f->oid, (u32)(f->oid >> 32));

	while (*p != f)
		p = &(*p)->hash_next;
	*p = f->hash_next;
	f->hash_next = NULL;
}

bool frame_hashed(const struct frame *f)
{
	return f->use == FU_PAGE || f->use == FU_POT || f->use == FU_FETCHING || f->use == FU_DAMAGED;
}

/* ---- pins ---- */

bool frame_pinned(const struct frame *f)
{
	return f->pin == state.pin_serial || (state.token_serial && f->pin == state.token_serial) ||
	       (f->flags & FF_PIN_HARD);
}

static u32 serial_next(void)
{
	if (!++next_serial)
		next_serial = 1;
	return next_serial;
}

void pins_drop(void)
{
	cpu0.share = 0;
	state.pin_serial = serial_next();
}

void pins_token(void)
{
	cpu0.share = 0;
	if (!state.token_serial)
		state.token_serial = serial_next();
	state.pin_serial = state.token_serial;
}

void pins_token_end(void)
{
	state.token_serial = 0;
	mm_wake(KEY_FRAMES); /* who found all else pinned */
}

/* ---- the store ---- */

const struct store_ops *mm_store(void)
{
	return store;
}

void mm_wake(u64 key)
{
	if (HAS_SHARES && key == KEY_FRAMES)
		frame_reclaim_anew();
	if (hooks.wake)
		hooks.wake(key);
}

/* ---- getting and giving back ---- */

rc_t frame_alloc(enum frame_use use, bool may_stall, struct frame **out)
{
	u32 keep = may_stall ? FRAMES_RESERVE : 0;
	enum reclaim r = RECLAIM_DONE;

	while (nr_free <= keep && r == RECLAIM_DONE)
		r = frame_reclaim();
	if (nr_free <= keep) {
		if (!may_stall)
			return RC_BUSY;
		if (r == RECLAIM_AGAIN)
			return stall_on(KEY_AGAIN);
		if (state.token_serial && state.pin_serial != state.token_serial) /* its holder ends */
			r = RECLAIM_HOPE;
		return r == RECLAIM_HOPE ? stall_on(KEY_FRAMES) : RC_BUSY;
	}
	*out = free_pop();
	(*out)->use = (u8)use;
	frame_pin(*out);
	return RC_OK;
}

void frame_free(struct frame *f)
{
	assert(!f->rmap && !f->depend);
	if (frame_hashed(f))
		frame_hash_remove(f);
	free_push(f);
	if (nr_free <= FRAMES_RESERVE + 1)
		mm_wake(KEY_FRAMES);
}

struct frame *frame_peek(oid_t oid)
{
	struct frame *f = frame_hash_find((u32)oid, (u32)(oid >> 32));

	return f && (f->use == FU_PAGE || f->use == FU_POT) ? f : NULL;
}

static rc_t frame_fetch(oid_t oid, struct frame **out)
{
	rc_t rc;

	if (!store_covers(OID_FRAME(oid)))
		return RC_OFFLINE;
	rc = frame_alloc(FU_FETCHING, true, out);
	if (rc != RC_OK)
		return rc;
	hash_insert(*out, oid);
	rc = store->fetch(*out);
	if (rc != RC_OK)
		frame_free(*out);
	return rc;
}

/* What is not there ready: on its way, damaged, or to be fetched. */
static __attribute__((noinline)) rc_t frame_get_later(oid_t oid, struct frame *f, struct frame **out)
{
	if (!f) {
		rc_t rc = frame_fetch(oid, &f);

		if (rc != RC_OK)
			return rc;
	}
	if (f->use == FU_FETCHING)
		return stall_on(OID_FRAME(oid));
	if (f->use == FU_DAMAGED)
		return f->fetch_rc;
	frame_pin(f);
	*out = f;
	return RC_OK;
}

rc_t frame_get(oid_t oid, struct frame **out)
{
	struct frame *f = frame_hash_find((u32)oid, (u32)(oid >> 32));

	if (!f || (f->use != FU_PAGE && f->use != FU_POT))
		return frame_get_later(oid, f, out);
	frame_pin(f);
	f->age = 0;
	*out = f;
	return RC_OK;
}

void frame_fetch_done(struct frame *f, rc_t rc)
{
	assert(f->use == FU_FETCHING);
	if (rc != RC_OK) {
		f->use = FU_DAMAGED;
		f->fetch_rc = (u8)rc;
	} else {
		f->use = f->tag.kind == NK_NODE ? FU_POT : FU_PAGE;
	}
	mm_wake(f->oid);
}

rc_t frame_create(oid_t oid, struct frame **out)
{
	rc_t rc;

	if (store && !(oid & OID_NOT_STORED))
		return RC_OFFLINE;
	rc = frame_alloc(FU_PAGE, true, out);
	if (rc != RC_OK)
		return rc;
	hash_insert(*out, oid);
	if (oid & OID_NOT_STORED) /* capabilities of an earlier boot are void */
		(*out)->tag.version = (u32)state.restart_count << NP_VERSION_BITS;
	return RC_OK;
}

/* ---- writing ---- */

rc_t frame_dirty(struct frame *f)
{
	rc_t rc = RC_OK;

	assert(f->use == FU_PAGE || f->use == FU_POT);
	if (f->epoch == state.epoch)
		return RC_OK;
	if (f->flags & FF_STORED)
		rc = store->make_dirty(f);
	else
		f->epoch = state.epoch;
	assert(rc != RC_OK || f->epoch == state.epoch);
	return rc;
}

rc_t frame_make_dirty(struct frame *f)
{
	assert(frame_pinned(f));
	return frame_dirty(f);
}

void *page_writable(struct frame *f)
{
	check(f->epoch == state.epoch);
	assert(f->use == FU_PAGE && frame_pinned(f));
	return frame_data(f);
}

struct node *node_writable(struct frame *f, u32 index)
{
	check(f->epoch == state.epoch);
	assert(f->use == FU_POT && index < POT_NODES && frame_pinned(f));
	return &frame_pot(f)->node[index];
}

/* ---- forgetting ---- */

void obj_unhook_node(struct frame *f, u32 index)
{
	if (f->use == FU_PAGE) {
		map_unhook_page(f, false);
		return;
	}
	map_unhook_node(f, index);
	if (f->hook[index])
		hooks.context_unhook(f, index);
	if (f->flags & FF_SCHEDULE)
		hooks.schedule_unhook(f);
}

void obj_unhook(struct frame *f)
{
	if (f->use == FU_PAGE)
		map_unhook_page(f, false);
	else if (f->use == FU_POT)
		for (u32 i = 0; i < POT_NODES; i++)
			obj_unhook_node(f, i);
}

bool obj_unhook_some(struct frame *f)
{
	bool all = true;

	for (u32 i = 0; HAS_SHARES && f->use == FU_POT && all && i < POT_NODES; i++)
		all = map_unhook_some(f, i);
	if (all)
		obj_unhook(f);
	return all;
}

/* ---- O1 to O3 ---- */

void mm_check_frames(void)
{
	u32 chained = 0, hashed = 0, unused = 0;

	for (u64 b = 0; b < (u64)1 << (32 - frame_hash.shift); b++)
		for (struct frame *f = frame_hash.bucket[b]; f; f = f->hash_next) {
			check(frame_hashed(f) && frame_hash_find((u32)f->oid, (u32)(f->oid >> 32)) == f);
			chained++;
		}
	for (u32 n = 0; n < nr_frames; n++) {
		hashed += frame_hashed(&frame_table.all[n]);
		unused += frame_table.all[n].use == FU_FREE;
		check(frame_table.all[n].epoch <= state.epoch);
	}
	check(chained == hashed);
	check(unused == nr_free);
}
