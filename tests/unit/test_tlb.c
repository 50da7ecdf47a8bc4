/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a processor remembers. A machine whose TLB forgets nothing that it is not told to forget, with tags for spaces, lives
 * through random histories: trees of pages, GPTs and device memory, with all rights; slots and GPTs are changed, objects
 * destroyed and made again as something else, snapshots taken, pages cleaned, frames evicted and fetched into others, tables
 * and records taken away, memory made scarce. After each step nothing is in the TLB, nor reached from a root that may be
 * loaded, but what the walk (the definition) gives in this moment; and each access comes to an end. The walk itself is held
 * against a model in test_spaces.c.
 */
#include "fake_mm.h"
#include "mm/mm.h"

#include <hal/hal.h>
#include <stdlib.h>
#include <string.h>

#define GPTS 14u
#define PAGES 6u
#define CHANGERS 3u    /* frames that are a page or a pot with a GPT, by turns */
#define SPACES 9u
#define FRAMES (GPTS / POT_NODES + PAGES + CHANGERS)
#define BASE ((oid_t)64 * 8)
#define TLB 256u
#define STEPS 20000u
#define HISTORIES 4u

static struct cap gpts[GPTS + CHANGERS], pages[PAGES + CHANGERS]; /* of a changer one is dead */
static const u8 l2vs[] = { 12, 12, 13, 14, 12, 17, 17, 20, 21, 22, 25, 26, 29, 31 };
_Static_assert(ARRAY_SIZE(l2vs) == GPTS, "one each");

static struct {
	struct cap cap;
	paddr_t root;
	u64 serial;
} spaces[SPACES];

static u32 seed, accesses, faults, shorts, hits, evictions, seen, devices;

static u32 dice(u32 n)
{
	seed = seed * 1664525 + 1013904223;
	return (u32)((u64)(seed >> 4) * n >> 28);
}

/* ---- a store, which has every frame as it was when last cleaned ---------------------------------------------------------- */

static struct {
	struct tag tag;
	u8 data[FRAME_SIZE];
} stored[FRAMES];
static struct frame *coming[8];

static bool covers(oid_t oid) { return oid - BASE < 8 * FRAMES; }

static rc_t fetch(struct frame *f)
{
	for (u32 i = 0; i < ARRAY_SIZE(coming); i++)
		if (!coming[i]) {
			coming[i] = f;
			evictions++;
			return RC_OK;
		}
	fail();
	return RC_IO;
}

static rc_t make_dirty(struct frame *f)
{
	if (!dice(20)) { /* no room in the log */
		cpu0.committed = false;
		return stall_on(KEY_LOG);
	}
	f->epoch = state.epoch;
	return RC_OK;
}

static bool clean(struct frame *f)
{
	u32 n = (u32)(f->oid - BASE) / 8;

	obj_unhook(f);
	stored[n].tag = f->tag;
	memcpy(stored[n].data, frame_data(f), FRAME_SIZE);
	f->epoch = 0;
	return true;
}

static const struct store_ops store = { covers, fetch, make_dirty, clean };

static void next_step(void)
{
	for (u32 i = 0; i < ARRAY_SIZE(coming); i++)
		if (coming[i]) {
			struct frame *f = coming[i];

			coming[i] = NULL;
			f->tag = stored[(f->oid - BASE) / 8].tag;
			memcpy(frame_data(f), stored[(f->oid - BASE) / 8].data, FRAME_SIZE);
			frame_fetch_done(f, RC_OK);
		}
	cpu0.committed = false;
	pins_drop();
}

/* ---- the TLB ------------------------------------------------------------------------------------------------------------- */

static struct {
	u64 va;                /* of the page; 1 = nothing is here */
	u32 space;
	hal_pte_t e;
	bool write;
} tlb[TLB];
static u32 tlb_next;

static void flushed(bool all, uaddr_t va)
{
	for (u32 i = 0; i < TLB; i++)
		if (all || tlb[i].va >> FRAME_SHIFT == va >> FRAME_SHIFT)
			tlb[i].va = 1;
}

