/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Address spaces at random. A few GPTs of all sizes are stored into each other in every way: with guards, rights, keepers,
 * over each other's ends, in circles; slots are changed, l2v and keepers set, objects destroyed and made again, epochs end.
 * The model is an own copy of the tree and an own translation, made from architecture and nothing of mm/. After each step
 *  - any 64-bit address, through any capability, leads where the model says, with the same fault and keeper,
 *  - each entry that the hardware would find from any root is one that the model allows,
 *  - the kernel's own check agrees (mm_check: each entry again from the tree, each record).
 * It runs on both shapes of tables, and on the other machine (alt.h) with tables and records that are always too few.
 */
#include "world.h"
#include "mm/mm.h"

#define GPTS 21u
#define PAGES 8u
#define ROOTS 6u
#define GPT_BASE ((oid_t)900 * 8)
#define PAGE_BASE ((oid_t)1000 * 8)
#define RANGE cap_make(CT_RANGE, 0, 200, GPT_BASE, 0)
#define STEPS 20000u

/* ---- the model ------------------------------------------------------------------------------------------------------ */

enum held { H_NOTHING = 0, H_PAGE, H_GPT, H_NUMBER, H_START };
struct mcap {
	u8 kind, target, size, rights;
	u32 guard, life;     /* life: of its object, so that it is stale when that has another */
};
static struct {
	u32 life, version;
	u8 l2v;
	bool keeper;
	struct mcap slot[NODE_SLOTS];
} gpt[GPTS];
static struct {
	u32 life, version;
} page[PAGES];
static struct mcap roots[ROOTS];

struct answer {
	u8 fault;
	s32 page, keeper;    /* -1 = none */
};

static u64 low(u32 bits) { return bits >= 64 ? ~(u64)0 : ((u64)1 << bits) - 1; }
static u64 above(u64 v, u32 bits) { return bits >= 64 ? 0 : v >> bits; }

/* One capability on the way: FAULT_NONE if it may be stepped through. */
static u8 may_step(const struct mcap *c, u64 offset, u32 limit, bool weak)
{
	if (c->kind == H_NOTHING || (c->kind == H_START && weak))
		return FAULT_ADDRESS;
	if (c->kind == H_NUMBER || c->kind == H_START || c->size > limit || (c->kind == H_PAGE && c->size != 12))
		return FAULT_MALFORMED;
	if (above(offset, c->size) != c->guard)
		return FAULT_ADDRESS;
	return c->life == (c->kind == H_PAGE ? page[c->target].life : gpt[c->target].life) ? FAULT_NONE : FAULT_ADDRESS;
}

static struct answer model(const struct mcap *c, u64 offset, enum access acc)
{
	struct answer a = { FAULT_NONE, -1, -1 };
	u32 rights = 0, limit = 64;

	for (;;) {
		u64 slot;

		a.fault = may_step(c, offset, limit, rights & CR_WEAK);
		if (a.fault)
			return a;
		offset &= low(c->size);
		rights |= c->rights | (c->rights & CR_WEAK ? CR_RO | CR_NOCALL : 0);
		if (c->kind == H_PAGE)
			break;
		limit = gpt[c->target].l2v;
		if (limit >= c->size) {
			a.fault = FAULT_MALFORMED;
			return a;
		}
		if (gpt[c->target].keeper && !(rights & CR_NOCALL))
			a.keeper = c->target;
		slot = offset >> limit;
		if (slot > 31 || (slot == 31 && gpt[c->target].keeper)) {
			a.fault = FAULT_ADDRESS;
			return a;
		}
		offset &= low(limit);
		c = &gpt[c->target].slot[slot];
	}
	a.page = c->target;
	if ((acc == ACC_WRITE && rights & CR_RO) || (acc == ACC_EXEC && rights & CR_NX)) {
		a.fault = FAULT_ACCESS;
		a.page = -1;
	}
	return a;
}

static void weaken(struct mcap *c)
{
	if (c->kind == H_START)
		c->kind = H_NOTHING;
	else if (c->kind != H_NUMBER)
		c->rights |= CR_RO | CR_WEAK | CR_NOCALL;
}

/* ---- from the model to capabilities ----------------------------------------------------------------------------------- */

static oid_t gpt_oid(u32 g) { return GPT_BASE + 8 * (g / POT_NODES) + g % POT_NODES; }
static oid_t page_oid(u32 n) { return PAGE_BASE + 8 * (oid_t)n; }

/* Versions by life: destroying and making again adds one. */
static struct cap real(const struct mcap *c)
{
	u32 payload = (u32)(c->size - 12) | c->guard << 6;

