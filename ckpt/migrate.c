/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The migrator: takes home what both roots name and can spare (V8), says so in a root, and frees what both roots say is at
 * home.
 *
 *   collect -> [ next frame -> (tag pot read) -> log read -> home written ]* -> tag pots on the way
 *           -> flush -> bitmaps -> flush -> their other copies -> [ read back, other copy of the tag pot ]*
 *           -> flush -> root -> retire
 *
 * A batch takes, of each frame, the newest version not above `upto`, in order of OID (a heap). Anything that goes wrong before
 * the root only means that the batch is done again: the log keeps everything until both roots say otherwise. The other
 * copy of a pair is touched only when the first is on the medium, and then made the same: what is lost of one block is in
 * the other. A batch begins with a flush if the last one failed.
 */
#include <abi/error.h>
#include <hal/hal.h>
#include "ckpt/ckpt.h"

#define RETRY_MS 10000
#define COLLECT_STEP 16u
#define DROP_STEP 32u

static enum kt_result migrate_step(struct kthread *kt);
static struct kthread thread = { .name = "migrate", .step = migrate_step, .prio = KT_PRIO_BACKGROUND };

typedef enum kt_result (*phase_fn)(void);
static enum kt_result idle(void), collect(void), next_frame(void), pot_read(void), log_read(void), home_written(void),
	pot_written(void), flushed(void), bitmaps_write(void), verify_next(void), verify_pot(void),
	verify_home(void), twin_written(void), root_wait(void), root_write(void), retire(void), restart(void);
static phase_fn phase = idle;

static u32 order[CONFIG_LOG_DIR_ENTRIES]; /* heap in [0, heap), then what was taken, newest taken first */
static u32 heap, total;

static struct {
	struct io io;
	u8 *home;                /* one frame of content */
	struct fmt_tagpot *pot[2];
	struct home at;          /* of the frame in hand */
	struct entry *e;         /* committed entries stay until we retire them */
	bool pot_loaded;
	struct home pot_home;    /* any frame of the loaded pot */
	u8 newer;                /* which buffer holds the pot */
	u8 side;                 /* pair member being read */
	bool unread;             /* a read of this pair failed */
	u32 upto;                /* newest generation of the batch */
	struct gen *gen;         /* being collected or retired */
	u32 cursor, verified;
	u64 retry_ms;
	struct fmt_bitmap *bitmap;
	u32 copies;              /* of bitmaps that are still to be written: 2, then 1 */
} m;

void migrate_init(void)
{
	memset(&m, 0, sizeof(m));
	m.home = frame_data(kernel_frame());
	m.pot[0] = frame_data(kernel_frame());
	m.pot[1] = frame_data(kernel_frame());
	phase = idle;
	kthread_register(&thread);
}

void migrate_wake(void)
{
	kthread_set_prio(&thread, st.urgent ? KT_PRIO_URGENT : KT_PRIO_BACKGROUND);
	kthread_wake(&thread);
}

static enum kt_result start(enum blk_op op, u64 place, void *buf, phase_fn then)
{
	io_start(&m.io, &thread, op, place, buf);
	phase = then;
	return KT_WAIT;
}

static enum kt_result go(phase_fn then)
{
	phase = then;
	return KT_AGAIN;
}

static enum kt_result failed(const char *what)
{
	klog("store: migration of generation %u: %s; it will be tried again\n", m.upto, what);
	m.retry_ms = hal_time_ms() + RETRY_MS;
	phase = restart;
	return KT_AGAIN;
}

/* ---- heap by OID ------------------------------------------------------------------------------ */

static bool before(u32 a, u32 b)
{
	return dir_entry(order[a])->oid < dir_entry(order[b])->oid;
}

static void swap(u32 a, u32 b)
{
	u32 t = order[a];

	order[a] = order[b];
	order[b] = t;
}

static void heap_push(u32 entry)
{
	u32 i = heap++;

	order[i] = entry;
	for (; i && before(i, (i - 1) / 2); i = (i - 1) / 2)
		swap(i, (i - 1) / 2);
}

/* Takes the lowest; it goes behind the heap, so that order[total - 1], order[total - 2].. are ascending. */
static void heap_pop(void)
{
	u32 i = 0;

	swap(0, --heap);
	for (;;) {
		u32 child = 2 * i + 1;

		if (child >= heap)
			return;
		if (child + 1 < heap && before(child + 1, child))
			child++;
		if (!before(child, i))
			return;
		swap(i, child);
		i = child;
	}
}

/* ---- what to do ---------------------------------------------------------------------------------- */

static bool root_behind(void)
{
	return root_both_newest() < st.committed || root_both_migrated() < st.migrated;
}

static enum kt_result idle(void)
{
	struct gen *oldest = gen_oldest_above(0);

