/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The stabiliser: frames of the frozen generation to the log, then directory, activities, header, flush, root. It also
 * cleans frames of the current generation that memory management wants to evict. WRITERS writes are in
 * flight at a time; a block whose write fails is given up for another.
 */
#include <abi/error.h>
#include "ckpt/ckpt.h"

static enum kt_result stabilise_step(struct kthread *kt);
static struct kthread thread = { .name = "stabilise", .step = stabilise_step, .prio = KT_PRIO_BACKGROUND };

struct writer {
	struct io io;
	struct gen *gen;         /* NULL = idle */
	struct entry *entry;
	struct frame *frame;
};
static struct writer writers[WRITERS];

static enum kt_result idle(void), frames(void), directory(void), audit_lists(void), activities(void), header(void),
	flushed(void), root_wait(void), root_write(void);
static enum kt_result (*phase)(void) = idle;

static struct {
	struct io io;
	void *block;
	enum kt_result (*then)(void); /* the phase when the block has its sum */
	u64 place;               /* of the block being written; 0 = none */
	struct fmt_ref last;     /* chain so far */
	u32 entry, done;         /* next entry; entries or activities listed */
	struct fmt_ref directory;
} meta;

void stabilise_init(void)
{
	memset(writers, 0, sizeof(writers));
	memset(&meta, 0, sizeof(meta));
	meta.block = frame_data(kernel_frame());
	phase = idle;
	kthread_register(&thread);
}

void stabilise_wake(void)
{
	if (st.urgent_cpu)
		kthread_set_prio(&thread, KT_PRIO_URGENT);
	kthread_wake(&thread);
}

/* ---- frames ------------------------------------------------------------------------------- */

static void now_clean(const struct entry *e, struct frame *f)
{
	f->flags &= (u8)~(FF_IO | FF_SUM_KNOWN);
	f->epoch = 0;
	f->tag.version = e->version;
	f->tag.call_count = e->kind_count >> 8;
	f->sum = e->sum;
	f->store = (void *)(uintptr_t)e->generation;
	if (e->place)
		f->flags |= FF_SUM_KNOWN;
}

static void written(struct gen *g, struct entry *e, struct frame *f)
{
	u64 oid = f->oid;

	e->frame = NULL;
	g->inflight--;
	if (f->use == FU_FROZEN) {
		struct frame *live = frame_peek(oid);

		if (live && live->epoch == g->number)
			now_clean(e, live); /* what was written was its copy */
		frame_free(f);
	} else {
		now_clean(e, f);
	}
	mm_wake(oid);
	mm_wake(KEY_FRAMES);
}

static void check_frozen(const struct gen *g, const struct entry *e, const struct frame *f)
{
	if (IS_ENABLED(CONFIG_DEBUG_FREEZE) && g->state == GEN_STABILISING &&
	    sum_frame(frame_data(f), f->oid, 0, g->number).lo != e->frozen)
		panic("frozen frame %llx has changed since the snapshot", (unsigned long long)f->oid);
}

/* While there are reserves nobody shall wait for the disk to write to a frame that goes to the log: a copy goes. */
static void copy_first(const struct gen *g, struct entry *e)
{
	struct frame *f = e->frame, *copy;

	if (!state.shares || g->state != GEN_STABILISING || f->use == FU_FROZEN || e->kind_count >> 4 & TAG_NODATA ||
	    frame_alloc(FU_FROZEN, false, &copy) != RC_OK)
		return;
	frame_copy_frozen(copy, f);
	e->frame = copy;
}

/* Takes e out of the queue and starts its write; a frame without data needs none. */
static void write_entry(struct writer *w, struct gen *g, struct entry *e)
{
	struct frame *f = e->frame;
	const char *why;

	check_frozen(g, e, f);
	if (g->state == GEN_CURRENT) {
		frame_pin(f);
		obj_unhook(f);
	}
	queue_remove(g, e);
	e->want_clean = false;
	g->inflight++;
	tag_of_content(f, e);
	why = audit_content(f, e, dir_lookup_upto(e->oid, g->number - 1));
	if (why)
		panic("audit of frame %llx: %s", (unsigned long long)f->oid, why);
	e->place = 0;
	e->sum = (struct fmt_sum){ 0 };
	if (e->kind_count >> 4 & TAG_NODATA) {
		written(g, e, f);
		return;
	}
	e->sum = sum_frame(frame_data(f), e->oid, e->version, g->number);
	e->place = log_alloc(g);
	copy_first(g, e);
	f = e->frame;
	f->flags |= FF_IO;
	if (g->state == GEN_CURRENT)
		f->epoch = 0; /* a new write asks again, and waits for FF_IO */
	*w = (struct writer){ .gen = g, .entry = e, .frame = f };
	io_start(&w->io, &thread, BLK_WRITE, e->place, frame_data(f));
}