	switch (c->kind) {
	case H_PAGE:
		return cap_make(CT_PAGE, payload, page[c->target].version - (page[c->target].life - c->life), page_oid(c->target),
				c->rights);
	case H_GPT:
		return cap_make(CT_GPT, payload, gpt[c->target].version - (gpt[c->target].life - c->life), gpt_oid(c->target),
				c->rights);
	case H_NUMBER:
		return cap_number(c->target, 2, 3);
	case H_START:
		return start_of(B, c->target);
	default:
		return cap_void();
	}
}

static struct cap full(u32 g)
{
	return cap_make(CT_GPT, 0, gpt[g].version, gpt_oid(g), 0);
}

/* ---- steps --------------------------------------------------------------------------------------------------------------- */

static u32 seed, walks, mappings, shorts, entries_seen, shared_seen, writes_seen;

static u32 dice(u32 n)
{
	seed = seed * 1664525 + 1013904223;
	return (u32)((u64)(seed >> 4) * n >> 28);
}

static const u8 sizes[] = { 12, 13, 14, 16, 17, 20, 21, 22, 22, 25, 26, 27, 29, 30, 31, 33, 35, 38, 44, 58, 63 };

/* Mostly one that fits into what is 2^l2v bytes. */
static struct mcap some_child(u32 parent)
{
	struct mcap c = { .kind = H_GPT, .target = (u8)dice(dice(8) ? MAX(parent, 1u) : GPTS) };
	u32 l2v = gpt[parent].l2v;

	if (parent == 0 || !dice(3)) {
		c.kind = H_PAGE;
		c.target = (u8)dice(PAGES);
	}
	if (!dice(20))
		c.kind = (u8)dice(H_START + 1);
	if (c.kind == H_PAGE)
		c.target %= PAGES;
	c.life = c.kind == H_PAGE ? page[c.target].life : c.kind == H_GPT ? gpt[c.target].life : 0;
	c.size = c.kind == H_PAGE ? (dice(30) ? 12 : 13) : (u8)MIN(gpt[c.target].l2v + 1 + dice(6), 64u);
	if (c.kind == H_GPT && c.size > l2v && dice(4) && l2v > gpt[c.target].l2v)
		c.size = (u8)l2v;
	c.rights = dice(3) ? 0 : (u8)(dice(CR_ALL + 1) & dice(CR_ALL + 1));
	if (c.size < l2v && !dice(3))
		c.guard = dice((u32)MIN((u64)1 << (l2v - c.size), (u64)CAP_GUARD_MAX)) & (dice(2) ? 3 : CAP_GUARD_MAX);
	return c;
}

static void store(void)
{
	u32 g = dice(GPTS), slot = dice(dice(3) ? 5 : 32);
	struct mcap c = some_child(g);

	assert_int_equal(ask(full(g), dice(4) ? OP_NODE_STORE : OP_NODE_SWAP, slot, 0, real(&c)), RC_OK);
	gpt[g].slot[slot] = c;
}

static void sever(void)
{
	u32 g = dice(GPTS), slot = dice(5);

	if (!dice(30)) {
		assert_int_equal(ask(full(g), OP_NODE_CLEAR, 0, 0, cap_void()), RC_OK);
		memset(gpt[g].slot, 0, sizeof(gpt[g].slot));
		return;
	}
	assert_int_equal(ask(full(g), OP_NODE_STORE, slot, 0, cap_void()), RC_OK);
	gpt[g].slot[slot] = (struct mcap){ 0 };
}

/* Weakens, or takes other rights, from what a slot has. */
static void shrink(void)
{
	u32 g = dice(GPTS), slot = dice(5);
	struct mcap *c = &gpt[g].slot[slot];

	if (c->kind != H_PAGE && c->kind != H_GPT)
		return;
	c->rights |= (u8)(1u << dice(5));
	assert_int_equal(ask(full(g), OP_NODE_STORE, slot, 0, real(c)), RC_OK);
}

static void clone(void)
{
	u32 to = dice(GPTS), from = dice(GPTS), rights = dice(2) ? 0 : CR_WEAK | CR_RO;

	if (dice(4))
		return;
	assert_int_equal(ask(full(to), OP_NODE_CLONE, 0, 0, cap_make(CT_GPT, 0, gpt[from].version, gpt_oid(from), rights)), RC_OK);
	gpt[to].l2v = gpt[from].l2v;
	gpt[to].keeper = gpt[from].keeper;
	memmove(gpt[to].slot, gpt[from].slot, sizeof(gpt[to].slot));
	for (u32 k = 0; rights && k < NODE_SLOTS; k++)
		weaken(&gpt[to].slot[k]);
}

static void set(void)
{
	u32 g = dice(GPTS), l2v = dice(4) ? sizes[g] : 12 + dice(52);

	gpt[g].keeper = !dice(3);
	gpt[g].l2v = (u8)l2v;
	assert_int_equal(ask(full(g), OP_GPT_SET, l2v, gpt[g].keeper ? GPT_KEEPER : 0, cap_void()), RC_OK);
}

