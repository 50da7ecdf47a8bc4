/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The short way through a page fault does what the general one does: two copies of one machine, made by fork(), live
 * through the same random history of trees, faults, snapshots and a store that refuses now and then. One tries
 * map_fault_short() first, the other has only map_fault(); after each step all that a program or a later step could tell is
 * compared, and the short way may not allow more; mm_check() holds the tables against the tree.
 */
#include "fake_mm.h"

#include <hal/hal.h>
#include <hal/pt.h>
#include <sanitizer/asan_interface.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define STEPS 60000u
#define PAGES 12u
#define GPTS 20u       /* five of each size: 17, 22, 27 and 32 bits */
#define SIZES 4u
#define EACH (GPTS / SIZES)
#define WAYS 3u        /* slots in use of each: 0, 1 and the last, which a keeper takes */
#define SLOT(way) ((way) == WAYS - 1 ? NODE_SLOTS - 1 : (way))
#define TEST_POT(n) ((oid_t)(10 + (n) / POT_NODES) << 3 | (n) % POT_NODES)

static struct cap pages[PAGES], gpts[GPTS], space;
static u32 random_state, refusals;
static rc_t answer;

static u32 pick(u32 n)
{
	random_state = random_state * 1664525 + 1013904223;
	return (u32)((u64)random_state * n >> 32);
}

/* ---- a store that has everything at once, empty ------------------------------------------------------------------------- */

static bool covers(oid_t oid) { return oid < 800; }

static rc_t fetch(struct frame *f)
{
	memset(frame_data(f), 0, FRAME_SIZE);
	for (u32 i = 0; i < POT_NODES; i++) /* for a pot; a page is zeroed when it is allocated */
		frame_pot(f)->node[i].oid = f->oid + i;
	f->tag = (struct tag){ .kind = NK_NODE };
	frame_fetch_done(f, RC_OK);
	return RC_OK;
}

static rc_t dirty(struct frame *f)
{
	if (answer == RC_OK)
		f->epoch = state.epoch;
	else
		refusals++;
	return answer == RC_STALL ? stall_on(KEY_LOG) : answer;
}

static const struct store_ops ops = { .covers = covers, .fetch = fetch, .make_dirty = dirty };

/* ---- the world ---------------------------------------------------------------------------------------------------------- */

static struct cap live(oid_t oid, u32 kind)
{
	struct frame *f;

	if (frame_get(oid, &f) != RC_OK)
		assert_non_null(frame_peek(oid));
	return fake_alloc(oid, kind);
}

static struct cap memory(const struct cap *c, u32 size)
{
	u32 guard = pick(60) ? 0 : pick(2), rights = pick(10) ? 0 : 1u << pick(5);

	if (!pick(100))
		return pick(2) ? cap_void() : cap_number(1, 2, 3);
	if (!pick(40))
		size = pick(2) ? 12 + pick(23) : size - pick(5);
	if (!pick(100)) {
		struct cap stale = cap_make(cap_type(c), 0, cap_version(c) + 1, cap_oid(c), 0);

		return fake_memory(&stale, size, guard, rights);
	}
	return fake_memory(c, size, guard, rights & (CR_RO | CR_WEAK | CR_NOCALL | CR_NX));
}

/* What a slot of GPT g may hold: one of the next lower size, or a page, or a device. */
static struct cap child(u32 g)
{
	if (g < EACH && !pick(40))
		return fake_device(1 + pick(3), pick(3) ? 0 : CR_RO);
	if (g < EACH || !pick(12))
		return memory(&pages[pick(PAGES)], 12);
	g = g / EACH * EACH - 1 - pick(EACH);
	return memory(&gpts[g], 17 + g / EACH * 5);
}

static void change(u32 g)
{
	struct cap *c = &gpts[g];
	struct node *n = fake_node(c);

	map_unhook_node(frame_peek(cap_oid(c)), OID_INDEX(cap_oid(c)));
	n->slot[SLOT(pick(WAYS))] = child(g);
	if (!pick(3))
		n->l2v = (u8)(pick(10) ? 12 + g / EACH * 5 : pick(64));
	if (!pick(20))
		n->flags ^= GPT_KEEPER;
}

