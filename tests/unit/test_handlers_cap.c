/* SPDX-License-Identifier: Apache-2.0 */
/* What holds for every type, and the objects that tell capabilities apart. */
#include "handlers.h"

static void every_type(void **unused)
{
	static const u8 with_object[] = { CT_NODE, CT_GPT, CT_PROCESS, CT_FORWARDER, CT_SCHEDULE };
	static const u8 index[] = { N_NODE, N_GPT, N_PROC, N_FWD, N_SCHED };

	(void)unused;
	for (u32 k = 0; k < 5; k++) {
		struct cap c = node_cap(with_object[k], index[k], CR_RO);

		assert_int_equal(call(c, OP_TYPE, 0, 0, 0), RC_OK);
		assert_int_equal(inv.r.w[1], with_object[k]);
		assert_int_equal(call(c, 0xdead, 0, 0, 0), RC_UNKNOWN_OP);
	}
	for (u32 t = CT_NUMBER; t < CT_NR; t++) {
		if (cap_is_object(t))
			continue;
		assert_int_equal(call(cap_make(t, 0, 0, 0, 0), OP_TYPE, 0, 0, 0), RC_OK);
		assert_int_equal(inv.r.w[1], t);
		assert_int_equal(call(cap_make(t, 0, 0, 0, 0), 0xdead, 0, 0, 0), RC_UNKNOWN_OP);
	}
	for (u32 t = CT_START; t <= CT_FAULT; t++)
		assert_false(cap_has_ops(t));
}

static void rights_refuse(void **unused)
{
	static const u32 stores[] = { OP_NODE_STORE, OP_NODE_SWAP, OP_NODE_CLEAR, OP_NODE_CLONE, OP_NODE_NUMBER };

	(void)unused;
	for (u32 t = CT_NODE; t <= CT_GPT; t++) {
		u32 n = t == CT_NODE ? N_NODE : N_GPT;

		arg0 = node_cap(t, n, 0);
		for (u32 k = 0; k < ARRAY_SIZE(stores); k++) {
			assert_int_equal(call(node_cap(t, n, CR_RO), stores[k], 1, 0, 0), RC_NO_ACCESS);
			assert_int_equal(call(node_cap(t, n, CR_OPAQUE), stores[k], 1, 0, 0), RC_NO_ACCESS);
			assert_int_equal(call(node_cap(t, n, 0), stores[k], 1, 0, 0), RC_OK);
		}
		assert_int_equal(call(node_cap(t, n, CR_OPAQUE), OP_NODE_FETCH, 1, 0, 0), RC_NO_ACCESS);
		assert_int_equal(call(node_cap(t, n, CR_RO), OP_NODE_FETCH, 1, 0, 0), RC_OK);
	}
	assert_int_equal(call(node_cap(CT_GPT, N_GPT, CR_RO), OP_GPT_SET, 12, 0, 0), RC_NO_ACCESS);
	assert_int_equal(call(node_cap(CT_GPT, N_GPT, CR_OPAQUE), OP_GPT_GET, 0, 0, 0), RC_NO_ACCESS);
	assert_int_equal(call(page_cap(F_PAGE, CR_RO), OP_PAGE_ZERO, 0, 0, 0), RC_NO_ACCESS);
	assert_int_equal(call(page_cap(F_PAGE, CR_RO), OP_PAGE_WRITE, 0, 0, 0), RC_NO_ACCESS);
	assert_int_equal(call(page_cap(F_PAGE, CR_RO), OP_PAGE_CLONE, 0, 0, 0), RC_NO_ACCESS);
	assert_int_equal(call(node_cap(CT_FORWARDER, N_FWD, CR_OPAQUE), OP_FWD_TARGET, 0, 0, 0), RC_NO_ACCESS);
}

