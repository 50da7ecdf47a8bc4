/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Versions and call counts, to their very end: objects of every kind are made, called, destroyed and made again in a few
 * frames, until nothing can be made there any more. Every capability that ever was is kept, and after each step exactly
 * those work of which the model says so. The model follows the rules of architecture (nothing goes down; page to pot: each
 * node one above the tag; pot to page: one above the maximum; what is at its end is not made again) in its own code, on
 * the machine of alt.h, where versions end at 40 and call counts at 60.
 */
#include "world.h"

#define FRAMES 3u
#define BASE ((oid_t)500 * 8)
#define REGISTERS ((oid_t)600 * 8)    /* capability registers for each process, in pots of their own */
#define CAPS 8000u
#define RANGE cap_make(CT_RANGE, 0, FRAMES, BASE, 0)

/* ---- the model ------------------------------------------------------------------------------------------------------ */

struct thing {
	u8 kind;             /* enum node_kind, NK_PAGE; NK_FREE = none */
	u32 version;
	u64 count;
	bool waits;          /* a process that was made waiting: its newest resume capability is good */
};
static struct model_frame {
	bool pot;
	u32 version;         /* of a page, also when it is free */
	u64 count;
	struct thing node[POT_NODES], page;
} m[FRAMES];

/* Everything that was ever held. */
static struct {
	struct cap c;
	u8 frame, index;
	u32 version;
	u64 count;           /* resume and fault capabilities */
} held[CAPS];
static u32 nr_held, made, worn, counted_out, turned;

static struct thing *thing(u32 f, u32 index)
{
	return m[f].pot ? &m[f].node[index] : &m[f].page;
}

static bool live_node_in(u32 f)
{
	for (u32 i = 0; m[f].pot && i < POT_NODES; i++)
		if (m[f].node[i].kind != NK_FREE)
			return true;
	return false;
}

static bool worn_node(const struct thing *t)
{
	return t->version == VERSION_MAX || t->count >= COUNT_MAX;
}

static rc_t model_page(struct model_frame *f)
{
	u32 version = f->version;

	if (!f->pot && f->version == VERSION_MAX)
		return RC_WORN;
	if (f->pot) {
		for (u32 i = 0; i < POT_NODES; i++) {
			version = MAX(version, f->node[i].version);
			f->count = MAX(f->count, f->node[i].count);
			if (worn_node(&f->node[i]) || f->node[i].version + 1 == VERSION_MAX)
				return RC_WORN;
		}
		version++;
	}
	turned += f->pot;
	f->pot = false;
	f->version = version;
	f->page = (struct thing){ .kind = NK_PAGE, .version = version };
	return RC_OK;
}

static rc_t model_node(struct model_frame *f, u32 index, u32 kind)
{
	if (!f->pot) {
		if (f->version + 1 >= VERSION_MAX || f->count + 1 >= COUNT_MAX)
			return RC_WORN;
		f->pot = true;
		f->version++;
		f->count++;
		for (u32 i = 0; i < POT_NODES; i++)
			f->node[i] = (struct thing){ .version = f->version, .count = f->count };
	}
	if (worn_node(&f->node[index]))
		return RC_WORN;
	f->node[index].kind = (u8)kind;
	f->node[index].waits = false;
	return RC_OK;
}

static rc_t model_alloc(u32 f, u32 index, u32 kind)
{
	bool page = kind == NK_PAGE;

	if (page ? live_node_in(f) || (!m[f].pot && m[f].page.kind) : thing(f, index)->kind != NK_FREE)
		return RC_BUSY;
	return page ? model_page(&m[f]) : model_node(&m[f], index, kind);
}

static void model_destroy(u32 f, u32 index)
{
	struct thing *t = thing(f, index);

	t->kind = NK_FREE;
	t->version++;
	t->count = MIN(t->count + 1, COUNT_MAX);
	if (!m[f].pot)
		m[f].version = t->version;
}

/* ---- what is held ----------------------------------------------------------------------------------------------------- */

