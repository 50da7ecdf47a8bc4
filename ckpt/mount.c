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
/* Frames that the root writer and the threads take, and one while mounting. */
#define THREAD_FRAMES (2 * FETCHERS + 6u)

struct store_state st;
static char message[160];
static bool beyond;
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
/* For what is no damage, but more than this kernel can hold: another root would not help. */
#define BEYOND(...) (beyond = true, SAY(__VA_ARGS__))
#define LLU(x) ((unsigned long long)(x))

/* ---- header ------------------------------------------------------------------------------------ */

static bool header_read(u64 place)
{
	const struct fmt_header *h = block;

	return io_sync(BLK_READ, place, block) == RC_OK && h->magic == MAGIC_HEADER &&
	       sum_sealed(h->uuid, h, offsetof(struct fmt_header, sum));
}

/* Finds the header or its copy; it is then in st.header. */
static bool header_find(void)
{
	/* The last block of a disk may be the last of a volume in a partition: then it counts other blocks. */
	if (!header_read(VOL_HEADER_PLACE) &&
	    !(header_read(st.dev->blocks - 1) && ((const struct fmt_header *)block)->blocks == st.dev->blocks))
		return false;
	memcpy(&st.header, block, sizeof(st.header));
	return true;
}

/* Is this kernel, on this machine, large enough? */
static const char *limits_check(const struct fmt_header *h)
{
	u64 need = (h->log_blocks + FRAME_SIZE - 1) / FRAME_SIZE + bitmap_count() + THREAD_FRAMES;

	if (h->log_blocks > VOL_LOG_MAX)
		return SAY("the log has %llu blocks, this kernel maps %u", LLU(h->log_blocks), VOL_LOG_MAX);
	if (bitmap_count() > VOL_BITMAPS_MAX)
		return SAY("the volume has %u bitmaps of tag pots, this kernel holds %u", bitmap_count(), VOL_BITMAPS_MAX);
	if (mm_frames_free() < need)
		return SAY("the volume takes %llu frames of memory, %u are free", LLU(need), mm_frames_free());
	return NULL;
}