static void again(oid_t oid, u32 kind, struct cap old, u32 *life, u32 *version)
{
	assert_int_equal(ask(RANGE, OP_RANGE_RESCIND, 0, 0, old), RC_OK);
	asking.w3 = kind;
	assert_int_equal(ask(RANGE, OP_RANGE_ALLOC, (OID_FRAME(oid) - GPT_BASE) >> 3, OID_INDEX(oid), cap_void()), RC_OK);
	++*life;
	*version = cap_version(reg(A, ASK_GOT));
}

static void rebirth(void)
{
	u32 g = dice(GPTS), n = dice(PAGES);

	if (gpt[g].version + 2 >= VERSION_MAX || page[n].version + 2 >= VERSION_MAX)
		return;
	if (dice(3)) {
		again(page_oid(n), NK_PAGE, cap_make(CT_PAGE, 0, page[n].version, page_oid(n), 0), &page[n].life, &page[n].version);
		return;
	}
	again(gpt_oid(g), NK_GPT, full(g), &gpt[g].life, &gpt[g].version);
	memset(gpt[g].slot, 0, sizeof(gpt[g].slot));
	gpt[g].keeper = false;
	gpt[g].l2v = sizes[g];
	assert_int_equal(ask(full(g), OP_GPT_SET, sizes[g], 0, cap_void()), RC_OK);
}

static void epoch(void)
{
	if (dice(4))
		return;
	contexts_write_back();
	state.epoch++;
	if (dice(5))
		map_snapshot();
	else
		map_discard_all();
	pins_drop();
	assert_int_equal(context_refresh(p[A].ctx), RC_OK);
}

/* ---- looking --------------------------------------------------------------------------------------------------------------- */

/* Could it be stepped through, below a GPT that divides by this? */
static bool fits(const struct mcap *c, u32 limit)
{
	bool live = c->kind == H_PAGE ? c->life == page[c->target].life : c->kind == H_GPT && c->life == gpt[c->target].life;

	return live && c->size <= limit && !above((u64)c->guard << c->size, limit) &&
	       (c->kind == H_PAGE || gpt[c->target].l2v < c->size);
}

/* An address that leads somewhere, or nearly. */
static u64 aim(const struct mcap *c)
{
	u64 va = 0;

	for (u32 depth = 0; depth < 60 && (c->kind == H_GPT || c->kind == H_PAGE); depth++) {
		u32 slot = dice(4) ? dice(5) : dice(32);

		va |= c->size < 64 ? (u64)c->guard << c->size : 0;
		if (c->kind == H_PAGE)
			break;
		for (u32 n = 0; n < 32 && !fits(&gpt[c->target].slot[slot], gpt[c->target].l2v); n++)
			slot = (slot + 1) % 32;
		va += (u64)slot << gpt[c->target].l2v;
		c = &gpt[c->target].slot[slot];
	}
	va |= dice(4096);
	return dice(8) ? va : va ^ (u64)1 << dice(64);
}

static void compare(const struct answer *want, const struct walk *w, u64 va)
{
	struct frame *f = want->page < 0 ? NULL : frame_peek(page_oid((u32)want->page));
	u32 keeper = want->keeper < 0 ? 0 : 1 + (u32)want->keeper;

	if (w->fault != want->fault || w->page != f || (w->keeper != NULL) != (want->keeper >= 0))
		fail_msg("%llx: fault %u (keeper %u), the model says %u (%u)", (unsigned long long)va, w->fault, w->keeper != NULL,
			 want->fault, keeper);
	walks++;
}

static void walk_anywhere(void)
{
	static struct path path;
	struct mcap c = dice(3) ? roots[dice(ROOTS)] : some_child(GPTS - 1);
	u64 va = aim(&c);
	enum access acc = (enum access)dice(3);
	struct cap space = real(&c);
	struct answer want = model(&c, va, acc);
	struct walk w;

	pins_drop();
	assert_int_equal(walk_path(&space, va, acc, &w, &path), RC_OK);
	compare(&want, &w, va);
}

static void fault(void)
{
	const struct mcap *c = &roots[dice(ROOTS)];
	u64 va = aim(c);
	enum access acc = (enum access)dice(3);
	struct cap space = real(c);
	struct answer want = model(c, va, acc);
	struct frame *f;
	struct walk w;
	bool write;

	pins_drop();
	if (va >= HOST_USER_END)
		want = (struct answer){ FAULT_ADDRESS, -1, -1 };
	if (dice(2) && map_fault_short(fake_root(&space), va, acc)) {
		assert_int_equal(want.fault, FAULT_NONE);
		shorts++;
	} else {
		assert_int_equal(fake_fault(&space, va, acc, &w), RC_OK);
		compare(&want, &w, va);
	}
	if (want.fault)
		return;
	mappings++;
	f = fake_translate(fake_root(&space), va, &write);
	assert_ptr_equal(f, frame_peek(page_oid((u32)want.page)));
	assert_true(acc != ACC_WRITE || write);
	assert_true(acc != ACC_EXEC || hal_pte_exec(fake_leaf));
}

