/* SPDX-License-Identifier: Apache-2.0 */
/*
 * IDE disks at work. A channel does one request at a time; its two drives take turns. The
 * thread looks at the status a bounded number of times in a step, then waits for the
 * interrupt, and looks again after POLL_MS in case it was lost. A drive that does not answer
 * in time is reset: its request fails, and from then on data goes sector by sector, since the
 * reset has ended the drive's multiple mode.
 */
#include "drivers/ide.h"

#include <abi/error.h>
#include <hal/hal.h>
#include <kernel/panic.h>

#define POLLS 64u
#define POLL_MS 20u
#define TIMEOUT_MS 30000u

static u8 read_write_command(const struct ide_drive *d, bool write)
{
	static const u8 commands[2][2][2] = { /* [48 bits][multiple][write] */
		{ { IDE_CMD_READ, IDE_CMD_WRITE }, { IDE_CMD_READ_MULTIPLE, IDE_CMD_WRITE_MULTIPLE } },
		{ { IDE_CMD_READ_EXT, IDE_CMD_WRITE_EXT },
			{ IDE_CMD_READ_MULTIPLE_EXT, IDE_CMD_WRITE_MULTIPLE_EXT } },
	};

	return commands[d->lba48][d->chunk > 1][write];
}

static void write_address(const struct ide_channel *c, u32 low, u8 count)
{
	ide_out(c, IDE_COUNT, count);
	ide_out(c, IDE_LBA_LOW, (u8)low);
	ide_out(c, IDE_LBA_MID, (u8)(low >> 8));
	ide_out(c, IDE_LBA_HIGH, (u8)(low >> 16));
}

static void issue_read_write(struct ide_channel *c, bool write)
{
	const struct ide_drive *d = c->active;
	u64 lba = c->req->block * IDE_SECTORS_PER_FRAME;

	if (d->lba48)
		write_address(c, (u32)(lba >> 24), 0);
	else
		ide_out(c, IDE_DEVICE, (u8)(IDE_DEVICE_LBA | d->select | (lba >> 24 & 0xf)));
	write_address(c, (u32)lba, IDE_SECTORS_PER_FRAME);
	ide_out(c, IDE_COMMAND, read_write_command(d, write));
	c->phase = write ? IDE_DATA_OUT : IDE_DATA_IN;
}

static void issue(struct ide_channel *c)
{
	c->sectors_done = 0;
	if (c->req->op == BLK_FLUSH) {
		ide_out(c, IDE_COMMAND, c->active->lba48 ? IDE_CMD_FLUSH_EXT : IDE_CMD_FLUSH);
		c->phase = IDE_END;
	} else {
		issue_read_write(c, c->req->op == BLK_WRITE);
	}
	ide_settle(c);
}

static void finish(struct ide_channel *c, rc_t status)
{
	struct blkreq *r = c->req;

	c->req = NULL;
	c->phase = IDE_IDLE;
	r->status = status;
	r->done(r);
}

static bool pick(struct ide_channel *c)
{
	for (u32 i = 0; i < 2 && !c->req; i++) {
		c->active = &c->drive[c->turn];
		c->req = blkqueue_take(&c->active->queue);
		c->turn ^= 1;
	}
	if (!c->req)
		return false;
	c->deadline = hal_time_ms() + TIMEOUT_MS;
	c->phase = IDE_SELECTED;
	ide_out(c, IDE_DEVICE, IDE_DEVICE_LBA | c->active->select);
	ide_settle(c);
	return true;
}

/* Ends a request that needs no drive: out of range, or a flush of a drive without a cache. */
static bool finish_trivial(struct ide_channel *c)
{
	const struct blkdev *blk = &c->active->blk;

	if (c->req->op == BLK_FLUSH && !(blk->flags & BLK_HAS_FLUSH))
		finish(c, RC_OK);
	else if (c->req->op != BLK_FLUSH && c->req->block >= blk->blocks)
		finish(c, RC_IO);
	else
		return false;
	return true;
}

static void move_data(struct ide_channel *c)
{
	u8 *at = (u8 *)c->req->buf + c->sectors_done * IDE_SECTOR_SIZE;
	u32 words = c->active->chunk * IDE_SECTOR_WORDS;

	if (c->phase == IDE_DATA_IN)
		insw((u16)(c->command + IDE_DATA), at, words);
	else
		outsw((u16)(c->command + IDE_DATA), at, words);
	ide_settle(c);
	c->sectors_done += c->active->chunk;
	if (c->sectors_done < IDE_SECTORS_PER_FRAME)
		return;
	if (c->phase == IDE_DATA_IN)
		finish(c, RC_OK);
	else
		c->phase = IDE_END;
}

/* The drive is not busy. False: it still has to get ready for what comes next. */
static bool advance(struct ide_channel *c, u8 status)
{
	if (c->phase == IDE_SELECTED) {
		if (!(status & IDE_READY) || status & IDE_DATA_REQUEST)
			return false;
		issue(c);
		return true;
	}
	if (status & (IDE_ERROR | IDE_FAULT)) {
		finish(c, RC_IO);
		return true;
	}
	if (c->phase == IDE_END) {
		if (status & IDE_DATA_REQUEST)
			return false;
		finish(c, RC_OK);
		return true;
	}
	if (!(status & IDE_DATA_REQUEST))
		return false;
	move_data(c);
	return true;
}

static void reset(struct ide_channel *c)
{
	klog("%s: no answer, reset\n", c->active->name);
	outb(c->control, IDE_CONTROL_RESET);
	for (u32 i = 0; i < POLLS; i++)
		inb(c->control);
	outb(c->control, 0);
	c->drive[0].chunk = 1;
	c->drive[1].chunk = 1;
	finish(c, RC_IO);
}

enum kt_result ide_step(struct kthread *kt)
{
	struct ide_channel *c = container_of(kt, struct ide_channel, kt);
	u8 status;

	hal_irq_enable(c->irq);
	if (c->phase == IDE_IDLE) {
		if (!pick(c))
			return KT_WAIT;
		if (finish_trivial(c))
			return KT_AGAIN;
	}
	for (u32 i = 0; i < POLLS; i++) {
		status = ide_in(c, IDE_STATUS); /* also makes it let go of the line */
		if (!(status & IDE_BUSY) && advance(c, status))
			return KT_AGAIN;
	}
	if (hal_time_ms() > c->deadline) {
		reset(c);
		return KT_AGAIN;
	}
	kthread_wake_at(kt, hal_time_ms() + POLL_MS);
	return KT_WAIT;
}

void ide_submit(struct blkdev *blk, struct blkreq *r)
{
	struct ide_drive *d = container_of(blk, struct ide_drive, blk);

	blkqueue_put(&d->queue, r);
	if (d->channel->phase == IDE_IDLE)
		kthread_wake(&d->channel->kt);
}