static const char *header_check(const u8 *uuid)
{
	const struct fmt_header *h = &st.header;
	const char *why;

	if (h->format != VOL_FORMAT)
		return SAY("the volume has format %u, this kernel reads %u", h->format, VOL_FORMAT);
	if (h->arch != HAL_LAYOUT)
		return SAY("the volume holds processes of architecture %u, this kernel is %u: start the one built with it",
			   h->arch, HAL_LAYOUT);
	if (h->features || h->sum_kind != VOL_SUM_KIND)
		return SAY("the volume needs features %llx and sums of kind %u, this kernel has 0 and %u: make it anew with mkimage",
			   LLU(h->features), h->sum_kind, VOL_SUM_KIND);
	if (uuid && memcmp(uuid, h->uuid, sizeof(h->uuid)))
		return "the volume has another UUID";
	if (h->blocks > st.dev->blocks)
		return SAY("the volume has %llu blocks, the device %llu: take a larger partition or disk",
			   LLU(h->blocks), LLU(st.dev->blocks));
	why = fmt_header_check(h);
	return why ? SAY("the volume's header does not make sense: %s", why) : limits_check(h);
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
	const struct entry *older = dir_lookup(d->oid);
	struct entry *e;

	if (!fmt_entry_check(&st.header, d, g->number) || (d->place && !log_claim(d->place, g)))
		return SAY("generation %u: the entry of frame %llx is wrong", g->number, LLU(d->oid));
	if (older && older->generation == g->number)
		return SAY("generation %u lists frame %llx twice", g->number, LLU(d->oid));
	if (older && (older->version > d->tag.version || older->kind_count >> 8 > fmt_tag_count(&d->tag)))
		return SAY("generation %u: a count of frame %llx went down", g->number, LLU(d->oid));
	e = dir_add(d->oid, g, NULL);
	if (!e)
		return BEYOND("the log's directory has more entries than this kernel's %u (LOG_DIR_ENTRIES)",
			      CONFIG_LOG_DIR_ENTRIES);
	e->place = d->place;
	e->kind_count = d->tag.kind_count;
	e->version = d->tag.version;
	e->sum = d->tag.sum;
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

/* A process has one activity at most; its OID names one of the seven nodes of a pot. */
static bool activity_keep(const u8 *saved)
{
	struct saved_activity *a = &st.activity[st.activities++];

	memcpy(a, saved, sizeof(*a));
	for (const struct saved_activity *b = st.activity; b < a; b++) {
		if (b->oid == a->oid)
			return false;
	}
	return OID_INDEX(a->oid) < POT_NODES;
}

static const char *activities_load(const struct fmt_generation *h, struct gen *g, bool keep)
{
	const struct fmt_act_block *a = block;
	struct fmt_ref ref = h->activities;
	u32 n = 0;

	if (keep && h->nr_activities > CONFIG_NR_ACTIVITIES)
		return BEYOND("the volume holds %u activities, this kernel %u (NR_ACTIVITIES)", h->nr_activities,
			      CONFIG_NR_ACTIVITIES);
	st.activities = 0;
	while (ref.place) {
		if (!chain_read(&ref, g) || a->generation != g->number || a->count > ACT_BLOCK_ENTRIES ||
		    a->count > h->nr_activities - n)
			return SAY("generation %u: activity block %llu is bad", g->number, LLU(ref.place));
		n += a->count;
		for (u32 i = 0; keep && i < a->count; i++) {
			if (!activity_keep(a->activity[i]))
				return SAY("generation %u: an activity in block %llu is wrong", g->number, LLU(ref.place));
		}
		ref = a->next;
	}
	if (n != h->nr_activities)
		return SAY("generation %u lists %u of %u activities", g->number, n, h->nr_activities);
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
	return activities_load(&copy, g, last);
}

/* ---- roots ------------------------------------------------------------------------------------------ */

static void roots_read(void)
{
	for (u32 i = 0; i < 2; i++) {
		bool read = io_sync(BLK_READ, st.header.root[i], block) == RC_OK;
		const struct fmt_root *r = &roots[i];

		memcpy(&roots[i], block, sizeof(roots[i]));
		st.slot[i] = (struct slot_state){ 0 };
		if (!read || !fmt_root_check(&st.header, r)) {
			if (!read || !fmt_all_zero(block, FRAME_SIZE)) /* one that was never written is zero */
				klog("store: root in block %llu is bad: what it alone named is lost\n",
				     LLU(st.header.root[i]));
			continue;
		}
		st.slot[i].good = true;
		st.slot[i].sequence = r->sequence;
		st.slot[i].newest = (u32)r->generation[r->generations - 1].generation;
		st.slot[i].keep = (u32)fmt_root_keep(r);
		st.slot[i].migrated = (u32)r->migrated_up_to;
		st.sequence = MAX(st.sequence, r->sequence);
		st.epoch_floor = MAX(st.epoch_floor, (u32)MAX(r->epoch_floor, st.slot[i].newest) + EPOCH_GAP);
	}
}

/* Loads what this root names up to `newest`, which it keeps whole. */
static const char *root_load(const struct fmt_root *r, u32 last)
{
	const char *why = NULL;

	dir_init();
	log_init();
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
		if (!why || beyond)
			return why;
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

	if (!IS_ENABLED(CONFIG_BOOT_CHOICE) || !st.hooks->choose_previous)
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
	if (st.slot[0].good && st.slot[1].good && st.slot[0].sequence == st.slot[1].sequence)
		return SAY("both roots have the sequence %llu", LLU(st.slot[0].sequence));
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

	if (!header_find())
		return SAY("%s holds no volume", st.dev->name);
	why = header_check(uuid);
	if (why)
		return why;
	root_init();
	roots_read();
	why = generations_load();
	if (!why)
		why = bitmap_load(block);
	if (!why && !st.read_only)
		why = room_check();
	return why;
}

/* All but the threads. What went wrong may have taken frames, and nothing else. */
static const char *volume_open(const u8 *uuid)
{
	const char *why = volume_load(uuid);

	if (why)
		return why;
	st.restart_count = newest.restart_count + 1;
	st.saved_ms = newest.persistent_ms;
	state.limits = newest.limits;
	state.shares = newest.shares;
	return st.read_only ? NULL : roots_write();
}

/* What store_find() and store_mount() begin with. */
static bool begin(struct blkdev *dev, struct frame **f)
{
	memset(&st, 0, sizeof(st));
	beyond = given_up = false;
	log_reset();
	kernel_frames_begin();
	st.dev = dev;
	if (frame_alloc(FU_KERNEL, false, f) != RC_OK)
		return false;
	block = frame_data(*f);
	return true;
}

bool store_find(struct blkdev *dev, u8 uuid[16])
{
	struct frame *f;
	bool found;

	if (!begin(dev, &f))
		return false;
	found = header_find() && st.header.arch == HAL_LAYOUT;
	memcpy(uuid, st.header.uuid, sizeof(st.header.uuid));
	frame_free(f);
	return found;
}

/* Why nothing can be written for good; NULL = it can. */
static const char *why_read_only(const struct blkdev *dev)
{
	if (!IS_ENABLED(CONFIG_PERSISTENCE))
		return "this kernel has no PERSISTENCE";
	if (dev->flags & BLK_READ_ONLY)
		return "the disk is";
	if (!(dev->flags & (BLK_HAS_FLUSH | BLK_WRITE_THROUGH)))
		return "the disk can neither flush its cache nor do without";
	return NULL;
}

const char *store_mount(struct blkdev *dev, const u8 *uuid, const struct store_hooks *hooks)
{
	struct frame *f;
	const char *why;

	if (!begin(dev, &f))
		return "not enough memory for the store";
	st.hooks = hooks;
	st.read_only = why_read_only(dev) != NULL;
	st.interval_sec = CONFIG_CKPT_INTERVAL_SEC;
	why = volume_open(uuid);
	frame_free(f);
	if (why) {
		kernel_frames_free();
		return why;
	}
	for (u32 i = 0; i < st.activities; i++) {
		bool room = hooks->activity_restore(&st.activity[i]);

		check(room); /* no activity exists before the first mount */
	}
	if (st.attempts > 1)
		klog("store: restart %u from generation %u without a commit\n", st.attempts, st.committed);
	if (st.read_only)
		klog("store: read-only, for %s: nothing that happens outlives the power\n", why_read_only(dev));
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
