// SPDX-License-Identifier: Apache-2.0
/*
 * The keeper of make bench's heap: at a fault it puts a page into the slot, one of those that it has or one that it makes
 * from its range. A call with words 0 = enum bench_keeper, 1 = first frame begins anew: pages made there are destroyed.
 */
#include "bench.h"
#include <registers.h>

int main(void);

#define KR_BENCH KR_OWN(0)
#define KR_GPT KR_OWN(1)
#define KR_PAGE KR_OWN(2)

static enum bench_keeper how;
static uintptr_t first, next;

static void fetch(unsigned from, unsigned into)
{
	(void)call_cap(KR_BENCH, OP_PROC_CAP_FETCH, from, into);
}

static uintptr_t page_make(unsigned into)
{
	struct inv_regs page = { .ctl = INV_CTL(INV_CALL, KR_RANGE, 0, 0, 0, 0), .rcv = INV_RCV(into, 0, 0, 0),
				 .w = { OP_RANGE_ALLOC, next++, 0, NK_PAGE } };
	invoke_raw(&page);
	return page.w[0];
}

static void begin(const struct inv_regs *r)
{
	how = (enum bench_keeper)r->w[0];
	first = next = r->w[1];
	fetch(KR_HEAP, KR_GPT);
	for (uintptr_t frame = first; frame < first + HEAP_PAGES; frame++)
		if (call_cap(KR_RANGE, OP_RANGE_GET, frame, KR_PAGE) == RC_OK) {
			struct msg m = { .w = { OP_RANGE_RESCIND }, .cap = { KR_PAGE } };
			(void)call(KR_RANGE, &m);
		}
	for (unsigned i = 0; how == KEEPER_MAPS && i < HEAP_MAPPED; i++)
		(void)page_make(KR_TEMP(i));
}

/* The first of two answers that is not RC_OK: with another the process that faulted would run into the same again. */
static uintptr_t provide(uintptr_t address)
{
	static struct inv_regs slot;
	unsigned page = KR_TEMP(address >> 12 & (HEAP_MAPPED - 1));
	if (how == KEEPER_GROWS) {
		uintptr_t rc = page_make(page = KR_PAGE);
		if (rc != RC_OK)
			return rc;
	}
	slot.ctl = INV_CTL(INV_CALL, KR_GPT, page, 0, 0, 0);
	slot.rcv = 0;
	slot.w[0] = OP_NODE_STORE;
	slot.w[1] = address >> 12 & 31;
	slot.str = 0;
	invoke_raw(&slot);
	return slot.w[0];
}

int main(void)
{
	struct inv_regs r = { .ctl = INV_CTL(INV_RETURN, 0, 0, 0, 0, 0) };
	for (;;) {
		r.rcv = INV_RCV(0, 0, 0, KR_RESUME);
		invoke_raw(&r);
		if (r.w[0] == OP_FAULT) {
			r.w[0] = provide(r.w[2]);
		} else {
			begin(&r);
			r.w[0] = RC_OK;
		}
		r.ctl = INV_CTL(INV_RETURN, KR_RESUME, 0, 0, 0, 0);
		r.str = 0;
	}
}