/* Each leaf under this table is one that the model allows from this root. */
static void see(const struct mcap *root, paddr_t table, u32 level, u64 base, bool write)
{
	const hal_pte_t *e = hal_phys_to_virt(table);
	struct frame *t = frame_of_paddr(table);

	shared_seen += t->age == 77; /* a mark of this look round */
	t->age = 77;
	for (u32 i = 0; i < PT_USER_ENTRIES(level); i++) {
		u64 va = base + ((u64)i << (FRAME_SHIFT + PT_BITS * level));
		bool w = write && hal_pte_write(e[i]);
		struct answer a;

		if (!hal_pte_present(e[i]))
			continue;
		if (level) {
			see(root, hal_pte_paddr(e[i]), level - 1, va, w);
			continue;
		}
		a = model(root, va, ACC_READ);
		if (a.page < 0 || frame_peek(page_oid((u32)a.page)) != frame_of_paddr(hal_pte_paddr(e[i])))
			fail_msg("%llx is mapped, but leads to fault %u", (unsigned long long)va, a.fault);
		assert_false(w && model(root, va, ACC_WRITE).fault);
		assert_false(w && frame_peek(page_oid((u32)a.page))->epoch != state.epoch);
		assert_false(hal_pte_exec(e[i]) && model(root, va, ACC_EXEC).fault);
		entries_seen++;
		writes_seen += w;
	}
}

static void see_all(void)
{
	for (u32 n = 0; n < mm_frames_total(); n++)
		if (frame_at(n)->use == FU_TABLE && frame_at(n)->age == 77)
			frame_at(n)->age = 0;
	for (u32 r = 0; r < ROOTS; r++) {
		struct cap space = real(&roots[r]);

		see(&roots[r], fake_root(&space), PT_LEVELS - 1, 0, true);
	}
	mm_check();
}

/* ---- histories --------------------------------------------------------------------------------------------------------------- */

static void begin(void **s)
{
	world_setup(s);
	asking.unchecked = true;
	memset(gpt, 0, sizeof(gpt));
	memset(page, 0, sizeof(page));
	for (u32 n = 0; n < PAGES; n++) {
		struct cap c = fake_alloc(page_oid(n), NK_PAGE);

		page[n].version = cap_version(&c);
	}
	for (u32 g = 0; g < GPTS; g++) {
		struct cap c = fake_alloc(gpt_oid(g), NK_GPT);

		gpt[g].version = cap_version(&c);
		gpt[g].l2v = sizes[g];
		fake_node(&c)->l2v = sizes[g];
		*(&fake_node(&c)->slot[31]) = cap_void();
	}
	for (u32 r = 0; r < ROOTS; r++) /* in twos: the same GPT with other rights, or as if it were larger */
		roots[r] = (struct mcap){ .kind = H_GPT, .target = (u8)(7 + 3 * (r / 2)), .rights = r == 1 ? CR_RO : r == 3 ? CR_NX : 0,
					  .size = (u8)(sizes[7 + 3 * (r / 2)] + (r == 5 ? 2 : 5)) };
}

static void step(void)
{
	switch (dice(40)) {
	case 0 ... 3: store(); break;
	case 4: sever(); break;
	case 5: shrink(); break;
	case 6: clone(); break;
	case 7: set(); break;
	case 8: rebirth(); break;
	case 9: epoch(); break;
	default: fault(); break;
	}
	for (u32 r = 0; r < ROOTS; r++) /* the roots are held for ever */
		roots[r].life = gpt[roots[r].target].life;
	for (u32 k = 0; k < 4; k++)
		walk_anywhere();
}

static void random_trees(void **s)
{
	for (u32 history = 0; history < 3; history++) {
		seed = 100 + history;
		begin(s);
		for (u32 n = 0; n < 200; n++)
			store();
		for (u32 i = 0; i < STEPS; i++) {
			step();
			if (i % 4 == 0)
				see_all();
		}
	}
	print_message("# spaces: %u walks, %u mappings made (%u by the short way); looked at %u entries, %u writable; %u shared tables\n",
		      walks, mappings, shorts, entries_seen, writes_seen, shared_seen);
	assert_true(mappings > STEPS / 4 && shorts > 100 && writes_seen > 1000 && shared_seen > 1000);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(random_trees) };

	return cmocka_run_group_tests_name("spaces", tests, NULL, NULL);
}