static const u8 types[] = { CT_PAGE, CT_NODE, CT_GPT, CT_PROCESS, CT_START, CT_RESUME, CT_FAULT, CT_FORWARDER, CT_SCHEDULE };
static const u8 kinds[] = { NK_PAGE, NK_NODE, NK_GPT, NK_PROCESS, NK_PROCESS, NK_PROCESS, NK_PROCESS, NK_FORWARDER, NK_SCHEDULE };

static bool counted(u32 type)
{
	return type == CT_RESUME || type == CT_FAULT;
}

static u32 kind_of(u32 type)
{
	for (u32 k = 0; k < ARRAY_SIZE(types); k++)
		if (types[k] == type)
			return kinds[k];
	return NK_FREE;
}

static void hold(struct cap c, u32 f, u32 index)
{
	const struct thing *t = thing(f, index);

	assert_true(nr_held < CAPS);
	if (counted(cap_type(&c)))
		assert_int_equal(cap_count56(&c), t->count);
	else
		assert_int_equal(cap_version(&c), t->version);
	held[nr_held].c = c;
	held[nr_held].frame = (u8)f;
	held[nr_held].index = (u8)index;
	held[nr_held].version = t->version;
	held[nr_held++].count = t->count;
}

/* Does it name what is there now? */
static bool good(u32 k)
{
	const struct cap *c = &held[k].c;
	const struct thing *t = thing(held[k].frame, held[k].index);

	if (t->kind != kind_of(cap_type(c)))
		return false;
	if (counted(cap_type(c)))
		return t->count == held[k].count && t->count < COUNT_MAX;
	return t->version == held[k].version;
}

static void check_all(void)
{
	struct objref ref;

	pins_drop();
	for (u32 k = 0; k < nr_held; k++) {
		rc_t rc = cap_lookup(&held[k].c, &ref);

		if (rc != (good(k) ? RC_OK : RC_VOID))
			fail_msg("capability %u of %u (type %u, frame %u, index %u, version %u) is %s", k, nr_held,
				 cap_type(&held[k].c), held[k].frame, held[k].index, held[k].version, rc ? "void" : "good");
	}
}

/* ---- steps, through the system call ------------------------------------------------------------------------------------- */

static u32 seed;
static u32 dice(u32 n)
{
	seed = seed * 1664525 + 1013904223;
	return (u32)((u64)(seed >> 4) * n >> 28);
}

static struct cap registers_of(u32 f, u32 index)
{
	oid_t oid = REGISTERS + 8 * f + index;

	return obj_cap(frame_peek(oid), index);
}

static void alloc(void)
{
	static const u8 any[] = { NK_PAGE, NK_NODE, NK_GPT, NK_PROCESS, NK_PROCESS, NK_FORWARDER, NK_SCHEDULE };
	u32 f = dice(FRAMES), kind = any[dice(ARRAY_SIZE(any))], index = kind == NK_PAGE ? 0 : dice(POT_NODES);
	rc_t want = model_alloc(f, index, kind), rc;
	struct cap c;

	asking.w3 = kind;
	rc = (rc_t)ask(RANGE, OP_RANGE_ALLOC, f, index, cap_void());
	if (rc != want)
		fail_msg("kind %u in frame %u: answer %d, the model says %d", kind, f, rc, want);
	worn += rc == RC_WORN;
	if (rc)
		return;
	made++;
	c = *reg(A, ASK_GOT);
	hold(c, f, index);
	if (kind != NK_PROCESS)
		return;
	assert_int_equal(ask(c, OP_PROC_STORE, PS_CAPREGS, 0, registers_of(f, index)), RC_OK);
	assert_int_equal(ask(c, OP_PROC_START_CAP, 7, 0, cap_void()), RC_OK);
	hold(*reg(A, ASK_GOT), f, index);
}

/* One that was ever held, mostly a late one. */
static u32 some(void)
{
	u32 late = MIN(nr_held, 60u);

	return dice(4) ? nr_held - 1 - dice(late) : dice(nr_held);
}

