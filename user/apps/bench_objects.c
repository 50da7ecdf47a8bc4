// SPDX-License-Identifier: Apache-2.0
/* What make bench measures of objects, and of other ways from process to process than a call; bench.c begins. */
#include "bench.h"
#include <abi/process.h>
#include <process.h>
#include <registers.h>

#define KR_POSTER 28
#define KR_YIELDER 29
#define KR_KEEPER 30
#define HEAP 0x20000000u                 /* slot 4 of a GPT of 4 GiB */
#define CHILDREN 50u
#define PAGE 4096u

uint64_t range_next;

void range_alloc(uint32_t index, uint32_t kind, unsigned into)
{
	for (;; range_next++) {
		struct msg m = { .w = { OP_RANGE_ALLOC, range_next, index, kind }, .take = { (uint8_t)into } };
		uintptr_t rc = call(KR_RANGE, &m);
		if (rc == RC_OK)
			return;
		if (rc != RC_BUSY)
			must("allocation", rc);
	}
}

void page_alloc(unsigned into)
{
	range_alloc(0, NK_PAGE, into);
	range_next++;
}

void gpt_alloc(uint32_t size, unsigned into)
{
	struct msg m = { .w = { OP_MEM_GUARD, size, 0 }, .take = { (uint8_t)into } };
	range_alloc(0, NK_GPT, into);
	range_next++;
	must("gpt", call_words(into, OP_GPT_SET, size - 5, 0, 0));
	must("guard", call(into, &m));
}

void store(unsigned gpt, uint32_t slot, unsigned from)
{
	struct msg m = { .w = { OP_NODE_STORE, slot }, .cap = { (uint8_t)from } };
	must("store", call(gpt, &m));
}

void measure_objects(void)
{
	struct inv_regs fetch = { .w = { OP_NODE_FETCH, 3 }, .rcv = INV_RCV(KR_ARG(0), 0, 0, 0) };
	struct inv_regs put = { .w = { OP_NODE_STORE, 3 } };
	struct inv_regs make = { .w = { OP_RANGE_ALLOC, 0, 0, NK_PROCESS }, .rcv = INV_RCV(KR_TEMP(5), 0, 0, 0),
				 .ctl = INV_CTL(INV_CALL, KR_RANGE, 0, 0, 0, 0) };
	struct inv_regs end = { .w = { OP_RANGE_RESCIND }, .ctl = INV_CTL(INV_CALL, KR_RANGE, KR_TEMP(5), 0, 0, 0) };
	range_alloc(0, NK_NODE, KR_TEMP(5));
	range_next++;
	fetch.ctl = INV_CTL(INV_CALL, KR_TEMP(5), 0, 0, 0, 0);
	put.ctl = INV_CTL(INV_CALL, KR_TEMP(5), KR_NUMBER, 0, 0, 0);
	measure("node_store", &put, ROUNDS, RC_OK);
	measure("node_fetch", &fetch, ROUNDS, RC_OK);
	range_alloc(0, NK_PROCESS, KR_TEMP(5)); /* its frame is there, and of nodes */
	must("rescind", call(KR_RANGE, &(struct msg){ .w = { OP_RANGE_RESCIND }, .cap = { KR_TEMP(5) } }));
	make.w[1] = range_next++;
	for (unsigned i = 0; i < ROUNDS; i++) {
		make.w[2] = 0;
		make.w[3] = NK_PROCESS;
		sample[i] = bench_invoke(&make) - frame_cost;
		must("process", bench_result);
		sample[i] += bench_invoke(&end) - frame_cost;
		must("its end", bench_result);
	}
	report("process_node", ROUNDS);
}

/* ---- notices, directed yield ---- */

void measure_pairs(void)
{
	struct inv_regs post = { .ctl = INV_CTL(INV_RETURN, KR_POSTER, 0, 0, 0, 0), .w = { OP_NOTICE_POST, 1 } };
	struct inv_regs yield = { .ctl = INV_CTL(INV_CALL, KR_YIELDER, 0, 0, 0, 0), .w = { OP_PROC_YIELD } };
	uintptr_t given;
	measure("notice", &post, ROUNDS, OP_NOTICE);
	must("the other of the yield", process_start(KR_YIELDER, SERVE_YIELD));
	sleep_ms(50); /* until its pages are there */
	measure("yield", &yield, ROUNDS, RC_OK);
	must("yield", call_get(KR_YIELDER, OP_PROC_YIELD, 0, &given));
	must("yield not given", given == 1 ? RC_OK : RC_BUSY);
	must("the other of the yield", call_words(KR_YIELDER, OP_PROC_STOP, 0, 0, 0));
}

/* ---- a heap that grows by its keeper ---- */

