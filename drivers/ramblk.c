/* SPDX-License-Identifier: Apache-2.0 */
/* RAM disks: block devices over memory that the boot loader filled. One request a step. */
#include "drivers/blkqueue.h"

#include <abi/error.h>
#include <kernel/drivers.h>
#include <kernel/kthread.h>
#include <kernel/lib.h>
#include <kernel/panic.h>

#define RAMBLK_MAX 2u

struct ramblk {
	struct blkdev blk;
	struct kthread kt;
	struct blkqueue queue;
	u8 *base;
	char name[8];
};

static struct ramblk disks[RAMBLK_MAX];
static u32 disk_count;

static rc_t perform(const struct ramblk *d, const struct blkreq *r)
{
	if (r->op == BLK_FLUSH)
		return RC_OK;
	if (r->block >= d->blk.blocks)
		return RC_IO;
	if (r->op == BLK_READ)
		memcpy(r->buf, d->base + r->block * FRAME_SIZE, FRAME_SIZE);
	else
		memcpy(d->base + r->block * FRAME_SIZE, r->buf, FRAME_SIZE);
	return RC_OK;
}

static enum kt_result ramblk_step(struct kthread *kt)
{
	struct ramblk *d = container_of(kt, struct ramblk, kt);
	struct blkreq *r = blkqueue_take(&d->queue);

	if (!r)
		return KT_WAIT;
	r->status = perform(d, r);
	r->done(r);
	return KT_AGAIN;
}

static void ramblk_submit(struct blkdev *blk, struct blkreq *r)
{
	struct ramblk *d = container_of(blk, struct ramblk, blk);

	blkqueue_put(&d->queue, r);
	kthread_wake(&d->kt);
}

void ramblk_add(void *base, u64 size)
{
	struct ramblk *d = &disks[disk_count];

	if (disk_count == RAMBLK_MAX) {
		klog("ram disk: no room for another\n");
		return;
	}
	format_buf(d->name, sizeof(d->name), "ram%u", disk_count++);
	d->base = base;
	d->blk = (struct blkdev){
		.name = d->name,
		.blocks = size / FRAME_SIZE,
		.flags = BLK_WRITE_THROUGH,
		.submit = ramblk_submit,
	};
	d->kt = (struct kthread){ .name = d->name, .step = ramblk_step, .prio = KT_PRIO_DEVICE };
	kthread_register(&d->kt);
	blkdev_register(&d->blk);
	klog("%s: %u MiB, lost with the power\n", d->name, (u32)(size >> 20));
}
