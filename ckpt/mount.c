/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Mount: finds the volume, the best good root and all that hangs from it, and starts the threads. Boot only: I/O is
 * synchronous. Nothing is written until everything has been found good; then one root, with attempts + 1, before the
 * first user instruction. What goes wrong comes back as a message that names it.
 */
#include <abi/error.h>
#include <hal/hal.h>
#include <hal/regs.h>
#include "ckpt/ckpt.h"

/* Epochs begin this far above every generation found: what was never committed may have had the next few numbers. */
#define EPOCH_GAP 8u

struct store_state st;
static char message[160];
static void *block;              /* one frame, while mounting */
static struct fmt_root roots[2];
static struct fmt_generation newest;
static bool given_up;            /* the newest generation, for the one before it */

static const struct store_ops ops = {
	.covers = ckpt_covers,
	.fetch = ckpt_fetch,
	.make_dirty = ckpt_make_dirty,
	.clean = ckpt_clean,
};

#define SAY(...) (format_buf(message, sizeof(message), __VA_ARGS__), message)
#define LLU(x) ((unsigned long long)(x))

/* ---- header ------------------------------------------------------------------------------------ */

static bool header_read(u64 place)
{
	const struct fmt_header *h = block;

	return io_sync(BLK_READ, place, block) == RC_OK && h->magic == MAGIC_HEADER &&
	       sum_sealed(h->uuid, h, offsetof(struct fmt_header, sum));
}

static bool inside(u64 place, u64 count)
{
	return place > VOL_HEADER_PLACE && place < st.header.blocks && count <= st.header.blocks - place;
}

static bool ranges_inside(void)
{
	for (u32 i = 0; i < st.header.ranges; i++) {
		const struct fmt_range *r = &st.header.range[i];

		if (r->frames == 0 || r->frames >> 31 || OID_INDEX(r->first) ||
		    r->first + (r->frames << 3) > OID_NP_BASE || !inside(r->home, r->frames))
			return false;
	}
	return true;
}

static const char *header_check(const u8 *uuid)
{
	const struct fmt_header *h = &st.header;

	if (h->format != VOL_FORMAT)
		return SAY("the volume has format %u, this kernel reads %u", h->format, VOL_FORMAT);
	if (h->arch != HAL_LAYOUT)
		return SAY("the volume holds processes of architecture %u, this kernel is %u", h->arch, HAL_LAYOUT);
	if (h->features || h->sum_kind != VOL_SUM_KIND)
		return SAY("the volume needs features %llx, sums %u", LLU(h->features), h->sum_kind);
	if (uuid && memcmp(uuid, h->uuid, sizeof(h->uuid)))
		return "the volume has another UUID";
	if (h->blocks > st.dev->blocks)
		return SAY("the volume has %llu blocks, the device %llu", LLU(h->blocks), LLU(st.dev->blocks));
	if (h->ranges == 0 || h->ranges > VOL_RANGES || h->member >= VOL_MEMBERS || !ranges_inside() ||
	    !inside(h->log, h->log_blocks) || !inside(h->root[0], 1) || !inside(h->root[1], 1))
		return "the volume's header does not make sense";
	return NULL;
}

/* ---- one generation ------------------------------------------------------------------------------- */

/* Reads and claims a block of a generation. */
static bool chain_read(const struct fmt_ref *ref, struct gen *g)
{
	struct fmt_ref r = *ref;

	return log_claim(r.place, g) && io_sync(BLK_READ, r.place, block) == RC_OK &&
	       sum_equal(r.sum, sum_meta(st.header.uuid, block));
}

static const char *entry_load(const struct fmt_entry *d, struct gen *g)
{
	struct entry *e;

	if (!ckpt_covers(d->oid) || OID_INDEX(d->oid) || dir_lookup_in(d->oid, g->number))
		return SAY("generation %u lists frame %llx wrongly", g->number, LLU(d->oid));
	if ((d->place == 0) != ((fmt_tag_flags(&d->tag) & TAG_NODATA) != 0) || d->tag.generation != g->number ||
	    (d->place && !log_claim(d->place, g)))
		return SAY("generation %u: the entry of frame %llx is wrong", g->number, LLU(d->oid));
	e = dir_add(d->oid, g);
	if (!e)
		return SAY("the log's directory has more entries than this kernel's %u (LOG_DIR_ENTRIES)",
			   CONFIG_LOG_DIR_ENTRIES);
	e->place = d->place;
	e->kind_count = d->tag.kind_count;
	e->version = d->tag.version;
	e->sum = d->tag.sum.lo;
	return NULL;
}

