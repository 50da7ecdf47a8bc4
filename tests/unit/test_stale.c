/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Stale capabilities over restarts. One place on the disk has a history of lives: a process that waits, a page, other nodes,
 * a process again. Whatever is held of one life lies in a node on the same disk. Between any two lives there may be a
 * checkpoint and a restart, or a loss of power that takes the last life back. After each step exactly what names the
 * present life works. Every choice of restarts is tried.
 */
#include "store_script.h"

#define PLACE ((oid_t)5 * 8 + 2)
#define HOLDER ((oid_t)9 * 8)

enum between { NOTHING = 0, CHECKPOINT, RESTART, POWER_CUT, BETWEEN_NR };
static const u8 lives[] = { NK_PROCESS, NK_PAGE, NK_PROCESS, NK_PROCESS, NK_NODE, NK_GPT, NK_PROCESS };
#define LIVES ARRAY_SIZE(lives)
#define PER_LIFE 4u      /* the object, start, resume now, resume of the wait before */

static struct cap made[LIVES][PER_LIFE];
static u32 histories, looked;

static oid_t place(u32 kind)
{
	return kind == NK_PAGE ? OID_FRAME(PLACE) : PLACE;
}

/* Until it neither stalls nor fails. */
static struct frame *writable(oid_t oid)
{
	struct frame *f;

	for (u32 n = 0; n < 100000; n++) {
		assert_int_equal(get(oid, &f), RC_OK);
		if (frame_make_dirty(f) == RC_OK)
			return f;
		fake_step();
		pins_drop();
	}
	fail_msg("it cannot be made dirty");
	return NULL;
}

static void hold(u32 life, u32 k, struct cap c)
{
	struct frame *f = writable(HOLDER);

	made[life][k] = c;
	node_writable(f, 0)->slot[life * PER_LIFE + k] = c;
}

static struct cap resume_of(const struct cap *c, u64 count)
{
	return cap_make(CT_RESUME, (u32)(count >> 32), (u32)count, cap_oid(c), 0);
}

static void end(u32 life)
{
	struct frame *f = writable(place(lives[life]));
	struct objref ref;

	(void)f;
	assert_int_equal(obj_destroy_prepare(&made[life][0], &ref), RC_OK);
	obj_destroy_perform(&ref);
}

static rc_t look_up(const struct cap *c)
{
	struct objref ref;
	rc_t rc;

	while ((rc = cap_lookup(c, &ref)) == RC_STALL) {
		fake_step();
		pins_drop();
	}
	return rc;
}

/* From the disk's own copies. `alive`: none if LIVES. */
static void check_lives(u32 alive, u32 begun)
{
	struct frame *f;

	for (u32 life = 0; life < begun; life++)
		for (u32 k = 0; k < PER_LIFE; k++) {
			bool good = life == alive && k < 3;
			struct cap c;

			if (cap_type(&made[life][k]) == CT_VOID)
				continue;
			assert_int_equal(get(HOLDER, &f), RC_OK);
			c = frame_pot(f)->node[0].slot[life * PER_LIFE + k];
			assert_true(cap_equal(&c, &made[life][k]));
			looked++;
			if (look_up(&c) != (good ? RC_OK : RC_VOID))
				fail_msg("life %u of %u, capability %u is %s", life, alive, k, good ? "void" : "good");
		}
}

static void begin(u32 life)
{
	u32 kind = lives[life];
	struct frame *f;
	struct cap c;
	u64 count;
	rc_t rc;

	while ((rc = obj_alloc_prepare(place(kind), kind, &f)) == RC_STALL) {
		fake_step();
		pins_drop();
	}
	assert_int_equal(rc, RC_OK);
	obj_alloc_perform(f, place(kind), kind);
	c = obj_cap(f, OID_INDEX(place(kind)));
	check_lives(LIVES, life); /* the new one has nothing of the old ones' yet */
	hold(life, 0, c);
	if (kind != NK_PROCESS)
		return;
	f = writable(place(kind));
	count = node_writable(f, OID_INDEX(PLACE))->call_count++; /* it waited once, and was answered */
	f->tag.call_count = MAX(f->tag.call_count, count + 1);
	hold(life, 1, cap_make(CT_START, 0, cap_version(&c), cap_oid(&c), 0));
	hold(life, 2, resume_of(&c, count + 1));
	hold(life, 3, resume_of(&c, count));
}

static void checkpoint(void)
{
	u64 g = store_request_checkpoint();

	settle();
	assert_true(store_committed() >= g);
}

static void restart(void)
{
	fake_disk_reset();
	assert_null(boot());
	pins_drop();
}

/* Two bits of `choice` for what comes after each life's beginning. Without a checkpoint a power cut would take more back. */
static void history(u32 choice)
{
	struct frame *f;

	fresh(FRAMES);
	memset(made, 0, sizeof(made));
	pins_drop();
	while (obj_alloc_prepare(HOLDER, NK_NODE, &f) == RC_STALL)
		fake_step();
	obj_alloc_perform(f, HOLDER, NK_NODE);
	for (u32 life = 0; life < LIVES; life++) {
		enum between what = choice >> (2 * life) & 3;

		begin(life);
		check_lives(life, life + 1);
		if (what != NOTHING)
			checkpoint();
		if (what == RESTART)
			restart();
		if (what == POWER_CUT) { /* it had ended, but nobody will know */
			end(life);
			check_lives(LIVES, life + 1);
			restart();
		}
		check_lives(life, life + 1);
		end(life);
		check_lives(LIVES, life + 1);
	}
	checkpoint();
	restart();
	check_lives(LIVES, LIVES);
	mm_check();
	histories++;
}

static void every_choice_of_restarts(void **s)
{
	u32 step = 149; /* of 4^7 choices, each pair of neighbours many times */

	(void)s;
	for (u32 choice = 0; choice < 1u << (2 * LIVES); choice += step)
		history(choice);
	print_message("# stale: %u histories, %u capabilities looked up\n", histories, looked);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test_teardown(every_choice_of_restarts, teardown) };

	return cmocka_run_group_tests_name("stale", tests, NULL, NULL);
}