	if (st.read_only || !oldest)
		return KT_WAIT;
	if (oldest->number <= root_both_migrated() && oldest->number < root_both_keep()) {
		m.gen = oldest;
		m.cursor = 0;
		return go(retire);
	}
	if (st.urgent && root_both_migrated() < st.migrated && root_begin(&thread, st.committed, st.migrated))
		return go(root_write);
	m.gen = gen_oldest_above(st.migrated);
	m.upto = root_both_keep();
	if (m.gen && m.gen->number <= m.upto) {
		m.cursor = m.gen->first;
		heap = 0;
		return go(collect);
	}
	if (st.urgent && root_behind() && root_begin(&thread, st.committed, st.migrated))
		return go(root_write);
	if (!root_behind() && st.urgent) {
		st.urgent = false;
		migrate_wake();
	}
	return KT_WAIT;
}

static enum kt_result restart(void)
{
	if (hal_time_ms() < m.retry_ms) {
		kthread_wake_at(&thread, m.retry_ms);
		return KT_WAIT;
	}
	return start(BLK_FLUSH, 0, NULL, idle);
}

static enum kt_result collect(void)
{
	for (u32 n = 0; n < COLLECT_STEP && m.cursor != NIL; n++) {
		struct entry *e = dir_entry(m.cursor);

		if (dir_lookup_upto(e->oid, m.upto) == e)
			heap_push(m.cursor);
		m.cursor = e->gen_next;
	}
	if (m.cursor != NIL)
		return KT_AGAIN;
	m.gen = gen_oldest_above(m.gen->number);
	if (m.gen && m.gen->number <= m.upto) {
		m.cursor = m.gen->first;
		return KT_AGAIN;
	}
	total = heap;
	m.pot_loaded = false;
	return go(next_frame);
}

/* ---- frames and tag pots home ---------------------------------------------------------------------- */

static bool same_pot(const struct home *a, const struct home *b)
{
	return a->range == b->range && a->pot == b->pot;
}

static enum kt_result pot_write(void)
{
	u8 other = !m.newer;
	struct fmt_tagpot *pot = m.pot[m.newer];

	pot->place = m.pot_home.pot_place[other];
	pot->sequence = MAX(pot->sequence, st.sequence) + 1; /* above any that an unfinished batch left */
	sum_seal(st.header.uuid, pot, offsetof(struct fmt_tagpot, sum));
	return start(BLK_WRITE, pot->place, pot, pot_written);
}

static enum kt_result pot_written(void)
{
	if (m.io.req.status != RC_OK)
		return failed("a tag pot cannot be written");
	bitmap_set(&m.pot_home);
	m.pot_loaded = false;
	return go(next_frame);
}

static enum kt_result frame_begin(void)
{
	struct fmt_tag *t = &m.pot[m.newer]->tag[m.at.tag];
	const struct entry *e = m.e;

	*t = (struct fmt_tag){ e->kind_count, e->version, e->generation, e->sum };
	if (!e->place) {
		heap_pop();
		return go(next_frame);
	}
	return start(BLK_READ, e->place, m.home, log_read);
}

static enum kt_result pot_load(void)
{
	m.pot_home = m.at;
	m.pot_loaded = true;
	m.side = 0;
	if (bitmap_get(&m.at))
		return start(BLK_READ, m.at.pot_place[0], m.pot[0], pot_read);
	memset(m.pot[1], 0, FRAME_SIZE);
	m.newer = 1; /* so that the first copy is written */
	return frame_begin();
}

/* Both copies are lost: nobody may take its frames for fresh ones. */
static void pot_lost(void)
{
	klog("store: both copies of tag pot %u are bad: frames not in the log are lost\n", m.at.pot);
	memset(m.pot[1], 0, FRAME_SIZE);
	for (u32 i = 0; i < TAG_POT_TAGS; i++)
		m.pot[1]->tag[i].kind_count = fmt_kind_count(NK_FREE, TAG_LOST, 0);
	m.newer = 1;
}

/* One copy of the pair of m.at has come in; true when both have. */
static bool pair_read(phase_fn again)
{
	m.unread = (m.side && m.unread) || m.io.req.status != RC_OK;
	tagpot_read(m.pot[m.side], m.io.req.status, m.at.pot_place[m.side]);
	if (m.side)
		return true;
	m.side = 1;
	start(BLK_READ, m.at.pot_place[1], m.pot[1], again);
	return false;
}

static enum kt_result pot_read(void)
{
	int newer;

	if (!pair_read(pot_read))
		return KT_WAIT;
	newer = tagpot_newer(m.pot[0], m.pot[1]);
	if (newer < 0 && m.unread)
		return failed("a tag pot cannot be read");
	if (newer < 0)
		pot_lost();
	else
		m.newer = (u8)newer;
	return frame_begin();
}

static enum kt_result next_frame(void)
{
	if (heap) {
		m.e = dir_entry(order[0]);
		check(home_of(m.e->oid, &m.at));
	}
	if (m.pot_loaded && (!heap || !same_pot(&m.at, &m.pot_home)))
		return pot_write();
	if (!heap)
		return start(BLK_FLUSH, 0, NULL, flushed);
	return m.pot_loaded ? frame_begin() : pot_load();
}

static bool content_good(const struct entry *e)
{
	return sum_equal(sum_frame(m.home, e->oid, e->version, e->generation), e->sum);
}

