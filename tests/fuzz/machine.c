/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The machine of the fuzzers: what arch/host's machine, clock, disk and console are to the program "anteros", smaller, and
 * with all its state in one structure. Its memory management is arch/host's, with every access compared (oracle.c).
 */
#include "fuzz.h"
#include "arch/host/host.h"

#include <abi/error.h>
#include <hal/hal.h>
#include <hal/pt.h>
#include <kernel/blkdev.h>
#include <kernel/entry.h>
#include <kernel/kthread.h>
#include <kernel/sched.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define RAM_BASE ((paddr_t)0x100000)
#define READ_US 30u
#define WRITE_US 60u
#define FLUSH_US 300u
#define SECTOR 512u

struct host_options host_options = { .oracle = true };
struct machine machine;
u8 *machine_ram;
u8 (*machine_disk)[FRAME_SIZE];
int machine_disk_file = -1;
static u8 undo[UNFLUSHED_MAX][FRAME_SIZE];
static bool written[DISK_BLOCKS];
bool machine_verbose, machine_ends_idle;
void (*machine_end)(int code);
static char said[4096];         /* what the kernel said last */
static u32 said_bytes, unsaid;

static void *map(size_t bytes, int file)
{
	void *p = mmap(NULL, bytes, PROT_READ | PROT_WRITE, file < 0 ? MAP_PRIVATE | MAP_ANONYMOUS : MAP_SHARED, file, 0);

	if (p == MAP_FAILED)
		bug("no memory for the machine");
	return p;
}

void machine_make(void)
{
	size_t bytes = (size_t)DISK_BLOCKS * FRAME_SIZE;

	machine_disk_file = memfd_create("disk", 0);
	if (machine_disk_file < 0 || ftruncate(machine_disk_file, (off_t)bytes))
		bug("no memory for the disk");
	machine_disk = map(bytes, machine_disk_file);
	machine_ram = map((size_t)RAM_FRAMES * FRAME_SIZE, -1);
	machine_power_cut(0);
}

void bug(const char *fmt, ...)
{
	va_list ap;

	fprintf(stderr, "\nfuzz: ");
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fprintf(stderr, "\n");
	for (u32 i = 0; i < CONFIG_NR_ACTIVITIES; i++)
		if (activities[i].state != AS_FREE)
			fprintf(stderr, "activity of %llx: state %u, priority %u, key %llx\n", (unsigned long long)activities[i].oid,
				activities[i].state, activities[i].prio, (unsigned long long)activities[i].key);
	fprintf(stderr, "the kernel's last words:\n");
	for (u32 i = said_bytes > sizeof(said) ? said_bytes - sizeof(said) : 0; i < said_bytes; i++)
		fputc(said[i % sizeof(said)], stderr);
	fflush(NULL);
	abort();
}

u64 machine_random(void) /* splitmix64 */
{
	u64 z = machine.chance += 0x9e3779b97f4a7c15u;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
	z = (z ^ z >> 27) * 0x94d049bb133111ebu;
	return z ^ z >> 31;
}

/* ---- disk ---- */

static void write_block(u64 block, const void *from)
{
	memcpy(machine_disk[block], from, FRAME_SIZE);
	written[block] = true;
}

static void perform(struct blkreq *r, u64 covers)
{
	if (r->op == BLK_READ) {
		memcpy(r->buf, machine_disk[r->block], FRAME_SIZE);
	} else if (r->op == BLK_FLUSH) {
		u32 n = 0;

		for (u32 i = 0; i < machine.unflushed; i++) {
			if (machine.kept[i].number <= covers)
				continue;
			if (i != n)
				memcpy(undo[n], undo[i], FRAME_SIZE);
			machine.kept[n++] = machine.kept[i];
		}
		machine.unflushed = n;
	} else {
		if (machine.unflushed == UNFLUSHED_MAX) /* a disk may write back when it likes */
			machine.unflushed = 0;
		memcpy(undo[machine.unflushed], machine_disk[r->block], FRAME_SIZE);
		machine.kept[machine.unflushed].block = r->block;
		machine.kept[machine.unflushed++].number = ++machine.completions;
		write_block(r->block, r->buf);
	}
}

void machine_request(struct blkreq *r)
{
	static const u32 us[] = { [BLK_READ] = READ_US, [BLK_WRITE] = WRITE_US, [BLK_FLUSH] = FLUSH_US };

	if (machine.requests == REQUESTS_MAX || (r->op != BLK_FLUSH && r->block >= DISK_BLOCKS))
		bug("a request for block %llu that no disk would take", (unsigned long long)r->block);
	machine.request[machine.requests].r = r;
	machine.request[machine.requests].covers = machine.completions;
	machine.request[machine.requests++].due = machine.now + us[r->op] + machine_random() % us[r->op];
}

static bool disk_advance(void)
{
	bool any = false;

	for (u32 i = 0; i < machine.requests;) {
		struct blkreq *r = machine.request[i].r;

		if (machine.request[i].due > machine.now) {
			i++;
			continue;
		}
		perform(r, machine.request[i].covers);
		memmove(&machine.request[i], &machine.request[i + 1], (--machine.requests - i) * sizeof(machine.request[0]));
		driver_finished(r);
		any = true;
	}
	return any;
}

static bool survives(u32 seed)
{
	return seed > 1 ? machine_random() & 1 : seed == 1;
}