/* Every capability type through every fetch path of a weak node gives exactly what cap_weaken gives. */
static void weak_fetch(void **unused)
{
	(void)unused;
	for (u32 t = CT_VOID; t < CT_NR; t++) {
		struct cap c = cap_make(t, 0, 3, POT_OID | N_NODE2, 0), weak = cap_weaken(c);

		node(N_NODE)->slot[4] = c;
		assert_int_equal(call(node_cap(CT_NODE, N_NODE, CR_WEAK), OP_NODE_FETCH, 4, 0, 0), RC_OK);
		expect_cap(inv.r.c[0], weak);
		assert_int_equal(call(node_cap(CT_NODE, N_NODE, 0), OP_NODE_FETCH, 4, 0, 0), RC_OK);
		expect_cap(inv.r.c[0], c);

		arg0 = node_cap(CT_NODE, N_NODE, CR_WEAK);
		assert_int_equal(call(node_cap(CT_NODE, N_NODE2, 0), OP_NODE_CLONE, 0, 0, 0), RC_OK);
		expect_cap(node(N_NODE2)->slot[4], weak);

		arg0 = cap_void();
		assert_int_equal(call(node_cap(CT_NODE, N_NODE, CR_WEAK), OP_NODE_SWAP, 4, 0, 0), RC_OK);
		expect_cap(inv.r.c[0], weak);

		node(N_PROC)->slot[PS_DEBUG] = c;
		node(N_PROC)->slot[PS_CAPREGS] = node_cap(CT_NODE, N_NODE, 0);
		node(N_NODE)->slot[4] = c;
		assert_int_equal(call(node_cap(CT_PROCESS, N_PROC, CR_WEAK), OP_PROC_FETCH, PS_DEBUG, 0, 0), RC_OK);
		expect_cap(inv.r.c[0], weak);
		assert_int_equal(call(node_cap(CT_PROCESS, N_PROC, CR_WEAK), OP_PROC_CAP_FETCH, 4, 0, 0), RC_OK);
		expect_cap(inv.r.c[0], weak);
	}
}

static void rights_shrink(void **unused)
{
	struct cap c = node_cap(CT_NODE, N_NODE, CR_RO);

	(void)unused;
	for (u32 add = 0; add <= CR_ALL; add++) {
		assert_int_equal(call(c, OP_NODE_REDUCE, add, 0, 0), RC_OK);
		assert_int_equal(BITS(inv.r.c[0]), CR_RO | add);
	}
	assert_int_equal(call(c, OP_NODE_REDUCE, CR_ALL + 1, 0, 0), RC_REQUEST);
}

static void attributes(void **unused)
{
	struct cap gpt = node_cap(CT_GPT, N_GPT, CR_NX | CR_NOCALL), page = page_cap(F_PAGE, CR_RO);

	(void)unused;
	gpt.w[0] |= (9u << 6 | 10) << 8;
	assert_int_equal(call(gpt, OP_MEM_ATTRIBUTES, 0, 0, 0), RC_OK);
	assert_int_equal(inv.r.w[1], CR_NX | CR_NOCALL);
	assert_int_equal(inv.r.w[2], 22);
	assert_int_equal(inv.r.w[3], 9);
	assert_int_equal(call(page, OP_MEM_ATTRIBUTES, 0, 0, 0), RC_OK);
	assert_int_equal(inv.r.w[1], CR_RO);
	assert_int_equal(inv.r.w[2], 12);
	assert_int_equal(call(node_cap(CT_NODE, N_NODE, CR_WEAK | CR_OPAQUE), OP_NODE_ATTRIBUTES, 0, 0, 0), RC_OK);
	assert_int_equal(inv.r.w[1], CR_WEAK | CR_OPAQUE);
	assert_int_equal(inv.r.w[2], 0);
}