static void world(void)
{
	fake_boot(512);
	mm_register_store(&ops);
	for (u32 i = 0; i < PAGES; i++)
		pages[i] = live((oid_t)(40 + i) << 3, NK_PAGE);
	for (u32 g = 0; g < GPTS; g++) {
		gpts[g] = live(TEST_POT(g), NK_GPT);
		fake_node(&gpts[g])->l2v = (u8)(12 + g / EACH * 5);
		for (u32 i = 0; i < WAYS; i++)
			fake_node(&gpts[g])->slot[SLOT(i)] = child(g);
	}
	space = fake_memory(&gpts[GPTS - 1], 32, 0, 0);
}

/* ---- what is compared ---------------------------------------------------------------------------------------------------- */

#define ADDRESSES (WAYS * WAYS * WAYS * WAYS)

static struct view {
	struct {
		oid_t page;
		u8 write, exec, present;
	} at[ADDRESSES];
	u32 epoch[PAGES];
	u32 rc, fault, free, damaged;
	u64 key;
} mine, other;

static u64 address(u32 n)
{
	u64 va = 0;

	for (u32 k = 0; k < SIZES; k++, n /= WAYS)
		va |= (u64)SLOT(n % WAYS) << (12 + 5 * k);
	return va;
}

static void see(struct view *v, paddr_t root)
{
	for (u32 n = 0; n < ADDRESSES; n++) {
		bool write;
		struct frame *f = fake_translate(root, address(n), &write);

		if (!f && !fake_leaf)
			continue;
		v->at[n].page = f ? f->oid : hal_pte_paddr(fake_leaf);
		v->at[n].write = write;
		v->at[n].exec = hal_pte_exec(fake_leaf);
		v->at[n].present = 1;
	}
	for (u32 i = 0; i < PAGES; i++)
		v->epoch[i] = frame_peek(cap_oid(&pages[i]))->epoch;
	v->free = mm_frames_free();
}

/* ---- a step -------------------------------------------------------------------------------------------------------------- */

static void age(void)
{
	for (u32 i = 0; i < PAGES; i++) {
		struct frame *f = frame_peek(cap_oid(&pages[i]));

		if (f->epoch < state.epoch && pick(2)) /* it has been written to the log */
			f->epoch = 0;
	}
}

static void disturb(void)
{
	u32 i = pick(PAGES);
	struct objref ref;

	switch (pick(100)) {
	case 0:
		state.epoch++;
		map_snapshot();
		age();
		break;
	case 1 ... 4:
		change(pick(GPTS));
		break;
	case 10 ... 40:
		map_unhook_page(frame_peek(cap_oid(&pages[i])), pick(2));
		break;
	case 5:
		if (pick(20))
			break;
		assert_int_equal(obj_destroy_prepare(&pages[i], &ref), RC_OK);
		obj_destroy_perform(&ref);
		pages[i] = live(cap_oid(&pages[i]), NK_PAGE);
		break;
	case 6: /* another space */
		i = pick(GPTS);
		space = memory(&gpts[pick(3) ? GPTS - 1 : i], pick(3) ? 32 : 17 + i / EACH * 5);
		break;
	}
}

/* Returns whether the short way did it. */
static bool step(bool short_way)
{
	u64 va;
	enum access acc;
	paddr_t root;
	struct walk w = { .fault = FAULT_NONE };
	bool was_short;

	memset(&mine, 0, sizeof(mine));
	answer = RC_OK;
	pins_drop();
	disturb();
	va = address(pick(ADDRESSES)) | pick(FRAME_SIZE);
	if (!pick(40))
		va ^= (u64)1 << pick(40);
	acc = (enum access)pick(3);
	root = cpu0.loaded_root = fake_root(&space);
	cpu0.stall_key = 0;
	answer = pick(10) ? RC_OK : pick(2) ? RC_STALL : RC_OBJECT_DAMAGED;
	was_short = short_way && map_fault_short((uintptr_t)root, (uintptr_t)va, acc);
	if (!was_short) {
		mine.rc = (u32)fake_fault(&space, va, acc, &w);
		mine.fault = w.fault;
		mine.key = mine.rc == (u32)RC_STALL ? cpu0.stall_key : 0;
	}
	answer = RC_OK;
	see(&mine, root);
	return was_short;
}

/* ---- two histories ----------------------------------------------------------------------------------------------------------- */