/* Is this entry what the walk gives? */
static void hold_against_walk(u32 space, u64 va, hal_pte_t e, bool write, const char *where)
{
	static struct path p;
	struct walk w;
	paddr_t pa;

	if (va >= HOST_USER_END || walk_path(&spaces[space].cap, va, ACC_READ, &w, &p) != RC_OK || w.fault)
		fail_msg("%s: space %u at %llx leads nowhere", where, space, (unsigned long long)va);
	pa = w.page ? frame_paddr(w.page) : w.device;
	if (pa != hal_pte_paddr(e) || hal_pte_is_device(e) != !w.page)
		fail_msg("%s: space %u at %llx is not what the walk gives", where, space, (unsigned long long)va);
	if (write && (walk_path(&spaces[space].cap, va, ACC_WRITE, &w, &p) != RC_OK || w.fault ||
		      (w.page && w.page->epoch != state.epoch)))
		fail_msg("%s: space %u at %llx must not be written", where, space, (unsigned long long)va);
	if (hal_pte_exec(e) && (walk_path(&spaces[space].cap, va, ACC_EXEC, &w, &p) != RC_OK || w.fault))
		fail_msg("%s: space %u at %llx must not be executed", where, space, (unsigned long long)va);
	seen++;
	devices += !w.page && !w.fault;
}

static bool may(hal_pte_t e, bool write, enum access acc)
{
	return acc == ACC_WRITE ? write : acc == ACC_EXEC ? hal_pte_exec(e) : true;
}

/* The processor's own way: true = it has done the access. */
static bool use(u32 space, u64 va, enum access acc)
{
	bool write;
	u32 i;

	for (i = 0; i < TLB && !(tlb[i].va == (va & ~(u64)4095) && tlb[i].space == space);)
		i++;
	if (i < TLB) {
		hits++;
		return may(tlb[i].e, tlb[i].write, acc);
	}
	(void)fake_translate(spaces[space].root, va, &write);
	if (!fake_leaf || !may(fake_leaf, write, acc))
		return false;
	i = tlb_next++ % TLB;
	tlb[i].va = va & ~(u64)4095;
	tlb[i].space = space;
	tlb[i].e = fake_leaf;
	tlb[i].write = write;
	return true;
}

/* ---- looking --------------------------------------------------------------------------------------------------------------- */

static void see(u32 space, paddr_t table, u32 level, u64 base, bool write)
{
	const hal_pte_t *e = hal_phys_to_virt(table);

	for (u32 i = 0; i < PT_USER_ENTRIES(level); i++) {
		u64 va = base + ((u64)i << (FRAME_SHIFT + PT_BITS * level));
		bool w = write && hal_pte_write(e[i]);

		if (hal_pte_present(e[i]) && level)
			see(space, hal_pte_paddr(e[i]), level - 1, va, w);
		else if (hal_pte_present(e[i]))
			hold_against_walk(space, va, e[i], w, "tables");
	}
}

static void look(bool tables)
{
	for (u32 i = 0; i < TLB; i++)
		if (tlb[i].va != 1)
			hold_against_walk(tlb[i].space, tlb[i].va, tlb[i].e, tlb[i].write, "TLB");
	for (u32 s = 0; tables && s < SPACES; s++)
		if (spaces[s].serial == state.root_serial)
			see(s, spaces[s].root, PT_LEVELS - 1, 0, true);
	if (tables)
		mm_check();
}

/* ---- accesses --------------------------------------------------------------------------------------------------------------- */

static void load(u32 s)
{
	if (spaces[s].serial != state.root_serial) {
		spaces[s].root = fake_root(&spaces[s].cap);
		spaces[s].serial = state.root_serial;
	}
	cpu0.loaded_root = spaces[s].root;
	hal_space_load(cpu0.loaded_root);
}

static struct node *peek(const struct cap *c)
{
	struct frame *f = frame_peek(cap_oid(c));

	return f && f->use == FU_POT && OID_INDEX(cap_oid(c)) < POT_NODES ? &frame_pot(f)->node[OID_INDEX(cap_oid(c))] : NULL;
}

/* Could it be stepped through, below a GPT that divides by this? */
static bool fits(const struct cap *c, u32 limit)
{
	const struct frame *f = frame_peek(cap_oid(c));
	const struct node *n = peek(c);

	if (cap_type(c) == CT_PAGE)
		return !f || (f->tag.kind == NK_PAGE && f->tag.version == cap_version(c));
	if (cap_type(c) == CT_GPT)
		return cap_size(c) <= limit && (!n || (n->version == cap_version(c) && n->kind == NK_GPT && n->l2v < cap_size(c)));
	return cap_type(c) == CT_DEVMEM;
}

