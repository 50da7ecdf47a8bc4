/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Fetch: entry in force -> log; else bitmap, tag pot, home. FETCHERS at a time, others in a queue through f->store.
 *
 * A log block may be freed and used again while it is being read; then the sum is wrong and the entry is not the
 * same any more: the fetch begins again. The tag of a frame without an entry cannot change while it is being
 * fetched, since only what is cached can become dirty.
 */
#include <abi/error.h>
#include "ckpt/ckpt.h"

static enum kt_result fetch_step(struct kthread *kt);
static struct kthread thread = { .name = "fetch", .step = fetch_step, .prio = KT_PRIO_URGENT };

enum stage { FS_IDLE, FS_LOG, FS_POT_A, FS_POT_B, FS_HOME };

struct fetcher {
	struct io io;
	enum stage stage;
	struct frame *f;
	struct home at;
	struct fmt_tagpot *pot[2];
	u64 place;               /* in the log, what is being read */
	struct fmt_sum sum;
	u32 generation;
};
static struct fetcher fetchers[FETCHERS];
static struct frame *queue, **queue_end = &queue;

void fetch_init(void)
{
	memset(fetchers, 0, sizeof(fetchers));
	queue = NULL;
	queue_end = &queue;
	for (u32 i = 0; i < FETCHERS; i++) {
		fetchers[i].pot[0] = frame_data(kernel_frame());
		fetchers[i].pot[1] = frame_data(kernel_frame());
	}
	kthread_register(&thread);
}

static void finish(struct fetcher *t, rc_t rc)
{
	struct frame *f = t->f;

	if (rc != RC_OK)
		klog("store: frame %llx is damaged\n", (unsigned long long)f->oid);
	t->stage = FS_IDLE;
	t->f = NULL;
	f->flags &= (u8)~FF_IO;
	f->epoch = 0;
	f->store = (void *)(uintptr_t)t->generation;
	frame_fetch_done(f, rc);
	mm_wake(KEY_FRAMES);
}

static void set_tag(struct frame *f, u64 kind_count, u32 version)
{
	f->tag = (struct tag){ .kind = kind_count & 0xf, .flags = 0, .version = version,
			       .call_count = kind_count >> 8 };
}

/* Without I/O: what the tag alone says. */
static void finish_nodata(struct fetcher *t)
{
	struct frame *f = t->f;

	content_from_tag(frame_data(f), f->oid, f->tag.kind, f->tag.version, f->tag.call_count);
	finish(t, RC_OK);
}

static void read(struct fetcher *t, enum stage stage, u64 place, void *buf)
{
	t->stage = stage;
	t->f->flags |= FF_IO;
	io_start(&t->io, &thread, BLK_READ, place, buf);
}

static void begin(struct fetcher *t)
{
	struct frame *f = t->f;
	const struct entry *e = dir_lookup(f->oid);

	if (e) {
		check(!e->frame);
		set_tag(f, e->kind_count, e->version);
		t->place = e->place;
		t->sum = e->sum;
		t->generation = e->generation;
		if (e->place)
			read(t, FS_LOG, e->place, frame_data(f));
		else
			finish_nodata(t);
		return;
	}
	t->generation = 0;
	check(home_of(f->oid, &t->at));
	set_tag(f, 0, 0);
	if (bitmap_get(&t->at))
		read(t, FS_POT_A, t->at.pot_place[0], t->pot[0]);
	else
		finish_nodata(t);
}

/* A right sum is not enough: what comes in must pass the audit when it goes out again. */
static bool content_good(struct fetcher *t)
{
	struct frame *f = t->f;

	if (t->io.req.status != RC_OK ||
	    !sum_equal(sum_frame(frame_data(f), f->oid, f->tag.version, t->generation), t->sum) ||
	    fmt_content_check(frame_data(f), f->oid, f->tag.kind))
		return false;
	f->sum = t->sum;
	f->flags |= FF_SUM_KNOWN;
	return true;
}

static void log_done(struct fetcher *t)
{
	const struct entry *e = dir_lookup(t->f->oid);

	if (content_good(t))
		finish(t, RC_OK);
	else if (!e || e->place != t->place || e->generation != t->generation)
		begin(t);
	else
		finish(t, RC_OBJECT_DAMAGED);
}

static void pot_done(struct fetcher *t)
{
	int newer = tagpot_newer(t->pot[0], t->pot[1]);
	const struct fmt_tag *tag;

	if (newer < 0) {
		finish(t, RC_OBJECT_DAMAGED);
		return;
	}
	tag = &t->pot[newer]->tag[t->at.tag];
	set_tag(t->f, tag->kind_count, tag->version);
	t->sum = tag->sum;
	t->generation = tag->generation;
	if ((fmt_tag_flags(tag) & TAG_LOST) || !fmt_kind_known(fmt_tag_kind(tag)))
		finish(t, RC_OBJECT_DAMAGED);
	else if (fmt_tag_kind(tag) == NK_FREE || (fmt_tag_flags(tag) & TAG_NODATA))
		finish_nodata(t);
	else
		read(t, FS_HOME, t->at.place, frame_data(t->f));
}

static void advance(struct fetcher *t)
{
	switch (t->stage) {
	case FS_LOG:
		log_done(t);
		return;
	case FS_POT_A:
		tagpot_read(t->pot[0], t->io.req.status, t->at.pot_place[0]);
		read(t, FS_POT_B, t->at.pot_place[1], t->pot[1]);
		return;
	case FS_POT_B:
		tagpot_read(t->pot[1], t->io.req.status, t->at.pot_place[1]);
		pot_done(t);
		return;
	case FS_HOME:
		finish(t, content_good(t) ? RC_OK : RC_OBJECT_DAMAGED);
		return;
	case FS_IDLE:
		break;
	}
}

static enum kt_result fetch_step(struct kthread *kt)
{
	(void)kt;
	for (struct fetcher *t = fetchers; t < fetchers + FETCHERS; t++) {
		if (t->stage != FS_IDLE && !t->io.busy) {
			advance(t);
			return KT_AGAIN;
		}
		if (t->stage == FS_IDLE && queue) {
			t->f = queue;
			queue = t->f->store;
			if (!queue)
				queue_end = &queue;
			begin(t);
			return KT_AGAIN;
		}
	}
	return KT_WAIT;
}

rc_t ckpt_fetch(struct frame *f)
{
	f->store = NULL;
	*queue_end = f;
	queue_end = (struct frame **)&f->store;
	kthread_wake(&thread);
	return RC_OK;
}
