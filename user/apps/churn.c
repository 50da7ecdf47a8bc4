// SPDX-License-Identifier: Apache-2.0
/*
 * Work for the store (user/churn.img.txt): makes, writes, zeroes, frees and makes again pages and nodes in the first
 * WINDOW frames of its range, and looks at all the rest, pages of zeroes, so that memory is always short. It knows what
 * must be in each and halts the system when something else is. All that it knows is in its own memory, so it stays true
 * after a restart. With argument 1 it is the pacer, who takes a checkpoint after the other; with argument 2 it floods the
 * log: writes to page after page of its range, more than the log holds, while nobody asks for a checkpoint.
 */
#include <invoke.h>
#include <print.h>
#include <process.h>
#include <random.h>
#include <registers.h>
#include <stub/checkpoint.h>
#include <stub/number.h>
#include <stub/page.h>
#include <stub/range.h>
#include <stub/slots.h>
#include <stub/sysctl.h>

int main(uintptr_t role);

#define GRAVES KR_OWN(0)  /* node: a capability to what was freed last in window frame n % 32 */
#define T0 KR_TEMP(0)
#define T1 KR_TEMP(1)
#define WINDOW 48u
#define LOOKS 3u          /* pages of the rest, in each step */
#define BURST 16u         /* steps between two rests */
#define OWN_PAGES 6u
#define REST_MS 10

struct item {
	uint32_t kind;    /* NK_FREE, NK_PAGE or NK_NODE */
	uint32_t stamp;   /* what is in it; 0 = zeroes */
	uint32_t where;   /* page: offset of the stamp; node: index in the pot and slot */
	uint32_t buried;  /* its slot in GRAVES has an old capability to it */
};
static struct item items[WINDOW];
static uint32_t own[OWN_PAGES][1024];
static uint32_t own_stamp[OWN_PAGES];
static uint64_t chance;
static uint32_t steps, looked;

static void wrong(const char *what, uint32_t n, uintptr_t is, uintptr_t wanted)
{
	print("churn: step %u: %s %u is %lx and not %lx\n", steps, what, n, (unsigned long)is, (unsigned long)wanted);
	sys_halt(KR_SYSCTL);
}

static void must(const char *what, uint32_t n, uintptr_t is, uintptr_t wanted)
{
	if (is != wanted)
		wrong(what, n, is, wanted);
}

static uint32_t page_word(unsigned reg, uint32_t offset, uint32_t n)
{
	uint32_t value = 0;
	size_t len;
	must("reading page", n, page_read(reg, offset, 4, &value, 4, &len), RC_OK);
	return value;
}

/* ---- one item --------------------------------------------------------------------------------------------------- */

static uint32_t node_index(const struct item *i)
{
	return i->kind == NK_NODE ? i->where % 7 : 0;
}

static uint32_t node_slot(const struct item *i)
{
	return i->where % 32;
}

static void take(uint32_t n)
{
	must("getting object", n, range_get(KR_RANGE, n, node_index(&items[n]), T0), RC_OK);
}

static void look(uint32_t n)
{
	struct item *i = &items[n];
	if (i->kind == NK_FREE)
		return;
	take(n);
	if (i->kind == NK_PAGE) {
		must("page", n, page_word(T0, i->where, n), i->stamp);
		return;
	}
	must("slot of node", n, node_fetch(T0, node_slot(i), T1), RC_OK);
	uint32_t low, middle, high;
	must("number in node", n, num_get(T1, &low, &middle, &high), i->stamp ? RC_OK : RC_VOID);
	if (i->stamp)
		must("number in node", n, low, i->stamp);
}

static void make(uint32_t n)
{
	struct item *i = &items[n];
	i->kind = random_below(&chance, 3) ? NK_PAGE : NK_NODE;
	i->where = random_below(&chance, 1024) * 4;
	i->stamp = 0;
	must("making object", n, range_alloc(KR_RANGE, n, node_index(i), i->kind, T0), RC_OK);
	if (i->buried) {
		must("grave", n, node_fetch(GRAVES, n % 32, T1), RC_OK);
		must("old capability", n, call_words(T1, OP_TYPE, 0, 0, 0), RC_VOID);
	}
}