/* An address that leads somewhere, or nearly. */
static u64 aim(const struct cap *c)
{
	u64 va = 0;

	for (u32 depth = 0; depth < 20 && cap_is_memory(cap_type(c)); depth++) {
		const struct node *n = peek(c);
		u32 slot = dice(5) ? dice(5) : dice(32);

		if (cap_size(c) < 50)
			va += (u64)cap_guard(c) << cap_size(c);
		if (cap_type(c) != CT_GPT || !n || n->l2v > 50)
			break;
		for (u32 k = 0; k < 31 && !fits(&n->slot[slot], n->l2v); k++)
			slot = (slot + 1) % 32;
		va += (u64)slot << n->l2v;
		c = &n->slot[slot];
	}
	if (cap_type(c) == CT_DEVMEM || !dice(4))
		va += dice(4) << FRAME_SHIFT;
	return dice(50) ? va : HOST_USER_END - dice(3) * FRAME_SIZE;
}

/* True: it was done. */
static bool access_by(u32 s, u64 va, enum access acc)
{
	struct walk w;

	next_step();
	load(s);
	accesses++;
	for (u32 tries = 0; va >= HOST_USER_END || !use(s, va, acc); tries++) {
		if (tries == 40)
			fail_msg("an access that does not come to an end");
		if (dice(2) && cpu0.loaded_root == spaces[s].root && spaces[s].serial == state.root_serial &&
		    map_fault_short((uintptr_t)spaces[s].root, (uintptr_t)va, acc)) {
			shorts++;
			continue;
		}
		next_step();
		if (fake_fault(&spaces[s].cap, va, acc, &w) == RC_OK && w.fault) {
			faults++;
			return false;
		}
		next_step();
		load(s);
	}
	return true;
}

static void touch(void)
{
	static struct { u32 s; u64 va; } lately[16];
	u32 s = dice(SPACES), again = dice(ARRAY_SIZE(lately));
	u64 va = aim(&spaces[s].cap);

	if (dice(3)) {
		s = dice(4) ? lately[again].s : s;
		va = lately[again].va ^ (dice(3) ? 0 : dice(8) << FRAME_SHIFT);
	}
	if (access_by(s, va, (enum access)dice(3))) {
		lately[again].s = s;
		lately[again].va = va;
	}
}

/* One page after the other, or one GPT after the other: more than there are records for. */
static void sweep(void)
{
	u32 s = dice(2) ? 6 : dice(SPACES), shift = dice(2) ? 12 : 17;
	u64 va = s == 6 ? 0 : aim(&spaces[s].cap);

	for (u32 k = 0; k < 512; k++)
		(void)access_by(s, va + ((u64)k << shift), ACC_READ);
}

/* ---- changes ----------------------------------------------------------------------------------------------------------------- */

/* Until it is not put off any more. */
#define DO(rc, what) do next_step(); while (((rc) = (what)) == RC_STALL)

static struct cap some_cap(u32 parent)
{
	u32 rights = dice(5) ? 0 : dice(CR_ALL + 1) & dice(CR_ALL + 1), n = dice(GPTS + CHANGERS);
	const struct node *node;
	u32 size, guard = dice(9) ? 0 : dice(4);

	if (!dice(16))
		return cap_void();
	if (!dice(8))
		return fake_device(1 + dice(4), rights);
	if (!dice(40))
		return cap_number(1, 2, 3);
	if (parent == 0 || !dice(3))
		return fake_memory(&pages[dice(PAGES + CHANGERS)], dice(30) ? 12 : 13, dice(20) ? 0 : 1, rights);
	if (n >= parent && dice(16))
		n = dice(parent);
	node = peek(&gpts[n]);
	size = MIN((node && node->l2v >= 12 ? node->l2v : n < GPTS ? l2vs[n] : 12u) + 1 + dice(6), 40u);
	if (dice(4) && parent < GPTS && size > l2vs[parent] && n < GPTS && l2vs[n] < l2vs[parent])
		size = l2vs[parent];
	return fake_memory(&gpts[n], MAX(size, 12u), guard, rights);
}

static struct objref ref;

/* What a store into a slot prepares: see cap/slots.c. */
static rc_t prepare(const struct cap *gpt, u32 slot)
{
	rc_t rc = cap_lookup(gpt, &ref);

	if (rc)
		return rc;
	if (slot < NODE_SLOTS && !cap_type(&ref.node->slot[slot]))
		return frame_make_dirty(ref.frame);
	return obj_change_prepare(ref.frame, ref.index);
}