static u32 classify(struct cap c)
{
	arg0 = c;
	assert_int_equal(call(cap_make(CT_DISCRIM, 0, 0, 0, 0), OP_DISCRIM_CLASSIFY, 0, 0, 0), RC_OK);
	return (u32)inv.r.w[1];
}
static bool discreet(struct cap c)
{
	arg0 = c;
	assert_int_equal(call(cap_make(CT_DISCRIM, 0, 0, 0, 0), OP_DISCRIM_DISCREET, 0, 0, 0), RC_OK);
	return inv.r.w[1];
}
static bool same(struct cap a, struct cap b)
{
	arg0 = a, arg1 = b;
	assert_int_equal(call(cap_make(CT_DISCRIM, 0, 0, 0, 0), OP_DISCRIM_SAME, 0, 0, 0), RC_OK);
	return inv.r.w[1];
}

static void discrim(void **unused)
{
	struct cap dead = page_cap(F_PAGE, 0), guarded = page_cap(F_PAGE, 0), facet = node_cap(CT_START, N_PROC, 0);

	(void)unused;
	dead.w[1]++;
	facet.w[0] |= 4711 << 8;
	guarded.w[0] |= 3 << 14;
	assert_int_equal(classify(cap_void()), 0);
	assert_int_equal(classify(dead), 0);
	assert_int_equal(classify(cap_number(1, 1, 1)), 1);
	assert_int_equal(classify(cap_make(CT_RESUME, 0, 7, POT_OID | N_PROC, 0)), 2);
	assert_int_equal(classify(page_cap(F_PAGE, 0)), 3);
	assert_int_equal(classify(node_cap(CT_SCHEDULE, N_SCHED, 0)), 4);
	assert_int_equal(classify(node_cap(CT_START, N_PROC, 0)), 255);
	assert_true(discreet(page_cap(F_PAGE, CR_RO)));
	assert_false(discreet(page_cap(F_PAGE, CR_WEAK)));
	assert_false(discreet(node_cap(CT_NODE, N_NODE, CR_RO)));
	assert_true(discreet(cap_weaken(node_cap(CT_NODE, N_NODE, 0))));
	assert_false(discreet(node_cap(CT_START, N_PROC, 0)));
	assert_true(same(page_cap(F_PAGE, 0), guarded));
	assert_false(same(page_cap(F_PAGE, 0), page_cap(F_PAGE, CR_RO)));
	assert_false(same(page_cap(F_PAGE, 0), page_cap(F_PAGE2, 0)));
	assert_true(same(facet, facet));
	assert_false(same(node_cap(CT_START, N_PROC, 0), facet));
}

static void keybits(void **unused)
{
	struct cap k = cap_make(CT_KEYBITS, 0, 0, 0, 0), dead = page_cap(F_PAGE, 0);

	(void)unused;
	arg0 = node_cap(CT_START, N_PROC, 0);
	arg0.w[0] |= 4711 << 8;
	assert_int_equal(call(k, OP_KEYBITS_GET, 0, 0, 0), RC_OK);
	assert_int_equal(inv.r.w[1], 1);
	assert_int_equal(inv.r.w[2], 1);
	assert_int_equal(inv.r.len, 16);
	assert_memory_equal(inv.r.str, &arg0, 16);
	dead.w[1]++;
	arg0 = dead;
	assert_int_equal(call(k, OP_KEYBITS_GET, 0, 0, 0), RC_OK);
	assert_int_equal(inv.r.w[2], 0);
	assert_memory_equal(inv.r.str, &dead, 16);
	arg0 = cap_make(CT_PAGE, 0, 1, 0x999000, 0); /* no volume has it: nobody can say */
	assert_int_equal(call(k, OP_KEYBITS_GET, 0, 0, 0), RC_OK);
	assert_int_equal(inv.r.w[2], 0);
	arg0 = cap_number(1, 2, 3);
	assert_int_equal(call(k, OP_KEYBITS_GET, 0, 0, 0), RC_OK);
	assert_int_equal(inv.r.w[2], 1);
	arg0 = cap_void();
	assert_int_equal(call(k, OP_KEYBITS_GET, 0, 0, 0), RC_OK);
	assert_int_equal(inv.r.w[2], 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(every_type), T(rights_refuse), T(weak_fetch), T(rights_shrink), T(attributes), T(discrim),
		T(keybits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
