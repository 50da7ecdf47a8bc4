/* SPDX-License-Identifier: Apache-2.0 */
#include "fake_disk.h"

#include <abi/error.h>
#include <hal/hal.h>
#include <stdlib.h>
#include <string.h>

#include "fresh_volume.h"

#define THREADS_MAX 8u
#define LOG_BLOCKS 930u

u8 fake_medium[DISK_BLOCKS][FRAME_SIZE] __attribute__((aligned(4096)));
struct event *fake_events;
u32 fake_nr_events;
u64 fake_bad_from, fake_bad_to;
u64 fake_bad_write, fake_bad_read, fake_bad_read_pair, fake_acknowledged, fake_snapshot, fake_now;
const u8 fake_uuid[16] = "unit test volume";
u32 fake_bad_reads, fake_bad_flush;
static struct kthread *threads[THREADS_MAX];
static u32 nr_threads, thread_turn;
static struct blkreq *first, **last = &first;
static u32 events_max, turn;

/* ---- threads ---- */

void kthread_register(struct kthread *kt)
{
	assert_true(nr_threads < THREADS_MAX);
	kt->ready = false;
	kt->wake_ms = 0;
	threads[nr_threads++] = kt;
}
void kthread_wake(struct kthread *kt) { kt->ready = true; }
void kthread_wake_at(struct kthread *kt, u64 ms) { kt->wake_ms = ms; }
void kthread_device(int change) { (void)change; }
void kthread_set_prio(struct kthread *kt, u8 prio) { kt->prio = prio; }
void fake_threads_reset(void) { nr_threads = thread_turn = 0; }
u64 hal_time_ms(void) { return fake_now; }
u64 hal_cycles(void) { return fake_now; }

void kthread_run_until(bool (*done)(void *), void *arg)
{
	while (!done(arg))
		assert_true(fake_step());
}

/* ---- disk ---- */

static void record(enum blk_op op, u64 block, const void *data)
{
	struct event *e;

	if (fake_nr_events == events_max) {
		events_max = events_max * 2 + 1024;
		fake_events = realloc(fake_events, events_max * sizeof(*fake_events));
	}
	e = &fake_events[fake_nr_events++];
	*e = (struct event){ op, block, fake_acknowledged, fake_snapshot, NULL };
	if (data) {
		e->data = malloc(FRAME_SIZE);
		memcpy(e->data, data, FRAME_SIZE);
	}
}

static void submit(struct blkdev *d, struct blkreq *r)
{
	(void)d;
	r->next = NULL;
	if (r->op != BLK_FLUSH)
		assert_true(r->block < DISK_BLOCKS);
	*last = r;
	last = &r->next;
}

static void complete(struct blkreq *r)
{
	r->status = RC_OK;
	if (r->op == BLK_READ && r->block == fake_bad_read && fake_bad_reads) {
		r->status = RC_IO;
		fake_bad_reads--;
	} else if (r->op == BLK_READ && fake_bad_read_pair && r->block - fake_bad_read_pair < 2) {
		r->status = RC_IO;
	} else if (r->op == BLK_READ) {
		memcpy(r->buf, fake_medium[r->block], FRAME_SIZE);
	} else if (r->op == BLK_FLUSH && fake_bad_flush && --fake_bad_flush == 0) {
		r->status = RC_IO;
	} else if (r->op == BLK_FLUSH) {
		record(BLK_FLUSH, 0, NULL);
	} else if (r->op == BLK_WRITE && r->block >= fake_bad_from && r->block < fake_bad_to) {
		r->status = RC_IO;
	} else if (r->block == fake_bad_write) {
		r->status = RC_IO;
		fake_bad_write = 0;
	} else {
		memcpy(fake_medium[r->block], r->buf, FRAME_SIZE);
		record(BLK_WRITE, r->block, r->buf);
	}
	r->done(r);
}

struct blkdev fake_disk = { .name = "fake", .blocks = DISK_BLOCKS, .flags = BLK_HAS_FLUSH, .submit = submit };

void fake_disk_reset(void)
{
	for (u32 i = 0; i < fake_nr_events; i++)
		free(fake_events[i].data);
	fake_nr_events = 0;
	first = NULL;
	last = &first;
}

bool fake_step(void)
{
	if (first && ++turn % 3 == 0) {
		struct blkreq *r = first;

		first = r->next;
		if (!first)
			last = &first;
		complete(r);
		return true;
	}
	for (u32 n = 0; n < nr_threads; n++) { /* in turn, so that none is starved */
		struct kthread *kt = threads[thread_turn++ % nr_threads];

		if (kt->wake_ms && kt->wake_ms <= fake_now) {
			kt->wake_ms = 0;
			kt->ready = true;
		}
		if (!kt->ready)
			continue;
		kt->ready = false;
		pins_drop();
		if (kt->step(kt) == KT_AGAIN)
			kt->ready = true;
		return true;
	}
	return first != NULL;
}

/* ---- volume ---- */

void fake_volume(u32 frames)
{
	fresh_volume(fake_medium, &(struct fresh_volume){ fake_uuid, DISK_BLOCKS, LOG_BLOCKS, frames });
}