static const char *directory_load(struct fmt_ref ref, struct gen *g)
{
	const struct fmt_dir_block *d = block;
	const char *why = NULL;

	while (ref.place && !why) {
		if (!chain_read(&ref, g) || d->generation != g->number || d->count > DIR_BLOCK_ENTRIES)
			return SAY("generation %u: directory block %llu is bad", g->number, LLU(ref.place));
		for (u32 i = 0; i < d->count && !why; i++)
			why = entry_load(&d->entry[i], g);
		ref = d->next;
	}
	return why;
}

static const char *activities_load(struct fmt_ref ref, struct gen *g, bool keep)
{
	const struct fmt_act_block *a = block;

	if (keep)
		st.activities = 0;
	while (ref.place) {
		if (!chain_read(&ref, g) || a->generation != g->number || a->count > ACT_BLOCK_ENTRIES)
			return SAY("generation %u: activity block %llu is bad", g->number, LLU(ref.place));
		for (u32 i = 0; keep && i < a->count; i++) {
			if (st.activities == CONFIG_NR_ACTIVITIES)
				return SAY("the volume holds %u activities, this kernel %u (NR_ACTIVITIES)",
					   newest.nr_activities, CONFIG_NR_ACTIVITIES);
			memcpy(&st.activity[st.activities++], a->activity[i], sizeof(st.activity[0]));
		}
		ref = a->next;
	}
	return NULL;
}

static const char *generation_load(const struct fmt_generation_ref *ref, bool last)
{
	const struct fmt_generation *h = block;
	struct gen *g = gen_new((u32)ref->generation, GEN_COMMITTED);
	const char *why;
	struct fmt_generation copy;

	if (!g || !chain_read(&ref->header, g) || h->magic != MAGIC_GENERATION || h->generation != ref->generation)
		return SAY("the header of generation %llu (block %llu) is bad", LLU(ref->generation),
			   LLU(ref->header.place));
	g->header = ref->header;
	copy = *h;
	if (last)
		newest = copy;
	why = directory_load(copy.directory, g);
	if (why)
		return why;
	if (g->entries != copy.entries)
		return SAY("generation %u lists %u of %u frames", g->number, g->entries, copy.entries);
	return activities_load(copy.activities, g, last);
}

/* ---- roots ------------------------------------------------------------------------------------------ */

static bool root_good(const struct fmt_root *r)
{
	bool kept = false;

	if (r->magic != MAGIC_ROOT || memcmp(r->uuid, st.header.uuid, sizeof(r->uuid)) ||
	    !sum_sealed(st.header.uuid, r, offsetof(struct fmt_root, sum)))
		return false;
	if (r->generations == 0 || r->generations > ROOT_GENERATIONS)
		return false;
	for (u32 i = 0; i < r->generations; i++) {
		if (i && r->generation[i].generation <= r->generation[i - 1].generation)
			return false;
		kept |= r->generation[i].generation == fmt_root_keep(r);
	}
	return kept && r->generation[r->generations - 1].generation < 0xffffff00u;
}

static void roots_read(void)
{
	for (u32 i = 0; i < 2; i++) {
		bool read = io_sync(BLK_READ, st.header.root[i], block) == RC_OK;
		const struct fmt_root *r = &roots[i];

		memcpy(&roots[i], block, sizeof(roots[i]));
		st.slot[i] = (struct slot_state){ 0 };
		if (!read || !root_good(r))
			continue;
		st.slot[i].good = true;
		st.slot[i].sequence = r->sequence;
		st.slot[i].newest = (u32)r->generation[r->generations - 1].generation;
		st.slot[i].keep = (u32)fmt_root_keep(r);
		st.slot[i].migrated = (u32)r->migrated_up_to;
		st.sequence = MAX(st.sequence, r->sequence);
		st.epoch_floor = MAX(st.epoch_floor, MAX((u32)r->epoch_floor, st.slot[i].newest) + EPOCH_GAP);
	}
}