/* Back to what flushes have made of it, and then each sector that was written since, or not. */
void machine_power_cut(u32 seed)
{
	static u8 late[UNFLUSHED_MAX][FRAME_SIZE];

	if (seed > 1)
		machine.chance = seed;
	for (u32 i = machine.unflushed; i-- > 0;) {
		memcpy(late[i], machine_disk[machine.kept[i].block], FRAME_SIZE);
		write_block(machine.kept[i].block, undo[i]);
	}
	for (u32 i = 0; i < machine.unflushed + machine.requests; i++) {
		const struct blkreq *r = i < machine.unflushed ? NULL : machine.request[i - machine.unflushed].r;
		u64 block = r ? r->block : machine.kept[i].block;
		const u8 *data = r ? r->buf : late[i];

		if (r && r->op != BLK_WRITE)
			continue;
		for (u32 at = 0; at < FRAME_SIZE; at += SECTOR)
			if (survives(seed))
				memcpy(machine_disk[block] + at, data + at, SECTOR);
		written[block] = true;
	}
	machine.unflushed = machine.requests = 0;
	machine.alarm = 0;
	memset(machine_ram, 0xa5, (size_t)RAM_FRAMES * FRAME_SIZE);
	hal_space_load(0);
}

void machine_disk_clean(void)
{
	memset(written, 0, sizeof(written));
}

bool machine_disk_written(u32 block)
{
	return written[block];
}

u8 *machine_disk_change(u32 block)
{
	written[block] = true;
	return machine_disk[block];
}

/* ---- time ---- */

bool machine_advance(u64 us)
{
	bool any = false;

	machine.now += us;
	if (machine.now >= machine.next_tick) {
		machine.next_tick = machine.now + TICK_US;
		kernel_irq_note(IRQ_TIMER);
		any = true;
	}
	if (machine.alarm && machine.now >= machine.alarm) {
		machine.alarm = 0;
		kernel_irq_note(IRQ_ALARM);
		any = true;
	}
	return disk_advance() || any;
}

void hal_idle(void)
{
	u64 next = machine.next_tick;

	for (u32 i = 0; i < machine.requests; i++)
		next = MIN(next, machine.request[i].due);
	machine.idle = machine.requests ? 0 : machine.idle + 1;
	if (machine_ends_idle && ckpt_ops && machine.idle > CONFIG_TICK_HZ / 2)
		machine_end(BOOT_IDLE);
	if (machine.idle > 100u * CONFIG_TICK_HZ)
		bug("nobody runs, and nothing is under way");
	machine_advance(next > machine.now ? next - machine.now : 0);
}

void machine_settle(void)
{
	for (;;) {
		machine_advance(WINDOW_US);
		kthread_timers(hal_time_ms());
		if (kthread_first_prio() >= 0)
			kthread_step();
		else if (machine.requests)
			hal_idle();
		else
			return;
	}
}

void hal_irq_window(void) { machine_advance(WINDOW_US); }
u64 hal_time_ms(void) { return machine.now / 1000; }
u64 hal_time_ns(void) { return machine.now * 1000; }
void hal_alarm_ns(u64 ns) { machine.alarm = machine.now + MAX(ns / 1000, 1); }
u64 hal_cycles(void) { return machine.now; }

/* ---- the rest of the HAL ---- */

void hal_exit(int code)
{
	if (code == 1 || code == 3)
		bug("the kernel has panicked");
	if (machine_end)
		machine_end(code);
	bug("the kernel has ended with code %d", code);
}

bool hal_mem_region(u32 n, struct hal_mem_region *out)
{
	*out = (struct hal_mem_region){ RAM_BASE, (u64)RAM_FRAMES * FRAME_SIZE };
	return n == 0;
}

void *hal_phys_to_virt(paddr_t pa)
{
	if (pa - RAM_BASE >= (u64)RAM_FRAMES * FRAME_SIZE)
		bug("there is no memory at %llx", (unsigned long long)pa);
	return machine_ram + (pa - RAM_BASE);
}

paddr_t hal_virt_to_phys(const void *va)
{
	return RAM_BASE + (u64)((const u8 *)va - machine_ram);
}

uaddr_t hal_user_end(void) { return HOST_USER_END; }
void hal_backtrace(void (*emit)(uintptr_t pc)) { }
u64 hal_entropy(void) { return 0x9e3779b97f4a7c15u; }
void hal_irq_enable(u32 irq) { }
/* One page of registers, which remember nothing; no ports. */
bool hal_device_access(enum hal_space space, paddr_t at, u32 bytes, bool write, u32 *value)
{
	if (!write)
		*value = (u32)at * bytes;
	return space == HAL_MEMORY && at < FRAME_SIZE;
}
bool hal_is_device(paddr_t page) { return page == 0; }
bool hal_console_getc(char *c) { return false; }

void machine_unsay(void)
{
	unsaid = said_bytes;
}

bool machine_said(const char *text)
{
	static char all[sizeof(said) + 1];
	u32 n = 0, from = said_bytes - unsaid > sizeof(said) ? said_bytes - sizeof(said) : unsaid;

	for (u32 i = from; i < said_bytes; i++)
		all[n++] = said[i % sizeof(said)];
	all[n] = 0;
	return strstr(all, text) != NULL;
}

void hal_console_putc(char c)
{
	said[said_bytes++ % sizeof(said)] = c;
	if (machine_verbose)
		fputc(c, stderr);
}
