/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A disk with a volatile cache over a medium: a volume file, or memory.
 *
 * The mapped medium always shows what a read would see. What could still be lost is a list of completed writes that no
 * flush has covered, each with what it overwrote. A power cut takes these back, newest first, and then puts back
 * whichever sectors the mode chooses, those of writes in flight among them: any subset, hence any order and any
 * tear. A flush covers the writes that were completed when it was submitted. Requests complete at random times, so
 * out of order.
 */
#include "host.h"

#include <abi/error.h>
#include <errno.h>
#include <fcntl.h>
#include <hal/hal.h>
#include <kernel/blkdev.h>
#include <kernel/entry.h>
#include <kernel/irqchip.h>
#include <kernel/kthread.h>
#include <kernel/panic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

struct request {
	struct sim_event event; /* first */
	struct blkreq *r;
	u64 sum;                /* of a write's data when it was submitted: it must not change in flight */
	u64 covers;             /* flush: completed writes up to this number */
	u64 number;             /* of its submission */
	struct request *next;
};

struct unflushed {
	u64 number;             /* of its completion */
	u64 block;
	u8 *data;               /* what it overwrote; while a power cut is worked out, what it wrote */
};

static u8 *medium;
static u64 blocks, operations, completions, submissions;
static struct unflushed *list;
static u32 listed, list_room;
static struct request *in_flight;       /* newest first */
static struct blkreq *finished, **finished_end = &finished;
static struct blkdev device;
static struct kthread thread;

static void remember(u64 block)
{
	if (listed == list_room) {
		list_room = list_room == 0 ? 64 : list_room * 2;
		list = realloc(list, list_room * sizeof(*list));
		check(list != NULL);
	}
	struct unflushed *u = &list[listed++];
	*u = (struct unflushed){ ++completions, block, malloc(FRAME_SIZE) };
	check(u->data != NULL);
	memcpy(u->data, medium + block * FRAME_SIZE, FRAME_SIZE);
}

static void flushed(u64 covers)
{
	u32 kept = 0;

	for (u32 i = 0; i < listed; i++)
		if (list[i].number <= covers)
			free(list[i].data);
		else
			list[kept++] = list[i];
	listed = kept;
}

static void perform(struct request *q)
{
	struct blkreq *r = q->r;
	u8 *at = medium + r->block * FRAME_SIZE;

	switch (r->op) {
	case BLK_READ:
		memcpy(r->buf, at, FRAME_SIZE);
		explore_read(r->block);
		break;
	case BLK_WRITE:
		if (sim_sum(r->buf, FRAME_SIZE) != q->sum)
			panic("disk: block %llu was changed while it was being written", (unsigned long long)r->block);
		remember(r->block);
		memcpy(at, r->buf, FRAME_SIZE);
		explore_written(r->block);
		break;
	case BLK_FLUSH:
		flushed(q->covers);
		break;
	}
	sim_trace = sim_mix(sim_trace, r->block << 2 | r->op);
}

static void complete(struct sim_event *e)
{
	struct request *q = (struct request *)e, **p = &in_flight;
	struct blkreq *r = q->r;
	u64 number = q->number;

	perform(q);
	while (*p != q)
		p = &(*p)->next;
	*p = q->next;
	free(q);
	r->status = RC_OK;
	r->next = NULL;
	*finished_end = r;
	finished_end = &r->next;
	kernel_irq_note(HOST_IRQ_DISK);
	if (r->op == BLK_READ)
		return;
	explore_note(NOTE_DONE, number, NULL);
	if (++operations == host_options.crash_at) {
		simdisk_crash(host_options.crash_mode, host_options.crash_arg);
		machine_exit(EXIT_POWER_CUT, "power cut");
	}
}

static void submit(struct blkdev *d, struct blkreq *r)
{
	struct request *q = calloc(1, sizeof(*q));

	check(q != NULL);
	check(r->op == BLK_FLUSH || r->block < blocks);
	q->r = r;
	q->event.fire = complete;
	q->number = ++submissions;
	q->covers = completions;
	if (r->op == BLK_WRITE)
		q->sum = sim_sum(r->buf, FRAME_SIZE);
	q->next = in_flight;
	in_flight = q;
	if (r->op != BLK_READ)
		explore_note(r->op == BLK_FLUSH ? NOTE_FLUSH : NOTE_WRITE, q->number, r);
	sim_after(&q->event, 20000 + sim_below(r->op == BLK_FLUSH ? 2000000 : 200000));
}

static enum kt_result step(struct kthread *kt)
{
	struct blkreq *r = finished;

	if (r == NULL)
		return KT_WAIT;
	finished = r->next;
	if (finished == NULL)
		finished_end = &finished;
	r->next = NULL;
	r->done(r);
	return finished != NULL ? KT_AGAIN : KT_WAIT;
}