/* Loads what this root names up to `newest`, which it keeps whole. */
static const char *root_load(const struct fmt_root *r, u32 last)
{
	const char *why = NULL;

	dir_init();
	why = log_init();
	for (u32 i = 0; i < r->generations && r->generation[i].generation <= last && !why; i++)
		why = generation_load(&r->generation[i], r->generation[i].generation == last);
	st.committed = last;
	st.migrated = (u32)r->migrated_up_to;
	st.attempts = r->attempts;
	if (!why)
		gen_find(last)->keep = (u32)fmt_root_keep(r);
	return why;
}

static u32 newest_slot(void)
{
	return st.slot[1].good && (!st.slot[0].good || st.slot[1].sequence > st.slot[0].sequence);
}

/* The newest root whose chain verifies. */
static const char *best_root_load(void)
{
	u32 first = newest_slot();
	const char *why = NULL;

	for (u32 n = 0; n < 2; n++) {
		u32 i = n ? !first : first;

		if (!st.slot[i].good)
			continue;
		why = root_load(&roots[i], st.slot[i].newest);
		if (!why)
			return NULL;
		st.slot[i].good = false;
		klog("store: root in block %llu cannot be used, generation %u is lost: %s\n", LLU(st.header.root[i]),
		     st.slot[i].newest, why);
	}
	return why;
}

/* ---- newest or previous? ----------------------------------------------------------------------------- */

static u64 snapshot_ms(const struct fmt_root *r, u64 generation)
{
	const struct fmt_generation *h = block;
	u32 i = 0;

	while (r->generation[i].generation != generation)
		i++;
	if (io_sync(BLK_READ, r->generation[i].header.place, block) != RC_OK ||
	    !sum_equal(r->generation[i].header.sum, sum_meta(st.header.uuid, block)))
		return 0;
	return h->persistent_ms;
}

static bool previous_chosen(const struct slot_state *s, const struct fmt_root *r)
{
	struct store_offer o = { .newest = s->newest, .attempts = r->attempts };

	if (!st.hooks->choose_previous)
		return false;
	o.newest_ms = snapshot_ms(r, s->newest);
	if (s->keep < s->newest) {
		o.previous = s->keep;
		o.previous_ms = snapshot_ms(r, s->keep);
	}
	return st.hooks->choose_previous(&o);
}

/*
 * Only the newest root speaks of it: by V8 home holds nothing newer. The generation that is given up is not looked at,
 * since that may be why.
 */
static const char *previous_load(const struct slot_state *s, const struct fmt_root *r)
{
	const char *why;

	if (s->keep == s->newest)
		return SAY("generation %u is the only one that is whole: start without ckpt=previous", s->newest);
	klog("store: generation %u is given up for the one before it, %u\n", s->newest, s->keep);
	why = root_load(r, s->keep);
	st.attempts = 0;
	given_up = true;
	return why;
}

static const char *generations_load(void)
{
	u32 i = newest_slot();

	if (!st.slot[0].good && !st.slot[1].good)
		return SAY("both roots (blocks %llu and %llu) are bad", LLU(st.header.root[0]), LLU(st.header.root[1]));
	if (previous_chosen(&st.slot[i], &roots[i]))
		return previous_load(&st.slot[i], &roots[i]);
	return best_root_load();
}

/*
 * Before the first user instruction: attempts + 1. What is given up is so with the first of two roots, which names the
 * previous generation as the newest; until that is written a restart finds everything as it was. Only when the second has
 * taken the place of the last root that names what is given up may its blocks be written over (V1).
 */
static const char *roots_write(void)
{
	const char *why = given_up ? root_write_boot() : NULL;

	st.attempts++;
	return why ? why : root_write_boot();
}

