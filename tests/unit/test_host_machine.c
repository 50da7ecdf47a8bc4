/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The host port's instruments, since what they say is believed: the model TLB must show a flush that is missing, the
 * disk must lose exactly what no flush covers, and events must come in order.
 */
#include "arch/host/host.h"
#include "arch/host/rv64.h"

#include <abi/error.h>
#include <hal/hal.h>
#include <hal/pt.h>
#include <kernel/blkdev.h>
#include <kernel/entry.h>
#include <kernel/irqchip.h>
#include <kernel/kthread.h>
#include <kernel/panic.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

struct host_options host_options;

/* ---- what the kernel would supply ---- */
static jmp_buf panicked;
static struct blkdev *disk;
static struct kthread *disk_thread;
static u32 done_count, oracle_count;

void panic_at(const char *file, int line, const char *fmt, ...)
{
	longjmp(panicked, 1);
}
void kernel_irq_note(u32 irq) { }
void irq_register(u32 irq, struct kthread *kt) { }
void kthread_register(struct kthread *kt) { disk_thread = kt; }
void blkdev_register(struct blkdev *d) { disk = d; }
void machine_exit(int code, const char *why) { abort(); }
void explore_note(enum note kind, u64 number, const struct blkreq *r) { }
void explore_read(u64 block) { }
void explore_written(u64 block) { }
void oracle_check(uaddr_t va, u32 access, hal_pte_t e) { oracle_count++; }
#define PANICS(statement) (setjmp(panicked) != 0 || ((statement), false))

/* ---- the TLB ---- */
#define RAM_FRAMES 16
static u8 ram[RAM_FRAMES][FRAME_SIZE] __attribute__((aligned(4096)));

void *hal_phys_to_virt(paddr_t pa)
{
	return ram[pa >> FRAME_SHIFT] + pa % FRAME_SIZE;
}

static paddr_t frame(u32 n)
{
	return (paddr_t)n << FRAME_SHIFT;
}

/* Tables in frames 1 (root) to PT_LEVELS; va 0x3000 is mapped to frame `page`. */
static hal_pte_t *leaf_table(void)
{
	return (hal_pte_t *)ram[PT_LEVELS];
}
static void map_at_3000(u32 page, bool write)
{
	memset(ram, 0, (PT_LEVELS + 1) * FRAME_SIZE);
	hal_root_init(ram[1]);
	for (u32 i = 1; i < PT_LEVELS; i++)
		hal_pte_set((hal_pte_t *)ram[i], 0, hal_pte_table(frame(i + 1), true));
	hal_pte_set(leaf_table(), 3, hal_pte_leaf(frame(page), write, false));
}

static void test_tlb_grants(void **state)
{
	map_at_3000(10, true);
	hal_space_load(frame(1));
	assert_ptr_equal(rv64_memory(0x3008, ACC_READ), ram[10] + 8);
	assert_ptr_equal(rv64_memory(0x3008, ACC_WRITE), ram[10] + 8);
	assert_null(rv64_memory(0x3008, ACC_EXEC));
	assert_null(rv64_memory(0x4000, ACC_READ));
	assert_null(rv64_memory(HOST_USER_END, ACC_READ));
	hal_pte_set((hal_pte_t *)ram[1], 0, hal_pte_table(frame(2), false));
	hal_tlb_flush_all();
	assert_non_null(rv64_memory(0x3000, ACC_READ));
	assert_null(rv64_memory(0x3000, ACC_WRITE));
}

/* A page of registers, the last access to which is kept. */
static struct {
	paddr_t at;
	u32 bytes, value;
	bool write;
} device;

bool hal_device_access(enum hal_space space, paddr_t at, u32 bytes, bool write, u32 *value)
{
	assert_int_equal(space, HAL_MEMORY);
	device.at = at;
	device.bytes = bytes;
	device.write = write;
	if (write)
		device.value = *value;
	else
		*value = device.value;
	return bytes == 4;
}

static void test_device_page(void **state)
{
	u32 v = 5;

	map_at_3000(10, true);
	hal_pte_set(leaf_table(), 4, hal_pte_device(0x70000, true));
	hal_pte_set(leaf_table(), 5, hal_pte_device(0x71000, false));
	hal_space_load(frame(1));
	assert_null(rv64_memory(0x4008, ACC_READ));
	assert_true(rv64_device(0x4008, 4, true, &v));
	assert_true(device.at == 0x70008 && device.write && device.value == 5);
	assert_true(rv64_device(0x5004, 4, false, &v));
	assert_true(device.at == 0x71004 && !device.write && v == 5);
	assert_true(rv64_device(0x5004, 2, false, &v));
	assert_int_equal(v, ~0u);
	assert_false(rv64_device(0x5004, 4, true, &v));
	assert_false(rv64_device(0x3000, 4, false, &v)); /* memory */
	assert_false(rv64_device(0x6000, 4, false, &v));
	assert_null(rv64_memory(0x4000, ACC_EXEC));
}