/* Ends at most one finished write. True if there was one. */
static bool reap(void)
{
	for (struct writer *w = writers; w < writers + WRITERS; w++) {
		if (!w->gen || w->io.busy)
			continue;
		if (w->io.req.status == RC_OK) {
			st.frames_written++;
			written(w->gen, w->entry, w->frame);
			w->gen = NULL;
			return true;
		}
		klog("store: log block %llu cannot be written\n", (unsigned long long)w->entry->place);
		log_bad(w->entry->place);
		w->entry->place = log_alloc(w->gen);
		io_start(&w->io, &thread, BLK_WRITE, w->entry->place, frame_data(w->frame));
		return true;
	}
	return false;
}

static struct writer *writer_idle(void)
{
	for (struct writer *w = writers; w < writers + WRITERS; w++) {
		if (!w->gen)
			return w;
	}
	return NULL;
}

/* Writes one frame that memory management wants back. */
static bool clean_one(void)
{
	struct gen *g = st.current;
	struct writer *w = writer_idle();

	if (!w || g->queue_head == NIL || !dir_entry(g->queue_head)->want_clean)
		return false;
	if (!obj_unhook_some(dir_entry(g->queue_head)->frame))
		return true;
	write_entry(w, g, dir_entry(g->queue_head));
	return true;
}

static enum kt_result frames(void)
{
	struct gen *g = st.stabilising;
	struct writer *w = writer_idle();

	if (g->queue_head != NIL) {
		if (!w)
			return KT_WAIT;
		write_entry(w, g, dir_entry(g->queue_head));
		return KT_AGAIN;
	}
	if (g->inflight)
		return KT_WAIT;
	meta.last = (struct fmt_ref){ 0 };
	meta.entry = g->first;
	meta.done = 0;
	phase = directory;
	return KT_AGAIN;
}

/* ---- metadata ------------------------------------------------------------------------------- */

static void meta_write(void)
{
	struct gen *g = st.stabilising;

	meta.place = log_alloc(g);
	io_start(&meta.io, &thread, BLK_WRITE, meta.place, meta.block);
}

/* A new block of metadata takes its place and sum, in a step of its own. */
static enum kt_result meta_sum(void)
{
	st.stabilising->meta_done++;
	meta_write();
	meta.last = (struct fmt_ref){ meta.place, sum_meta(st.header.uuid, meta.block) };
	phase = meta.then;
	return KT_WAIT;
}

static enum kt_result meta_start(enum kt_result (*then)(void))
{
	meta.then = then;
	phase = meta_sum;
	return KT_AGAIN;
}

/* True when no metadata write is under way; a failed one goes elsewhere. */
static bool meta_idle(void)
{
	if (meta.io.busy)
		return false;
	if (!meta.place)
		return true;
	if (meta.io.req.status == RC_OK) {
		meta.place = 0;
		return true;
	}
	log_bad(meta.place);
	meta_write();
	meta.last.place = meta.place;
	return false;
}

static enum kt_result directory(void)
{
	struct gen *g = st.stabilising;
	struct fmt_dir_block *d = meta.block;

	if (!meta_idle())
		return KT_WAIT;
	if (meta.entry == NIL) {
		if (meta.done != g->entries)
			panic("audit: %u of %u objects are listed", meta.done, g->entries);
		meta.directory = meta.last;
		meta.last = (struct fmt_ref){ 0 };
		meta.done = 0;
		phase = audit_lists;
		return KT_AGAIN;
	}
	memset(d, 0, sizeof(*d));
	d->next = meta.last;
	d->generation = g->number;
	for (; meta.entry != NIL && d->count < DIR_BLOCK_ENTRIES; d->count++) {
		const struct entry *e = dir_entry(meta.entry);
		const char *why;

		d->entry[d->count] = (struct fmt_entry){
			e->oid, e->place, { e->kind_count, e->version, e->generation, e->sum } };
		why = audit_entry(e, &d->entry[d->count]);
		if (why)
			panic("audit of frame %llx: %s", (unsigned long long)e->oid, why);
		meta.entry = e->gen_next;
	}
	meta.done += d->count;
	return meta_start(directory);
}