/* Only a good one can be rescinded. */
static void destroy(u32 k)
{
	u32 type = cap_type(&held[k].c);
	bool names = type != CT_START && !counted(type), was_good = good(k);
	rc_t rc = (rc_t)ask(RANGE, OP_RANGE_RESCIND, 0, 0, held[k].c);

	assert_int_equal(rc, names && was_good ? RC_OK : RC_BAD_CAP);
	if (rc == RC_OK)
		model_destroy(held[k].frame, held[k].index);
}

/* All in a frame, so that its kind may change. */
static void destroy_frame(void)
{
	u32 f = dice(FRAMES);

	for (u32 k = 0; k < nr_held; k++)
		if (held[k].frame == f && good(k))
			destroy(k);
}

/* A process comes to wait, anew if it did already: what was held of its earlier waits is void. */
static void wait_anew(void)
{
	u32 k = some();
	struct thing *t = thing(held[k].frame, held[k].index);

	if (cap_type(&held[k].c) != CT_PROCESS)
		return;
	if (!good(k)) {
		assert_int_equal(ask(held[k].c, OP_PROC_RESUME_CAP, 0, 0, cap_void()), RC_VOID);
		return;
	}
	assert_int_equal(ask(held[k].c, OP_PROC_RESUME_CAP, 0, 0, cap_void()), RC_OK);
	t->count = MIN(t->count + 1, COUNT_MAX);
	t->waits = true;
	counted_out += t->count == COUNT_MAX;
	hold(*reg(A, ASK_GOT), held[k].frame, held[k].index);
}

/* A reply is taken from a good capability to a process that waits, once; from no other, ever. */
static void reply(void)
{
	u32 k = some();
	struct thing *t = thing(held[k].frame, held[k].index);
	bool takes = good(k) && t->waits;

	if (cap_type(&held[k].c) != CT_RESUME)
		return;
	*reg(A, 4) = held[k].c;
	assert_int_equal(invoke(A, INV_CTL(INV_SEND, 4, 0, 0, 0, 0), 0, 500, 0), 1);
	assert_int_equal(word(A, 0), takes ? RC_OK : RC_VOID);
	if (takes) {
		t->count = MIN(t->count + 1, COUNT_MAX);
		t->waits = false;
		counted_out += t->count == COUNT_MAX;
	}
}

static void start(void **s)
{
	world_setup(s);
	asking.unchecked = true;
	memset(m, 0, sizeof(m));
	nr_held = 0;
	for (u32 f = 0; f < FRAMES; f++)
		for (u32 i = 0; i < POT_NODES; i++)
			(void)fake_alloc(REGISTERS + 8 * f + i, NK_NODE);
	do
		alloc();
	while (!nr_held);
}

/* Some histories hardly call, so that versions end first; in others counts do. */
static void step(bool calls, bool frames)
{
	if (frames && !dice(40))
		destroy_frame();
	switch (dice(calls ? 6 : 3)) {
	case 0:
	case 1: alloc(); break;
	case 2: destroy(some()); break;
	case 3:
	case 4: wait_anew(); break;
	case 5: reply(); break;
	}
}

static void until_nothing_can_be_made(void **s)
{
	u32 steps = 0, total = 0;

	for (u32 round = 0; round < 8; round++) {
		seed = 1 + round;
		made = worn = 0;
		start(s);
		for (u32 idle = 0; idle < 1000 && nr_held < CAPS - 2; steps++) {
			u32 before = made, held_before = nr_held;

			step(round % 4, round % 2);
			idle = made == before ? idle + 1 : 0;
			if (nr_held != held_before || steps % 16 == 0)
				check_all();
		}
		mm_check();
		assert_true(made > 100 && worn > 20);
		total += nr_held;
	}
	print_message("# versions: %u steps, %u capabilities kept, %u pots became pages\n", steps, total, turned);
	assert_true(turned > 50 && counted_out > 10);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(until_nothing_can_be_made) };

	return cmocka_run_group_tests_name("versions", tests, NULL, NULL);
}