/* One fault for each page. The first rounds fetch the frames from the disk and make the tables: not counted. */
static void measure_heap(const char *name, enum bench_keeper how, unsigned pages)
{
	unsigned n = 0;
	for (unsigned round = 0; round < 12; round++) {
		must("heap emptied", call_words(KR_HEAP, OP_NODE_CLEAR, 0, 0, 0));
		store(KR_HEAP, HEAP_PAGES, KR_KEEPER);
		must("keeper", call_words(KR_KEEPER, how, (uintptr_t)range_next, 0, 0));
		for (unsigned i = 0; i < pages; i++) {
			uint32_t cost = bench_store((char *)HEAP + i * PAGE);
			if (round >= 2)
				sample[n++] = cost;
		}
	}
	report(name, n);
}

void measure_keeper(unsigned top)
{
	gpt_alloc(17, KR_HEAP);
	must("gpt", call_words(KR_HEAP, OP_GPT_SET, 12, GPT_KEEPER, 0));
	store(top, HEAP >> 27, KR_HEAP);
	measure_heap("keeper_fault", KEEPER_MAPS, HEAP_MAPPED);
	measure_heap("heap_growth", KEEPER_GROWS, HEAP_PAGES);
	range_next += HEAP_PAGES;
}

/* ---- a process from nothing, and back ---- */

#define KR_PROCESS KR_TEMP(0)
#define KR_NODE KR_TEMP(1)
#define KR_SPACE KR_TEMP(2)
#define KR_CODE KR_TEMP(3)
#define KR_STACK KR_TEMP(4)
#define KR_SCHEDULE KR_TEMP(5)
#define KR_CHILD KR_ARG(0)

static void object(uint64_t frame, uint32_t index, uint32_t kind, unsigned into)
{
	struct msg m = { .w = { OP_RANGE_ALLOC, (uintptr_t)frame, index, kind }, .take = { (uint8_t)into } };
	must("object", call(KR_RANGE, &m));
}

static void rescind(unsigned reg)
{
	struct msg m = { .w = { OP_RANGE_RESCIND }, .cap = { (uint8_t)reg } };
	must("rescind", call(KR_RANGE, &m));
}

static void put(uint32_t slot, unsigned from)
{
	struct msg m = { .w = { OP_PROC_STORE, slot }, .cap = { (uint8_t)from } };
	must("process slot", call(KR_PROCESS, &m));
}

/* Two nodes and a GPT in the range's frame `at`, two pages in the next: what a bank and a creator would do, by hand. */
static void child_make(uint64_t at)
{
	struct msg guard = { .w = { OP_MEM_GUARD, 17, 0 }, .take = { KR_SPACE } };
	struct msg code = { .w = { OP_PAGE_WRITE, 0 }, .out = bench_child,
			    .out_len = (size_t)(bench_child_end - bench_child) };
	object(at, 0, NK_PROCESS, KR_PROCESS);
	object(at, 1, NK_NODE, KR_NODE);
	object(at, 2, NK_GPT, KR_SPACE);
	object(at + 1, 0, NK_PAGE, KR_CODE);
	object(at + 2, 0, NK_PAGE, KR_STACK);
	must("code", call(KR_CODE, &code));
	must("gpt", call_words(KR_SPACE, OP_GPT_SET, 12, 0, 0));
	must("guard", call(KR_SPACE, &guard));
	store(KR_SPACE, 1, KR_CODE);
	store(KR_SPACE, 2, KR_STACK);
	put(PS_CAPREGS, KR_NODE);
	put(PS_SPACE, KR_SPACE);
	put(PS_SCHEDULE, KR_SCHEDULE);
	must("start capability", call_cap(KR_PROCESS, OP_PROC_START_CAP, 0, KR_CHILD));
}

void measure_process(void)
{
	must("schedule", call_cap(KR_SELF, OP_PROC_FETCH, PS_SCHEDULE, KR_SCHEDULE));
	range_alloc(0, NK_NODE, KR_PROCESS); /* a frame of nodes, and two behind it, which are in memory from now on */
	rescind(KR_PROCESS);
	for (unsigned i = 0; i < CHILDREN; i++) {
		uint64_t t = bench_now();
		child_make(range_next);
		must("run", call_words(KR_PROCESS, OP_PROC_RUN, PAGE, 3 * PAGE, 0));
		must("call", call_words(KR_CHILD, RC_OK, 0, 0, 0));
		rescind(KR_PROCESS);
		rescind(KR_NODE);
		rescind(KR_SPACE);
		rescind(KR_CODE);
		rescind(KR_STACK);
		sample[i] = (uint32_t)(bench_now() - t);
	}
	report("process_run", CHILDREN);
	range_next += 3;
}
