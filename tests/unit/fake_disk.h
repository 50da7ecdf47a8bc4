/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A disk for the tests of the store: a medium and a volatile cache in front of it, and kernel threads that a test runs
 * step by step. Everything that was submitted is recorded, so that the medium at any instant, with any of the unflushed
 * writes lost, kept or torn, can be made again afterwards.
 */
#ifndef TESTS_FAKE_DISK_H
#define TESTS_FAKE_DISK_H

#include "fake_mm.h"
#include "ckpt/format.h"
#include <kernel/blkdev.h>
#include <kernel/kthread.h>
#include <kernel/store.h>

#define DISK_BLOCKS 1400u

struct event {
	enum blk_op op;          /* BLK_WRITE, or a completed BLK_FLUSH */
	u64 block;
	u64 acknowledged;        /* newest generation committed by then */
	u64 snapshot;            /* newest snapshot by then */
	u8 *data;
};

extern struct blkdev fake_disk;
extern u8 fake_medium[DISK_BLOCKS][FRAME_SIZE]; /* what a read gives: writes land at once, the record knows better */
extern struct event *fake_events;
extern u32 fake_nr_events;
extern u64 fake_bad_from, fake_bad_to; /* all writes to these blocks fail; the second excluded */
extern u64 fake_bad_write;       /* the next write to this block fails; 0 = none */
extern u64 fake_bad_read;        /* so many of the next reads of this block fail */
extern u32 fake_bad_reads;
extern u64 fake_bad_read_pair;   /* all reads of this block and the next fail; 0 = none */
extern u32 fake_bad_flush;       /* this flush from now on fails (1 = the next); 0 = none */
extern u64 fake_acknowledged, fake_snapshot;

void fake_disk_reset(void);              /* record empty, no request under way; the medium stays */
void fake_threads_reset(void);
bool fake_step(void);                    /* one ready kernel thread, or the disk; false = all wait */
extern u64 fake_now;                     /* hal_time_ms() */

/* A fresh volume on the medium: one generation, without objects, and `frames` frames from OID 0. */
void fake_volume(u32 frames);
extern const u8 fake_uuid[16];

#endif