static void test_tlb_never_forgets(void **state)
{
	map_at_3000(10, true);
	hal_space_load(frame(1));
	rv64_memory(0x3000, ACC_WRITE);
	hal_pte_set(leaf_table(), 3, hal_pte_leaf(frame(11), false, false));
	assert_ptr_equal(rv64_memory(0x3000, ACC_WRITE), ram[10]); /* no flush: the old one */
	host_options.oracle = true;
	assert_true(PANICS(rv64_memory(0x3000, ACC_WRITE)));      /* and the oracle says so */
	hal_tlb_flush_va(0x3000);
	oracle_count = 0;
	assert_ptr_equal(rv64_memory(0x3000, ACC_READ), ram[11]);
	assert_int_equal(oracle_count, 1);
	host_options.oracle = false;
	assert_null(rv64_memory(0x3000, ACC_WRITE));
}

static void test_tlb_refusals(void **state)
{
	map_at_3000(10, false);
	hal_space_load(frame(1));
	assert_null(rv64_memory(0x3000, ACC_WRITE));
	hal_pte_set(leaf_table(), 3, hal_pte_allow_write(leaf_table()[3]));
	assert_true(PANICS(rv64_memory(0x3000, ACC_WRITE)));
	hal_tlb_flush_va(0x3000);
	assert_non_null(rv64_memory(0x3000, ACC_WRITE));
	/* What is not present is not remembered. */
	assert_null(rv64_memory(0x5000, ACC_READ));
	hal_pte_set(leaf_table(), 5, hal_pte_leaf(frame(12), false, true));
	assert_ptr_equal(rv64_memory(0x5000, ACC_EXEC), ram[12]);
}

static void test_tlb_upper_levels(void **state)
{
	map_at_3000(10, true);
	hal_space_load(frame(1));
	rv64_memory(0x3000, ACC_READ);
	/* Another leaf table is put in; a page that was never touched still goes through the old one. */
	memset(ram[13], 0, FRAME_SIZE);
	hal_pte_set((hal_pte_t *)ram[13], 4, hal_pte_leaf(frame(14), true, false));
	hal_pte_set((hal_pte_t *)ram[PT_LEVELS - 1], 0, hal_pte_table(frame(13), true));
	hal_pte_set(leaf_table(), 4, hal_pte_leaf(frame(15), true, false));
	assert_ptr_equal(rv64_memory(0x4000, ACC_READ), ram[15]);
	hal_tlb_flush_va(0x4000);
	assert_ptr_equal(rv64_memory(0x4000, ACC_READ), ram[14]);
	assert_ptr_equal(rv64_memory(0x3000, ACC_READ), ram[10]); /* its own leaf was not flushed */
	for (u64 va = 0; va < 4000 * FRAME_SIZE; va += FRAME_SIZE)
		rv64_memory(va, ACC_READ);
	assert_ptr_equal(rv64_memory(0x3000, ACC_READ), ram[10]);
	hal_space_load(frame(1));
	assert_null(rv64_memory(0x3000, ACC_READ));
}

/* ---- the disk ---- */
static void done(struct blkreq *r)
{
	assert_int_equal(r->status, RC_OK);
	done_count++;
}

static u8 buffers[16][FRAME_SIZE];

static struct blkreq *submit(enum blk_op op, u64 block, u8 fill)
{
	static struct blkreq requests[64];
	static u32 next;
	struct blkreq *r = &requests[next % 64];

	*r = (struct blkreq){ .op = op, .block = block, .buf = buffers[next++ % 16], .done = done };
	if (op == BLK_WRITE)
		memset(r->buf, fill, FRAME_SIZE);
	disk->submit(disk, r);
	return r;
}

static void finish_all(void)
{
	while (sim_next() != UINT64_MAX)
		sim_advance(sim_next() - sim_now);
	while (disk_thread->step(disk_thread) == KT_AGAIN)
		continue;
}