static void transfer(int fd, struct view *v, bool send)
{
	for (size_t done = 0; done < sizeof(*v);) {
		char *at = (char *)v + done;
		ssize_t n = send ? write(fd, at, sizeof(*v) - done) : read(fd, at, sizeof(*v) - done);

		if (n <= 0 && send)
			_exit(0); /* the other has found a difference and is gone */
		assert_true(n > 0);
		done += (size_t)n;
	}
}

static void explain(u32 step)
{
	const u8 *a = (const u8 *)&mine, *b = (const u8 *)&other;
	size_t i = 0;

	while (a[i] == b[i])
		i++;
	fail_msg("step %u: the two ways differ at byte %zu of struct view (%u, general: %u)", step, i, a[i], b[i]);
}

/* The general way gives upper entries the right to write whenever it passes, the short one leaves that to the next write. */
static void allow_less(void)
{
	for (u32 n = 0; n < ADDRESSES; n++)
		if (!mine.at[n].write && other.at[n].write)
			mine.at[n].write = 1;
}

static void both_ways_are_one(void **unused)
{
	u32 taken = 0;
	int fd[2], status;
	pid_t child;

	(void)unused;
	random_state = 1;
	world();
	assert_int_equal(pipe(fd), 0);
	child = fork();
	assert_true(child >= 0);
	if (!child) {
		close(fd[0]);
		for (u32 i = 0; i < STEPS; i++) {
			(void)step(false);
			transfer(fd[1], &mine, true);
		}
		_exit(0);
	}
	close(fd[1]);
	for (u32 i = 0; i < STEPS; i++) {
		taken += step(true);
		transfer(fd[0], &other, false);
		allow_less();
		if (memcmp(&mine, &other, sizeof(mine)))
			explain(i);
		if (i % 16 == 0)
			mm_check();
	}
	close(fd[0]);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
	print_message("# the short way: %u of %u faults; the store refused %u times\n", taken, STEPS, refusals);
	assert_true(taken > STEPS / 20 && refusals > STEPS / 500);
}

/* ---- one by one ------------------------------------------------------------------------------------------------------------ */

static struct cap page_at(u32 n) { return fake_memory(&pages[n], 12, 0, 0); }

/* The space: a GPT of 2^22 bytes. Slot 0 leads to one of 2^`size`, all of whose slots are page 0, slot 1 to one of 2^17. */
static void small_world(u32 size)
{
	random_state = 1;
	world();
	for (u32 g = 0; g < 2; g++) {
		fake_node(&gpts[g])->l2v = 12;
		for (u32 i = 0; i < NODE_SLOTS; i++)
			fake_node(&gpts[g])->slot[i] = page_at(0);
		fake_node(&gpts[EACH])->slot[g] = fake_memory(&gpts[g], g ? 17 : size, 0, 0);
	}
	fake_node(&gpts[EACH])->l2v = 17;
	space = fake_memory(&gpts[EACH], 22, 0, 0);
}

/* Reads in the general way, then looks where the tables lead. */
static void map_read(u64 va)
{
	struct walk w;

	pins_drop();
	assert_int_equal(fake_fault(&space, va, ACC_READ, &w), RC_OK);
	assert_int_equal(w.fault, FAULT_NONE);
}

static bool read_short(u64 va)
{
	return map_fault_short((uintptr_t)fake_root(&space), (uintptr_t)va, ACC_READ);
}

static struct frame *found(u64 va)
{
	bool write;

	return fake_translate(fake_root(&space), va, &write);
}

static void set_slot(u32 g, u32 slot, struct cap c)
{
	map_unhook_node(frame_peek(cap_oid(&gpts[g])), OID_INDEX(cap_oid(&gpts[g])));
	fake_node(&gpts[g])->slot[slot] = c;
}

/* GPT 0 was named with 2^`size`, of which a record stays; now `c` stands in its place. Is it mapped the short way? */
static bool short_through(u32 size, struct cap c, u64 va)
{
	bool done;

	small_world(size);
	fake_node(&gpts[0])->slot[16] = page_at(1);
	map_read(0);
	set_slot(EACH, 0, c);
	map_read(1 << 17);
	done = read_short(va);
	mm_check();
	return done;
}

