// SPDX-License-Identifier: Apache-2.0
/*
 * Deadlines and checkpoints while others burn the processor (user/realtime.img.txt, user/spin.img.txt). Who it is says its
 * argument. What is measured is the kernel's clock, so under counted instructions it is the machine's own time.
 */
#include <abi/process.h>
#include <invoke.h>
#include <print.h>
#include <process.h>
#include <registers.h>
#include <stub/checkpoint.h>
#include <stub/schedule.h>
#include <stub/sleep.h>
#include <stub/sysctl.h>

int main(uintptr_t role);

enum { PERIODIC, SPINS, TAKES, WATCHES };
#define OWN_SCHEDULE KR_OWN(0)
#define OTHER_SCHEDULE KR_OWN(1)
#define PERIOD 1000000u   /* ns, as in the image */
#define WORK 200000u      /* at most, of a budget of 400,000 */
#define PERIODS 150u      /* at least, and until COMMITS checkpoints have been committed, but no more than MOST */
#define COMMITS 2u
#define MOST 3000u
#define PAGES 4u
#define INTERVAL 1u       /* s */
#define GAPS 3u

static volatile uint32_t memory[PAGES * 1024];

static uint64_t clock(void)
{
	uint64_t ns = 0;
	sleep_now_ns(KR_SLEEP, &ns);
	return ns;
}

/* Computes, and writes to each of its pages, so that it meets what a snapshot has frozen. */
static void work(uint32_t steps)
{
	for (uint32_t n = 0; n < steps; n++)
		memory[n * 61 % (PAGES * 1024)] += n;
}

static uint32_t calibrate(void)
{
	uint64_t from = clock();
	uint32_t steps = 0;
	for (; clock() - from < WORK / 2; steps += 512)
		work(512);
	return steps * 2;
}

static uint32_t generation(void)
{
	struct abi_ckpt_status s;
	return ckpt_status(KR_CKPT, &s) == RC_OK ? (uint32_t)s.generation : 0;
}

static void periodic(void)
{
	sleep_period(KR_SLEEP);
	uint32_t steps = calibrate(), first = generation(), missed = 0, n = 0;
	uint32_t period = 0, budget = 0, short_ones = 0;
	uint64_t late = 0, slowest = 0;
	print("RT refused %u\n", sys_reserve_set(KR_SYSCTL, OTHER_SCHEDULE, 1000, 300) == RC_BUSY);
	sleep_period(KR_SLEEP);
	uint64_t base = clock(), start = base;
	while (n < PERIODS || (generation() - first < COMMITS && n < MOST)) {
		work(steps);
		uint64_t end = clock();
		slowest = end - start > slowest ? end - start : slowest;
		n++;
		missed += end >= base + (uint64_t)n * PERIOD;
		sleep_period(KR_SLEEP);
		start = clock();
		if (start >= base + (uint64_t)(n + 1) * PERIOD) {
			missed++;
			base = start - (uint64_t)n * PERIOD;
		}
		late = start - base - (uint64_t)n * PERIOD > late && start > base + (uint64_t)n * PERIOD ?
			start - base - (uint64_t)n * PERIOD : late;
	}
	sched_reserve(OWN_SCHEDULE, &period, &budget, &short_ones);
	print("RT periods %u missed %u kernel %u late %u work %u commits %u\nRT END\n", n, missed, short_ones,
	      (unsigned)late, (unsigned)slowest, generation() - first);
	for (;;)
		sleep_period(KR_SLEEP);
}

/* How long the system goes without a commit, while checkpoints are due every INTERVAL. */
static void watches(void)
{
	ckpt_interval(KR_CKPT, INTERVAL);
	uint32_t last = generation(), gaps = 0;
	uint64_t since = 0, longest = 0;
	while (gaps < GAPS) {
		sleep_period(KR_SLEEP);
		memory[gaps]++;
		uint64_t now = clock();
		if (since && now - since > longest)
			longest = now - since;
		if (generation() == last && longest < 10000000000ull)
			continue;
		gaps += since != 0;
		since = now;
		last = generation();
	}
	print("SPIN commits %u longest_ms %u interval_ms %u\nSPIN END\n", gaps, (unsigned)(longest / 1000000), INTERVAL * 1000);
	for (;;)
		sleep_period(KR_SLEEP);
}

int main(uintptr_t role)
{
	if (role == PERIODIC)
		periodic();
	if (role == WATCHES)
		watches();
	for (uint32_t committed;;)
		if (role == TAKES)
			ckpt_take(KR_CKPT, &committed);
		else
			work(PAGES * 1024);
}
