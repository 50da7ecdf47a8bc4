/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Block devices as the store sees them. All I/O is one 4 KiB frame. `done` is called from the
 * driver's kernel thread, never from an interrupt and never inside submit. A flush covers the
 * writes that were completed before it was submitted. status: RC_OK or RC_IO.
 */
#ifndef KERNEL_BLKDEV_H
#define KERNEL_BLKDEV_H

#include <kernel/types.h>

enum blk_op { BLK_READ, BLK_WRITE, BLK_FLUSH };

struct blkreq {
	enum blk_op op;
	u64 block;                       /* in frames of 4 KiB from the device's start */
	void *buf;                       /* kernel address, 4 KiB aligned, in the direct map */
	rc_t status;
	void (*done)(struct blkreq *r);
	void *owner;
	struct blkreq *next;             /* the driver's while submitted */
};

#define BLK_HAS_FLUSH 0x1u
#define BLK_WRITE_THROUGH 0x2u
#define BLK_READ_ONLY 0x4u

struct blkdev {
	const char *name;
	u64 blocks;                      /* size in frames */
	u32 flags;
	void (*submit)(struct blkdev *d, struct blkreq *r); /* never waits; queues without bound on r->next */
	struct blkdev *next;
};
void blkdev_register(struct blkdev *d);   /* drivers/blkdev.c */
struct blkdev *blkdev_first(void);

#endif