/* The log, and one activity a step. */
static enum kt_result audit_lists(void)
{
	const char *why = log_audit();

	if (why)
		panic("audit: %s", why);
	if (meta.done < st.activities) {
		why = audit_activity(st.activity, meta.done);
		if (why)
			panic("audit of process %llx: %s", (unsigned long long)st.activity[meta.done].oid, why);
		meta.done++;
		return KT_AGAIN;
	}
	meta.done = 0;
	phase = activities;
	return KT_AGAIN;
}

/* From the last block to the first, so that the chain has them in order. */
static enum kt_result activities(void)
{
	struct fmt_act_block *a = meta.block;
	u32 first;

	if (!meta_idle())
		return KT_WAIT;
	if (meta.done == st.activities) {
		phase = header;
		return KT_AGAIN;
	}
	memset(a, 0, sizeof(*a));
	a->next = meta.last;
	a->generation = st.stabilising->number;
	first = (st.activities - meta.done - 1) / ACT_BLOCK_ENTRIES * ACT_BLOCK_ENTRIES;
	a->count = st.activities - meta.done - first;
	memcpy(a->activity, &st.activity[first], a->count * sizeof(st.activity[0]));
	meta.done += a->count;
	return meta_start(activities);
}

static enum kt_result header(void)
{
	struct gen *g = st.stabilising;
	struct fmt_generation *h = meta.block;

	memset(h, 0, sizeof(*h));
	h->magic = MAGIC_GENERATION;
	h->generation = g->number;
	h->restart_count = st.restart_count;
	h->persistent_ms = st.snapshot_ms;
	h->limits = st.limits;
	h->shares = st.shares;
	h->directory = meta.directory;
	h->activities = meta.last;
	h->entries = g->entries;
	h->nr_activities = st.activities;
	h->log_blocks = g->log_blocks + 1;
	return meta_start(flushed);
}

/* ---- commit --------------------------------------------------------------------------------- */

/* The header is written: everything must be on the medium before a root says so. */
static enum kt_result flushed(void)
{
	if (!meta_idle())
		return KT_WAIT;
	st.stabilising->header = meta.last;
	io_start(&meta.io, &thread, BLK_FLUSH, 0, NULL);
	phase = root_wait;
	return KT_WAIT;
}

static enum kt_result root_wait(void)
{
	if (meta.io.busy)
		return KT_WAIT;
	if (!root_begin(&thread, st.stabilising->number, st.migrated))
		return KT_WAIT;
	phase = root_write;
	return KT_WAIT;
}

static enum kt_result root_write(void)
{
	struct gen *g = st.stabilising;

	if (root_step() == ROOT_WAIT)
		return KT_WAIT;
	g->state = GEN_COMMITTED;
	st.committed = g->number;
	st.attempts = 0;
	st.stabilising = NULL;
	phase = idle;
	if (!st.requested)
		st.urgent_cpu = false;
	mm_wake(KEY_LOG);
	st.hooks->committed(g->number);
	migrate_wake();
	return KT_AGAIN;
}

static enum kt_result idle(void)
{
	if (!st.urgent_cpu)
		kthread_set_prio(&thread, KT_PRIO_BACKGROUND);
	if (!st.requested)
		return KT_WAIT;
	if (!snapshot_take()) {
		st.urgent = true;
		migrate_wake();
		return KT_WAIT; /* retirement wakes us */
	}
	phase = frames;
	return KT_AGAIN;
}

static enum kt_result stabilise_step(struct kthread *kt)
{
	enum kt_result then;
	bool reaped;

	(void)kt;
	if (!log_find_some())
		return KT_AGAIN;
	reaped = reap();
	then = clean_one() ? KT_AGAIN : phase();
	return reaped ? KT_AGAIN : then;
}
