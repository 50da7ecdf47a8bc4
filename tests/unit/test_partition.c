/* SPDX-License-Identifier: Apache-2.0 */
/*
 * drivers/partition.c: what an MBR says, good and hostile; and disks with one, from the scan to a request that
 * arrives at the right block.
 */
#include "fake_mm.h"
#include "drivers/partition.h"

#include <kernel/blkdev.h>
#include <kernel/drivers.h>
#include <kernel/kthread.h>
#include <kernel/panic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DISK_FRAMES 1000u
#define ROUNDS 200000u

static u8 mbr[512];

static void put32(u8 *p, u32 v)
{
	for (u32 i = 0; i < 4; i++)
		p[i] = (u8)(v >> 8 * i);
}

static void entry(u8 *table, u32 i, u8 type, u32 first, u32 count)
{
	u8 *e = table + 446 + 16 * i;

	e[4] = type;
	put32(e + 8, first);
	put32(e + 12, count);
	table[510] = 0x55;
	table[511] = 0xaa;
}

static const char *extent(u32 first, u32 count, u64 frames, struct extent *out)
{
	entry(mbr, 2, MBR_TYPE_ANTEROS, first, count);
	return mbr_extent(mbr, 2, frames, out);
}

static void test_good(void **state)
{
	struct extent at;

	(void)state;
	assert_null(extent(2048, 80, DISK_FRAMES, &at));
	assert_true(at.first == 256 && at.blocks == 10);
	assert_null(extent(8, 8 * (DISK_FRAMES - 1), DISK_FRAMES, &at));
	assert_true(at.first == 1 && at.blocks == DISK_FRAMES - 1);
	assert_null(extent(8, 15, DISK_FRAMES, &at)); /* whole frames only */
	assert_true(at.blocks == 1);
	assert_null(extent(0xfffffff8, 0xffffffff, 1ull << 40, &at));
	assert_true(at.first == 0xfffffff8 / 8 && at.blocks == 0xffffffff / 8);
}

static void test_bad(void **state)
{
	struct extent at;

	(void)state;
	assert_string_equal(extent(0, 80, DISK_FRAMES, &at), "does not begin at a multiple of 4 KiB");
	assert_string_equal(extent(63, 80, DISK_FRAMES, &at), "does not begin at a multiple of 4 KiB");
	assert_string_equal(extent(2048, 0, DISK_FRAMES, &at), "is empty");
	assert_string_equal(extent(2048, 7, DISK_FRAMES, &at), "is empty");
	assert_non_null(strstr(extent(8, 8 * DISK_FRAMES - 7, DISK_FRAMES, &at), "ends behind the disk"));
	assert_non_null(strstr(extent(8 * DISK_FRAMES, 8, DISK_FRAMES, &at), "ends behind the disk"));
	assert_non_null(strstr(extent(0xfffffff8, 0xffffffff, DISK_FRAMES, &at), "ends behind the disk"));
	entry(mbr, 0, MBR_TYPE_ANTEROS, 8, 8);
	assert_int_equal(mbr_type(mbr, 0), MBR_TYPE_ANTEROS);
	mbr[510] = 0;
	assert_int_equal(mbr_type(mbr, 0), 0);
}

/* Any 512 bytes: what is accepted lies on the disk, and is what the bytes say. */
static void test_mutations(void **state)
{
	u32 accepted = 0;

	(void)state;
	srand(1);
	for (u32 n = 0; n < ROUNDS; n++) {
		u64 frames = 1 + (u64)rand() % (n % 2 ? DISK_FRAMES : 1u << 30);
		u32 i = (u32)rand() % MBR_PRIMARY;
		struct extent at = { 0, 0 };

		memset(mbr, 0, sizeof(mbr));
		for (u32 k = 0; k < MBR_PRIMARY; k++)
			entry(mbr, k, MBR_TYPE_ANTEROS, 8 * ((u32)rand() % (u32)(frames + 1)), (u32)rand() % (u32)(8 * frames + 1));
		for (u32 k = (u32)rand() % 4; k; k--)
			mbr[446 + rand() % 66] ^= (u8)(1 << rand() % 8);
		if (mbr_type(mbr, i) != MBR_TYPE_ANTEROS || mbr_extent(mbr, i, frames, &at))
			continue;
		accepted++;
		assert_true(mbr[510] == 0x55 && mbr[511] == 0xaa);
		assert_true(at.first >= 1 && at.blocks >= 1 && at.first < frames && at.blocks <= frames - at.first);
		u8 again[8];
		put32(again, (u32)(at.first * 8));
		put32(again + 4, (u32)(at.blocks * 8));
		assert_memory_equal(again, mbr + 446 + 16 * i + 8, 4);
		assert_int_equal(again[4] & 0xf8, mbr[446 + 16 * i + 12] & 0xf8);
		assert_memory_equal(again + 5, mbr + 446 + 16 * i + 13, 3);
	}
	print_message("# %u of %u accepted\n", accepted, ROUNDS);
	assert_true(accepted > ROUNDS / 20 && accepted < ROUNDS);
}

