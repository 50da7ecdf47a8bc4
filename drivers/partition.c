/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Partitions: a disk whose first sector is an MBR gives a block device for each primary partition of type 0x41. The MBR
 * is hostile input: what does not fit is named and passed over.
 */
#include "drivers/partition.h"

#include <abi/error.h>
#include <kernel/blkdev.h>
#include <kernel/drivers.h>
#include <kernel/kthread.h>
#include <kernel/lib.h>
#include <kernel/panic.h>

#define MBR_ENTRIES 446
#define MBR_ENTRY_BYTES 16
#define TYPE_GUID_TABLE 0xee /* one entry that stands for a table of another format */
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

u8 mbr_type(const u8 *mbr, u32 i)
{
	if (mbr[510] != 0x55 || mbr[511] != 0xaa)
		return 0;
	return mbr[MBR_ENTRIES + MBR_ENTRY_BYTES * i + 4];
}

const char *mbr_extent(const u8 *mbr, u32 i, u64 disk_blocks, struct extent *out)
{
	const u8 *e = mbr + MBR_ENTRIES + MBR_ENTRY_BYTES * i;
	u64 first = le32(e + 8), count = le32(e + 12);

	*out = (struct extent){ first / SECTORS_PER_FRAME, count / SECTORS_PER_FRAME };
	if (!first || first % SECTORS_PER_FRAME)
		return "does not begin at a multiple of 4 KiB";
	if (first + count > disk_blocks * SECTORS_PER_FRAME)
		return "ends behind the disk, which is smaller than when it was made";
	return out->blocks ? NULL : "is empty";
}

static void add(struct blkdev *disk, u32 number, struct extent at)
{
	struct partition *p = &partitions[nr_partitions++];

	p->disk = disk;
	p->first = at.first;
	format_buf(p->name, sizeof(p->name), "%s.%u", disk->name, number);
	p->dev = (struct blkdev){ .name = p->name, .blocks = at.blocks, .flags = disk->flags, .submit = submit };
	blkdev_register(&p->dev);
	klog("%s: %llu MiB at %llu MiB of %s\n", p->name, (unsigned long long)at.blocks >> 8,
	     (unsigned long long)at.first >> 8, disk->name);
}

static void scan(struct blkdev *disk)
{
	bool done = false;
	struct blkreq r = { .op = BLK_READ, .buf = sector, .done = read_done, .owner = &done };

	disk->submit(disk, &r);
	kthread_run_until(is_true, &done);
	if (r.status != RC_OK)
		return;
	for (u32 i = 0; i < MBR_PRIMARY; i++) {
		struct extent at;
		const char *why;

		if (mbr_type(sector, i) == TYPE_GUID_TABLE)
			klog("%s: its GUID partition table is not read: a volume needs a disk of its own, or an MBR\n", disk->name);
		if (mbr_type(sector, i) != MBR_TYPE_ANTEROS)
			continue;
		why = mbr_extent(sector, i, disk->blocks, &at);
		if (!why && nr_partitions == NR_PARTITIONS)
			why = "is one too many";
		if (why)
			klog("%s: partition %u %s: not used\n", disk->name, i + 1, why);
		else
			add(disk, i + 1, at);
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