static int read_byte(u64 block)
{
	struct blkreq *r = submit(BLK_READ, block, 0);

	finish_all();
	for (u32 i = 1; i < FRAME_SIZE; i++)
		if (((u8 *)r->buf)[i] != ((u8 *)r->buf)[0])
			return -1;
	return ((u8 *)r->buf)[0];
}

static void test_disk(void **state)
{
	host_options = (struct host_options){ .disk_mib = 1, .sector = 512 };
	sim_init(3);
	simdisk_open();
	simdisk_init();
	assert_int_equal(disk->blocks, 256);
	submit(BLK_WRITE, 1, 0x11);
	submit(BLK_WRITE, 2, 0x22);
	assert_int_equal(done_count, 0);
	finish_all();
	assert_int_equal(done_count, 2);
	assert_int_equal(simdisk_unflushed(), 2);
	submit(BLK_FLUSH, 0, 0);
	submit(BLK_WRITE, 3, 0x33);     /* not covered, even if it is done first */
	finish_all();
	assert_int_equal(simdisk_unflushed(), 1);
	submit(BLK_WRITE, 2, 0x44);
	finish_all();
	assert_int_equal(read_byte(2), 0x44);
	simdisk_crash(CRASH_NONE, 0);
	assert_int_equal(read_byte(1), 0x11);
	assert_int_equal(read_byte(2), 0x22);
	assert_int_equal(read_byte(3), 0);
	simdisk_close();
}

static void crash_with(enum crash_mode mode, u64 arg)
{
	finish_all();
	submit(BLK_WRITE, 10, 0);
	submit(BLK_WRITE, 11, 0);
	finish_all();
	submit(BLK_FLUSH, 0, 0);
	finish_all();
	submit(BLK_WRITE, 10, 0xaa);
	finish_all();
	submit(BLK_WRITE, 11, 0xbb); /* in flight at the power cut */
	simdisk_crash(mode, arg);
	finish_all();
}

static void expect_after(enum crash_mode mode, u64 arg, int older)
{
	crash_with(mode, arg);
	assert_int_equal(read_byte(10), older);
}

/* After simdisk_crash() nothing may run; the requests in flight are completed here only to go on with the same disk. */
static void test_crash_modes(void **state)
{
	expect_after(CRASH_NONE, 0, 0);
	expect_after(CRASH_ALL, 0, 0xaa);
	expect_after(CRASH_LOSE, 1, 0);
	expect_after(CRASH_LOSE, 0, 0xaa);
	expect_after(CRASH_ONLY, 1, 0xaa);
	expect_after(CRASH_ONLY, 0, 0);
	expect_after(CRASH_MASK, 2, 0xaa);
	expect_after(CRASH_MASK, 1, 0);
	bool mixed = false;
	for (u32 i = 0; i < 20; i++) {
		crash_with(CRASH_RANDOM, 0);
		mixed |= read_byte(10) == -1;
	}
	assert_true(mixed);
	simdisk_close();
}

static void test_changed_in_flight(void **state)
{
	struct blkreq *r = submit(BLK_WRITE, 20, 0x77);

	((u8 *)r->buf)[100] = 0;
	assert_true(PANICS(finish_all()));
}

/* ---- events and chance ---- */
static u32 fired[3], fired_count;
static struct sim_event events[3];

static void fire(struct sim_event *e)
{
	fired[fired_count++] = (u32)(e - events);
}

static void test_events(void **state)
{
	for (u32 i = 0; i < 3; i++)
		events[i].fire = fire;
	sim_init(1);
	sim_after(&events[0], 20);
	sim_after(&events[1], 10);
	sim_after(&events[2], 20);
	assert_false(sim_advance(9));
	assert_true(sim_advance(1));
	assert_int_equal(fired_count, 1);
	assert_true(sim_advance(100));
	assert_int_equal(fired[0], 1);
	assert_int_equal(fired[1], 0);
	assert_int_equal(fired[2], 2);
	u64 a = sim_random(), trace = sim_trace;
	sim_init(1);
	assert_int_equal(sim_random(), a);
	assert_int_not_equal(sim_trace, trace);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_events), cmocka_unit_test(test_tlb_grants), cmocka_unit_test(test_device_page),
		cmocka_unit_test(test_tlb_never_forgets),
		cmocka_unit_test(test_tlb_refusals), cmocka_unit_test(test_tlb_upper_levels), cmocka_unit_test(test_disk),
		cmocka_unit_test(test_crash_modes), cmocka_unit_test(test_changed_in_flight),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
