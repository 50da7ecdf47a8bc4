/* SPDX-License-Identifier: Apache-2.0 */
/* The simulated board: RAM, and the rest of what include/hal/hal.h asks of a port. */
#include "host.h"

#include <execinfo.h>
#include <hal/hal.h>
#include <hal/pt.h>
#include <kernel/panic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define RAM_BASE ((paddr_t)0x100000)

static u8 *ram;
static u64 ram_bytes;

static void stop_time_reached(struct sim_event *e)
{
	explore_end();
	machine_exit(0, "end of --stop-at");
}

void machine_init(void)
{
	static struct sim_event stop = { .fire = stop_time_reached };

	ram_bytes = host_options.ram_kib << 10;
	if (posix_memalign((void **)&ram, FRAME_SIZE, ram_bytes) != 0) {
		fprintf(stderr, "anteros: this machine has no %llu KiB for --ram\n", (unsigned long long)host_options.ram_kib);
		exit(2);
	}
	memset(ram, 0xa5, ram_bytes);
	sim_init(host_options.seed);
	if (host_options.stop_ms != 0)
		sim_after(&stop, host_options.stop_ms * 1000000);
}

void machine_exit(int code, const char *why)
{
	fflush(stdout);
	if (why != NULL)
		fprintf(stderr, "anteros: %s at %llu ms\n", why, (unsigned long long)sim_now / 1000000);
	if (host_options.digest) {
		counts_print();
		printf("digest %016llx instructions %llu ns %llu disk %llu unflushed %u\n", (unsigned long long)sim_trace,
			(unsigned long long)sim_instructions, (unsigned long long)sim_now,
			(unsigned long long)simdisk_operations(), simdisk_unflushed());
	}
	simdisk_close();
	exit(code);
}

void hal_exit(int code)
{
	machine_exit(code, NULL);
}

/* ---- memory ---- */
bool hal_mem_region(u32 n, struct hal_mem_region *out)
{
	*out = (struct hal_mem_region){ RAM_BASE, ram_bytes };
	return n == 0;
}

void *hal_phys_to_virt(paddr_t pa)
{
	check(pa >= RAM_BASE && pa - RAM_BASE < ram_bytes);
	return ram + (pa - RAM_BASE);
}

paddr_t hal_virt_to_phys(const void *va)
{
	u64 offset = (u64)((const u8 *)va - ram);

	check(offset < ram_bytes);
	return RAM_BASE + offset;
}

uaddr_t hal_user_end(void)
{
	return HOST_USER_END;
}

/* ---- processor and time ---- */
void hal_idle(void)
{
	u64 next = sim_next(), ns = next > sim_now ? next - sim_now : 0;

	check(next != UINT64_MAX);
	console_idle(ns);
	sim_advance(ns);
}

void hal_irq_window(void)
{
	sim_advance(WINDOW_NS);
}

u64 hal_cycles(void)
{
	return sim_now / INSN_NS;
}

u64 hal_entropy(void)
{
	return sim_random();
}

u64 hal_time_ms(void)
{
	return sim_now / 1000000;
}

u64 hal_time_ns(void)
{
	return sim_now;
}

void hal_backtrace(void (*emit)(uintptr_t pc))
{
	void *pc[32];
	int n = backtrace(pc, ARRAY_SIZE(pc));

	for (int i = 1; i < n; i++)
		emit((uintptr_t)pc[i]);
}

/* ---- devices ---- */
void hal_devices_init(void)
{
	sim_timer_start();
	console_init();
	simdisk_init();
}

void hal_irq_enable(u32 irq)
{
}
