/* SPDX-License-Identifier: Apache-2.0 */
/* The virtio disk driver against a device that is slow, silent, or answers nonsense. */
#define CONFIG_NR_VIRTIO_BLK 2
#include "drivers/virtio_blk.c"

#include "fake_mm.h"

#define QUEUE 64u

static u64 now, wake_at;
static bool stopped;
static struct blkdev *disk;
static u32 ok, failed;
static u8 buffer[FRAME_SIZE];

u64 hal_time_ms(void) { return now; }
void hal_irq_enable(u32 irq) { (void)irq; }
void irq_register(u32 irq, struct kthread *kt) { (void)irq; (void)kt; }
void kthread_register(struct kthread *kt) { (void)kt; }
void kthread_wake(struct kthread *kt) { (void)kt; }
void kthread_wake_at(struct kthread *kt, u64 ms) { (void)kt; wake_at = ms; }
void blkdev_register(struct blkdev *d) { disk = d; }

static bool dev_start(struct virtio *v, u64 wanted, u64 *features)
{
	(void)v;
	*features = wanted & F_FLUSH;
	return true;
}
static u32 dev_config32(struct virtio *v, u32 offset) { (void)v; return offset ? 0 : 1 << 20; }
static bool dev_run(struct virtio *v, struct virtq *q, void *memory)
{
	(void)v;
	virtq_layout(q, memory, QUEUE);
	return true;
}
static void dev_notify(struct virtio *v) { (void)v; }
static void dev_stop(struct virtio *v) { (void)v; stopped = true; }
static u8 dev_irq(struct virtio *v) { (void)v; return 0; }

static const struct virtio device = {
	.ops = &(const struct virtio_ops){ .start = dev_start, .config32 = dev_config32, .run = dev_run, .notify = dev_notify,
					   .stop = dev_stop, .take_irq = dev_irq },
};

static int begin(void **s)
{
	(void)s;
	fake_boot(16);
	memset(disks, 0, sizeof(disks));
	memset(queue_memory, 0, sizeof(queue_memory));
	disk_count = 0;
	now = wake_at = 0;
	stopped = false;
	ok = failed = 0;
	assert_true(virtio_blk_add(&device, 5, "the test"));
	return 0;
}

static void request_done(struct blkreq *r) { *(r->status == RC_OK ? &ok : &failed) += 1; }

static void request(struct blkreq *r, enum blk_op op)
{
	*r = (struct blkreq){ .op = op, .block = 3, .buf = buffer, .done = request_done };
	disk->submit(disk, r);
}

static void answer(u32 id)
{
	struct virtq *q = &disks[0].q;

	q->used_ring[*q->used_index & (q->size - 1)].id = id;
	++*q->used_index;
}

static void steps(void)
{
	while (thread.step(&thread) == KT_AGAIN)
		;
}

static void answers_arrive(void **s)
{
	struct blkreq r[2];

	(void)s;
	request(&r[0], BLK_READ);
	request(&r[1], BLK_FLUSH);
	disks[0].slot[1].status = STATUS_OK;
	answer(3);
	steps();
	assert_int_equal(ok, 1);
	disks[0].slot[0].status = 1;
	answer(0);
	steps();
	assert_int_equal(failed, 1);
	now += 10 * TIMEOUT_MS; /* nothing is under way: silence is no fault */
	steps();
	assert_false(stopped);
}

static void silence_ends_requests(void **s)
{
	struct blkreq r[40];

	(void)s;
	for (u32 i = 0; i < 40; i++)
		request(&r[i], i % 2 ? BLK_READ : BLK_WRITE);
	assert_int_equal(wake_at, TIMEOUT_MS);
	now = TIMEOUT_MS - 5;
	disks[0].slot[2].status = STATUS_OK;
	answer(6); /* a slow disk is not a dead one */
	steps();
	now += TIMEOUT_MS - 5;
	steps();
	assert_false(stopped);
	assert_true(wake_at > now);
	now = wake_at;
	steps();
	assert_true(stopped);
	assert_int_equal(ok, 1);
	assert_int_equal(failed, 39);
	request(&r[0], BLK_FLUSH);
	steps();
	assert_int_equal(failed, 40);
}

static void nonsense_ends_requests(void **s)
{
	static const u32 ids[] = { 1, 3, 96, 97, 63, 0xffffffff, 0x80000000 };

	for (u32 i = 0; i < ARRAY_SIZE(ids); i++) {
		struct blkreq r[2];

		begin(s);
		request(&r[0], BLK_READ); /* in slot 0 */
		answer(ids[i]);
		steps();
		assert_true(stopped);
		assert_int_equal(failed, 1);
		answer(0);                /* what comes afterwards is not looked at */
		request(&r[1], BLK_READ);
		steps();
		assert_int_equal(failed, 2);
		assert_int_equal(ok, 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(answers_arrive, begin),
		cmocka_unit_test_setup(silence_ends_requests, begin),
		cmocka_unit_test_setup(nonsense_ends_requests, begin),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
