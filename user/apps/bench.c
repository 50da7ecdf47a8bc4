// SPDX-License-Identifier: Apache-2.0
/*
 * Measures the kernel from outside, in instructions (make bench; tests/bench/run reads the lines "LB name min .. med ..
 * max .." and puts the budgets beside them). Under QEMU's -icount each figure is the same in every run.
 */
#include "bench.h"
#include <abi/process.h>
#include <print.h>
#include <process.h>
#include <registers.h>
#include <stdbool.h>
#include <string.h>

int main(void);

#define KR_WORDS KR_OWN(0)
#define KR_STRING KR_OWN(1)
#define KR_STRINGS KR_OWN(2)
#define KR_PASSING KR_OWN(3)
#define KR_SPINNER KR_OWN(5)
#define KR_TOP KR_OWN(6)
#define KR_PROMPT KR_OWN(7)
#define KR_SEVERAL KR_TEMP(7)
#define KR_SEVERAL_STRING KR_TEMP(6)

#define PAGE 4096u
#define ARENA_PAGES 256u
#define SMALL_PAGES 4096u        /* 16 MiB */
#define LARGE_PAGES 65536u       /* 256 MiB */
#define REGION 0x08000000u       /* where the large region begins: slot 1 of the new top GPT */
#define RESTART_LOG 16384u       /* a log of fewer frames: measure the restart */
#define RESTART_PAGES 512u

uint32_t sample[ROUNDS], frame_cost;
static char arena[ARENA_PAGES * PAGE] __attribute__((aligned(4096)));
static char text[ABI_MAX_STRING], answer[ABI_MAX_STRING];

static void fail(const char *what, uintptr_t rc)
{
	print("bench: %s: error %lu\n", what, (unsigned long)rc);
	for (;;)
		sleep_ms(1000);
}

void must(const char *what, uintptr_t rc)
{
	if (rc != RC_OK)
		fail(what, rc);
}

/* ---- reports ---- */

static void sort(uint32_t *v, unsigned n)
{
	for (unsigned i = 1; i < n; i++) {
		uint32_t x = v[i];
		unsigned k = i;
		for (; k > 0 && v[k - 1] > x; k--)
			v[k] = v[k - 1];
		v[k] = x;
	}
}

void report(const char *name, unsigned n)
{
	sort(sample, n);
	print("LB %s min %u med %u max %u\n", name, sample[0], sample[n / 2], sample[n - 1]);
}

static void report_one(const char *name, uint32_t v)
{
	sample[0] = v;
	report(name, 1);
}

/* ---- invocations ---- */

void measure(const char *name, const struct inv_regs *r, unsigned rounds, uintptr_t wanted)
{
	for (unsigned i = 0; i < rounds; i++) {
		sample[i] = bench_invoke(r) - frame_cost;
		if (bench_result != (uint32_t)wanted)
			fail(name, bench_result);
	}
	report(name, rounds);
}

static void measure_calls(void)
{
	static struct abi_string str = { (uintptr_t)text, BENCH_SHORT, (uintptr_t)answer, sizeof answer };
	struct inv_regs r = { .ctl = INV_CTL(INV_CALL, KR_NUMBER, 0, 0, 0, 0) };
	for (unsigned i = 0; i < ROUNDS; i++)
		sample[i] = bench_nothing(&r);
	sort(sample, ROUNDS);
	frame_cost = sample[0];
	memset(text, 'x', sizeof text);
	memset(answer, 0, sizeof answer);

	r.w[0] = OP_TYPE;
	measure("null_call", &r, ROUNDS, RC_OK);
	r.w[0] = RC_OK;
	r.ctl = INV_CTL(INV_CALL, KR_WORDS, 0, 0, 0, 0);
	measure("round_trip", &r, ROUNDS, RC_OK);
	r.ctl = INV_CTL(INV_CALL, KR_PASSING, KR_NUMBER, 0, 0, 0);
	r.rcv = INV_RCV(KR_ARG(0), 0, 0, 0);
	measure("round_trip_cap", &r, ROUNDS, RC_OK);
	r.rcv = 0;
	r.str = (uintptr_t)&str;
	r.ctl = INV_CTL(INV_CALL, KR_STRING, 0, 0, 0, 0);
	measure("round_trip_string_80", &r, ROUNDS, RC_OK);
	r.ctl = INV_CTL(INV_CALL, KR_STRINGS, 0, 0, 0, 0);
	measure("round_trip_string_80_both", &r, ROUNDS, RC_OK);
	if (bench_length != BENCH_SHORT)
		fail("length of the string", bench_length);
	r.ctl = INV_CTL(INV_CALL, KR_STRING, 0, 0, 0, 0);
	str.send_len = 64;
	measure("round_trip_string_64", &r, ROUNDS, RC_OK);
	str.send_len = PAGE;
	measure("round_trip_string_4k", &r, 100, RC_OK);
	str.send_len = sizeof text;
	measure("round_trip_string_64k", &r, 20, RC_OK);
}

