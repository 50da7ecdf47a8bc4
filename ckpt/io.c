/* SPDX-License-Identifier: Apache-2.0 */
/* Block requests of the threads, and the synchronous ones of boot. Only the completion's wake-up runs in the driver. */
#include <abi/error.h>
#include "ckpt/ckpt.h"

static struct frame *taken;      /* by the mount, over `next` */

#define READ_TRIES 3

static void submit(struct io *io, enum blk_op op, void *buf);

static void io_done(struct blkreq *r)
{
	struct io *io = r->owner;

	if (r->status != RC_OK && r->op == BLK_READ && ++io->tries < READ_TRIES) {
		submit(io, r->op, r->buf);
		return;
	}
	if (r->status != RC_OK && r->op == BLK_FLUSH && st.mounted)
		panic("store: a flush failed: all written since the last commit is in doubt");
	io->busy = false;
	kthread_device(-1);
	if (io->owner)
		kthread_wake(io->owner);
}

static void submit(struct io *io, enum blk_op op, void *buf)
{
	io->req = (struct blkreq){ .op = op, .block = io->place, .buf = buf, .status = RC_OK,
				   .done = io_done, .owner = io };
	if (op == BLK_FLUSH && !(st.dev->flags & BLK_HAS_FLUSH))
		io_done(&io->req);
	else
		st.dev->submit(st.dev, &io->req);
}

void io_start(struct io *io, struct kthread *owner, enum blk_op op, u64 place, void *buf)
{
	check(!io->busy);
	io->busy = true;
	kthread_device(1);
	io->owner = owner;
	io->place = place;
	io->tries = 0;
	submit(io, op, buf);
}

static bool io_finished(void *arg)
{
	return !((struct io *)arg)->busy;
}

rc_t io_sync(enum blk_op op, u64 place, void *buf)
{
	struct io io = { .busy = false };

	if (op != BLK_FLUSH && place >= st.dev->blocks)
		return RC_IO;
	io_start(&io, NULL, op, place, buf);
	kthread_run_until(io_finished, &io);
	return io.req.status;
}

void kernel_frames_begin(void)
{
	taken = NULL;
}

struct frame *kernel_frame(void)
{
	struct frame *f;

	if (frame_alloc(FU_KERNEL, false, &f) != RC_OK)
		panic("not enough memory for the store");
	f->next = taken;
	taken = f;
	return f;
}

void kernel_frames_free(void)
{
	while (taken) {
		struct frame *f = taken;

		taken = f->next;
		frame_free(f);
	}
}