static void store_slot(void)
{
	u32 g = dice(GPTS + CHANGERS), slot = dice(4) ? dice(5) : dice(32);
	struct cap c = some_cap(g);
	rc_t rc;

	DO(rc, prepare(&gpts[g], slot));
	if (rc == RC_OK)
		node_writable(ref.frame, ref.index)->slot[slot] = c;
}

static void set_gpt(void)
{
	u32 g = dice(GPTS + CHANGERS);
	struct node *n;
	rc_t rc;

	DO(rc, prepare(&gpts[g], NODE_SLOTS));
	if (rc)
		return;
	n = node_writable(ref.frame, ref.index);
	n->l2v = dice(9) && g < GPTS ? l2vs[g] : (u8)(12 + dice(24));
	n->flags = dice(4) ? 0 : GPT_KEEPER;
}

static struct cap make(oid_t oid, u32 kind)
{
	struct frame *f;
	rc_t rc;

	DO(rc, obj_alloc_prepare(oid, kind, &f));
	assert_int_equal(rc, RC_OK);
	obj_alloc_perform(f, oid, kind);
	if (kind == NK_GPT)
		node_writable(f, OID_INDEX(oid))->l2v = 12;
	return obj_cap(f, OID_INDEX(oid));
}

static bool unmake(const struct cap *c)
{
	rc_t rc;

	if (cap_version(c) + 4 >= VERSION_MAX)
		return false;
	DO(rc, obj_destroy_prepare(c, &ref));
	if (rc)
		return false;
	obj_destroy_perform(&ref);
	return true;
}

static void make_anew(void)
{
	u32 g = dice(GPTS), n = dice(PAGES), k = dice(CHANGERS);

	switch (dice(4)) {
	case 0:
		if (!dice(4) && unmake(&gpts[g]))
			gpts[g] = make(cap_oid(&gpts[g]), NK_GPT);
		break;
	case 1:
		if (unmake(&pages[n]))
			pages[n] = make(cap_oid(&pages[n]), NK_PAGE);
		break;
	case 2:
		if (unmake(&pages[PAGES + k]))
			gpts[GPTS + k] = make(cap_oid(&pages[PAGES + k]), NK_GPT);
		break;
	default:
		if (unmake(&gpts[GPTS + k]))
			pages[PAGES + k] = make(cap_oid(&gpts[GPTS + k]), NK_PAGE);
	}
}

static void snapshot(void)
{
	state.epoch++;
	if (dice(6))
		map_snapshot();
	else
		map_discard_all();
}

/* A frame is cleaned, and maybe goes. */
static void clean_or_evict(void)
{
	struct frame *f = frame_peek(BASE + 8 * dice(FRAMES));

	next_step();
	if (!f)
		return;
	if (f->epoch)
		clean(f);
	if (dice(2))
		return;
	while (!obj_unhook_some(f))
		cpu0.share = 0;
	frame_free(f);
}

static void take_away(void)
{
	struct frame *f = frame_peek(BASE + 8 * dice(FRAMES));
	struct table *t = table_at(dice(CONFIG_NR_TABLES));

	next_step();
	if (f && f->use == FU_PAGE && dice(2))
		map_unhook_page(f, dice(2));
	else if (t->frame && dice(2) && !map_reclaim_table(t->frame))
		cpu0.share = 0; /* a part of it */
}

/* All of memory is asked for. */
static void scarcity(void)
{
	static struct frame *taken[400];
	u32 n = 0;

	next_step();
	if (dice(4))
		return;
	while (n < ARRAY_SIZE(taken) && frame_alloc(FU_KERNEL, false, &taken[n]) == RC_OK) {
		n++;
		cpu0.share = 0;
	}
	while (n)
		frame_free(taken[--n]);
}

/* In quiet times more is mapped than there are records for. */
static void step(bool quiet)
{
	switch (dice(quiet ? 1000 : 40)) {
	case 0 ... 4: store_slot(); break;
	case 6:
		if (!dice(3))
			set_gpt();
		break;
	case 7:
		if (!dice(4))
			make_anew();
		break;
	case 8: snapshot(); break;
	case 9: clean_or_evict(); break;
	case 10: take_away(); break;
	case 11: scarcity(); break;
	case 12:
		if (quiet)
			sweep();
		break;
	default: touch();
	}
}