/* ---- checkpoints ---- */

static struct abi_ckpt_status status(void)
{
	struct abi_ckpt_status s;
	struct msg m = { .w = { OP_CKPT_STATUS }, .in = &s, .in_max = sizeof s };
	must("checkpoint status", call(KR_CKPT, &m));
	return s;
}

/* The last three that were committed. The two newest stay in the log; when the third is home, nothing is under way. */
static uint64_t generations[3];

static void settle(void)
{
	for (struct abi_ckpt_status s = status(); s.busy || s.migrated < generations[2]; s = status())
		sleep_ms(20);
}

static uintptr_t checkpoint(void)
{
	uintptr_t generation, rc = call_get(KR_CKPT, OP_CKPT_TAKE, 0, &generation);
	if (rc == RC_OK) {
		generations[2] = generations[1];
		generations[1] = generations[0];
		generations[0] = generation;
	}
	return rc;
}

/* ---- memory: after a checkpoint no page can be written without a fault ---- */

static void measure_first_writes(void)
{
	unsigned n = 0;
	for (unsigned i = 0; i < ARENA_PAGES; i++)
		arena[i * PAGE] = 1;
	must("checkpoint", checkpoint());
	settle();
	must("checkpoint", checkpoint());
	settle();
	(void)bench_store(arena);
	for (unsigned i = 1; i < ARENA_PAGES; i++)
		sample[n++] = bench_store(arena + i * PAGE);
	report("first_write", n);
}

/* ---- the large region: 4 MiB and 128 KiB below slots of 128 MiB, in a new top GPT of 4 GiB ---- */

/* The top GPT: what was there before in slot 0. */
static void region_begin(void)
{
	struct msg m = { .w = { OP_PROC_STORE, PS_SPACE }, .cap = { KR_TOP } };
	must("space", call_cap(KR_SELF, OP_PROC_FETCH, PS_SPACE, KR_TEMP(0)));
	gpt_alloc(32, KR_TOP);
	store(KR_TOP, 0, KR_TEMP(0));
	must("space", call(KR_SELF, &m));
}

/* Pages [from, to) of the region; both multiples of 1024. */
static void region_grow(unsigned from, unsigned to)
{
	for (unsigned p = from; p < to; p++) {
		if (p % 32768 == 0) {
			gpt_alloc(27, KR_TEMP(1));
			store(KR_TOP, 1 + p / 32768, KR_TEMP(1));
		}
		if (p % 1024 == 0) {
			gpt_alloc(22, KR_TEMP(2));
			store(KR_TEMP(1), p / 1024 % 32, KR_TEMP(2));
		}
		if (p % 32 == 0) {
			gpt_alloc(17, KR_TEMP(3));
			store(KR_TEMP(2), p / 32 % 32, KR_TEMP(3));
		}
		page_alloc(KR_TEMP(4));
		store(KR_TEMP(3), p % 32, KR_TEMP(4));
	}
}

/* The last 32 pages have a GPT of their own, still in register 3: storing into it takes their entries out of the tables. */
static void measure_faults(void)
{
	char *last = (char *)REGION + (SMALL_PAGES - 32) * PAGE;
	unsigned n = 0;
	for (unsigned round = 0; round < 9; round++) {
		if (round)
			store(KR_TEMP(3), 31, KR_TEMP(4));
		for (unsigned i = 0; i < 32; i++) {
			uint32_t cost = bench_load(last + i * PAGE);
			if (round)
				sample[n++] = cost;
		}
	}
	report("page_fault", n);
}

static void region_write(unsigned pages)
{
	for (unsigned p = 0; p < pages; p++)
		*(volatile uint32_t *)(uintptr_t)(REGION + p * PAGE) += 1;
}

static void measure_pause(const char *name, unsigned pages)
{
	region_write(pages);
	must("checkpoint", checkpoint());
	report_one(name, (uint32_t)status().pause_cycles);
	settle();
}

static uint64_t spinner_turns(void)
{
	struct {
		struct abi_process_regs portable;
		unsigned char machine[384 - sizeof(struct abi_process_regs)];
	} r;
	struct msg m = { .w = { OP_PROC_GET_REGS }, .in = &r, .in_max = sizeof r };
	must("spinner's registers", call(KR_SPINNER, &m));
	return bench_turns(r.machine);
}