/* ---- disks ---- */

static u64 last_block;
static struct blkdev *last_disk;

static char said[1000];

void klog(const char *fmt, ...)
{
	size_t n = strlen(said);
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(said + n, sizeof(said) - n, fmt, ap);
	va_end(ap);
}

void kthread_run_until(bool (*done)(void *), void *arg)
{
	assert_true(done(arg));
}

static void submit(struct blkdev *d, struct blkreq *r)
{
	last_disk = d;
	last_block = r->block;
	r->status = r->block < d->blocks && d->flags != BLK_READ_ONLY ? RC_OK : RC_IO;
	if (r->op == BLK_READ && !r->block) {
		memset(r->buf, 0, FRAME_SIZE);
		memcpy(r->buf, mbr, sizeof(mbr));
	}
	r->done(r);
}

static struct blkdev disk = { .name = "disk0", .blocks = DISK_FRAMES, .flags = BLK_HAS_FLUSH, .submit = submit };
static struct blkdev broken = { .name = "disk1", .blocks = DISK_FRAMES, .flags = BLK_READ_ONLY, .submit = submit };

static void nothing(struct blkreq *r) { (void)r; }

static void test_scan(void **state)
{
	struct blkreq r = { .op = BLK_WRITE, .block = 3, .done = nothing };
	struct blkdev *a, *b;

	(void)state;
	memset(mbr, 0, sizeof(mbr));
	entry(mbr, 0, 0xef, 8, 80);
	entry(mbr, 1, MBR_TYPE_ANTEROS, 800, 80);
	entry(mbr, 2, MBR_TYPE_ANTEROS, 801, 80);
	entry(mbr, 3, MBR_TYPE_ANTEROS, 1600, 160);
	blkdev_register(&disk);
	blkdev_register(&broken);
	partitions_scan();
	assert_string_equal(said, "disk0.2: 0 MiB at 0 MiB of disk0\n"
				  "disk0: partition 3 does not begin at a multiple of 4 KiB: not used\n"
				  "disk0.4: 0 MiB at 0 MiB of disk0\n");
	assert_ptr_equal(blkdev_first(), &disk);
	a = broken.next;
	assert_non_null(a);
	b = a->next;
	assert_non_null(b);
	assert_null(b->next);
	assert_string_equal(a->name, "disk0.2");
	assert_string_equal(b->name, "disk0.4");
	assert_true(a->blocks == 10 && b->blocks == 20 && a->flags == disk.flags);
	a->submit(a, &r);
	assert_true(last_disk == &disk && last_block == 103 && r.status == RC_OK);
	r.block = 10; /* the first behind it */
	a->submit(a, &r);
	assert_int_equal(r.status, RC_IO);
	r.block = ~(u64)0 - 99; /* would come round to the disk's first */
	a->submit(a, &r);
	assert_int_equal(r.status, RC_IO);
}

/* The other format, and more partitions than there is room for. The disks are those of before, and their partitions. */
static void test_scan_refuses(void **state)
{
	(void)state;
	memset(mbr, 0, sizeof(mbr));
	entry(mbr, 0, 0xee, 1, 0xffffffff);
	for (u32 i = 1; i < MBR_PRIMARY; i++)
		entry(mbr, i, MBR_TYPE_ANTEROS, 800 * i, 80);
	broken.next = NULL;
	said[0] = 0;
	partitions_scan();
	assert_non_null(strstr(said, "disk0: its GUID partition table is not read: "));
	assert_non_null(strstr(said, "disk0.3: "));
	assert_non_null(strstr(said, "disk0: partition 4 is one too many: not used\n"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_good),
		cmocka_unit_test(test_bad),
		cmocka_unit_test(test_mutations),
		cmocka_unit_test(test_scan),
		cmocka_unit_test(test_scan_refuses),
	};

	return cmocka_run_group_tests_name("partition", tests, NULL, NULL);
}