/* Is the sector of the n-th newest write (from 0) on the medium after the cut? `torn` = sectors of the newest that are. */
static bool survives(enum crash_mode mode, u64 arg, u64 newest, u32 sector, u32 torn)
{
	switch (mode) {
	case CRASH_ALL: return true;
	case CRASH_RANDOM: return sim_random() & 1;
	case CRASH_LOSE: return newest != arg;
	case CRASH_ONLY: return newest == arg;
	case CRASH_MASK: return newest >= 64 || (arg >> newest & 1);
	case CRASH_TORN: return newest > 0 || sector < torn;
	default: return false;
	}
}

static void swap_block(u8 *a, u8 *b)
{
	u8 t[FRAME_SIZE];

	memcpy(t, a, FRAME_SIZE);
	memcpy(a, b, FRAME_SIZE);
	memcpy(b, t, FRAME_SIZE);
}

static void keep(const struct disk_write *w, u32 count, enum crash_mode mode, u64 arg)
{
	u32 sectors = FRAME_SIZE / host_options.sector, torn = (u32)sim_below(sectors);

	for (u32 i = 0; i < count; i++)
		for (u32 s = 0; s < sectors; s++)
			if (survives(mode, arg, count - 1 - i, s, torn))
				memcpy(medium + w[i].block * FRAME_SIZE + s * host_options.sector,
					w[i].data + s * host_options.sector, host_options.sector);
}

void simdisk_crash(enum crash_mode mode, u64 arg)
{
	struct disk_write *writes;
	u32 count = listed;

	for (struct request *q = in_flight; q != NULL; q = q->next)
		count += q->r->op == BLK_WRITE;
	writes = calloc(count + 1, sizeof(*writes));
	check(writes != NULL);
	u32 at = count; /* those in flight are newest first in their list */
	for (struct request *q = in_flight; q != NULL; q = q->next)
		if (q->r->op == BLK_WRITE)
			writes[--at] = (struct disk_write){ q->r->block, q->r->buf };
	for (u32 i = listed; i-- > 0;) {
		swap_block(list[i].data, medium + list[i].block * FRAME_SIZE);
		writes[i] = (struct disk_write){ list[i].block, list[i].data };
	}
	keep(writes, count, mode, arg);
	free(writes);
}

/* Nobody else may have it, be it QEMU, a tool or another run: what one commits the other would overwrite. */
static void lock_file(const char *name, int fd)
{
	struct flock all = { .l_type = F_WRLCK, .l_whence = SEEK_SET };

	if (fcntl(fd, F_OFD_SETLK, &all) == 0)
		return;
	fprintf(stderr, "anteros: %s is in use by another program: end that first\n", name);
	exit(2);
}

static void map_file(const char *name)
{
	struct stat st;
	int fd = open(name, O_RDWR | O_CLOEXEC);

	if (fd < 0 || fstat(fd, &st) != 0) {
		fprintf(stderr, "anteros: %s: %s\n", name, strerror(errno));
		exit(2);
	}
	blocks = (u64)st.st_size / FRAME_SIZE;
	medium = blocks == 0 ? MAP_FAILED : mmap(NULL, blocks * FRAME_SIZE, PROT_READ | PROT_WRITE,
		host_options.explore != 0 ? MAP_PRIVATE : MAP_SHARED, fd, 0);
	if (medium == MAP_FAILED) {
		fprintf(stderr, "anteros: %s: %s\n", name, blocks == 0 ? "smaller than one block of 4 KiB" : strerror(errno));
		exit(2);
	}
	if (host_options.explore != 0)
		close(fd);
	else
		lock_file(name, fd); /* which stays as long as the file is open */
}

void simdisk_open(void)
{
	if (host_options.volume != NULL) {
		map_file(host_options.volume);
	} else if (host_options.disk_mib != 0) {
		blocks = host_options.disk_mib << (20 - FRAME_SHIFT);
		medium = calloc(blocks, FRAME_SIZE);
		check(medium != NULL);
	}
}

void simdisk_init(void)
{
	if (medium == NULL)
		return;
	device = (struct blkdev){ .name = "sim0", .blocks = blocks, .flags = BLK_HAS_FLUSH, .submit = submit };
	thread = (struct kthread){ .name = "sim0", .step = step, .prio = KT_PRIO_DEVICE };
	kthread_register(&thread);
	irq_register(HOST_IRQ_DISK, &thread);
	blkdev_register(&device);
}

u64 simdisk_blocks(void)
{
	return blocks;
}

u8 *simdisk_block(u64 block)
{
	return medium + block * FRAME_SIZE;
}

u64 simdisk_operations(void)
{
	return operations;
}

u32 simdisk_unflushed(void)
{
	return listed;
}

void simdisk_close(void)
{
	if (host_options.volume != NULL && medium != NULL)
		munmap(medium, blocks * FRAME_SIZE);
	flushed(UINT64_MAX);
}
