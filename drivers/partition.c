/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Partitions: a disk whose first sector is an MBR gives a block device for each primary
 * partition of type 0x41 that is aligned to frames and lies within the disk. The MBR is hostile input:
 * what does not fit is named and passed over.
 */
#include <kernel/blkdev.h>
#include <kernel/drivers.h>
#include <kernel/kthread.h>
#include <kernel/lib.h>
#include <kernel/panic.h>

#define MBR_ENTRIES 446
#define MBR_ENTRY_BYTES 16
#define MBR_PRIMARY 4
#define TYPE_ANTEROS 0x41
#define SECTORS_PER_FRAME (FRAME_SIZE / 512)
#define NR_PARTITIONS 4

struct partition {
	struct blkdev dev;
	struct blkdev *disk;
	u64 first;
	char name[16];
};

static struct partition partitions[NR_PARTITIONS];
static u32 nr_partitions;
static u8 sector[FRAME_SIZE] __attribute__((aligned(FRAME_SIZE)));

static void submit(struct blkdev *d, struct blkreq *r)
{
	struct partition *p = container_of(d, struct partition, dev);

	if (r->op != BLK_FLUSH && r->block >= d->blocks)
		r->block = p->disk->blocks; /* the disk refuses it */
	else
		r->block += p->first;
	p->disk->submit(p->disk, r);
}

static void read_done(struct blkreq *r)
{
	*(bool *)r->owner = true;
}

static bool is_true(void *flag)
{
	return *(bool *)flag;
}

static u32 le32(const u8 *p)
{
	return p[0] | (u32)p[1] << 8 | (u32)p[2] << 16 | (u32)p[3] << 24;
}

static void add(struct blkdev *disk, u32 number, u32 first, u32 count)
{
	struct partition *p = &partitions[nr_partitions];

	if (first % SECTORS_PER_FRAME || !first ||
	    ((u64)first + count) / SECTORS_PER_FRAME > disk->blocks) {
		klog("%s: partition %u is not aligned to 4 KiB or ends behind the disk: not used\n",
		     disk->name, number);
		return;
	}
	if (nr_partitions == NR_PARTITIONS) {
		klog("%s: partition %u is one too many: not used\n", disk->name, number);
		return;
	}
	nr_partitions++;
	p->disk = disk;
	p->first = first / SECTORS_PER_FRAME;
	format_buf(p->name, sizeof(p->name), "%s.%u", disk->name, number);
	p->dev = (struct blkdev){ .name = p->name,
				  .blocks = count / SECTORS_PER_FRAME,
				  .flags = disk->flags,
				  .submit = submit };
	blkdev_register(&p->dev);
	klog("%s: %u MiB at %u MiB of %s\n", p->name, count >> 11, first >> 11, disk->name);
}

static void scan(struct blkdev *disk)
{
	bool done = false;
	struct blkreq r = { .op = BLK_READ, .buf = sector, .done = read_done, .owner = &done };

	disk->submit(disk, &r);
	kthread_run_until(is_true, &done);
	if (r.status != 0 || sector[510] != 0x55 || sector[511] != 0xaa)
		return;
	for (u32 i = 0; i < MBR_PRIMARY; i++) {
		const u8 *e = sector + MBR_ENTRIES + MBR_ENTRY_BYTES * i;

		if (e[4] == TYPE_ANTEROS)
			add(disk, i + 1, le32(e + 8), le32(e + 12));
	}
}

void partitions_scan(void)
{
	struct blkdev *last = NULL;

	for (struct blkdev *d = blkdev_first(); d; d = d->next)
		last = d;
	for (struct blkdev *d = blkdev_first(); d; d = d == last ? NULL : d->next)
		scan(d);
}
