// SPDX-License-Identifier: Apache-2.0
/* The tags of x86_64 against a model of a TLB that forgets only what it is told to. */
#include "arch/x86_64/pcid.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define ROOTS 200u
#define ROOT(n) (((paddr_t)(n) + 1) << 12)
#define TAG_BITS 0xfffu

static unsigned content[ROOTS];           /* what the tables of this root say */
static unsigned cached[TAG_BITS + 1];     /* what the TLB has of a tag; 0 = nothing */
static unsigned loaded, tag, hits, steps;

static void load(unsigned n)
{
	u64 cr3 = pcid_cr3(ROOT(n));

	assert_true((cr3 & ~PCID_KEEP & ~(u64)TAG_BITS) == ROOT(n));
	tag = cr3 & TAG_BITS;
	assert_true(tag > 0 && tag < PCID_TAGS);
	if (!(cr3 & PCID_KEEP))
		cached[tag] = 0;
	loaded = n;
}

/* The program touches its memory: what the TLB says must be what the tables say. */
static void touch(void)
{
	hits += cached[tag] != 0;
	if (!cached[tag])
		cached[tag] = content[loaded];
	assert_int_equal(cached[tag], content[loaded]);
}

/* Tables change, anybody's; then the flush of pt.c, of the loaded space or of all. */
static void change(bool all)
{
	for (unsigned n = 0; n < ROOTS; n += 1 + (unsigned)random() % 3)
		content[n] = ++steps;
	if (all) {
		pcid_forget(0);
		load(loaded);
	} else {
		cached[tag] = 0;
		pcid_forget(ROOT(loaded));
	}
}

static void model(void **state)
{
	for (unsigned n = 0; n < ROOTS; n++)
		content[n] = ++steps;
	srandom(1);
	load(0);
	for (unsigned i = 0; i < 200000; i++) {
		unsigned what = (unsigned)random() % 100, few = i % 2 ? 6 : ROOTS;

		if (what < 2)
			change(what);
		else if (what < 40)
			load((unsigned)random() % few);
		touch();
	}
	assert_true(hits > 100000);
}

/* Neighbours have tags of their own; two that share one take it from each other. */
static void shares(void **state)
{
	pcid_forget(0);
	for (unsigned n = 0; n < PCID_TAGS - 1; n++)
		assert_false(pcid_cr3(ROOT(n)) & PCID_KEEP);
	for (unsigned n = 0; n < PCID_TAGS - 1; n++)
		assert_true(pcid_cr3(ROOT(n)) & PCID_KEEP);
	for (unsigned i = 0; i < 3; i++) {
		assert_false(pcid_cr3(ROOT(PCID_TAGS - 1)) & PCID_KEEP);
		assert_false(pcid_cr3(ROOT(0)) & PCID_KEEP);
	}
	pcid_forget(ROOT(0));
	assert_true(pcid_cr3(ROOT(0)) & PCID_KEEP);
	assert_false(pcid_cr3(ROOT(1)) & PCID_KEEP);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(model), cmocka_unit_test(shares) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
