/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Virtio disks (specification 1.1, section 5.2). Each request in flight has a slot: three
 * descriptors that stay chained for ever (header, data, status), of which a flush leaves the
 * data out. Requests without a slot wait in `pending`. What needs no device is in `finished`.
 * The device completes in any order, which the store allows.
 *
 * A disk that answers nonsense, or nothing for TIMEOUT_MS, is reset and given up: its requests
 * fail, and so does what comes later.
 *
 * One thread serves all disks, since they may share an interrupt line: it is opened again
 * only when every disk has let go of it.
 */
#include "drivers/blkqueue.h"
#include "drivers/virtio.h"

#include <abi/error.h>
#include <hal/hal.h>
#include <hal/io.h>
#include <kernel/irqchip.h>
#include <kernel/kthread.h>
#include <kernel/lib.h>
#include <kernel/panic.h>

#define F_READ_ONLY ((u64)1 << 5)
#define F_FLUSH ((u64)1 << 9)

#define TYPE_IN 0u
#define TYPE_OUT 1u
#define TYPE_FLUSH 4u
#define STATUS_OK 0u
#define STATUS_UNSET 0xffu

#define SECTOR_SIZE 512u
#define SLOTS 32u
#define DESC_PER_SLOT 3u
#define DONE_PER_STEP 8u
#define TIMEOUT_MS 30000u

struct slot {
	struct {
		u32 type, reserved;
		u64 sector;
	} header;
	volatile u8 status;
	struct blkreq *req;
};

struct virtio_blk {
	struct blkdev blk;
	struct virtio v;
	struct virtq q;
	struct blkqueue pending, finished;
	u32 free, all;                   /* slots, one bit each */
	u64 deadline;                    /* ms; while any is taken */
	bool dead;
	char name[8];
	struct slot slot[SLOTS];
};

static struct virtio_blk disks[CONFIG_NR_VIRTIO_BLK];
static u8 queue_memory[CONFIG_NR_VIRTIO_BLK][VIRTQ_BYTES] __attribute__((aligned(FRAME_SIZE)));
static u32 disk_count;
static u32 lines[CONFIG_NR_VIRTIO_BLK];  /* interrupt lines in use */
static u32 line_count;
static u32 turn;                         /* disk whose requests are completed first */

static enum kt_result virtio_blk_step(struct kthread *kt);
static struct kthread thread = { .name = "virtio-blk", .step = virtio_blk_step, .prio = KT_PRIO_DEVICE };

static const u32 type_of_op[] = { [BLK_READ] = TYPE_IN, [BLK_WRITE] = TYPE_OUT, [BLK_FLUSH] = TYPE_FLUSH };

static void start(struct virtio_blk *d, struct blkreq *r)
{
	u32 n = (u32)__builtin_ctz(d->free);
	struct slot *s = &d->slot[n];
	struct virtq_desc *desc = &d->q.desc[n * DESC_PER_SLOT];
	u16 index = *d->q.avail_index;

	if (d->free == d->all) {
		d->deadline = hal_time_ms() + TIMEOUT_MS;
		kthread_wake_at(&thread, d->deadline);
	}
	d->free &= ~(1u << n);
	s->req = r;
	s->status = STATUS_UNSET;
	s->header.type = type_of_op[r->op];
	s->header.sector = r->op == BLK_FLUSH ? 0 : r->block * (FRAME_SIZE / SECTOR_SIZE);
	desc[0].next = (u16)(n * DESC_PER_SLOT + (r->op == BLK_FLUSH ? 2 : 1));
	if (r->op != BLK_FLUSH) {
		desc[1].addr = hal_virt_to_phys(r->buf);
		desc[1].flags = VIRTQ_NEXT | (r->op == BLK_READ ? VIRTQ_DEVICE_WRITES : 0);
	}
	d->q.avail_ring[index & (d->q.size - 1)] = (u16)(n * DESC_PER_SLOT);
	hal_mb();
	*d->q.avail_index = (u16)(index + 1);
	hal_mb();
}

/* Gives the device what it can take. */
static void fill(struct virtio_blk *d)
{
	bool any = false;

	while (d->free && d->pending.first) {
		start(d, blkqueue_take(&d->pending));
		any = true;
	}
	if (any)
		d->v.ops->notify(&d->v);
}

static void give_up(struct virtio_blk *d, const char *why)
{
	struct blkreq *r;

	klog("%s: %s: given up\n", d->name, why);
	d->v.ops->stop(&d->v);
	d->dead = true;
	for (u32 n = 0; n < SLOTS; n++)
		if (d->all & ~d->free & 1u << n)
			blkqueue_put(&d->pending, d->slot[n].req);
	d->free = 0;
	while ((r = blkqueue_take(&d->pending))) {
		r->status = RC_IO;
		blkqueue_put(&d->finished, r);
	}
}

/* One completed request, or NULL. Its slot is free when this returns. */
static struct blkreq *take_done(struct virtio_blk *d)
{
	struct virtq *q = &d->q;
	struct blkreq *r = blkqueue_take(&d->finished);
	struct slot *s;
	u32 id, n;