static void a_record_covers_the_run(void **unused)
{
	(void)unused;
	random_state = 1;
	world(); /* who is who */
	assert_false(short_through(13, fake_memory(&gpts[0], 17, 0, 0), 0));
	(void)read_short(20 << 12);
	set_slot(0, 20, cap_void());
	assert_null(found(20 << 12));
	assert_true(short_through(17, fake_memory(&gpts[0], 13, 0, 0), 0));
	assert_true(read_short(1 << 12));
	assert_false(read_short(2 << 12));
}

static void a_gpt_is_the_one_that_is_named(void **unused)
{
	struct cap c;
	void *behind;

	(void)unused;
	small_world(17);
	c = fake_memory(&gpts[0], 17, 0, 0);
	assert_true(short_through(17, c, 0));
	assert_false(short_through(17, fake_memory(&gpts[0], 18, 0, 0), 0)); /* larger than its slot */
	assert_false(short_through(17, fake_memory(&gpts[0], 12, 0, 0), 0)); /* and than one of its own slots is not */
	assert_false(short_through(17, fake_memory(&gpts[0], 16, 1, 0), 0));
	assert_true(short_through(17, fake_memory(&gpts[0], 16, 1, 0), 16 << 12));
	assert_ptr_equal(found(16 << 12), frame_peek(cap_oid(&pages[0])));
	c.w[1]++;
	assert_false(short_through(17, c, 0));
	c.w[1]--;
	assert_false(short_through(17, cap_make(CT_START, cap_payload(&c), cap_version(&c), cap_oid(&c), 0), 0));
	/* There is no node 7: what would be its head belongs to the next frame. */
	small_world(17);
	behind = (char *)frame_data(frame_peek(cap_oid(&gpts[0]))) + FRAME_SIZE;
	map_read(0);
	set_slot(EACH, 0, cap_make(CT_GPT, cap_payload(&c), cap_version(&c), cap_oid(&c) | 7, 0));
	map_read(1 << 17);
	ASAN_POISON_MEMORY_REGION(behind, sizeof(struct node));
	assert_false(read_short(0));
	ASAN_UNPOISON_MEMORY_REGION(behind, sizeof(struct node));
}

/* Is `c`, in a slot beside one that is mapped, mapped the short way? */
static bool short_at(struct cap c)
{
	small_world(17);
	fake_node(&gpts[0])->slot[1] = c;
	map_read(0);
	return read_short(1 << 12);
}

static void a_page_is_the_one_that_is_named(void **unused)
{
	struct cap c;

	(void)unused;
	small_world(17);
	c = page_at(0);
	assert_true(short_at(c));
	assert_false(short_at(cap_make(CT_PAGE, 0, cap_version(&c) + 1, cap_oid(&c), 0)));
	assert_false(short_at(cap_make(CT_PAGE, 0, cap_version(&c), cap_oid(&c) + 1, 0)));
	assert_false(short_at(cap_make(CT_PAGE, 0, frame_peek(cap_oid(&gpts[0]))->tag.version, OID_FRAME(cap_oid(&gpts[0])), 0)));
}

/* It may have to be copied first, which takes a frame. */
static void what_a_checkpoint_holds_is_not_written(void **unused)
{
	struct frame *page;

	(void)unused;
	small_world(17);
	page = frame_peek(cap_oid(&pages[0]));
	state.epoch++;
	map_snapshot();
	map_read(0);
	assert_true(page->epoch && page->epoch < state.epoch);
	assert_false(map_fault_short((uintptr_t)fake_root(&space), 0, ACC_WRITE));
	page->epoch = 0;
	assert_true(map_fault_short((uintptr_t)fake_root(&space), 0, ACC_WRITE));
	mm_check();
}

/* It would be found where its low bits lead. */
static void an_address_behind_the_end_is_none(void **unused)
{
	u64 behind = (u64)1 << (FRAME_SHIFT + PT_BITS * PT_LEVELS);

	(void)unused;
	small_world(17);
	map_read(1 << 12);
	assert_false(read_short(behind));
	assert_true(read_short(0));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(both_ways_are_one),
		cmocka_unit_test(a_record_covers_the_run),
		cmocka_unit_test(a_gpt_is_the_one_that_is_named),
		cmocka_unit_test(a_page_is_the_one_that_is_named),
		cmocka_unit_test(what_a_checkpoint_holds_is_not_written),
		cmocka_unit_test(an_address_behind_the_end_is_none),
	};

	return cmocka_run_group_tests_name("fastmap", tests, NULL, NULL);
}