/* The copy in memory, if it is the version wanted. */
static bool content_cached(const struct entry *e)
{
	struct frame *f = frame_peek(e->oid);

	if (!f || f->epoch || !(f->flags & FF_SUM_KNOWN))
		return false;
	memcpy(m.home, frame_data(f), FRAME_SIZE);
	return content_good(e);
}

static enum kt_result log_read(void)
{
	if ((m.io.req.status != RC_OK || !content_good(m.e)) && !content_cached(m.e)) {
		/* Its tag goes home, with the sum that its content should have: it stays damaged, and alone. */
		klog("store: frame %llx is damaged in the log\n", (unsigned long long)m.e->oid);
		m.e->damaged = true;
		heap_pop();
		return go(next_frame);
	}
	return start(BLK_WRITE, m.at.place, m.home, home_written);
}

static enum kt_result home_written(void)
{
	if (m.io.req.status != RC_OK)
		return failed("a home frame cannot be written");
	heap_pop();
	return go(next_frame);
}

/* ---- durable, and read back --------------------------------------------------------------------- */

static enum kt_result flushed(void)
{
	m.bitmap = NULL;
	m.copies = 2;
	return go(bitmaps_write);
}

/* One copy of each that has changed, a flush, then the others. */
static enum kt_result bitmaps_write(void)
{
	u64 place;

	if (m.bitmap) {
		if (m.io.req.status != RC_OK)
			return failed("a bitmap cannot be written");
		bitmap_written(m.bitmap);
	}
	m.bitmap = bitmap_prepare(m.copies, &place);
	if (m.bitmap)
		return start(BLK_WRITE, place, m.bitmap, bitmaps_write);
	if (--m.copies)
		return start(BLK_FLUSH, 0, NULL, bitmaps_write);
	m.verified = 0;
	m.pot_loaded = false;
	return go(verify_next);
}

static bool tag_good(const struct entry *e)
{
	const struct fmt_tag *t = &m.pot[m.newer]->tag[m.at.tag];

	return t->kind_count == e->kind_count && t->version == e->version && t->generation == e->generation &&
	       sum_equal(t->sum, e->sum);
}

/* The other copy, now that this one is on the medium and its tags are right. */
static enum kt_result twin_write(void)
{
	struct fmt_tagpot *pot = m.pot[m.newer];

	pot->place = m.pot_home.pot_place[!m.newer];
	sum_seal(st.header.uuid, pot, offsetof(struct fmt_tagpot, sum));
	return start(BLK_WRITE, pot->place, pot, twin_written);
}

static enum kt_result twin_written(void)
{
	if (m.io.req.status != RC_OK)
		return failed("the other copy of a tag pot cannot be written");
	m.pot_loaded = false;
	return go(verify_next);
}

static enum kt_result verify_next(void)
{
	bool more = m.verified < total;

	if (more) {
		m.e = dir_entry(order[total - 1 - m.verified]);
		check(home_of(m.e->oid, &m.at));
	}
	if (m.pot_loaded && (!more || !same_pot(&m.at, &m.pot_home)))
		return twin_write();
	if (!more)
		return start(BLK_FLUSH, 0, NULL, root_wait);
	if (!m.pot_loaded) {
		m.side = 0;
		return start(BLK_READ, m.at.pot_place[0], m.pot[0], verify_pot);
	}
	if (!tag_good(m.e))
		return failed("a tag reads back old");
	m.verified++;
	if (!m.e->place || m.e->damaged)
		return KT_AGAIN;
	return start(BLK_READ, m.at.place, m.home, verify_home);
}

static enum kt_result verify_pot(void)
{
	int newer;

	if (!pair_read(verify_pot))
		return KT_WAIT;
	newer = tagpot_newer(m.pot[0], m.pot[1]);
	if (newer < 0)
		return failed("a tag pot reads back bad");
	m.newer = (u8)newer;
	m.pot_home = m.at;
	m.pot_loaded = true;
	return go(verify_next);
}

static enum kt_result verify_home(void)
{
	if (m.io.req.status != RC_OK || !content_good(m.e))
		return failed("a home frame reads back bad");
	return go(verify_next);
}

/* ---- root and retirement --------------------------------------------------------------------------- */

static enum kt_result root_wait(void)
{
	if (!root_begin(&thread, st.committed, m.upto))
		return KT_WAIT;
	st.migrated = m.upto;
	return go(root_write);
}

static enum kt_result root_write(void)
{
	return root_step() == ROOT_WAIT ? KT_WAIT : go(idle);
}

static enum kt_result retire(void)
{
	if (!dir_drop_some(m.gen, DROP_STEP) || !log_free_some(m.gen, &m.cursor))
		return KT_AGAIN;
	m.gen->state = GEN_FREE;
	mm_wake(KEY_LOG);
	stabilise_wake();
	return go(idle);
}

static enum kt_result migrate_step(struct kthread *kt)
{
	(void)kt;
	return m.io.busy ? KT_WAIT : phase();
}