/* All that is done between asking for a checkpoint and its commit, less what the spinner did meanwhile. */
static void measure_work(void)
{
	uint64_t t, turns;
	region_write(SMALL_PAGES);
	must("spinner", process_start(KR_SPINNER, SERVE_SPIN));
	sleep_ms(20);
	t = bench_now();
	turns = spinner_turns();
	must("checkpoint", checkpoint());
	t = bench_now() - t - (spinner_turns() - turns) * bench_spin_instructions;
	report_one("ckpt_per_page", (uint32_t)t / SMALL_PAGES);
	must("spinner", call_words(KR_SPINNER, OP_PROC_STOP, 0, 0, 0));
	settle();
}

/* ---- the restart ---- */

static void measure_restart(void)
{
	struct abi_sys_info info;
	struct msg m = { .w = { OP_SYS_INFO }, .in = &info, .in_max = sizeof info };
	uintptr_t rc;
	for (unsigned i = 0; i < RESTART_PAGES; i++) {
		page_alloc(KR_TEMP(0));
		must("page", call_words(KR_TEMP(0), OP_PAGE_ZERO, 0, 0, 0));
	}
	settle();
	rc = checkpoint();
	if (rc != RC_OK && rc != RC_RESTARTED)
		fail("checkpoint", rc);
	settle();
	must("info", call(KR_SYSCTL, &m));
	print("LB boot restarts %llu instructions %llu\n", (unsigned long long)info.restarts,
		(unsigned long long)info.boot_cycles);
	print("BENCH END\n");
}

/* ---- other invocations ---- */

static void measure_forms(void)
{
	struct inv_regs r = { .w = { RC_OK }, .ctl = INV_CTL(INV_CALL, KR_SEVERAL, KR_NUMBER, KR_NUMBER, KR_NUMBER, 0),
			      .rcv = INV_RCV(KR_ARG(0), KR_ARG(1), KR_ARG(2), KR_TEMP(5)) };
	static struct abi_string str = { .send = (uintptr_t)text };
	struct msg target = { .w = { OP_FWD_TARGET }, .cap = { KR_WORDS } };
	str.send_len = 64;
	measure("round_trip_caps_4", &r, ROUNDS, RC_OK);
	r.ctl = INV_CTL(INV_CALL, KR_SEVERAL_STRING, KR_NUMBER, KR_NUMBER, KR_NUMBER, 0);
	r.str = (uintptr_t)&str;
	measure("round_trip_string_64_caps_4", &r, ROUNDS, RC_OK);
	str.send_len = PAGE;
	measure("round_trip_string_4k_caps_4", &r, 100, RC_OK);
	str.send_len = sizeof text;
	measure("round_trip_string_64k_caps_4", &r, 20, RC_OK);
	r.rcv = r.str = 0;
	r.ctl = INV_CTL(INV_PCALL, KR_WORDS, 0, 0, 0, 0);
	measure("prompt_call", &r, ROUNDS, RC_OK);
	r.ctl = INV_CTL(INV_CALL, KR_PROMPT, 0, 0, 0, 0);
	measure("prompt_return", &r, ROUNDS, RC_OK);
	range_alloc(0, NK_FORWARDER, KR_TEMP(5));
	range_next++;
	must("target", call(KR_TEMP(5), &target));
	must("opaque", call_cap(KR_TEMP(5), OP_FWD_OPAQUE, 0, KR_ARG(0)));
	r.ctl = INV_CTL(INV_CALL, KR_ARG(0), 0, 0, 0, 0);
	measure("forwarder", &r, ROUNDS, RC_OK);
}

int main(void)
{
	must("interval", call_words(KR_CKPT, OP_CKPT_INTERVAL, 0, 0, 0));
	if (status().log_frames < RESTART_LOG) {
		measure_restart();
		return 0;
	}
	sleep_ms(50); /* until the servers wait */
	measure_calls();
	measure_forms();
	measure_objects();
	measure_pairs();
	measure_process();
	measure_first_writes();
	region_begin();
	measure_keeper(KR_TOP);
	region_grow(0, SMALL_PAGES);
	measure_faults();
	must("checkpoint", checkpoint());
	settle();
	measure_pause("pause_16m", SMALL_PAGES);
	measure_work();
	region_grow(SMALL_PAGES, LARGE_PAGES);
	measure_pause("pause_256m", LARGE_PAGES);
	print("BENCH END\n");
	return 0;
}