static void write(uint32_t n)
{
	struct item *i = &items[n];
	uint32_t stamp = steps << 8 | n;
	take(n);
	if (i->kind == NK_NODE)
		must("storing in node", n, node_number(T0, node_slot(i), stamp), RC_OK);
	else
		must("writing page", n, page_write(T0, i->where, &stamp, 4), RC_OK);
	i->stamp = stamp;
}

static void zero(uint32_t n)
{
	struct item *i = &items[n];
	take(n);
	must("zeroing", n, i->kind == NK_NODE ? node_clear(T0) : page_zero(T0), RC_OK);
	i->stamp = 0;
}

static void unmake(uint32_t n)
{
	struct item *i = &items[n];
	take(n);
	must("burying", n, node_store(GRAVES, n % 32, T0), RC_OK);
	must("freeing", n, range_rescind(KR_RANGE, T0), RC_OK);
	for (uint32_t k = n % 32; k < WINDOW; k += 32)
		items[k].buried = k == n;
	i->kind = NK_FREE;
}

/* ---- memory of its own, and the rest ---------------------------------------------------------------------------- */

static void own_memory(void)
{
	uint32_t p = random_below(&chance, OWN_PAGES), at = steps % 1024;
	for (uint32_t k = 0; own_stamp[p] && k < OWN_PAGES; k++)
		must("own page", p, own[p][own_stamp[p] % 1024], own_stamp[p]);
	own[p][at] = steps;
	own_stamp[p] = steps;
}

static void look_at_the_rest(uint32_t length)
{
	for (uint32_t k = 0; k < LOOKS; k++, looked++) {
		uint32_t n = WINDOW + looked % (length - WINDOW);
		must("getting page", n, range_get(KR_RANGE, n, 0, T0), RC_OK);
		must("page of the rest", n, page_word(T0, steps % 1024 * 4, n), 0);
	}
}

static void touch(void)
{
	uint32_t n = random_below(&chance, WINDOW), what = random_below(&chance, 8);
	look(n);
	if (items[n].kind == NK_FREE)
		make(n);
	else if (what == 0)
		unmake(n);
	else if (what == 1)
		zero(n);
	else
		write(n);
}

static void step(uint32_t length)
{
	steps++;
	touch();
	touch();
	own_memory();
	look_at_the_rest(length);
}

static void churn(void)
{
	uint64_t frames = 0;
	range_length(KR_RANGE, &frames);
	uint32_t length = (uint32_t)frames;
	random_seed(&chance, 1);
	for (uint32_t n = WINDOW; n < length; n++)
		must("making page", n, range_alloc(KR_RANGE, n, 0, NK_PAGE, T0), RC_OK);
	print("churn: %u frames\n", length);
	for (;;) {
		for (unsigned n = 0; n < BURST; n++)
			step(length);
		sleep_ms(REST_MS);
	}
}

static void flood(void)
{
	static uint32_t at, round;
	struct abi_ckpt_status s;
	uint64_t frames = 0, first;
	range_length(KR_RANGE, &frames);
	ckpt_status(KR_CKPT, &s);
	for (first = s.generation;; first = s.generation, round++) {
		for (at = 0; at < frames; at++) {
			ckpt_interval(KR_CKPT, 0); /* a restart has set it again */
			if (round)
				must("getting page", at, range_get(KR_RANGE, at, 0, T0), RC_OK);
			else
				must("making page", at, range_alloc(KR_RANGE, at, 0, NK_PAGE, T0), RC_OK);
			uint32_t old = page_word(T0, at % 1024 * 4, at), stamp = round + 1;
			must("page", at, old, round);
			must("writing page", at, page_write(T0, at % 1024 * 4, &stamp, 4), RC_OK);
		}
		ckpt_status(KR_CKPT, &s);
		print("flood: round %u: pages %llu log %llu generations %llu\n", round, (unsigned long long)frames,
		      (unsigned long long)s.log_frames, (unsigned long long)(s.generation - first));
	}
}

int main(uintptr_t role)
{
	if (role == 0)
		churn();
	if (role == 2)
		flood();
	for (uint32_t generation;;) {
		ckpt_take(KR_CKPT, &generation);
		sleep_ms(5 * REST_MS);
	}
}