	if (r)
		return r;
	if (d->dead || *q->used_index == q->used_seen)
		return NULL;
	hal_mb();
	id = q->used_ring[q->used_seen++ & (q->size - 1)].id;
	n = id / DESC_PER_SLOT;
	if (id % DESC_PER_SLOT || n >= SLOTS || !(d->all & ~d->free & 1u << n)) {
		give_up(d, "answers what was not asked");
		return blkqueue_take(&d->finished);
	}
	s = &d->slot[n];
	r = s->req;
	r->status = s->status == STATUS_OK ? RC_OK : RC_IO;
	d->free |= 1u << n;
	return r;
}

static void take_irqs(void)
{
	for (u32 i = 0; i < disk_count; i++)
		disks[i].v.ops->take_irq(&disks[i].v);
	for (u32 n = 0; n < line_count; n++)
		hal_irq_enable(lines[n]);
}

static void watch(struct virtio_blk *d, u64 now, bool answered)
{
	if (d->free == d->all || d->dead)
		return;
	if (answered)
		d->deadline = now + TIMEOUT_MS;
	if (now > d->deadline)
		give_up(d, "no answer");
	kthread_wake_at(&thread, d->deadline + 1);
}

static enum kt_result virtio_blk_step(struct kthread *kt)
{
	u64 now = hal_time_ms();
	u32 done = 0;
	bool more = false;

	take_irqs();
	for (u32 i = 0; i < disk_count; i++) {
		struct virtio_blk *d = &disks[(turn + i) % disk_count];
		struct blkreq *r;
		u32 before = done;

		while (done < DONE_PER_STEP && (r = take_done(d))) {
			r->done(r);
			done++;
		}
		fill(d);
		watch(d, now, done != before);
		more |= d->finished.first != NULL;
	}
	turn++;
	return more || done == DONE_PER_STEP ? KT_AGAIN : KT_WAIT;
}

static void virtio_blk_submit(struct blkdev *blk, struct blkreq *r)
{
	struct virtio_blk *d = container_of(blk, struct virtio_blk, blk);

	if (d->dead || (r->op == BLK_FLUSH && !(blk->flags & BLK_HAS_FLUSH))) {
		r->status = d->dead ? RC_IO : RC_OK;
		blkqueue_put(&d->finished, r);
		kthread_wake(&thread);
		return;
	}
	blkqueue_put(&d->pending, r);
	fill(d);
}

/* What is the same in each use of a slot. */
static void init_slots(struct virtio_blk *d)
{
	u32 slots = MIN(SLOTS, d->q.size / DESC_PER_SLOT);

	for (u32 n = 0; n < slots; n++) {
		struct virtq_desc *desc = &d->q.desc[n * DESC_PER_SLOT];
		struct slot *s = &d->slot[n];

		desc[0] = (struct virtq_desc){
			.addr = hal_virt_to_phys(&s->header),
			.len = sizeof(s->header),
			.flags = VIRTQ_NEXT,
		};
		desc[1] = (struct virtq_desc){ .len = FRAME_SIZE, .next = (u16)(n * DESC_PER_SLOT + 2) };
		desc[2] = (struct virtq_desc){
			.addr = hal_virt_to_phys((const void *)&s->status),
			.len = 1,
			.flags = VIRTQ_DEVICE_WRITES,
		};
		d->free |= 1u << n;
	}
	d->all = d->free;
}

static u32 blk_flags(u64 features)
{
	return (features & F_FLUSH ? BLK_HAS_FLUSH : BLK_WRITE_THROUGH) | (features & F_READ_ONLY ? BLK_READ_ONLY : 0);
}

static bool start_device(struct virtio_blk *d, void *memory)
{
	u64 features, sectors;

	if (!d->v.ops->start(&d->v, F_READ_ONLY | F_FLUSH, &features))
		return false;
	sectors = (u64)d->v.ops->config32(&d->v, 4) << 32 | d->v.ops->config32(&d->v, 0);
	d->blk.blocks = sectors / (FRAME_SIZE / SECTOR_SIZE);
	d->blk.flags = blk_flags(features);
	if (!d->v.ops->run(&d->v, &d->q, memory) || d->q.size < DESC_PER_SLOT)
		return false;
	init_slots(d);
	return true;
}

static void use_line(u32 irq)
{
	u32 n = 0;

	while (n < line_count && lines[n] != irq)
		n++;
	if (n == line_count) {
		lines[line_count++] = irq;
		irq_register(irq, &thread);
	}
	hal_irq_enable(irq);
}

bool virtio_blk_add(const struct virtio *v, u32 irq, const char *where)
{
	struct virtio_blk *d = &disks[disk_count];

	if (disk_count == CONFIG_NR_VIRTIO_BLK) {
		klog("virtio disk at %s left out: NR_VIRTIO_BLK is %u\n", where, CONFIG_NR_VIRTIO_BLK);
		return false;
	}
	d->v = *v;
	if (irq == IRQ_NONE || !start_device(d, queue_memory[disk_count])) {
		klog("virtio disk at %s left out: %s\n", where, irq == IRQ_NONE ? "no interrupt" : "it does not start");
		return false;
	}
	format_buf(d->name, sizeof(d->name), "virtio%u", disk_count);
	d->blk.name = d->name;
	d->blk.submit = virtio_blk_submit;
	if (disk_count++ == 0)
		kthread_register(&thread);
	use_line(irq);
	blkdev_register(&d->blk);
	klog("%s: %u MiB, irq %u\n", d->name, (u32)(d->blk.blocks >> 8), irq);
	return true;
}