/* ---- is there room to run? ----------------------------------------------------------------------------- */

/*
 * What the volume can come to when all but the newest generation has gone home, which the migrator does after the next
 * commit; and, at once, that commit (S1, so every volume that was ever run has that).
 */
static const char *room_check(void)
{
	const struct gen *g = gen_find(st.committed);
	u64 need = MIN_EPOCH + 2 * FIXED_SHARE + LOG_SLACK + MIN_EPOCH / DIR_BLOCK_ENTRIES + 2;
	u64 left = st.header.log_blocks - g->log_blocks;
	u32 entries = CONFIG_LOG_DIR_ENTRIES - g->entries;

	if (st.header.log_blocks / 3 < need)
		return SAY("a third of the log is %llu blocks, this kernel's tables need %llu",
			   LLU(st.header.log_blocks / 3), LLU(need));
	if (left < need || log_free_blocks() < 2 * FIXED_SHARE + LOG_SLACK - 1)
		return SAY("the log has %llu blocks beside generation %u (%llu free), this kernel's tables need %llu",
			   LLU(left), g->number, LLU(log_free_blocks()), LLU(need));
	if (entries < MIN_EPOCH || CONFIG_LOG_DIR_ENTRIES / 3 < MIN_EPOCH)
		return SAY("the log's directory has %u entries beside generation %u's, of %u (LOG_DIR_ENTRIES); the "
			   "tables need %u", entries, g->number, CONFIG_LOG_DIR_ENTRIES, MIN_EPOCH);
	return NULL;
}

static void start_threads(void)
{
	st.current = gen_new(st.epoch_floor, GEN_CURRENT);
	check(st.current);
	state.epoch = st.epoch_floor;
	fetch_init();
	mm_register_store(&ops);
	st.mounted = true;
	if (st.read_only)
		return;
	stabilise_init();
	migrate_init();
	snapshot_init();
	migrate_wake();
}

static const char *volume_load(const u8 *uuid)
{
	const char *why;

	if (!header_read(VOL_HEADER_PLACE) && !header_read(st.dev->blocks - 1))
		return SAY("%s holds no volume", st.dev->name);
	memcpy(&st.header, block, sizeof(st.header));
	why = header_check(uuid);
	if (why)
		return why;
	roots_read();
	why = generations_load();
	if (!why)
		why = bitmap_load();
	if (!why && !st.read_only)
		why = room_check();
	for (u32 i = 0; i < st.activities && !why; i++) {
		if (!st.hooks->activity_restore(&st.activity[i]))
			why = SAY("the volume holds %u activities, this kernel takes %u", st.activities, i);
	}
	return why;
}

const char *store_mount(struct blkdev *dev, const u8 *uuid, const struct store_hooks *hooks)
{
	struct frame *f = kernel_frame();
	const char *why;

	memset(&st, 0, sizeof(st));
	given_up = false;
	log_reset();
	root_init();
	st.dev = dev;
	st.hooks = hooks;
	st.read_only = !IS_ENABLED(CONFIG_PERSISTENCE) || (dev->flags & BLK_READ_ONLY) ||
		       !(dev->flags & (BLK_HAS_FLUSH | BLK_WRITE_THROUGH));
	st.interval_sec = CONFIG_CKPT_INTERVAL_SEC;
	block = frame_data(f);
	why = volume_load(uuid);
	if (!why) {
		st.restart_count = newest.restart_count + 1;
		st.saved_ms = newest.persistent_ms;
		if (!st.read_only)
			why = roots_write();
	}
	frame_free(f);
	if (why)
		return why;
	if (st.attempts > 1)
		klog("store: restart %u from generation %u without a commit\n", st.attempts, st.committed);
	if (st.read_only)
		klog("store: read-only: nothing that happens outlives the power\n");
	klog("store: generation %u, restart %llu\n", st.committed, LLU(st.restart_count));
	start_threads();
	return NULL;
}

u64 store_restart_count(void)
{
	return st.restart_count;
}

u64 store_persistent_ms(void)
{
	return st.saved_ms;
}

u32 store_epoch(void)
{
	return st.epoch_floor;
}