/* ---- histories --------------------------------------------------------------------------------------------------------------- */

static void begin(u32 frames)
{
	static const struct { u8 gpt, size, rights; } of[SPACES] = {
		{ 13, 36, 0 }, { 13, 36, CR_RO }, { 13, 38, CR_NX }, { 13, 36, CR_WEAK }, { 9, 27, 0 }, { 9, 30, CR_WEAK },
		{ 6, 22, 0 }, { 0, 17, CR_NX },
	};

	fake_boot(frames);
	fake_flushed = flushed;
	mm_register_store(&store);
	memset(stored, 0, sizeof(stored));
	memset(coming, 0, sizeof(coming));
	memset(spaces, 0, sizeof(spaces));
	flushed(true, 0);
	for (u32 g = 0; g < GPTS + CHANGERS; g++) {
		rc_t rc;

		gpts[g] = make(BASE + (g < GPTS ? 8 * (g / POT_NODES) + g % POT_NODES : 8 * (g - GPTS / POT_NODES * (POT_NODES - 1))),
			       NK_GPT);
		DO(rc, prepare(&gpts[g], NODE_SLOTS));
		node_writable(ref.frame, ref.index)->l2v = g < GPTS ? l2vs[g] : 12;
	}
	for (u32 n = 0; n < PAGES; n++)
		pages[n] = make(BASE + 8 * (GPTS / POT_NODES + CHANGERS + n), NK_PAGE);
	for (u32 k = 0; k < CHANGERS; k++)
		pages[PAGES + k] = cap_void();
	for (u32 s = 0; s < SPACES - 1; s++)
		spaces[s].cap = fake_memory(&gpts[of[s].gpt], of[s].size, 0, of[s].rights);
	spaces[SPACES - 1].cap = fake_device(7, CR_RO);
	for (u32 n = 0; n < 150; n++)
		store_slot();
	for (u32 g = 0; g < GPTS; g++)
		for (u32 k = 0; k < NODE_SLOTS; k++) {
			rc_t rc;

			DO(rc, prepare(&gpts[g], k));
			if (l2vs[g] == FRAME_SHIFT || (k < 16 && cap_type(&ref.node->slot[k]) == CT_VOID))
				node_writable(ref.frame, ref.index)->slot[k] =
					fake_memory(l2vs[g] == FRAME_SHIFT ? &pages[dice(PAGES)] : &gpts[dice(2)],
						    l2vs[g] == FRAME_SHIFT ? 12 : MIN(l2vs[g], 17u), 0, 0);
		}
}

/* Spaces are of objects that live. */
static void renew_spaces(void)
{
	for (u32 s = 0; s < SPACES - 1; s++)
		for (u32 g = 0; g < GPTS; g++)
			if (cap_oid(&spaces[s].cap) == cap_oid(&gpts[g]) && cap_version(&spaces[s].cap) != cap_version(&gpts[g])) {
				for (u32 i = 0; i < TLB; i++)
					assert_false(tlb[i].va != 1 && tlb[i].space == s);
				spaces[s].cap.w[1] = cap_version(&gpts[g]);
				spaces[s].serial = 0;
			}
}

static void nothing_is_remembered_too_long(void **unused)
{
	const char *from = getenv("TLB_SEED"), *steps = getenv("TLB_STEPS");

	(void)unused;
	for (u32 h = 0; h < HISTORIES; h++) {
		seed = (from ? (u32)strtoul(from, NULL, 0) : 1) + h;
		begin(h % 2 ? 300 : 64);
		for (u32 i = 0; i < (steps ? (u32)strtoul(steps, NULL, 0) : STEPS); i++) {
			step(h / 2 % 2 && i % 4096 > 200);
			renew_spaces();
			next_step();
			look(i % 8 == 0);
		}
	}
	fake_flushed = NULL;
	print_message("# tlb: %u accesses, %u hits, %u faults, %u by the short way; looked at %u entries, %u of devices; %u fetches\n",
		      accesses, hits, faults, shorts, seen, devices, evictions);
	assert_true(accesses > STEPS && hits > 1000 && shorts > 200 && devices > 1000 && evictions > 100);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(nothing_is_remembered_too_long) };

	return cmocka_run_group_tests_name("tlb", tests, NULL, NULL);
}
