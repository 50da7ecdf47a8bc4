/* SPDX-License-Identifier: Apache-2.0 */
/* Errors of all other types, and those of any invocation. */
#include "errors.h"

#define A(error, f) { CT_NR, RC_##error, OP_TYPE, "any invocation, RC_" #error, f }

/* ---- objects ---- */

static word_t guard_grows(u32 type, u32 op)
{
	(void)type;
	return ask(reduced(fake_node(&p[A].process)->slot[PS_SPACE], CR_OPAQUE), op, 20, 0, cap_void());
}

static word_t caller_that_is_none(u32 type, u32 op)
{
	(void)type;
	return ask(fake_alloc(POT + 8, NK_FORWARDER), op, 0, 0, resume_of(no_process(), CT_RESUME));
}

static word_t taker_in_use(u32 type, u32 op)
{
	(void)type;
	return ask(p[A].schedule, op, 1, 1, p[B].schedule);
}

static word_t taker_has_a_reserve(u32 type, u32 op)
{
	(void)type;
	fake_node(&p[A].schedule)->slot[1] = fake_node(&p[B].schedule)->slot[1] = cap_number(10000, 1000, 0);
	return ask(p[A].schedule, op, 10000, 500, p[B].schedule);
}

static word_t object_is_there(u32 type, u32 op)
{
	(void)type;
	asking.w3 = NK_PAGE;
	return ask(range_of(POT_OF(B)), op, 0, 0, cap_void());
}

static word_t counts_are_used_up(u32 type, u32 op)
{
	struct cap node = fake_alloc(POT, NK_NODE);
	struct node *n = fake_node(&node);

	(void)type;
	ask(range_of(POT), OP_RANGE_RESCIND, 0, 0, node);
	n->call_count = COUNT_MAX;
	asking.w3 = NK_NODE;
	return ask(range_of(POT), op, 0, 0, cap_void());
}

static word_t rescinds_itself(u32 type, u32 op)
{
	(void)type;
	return ask(range_of(POT_OF(A)), op, 0, 0, p[A].caps);
}

static word_t schedule_read_only(u32 type, u32 op)
{
	return ask(plain(type), op, 1, 1, reduced(p[B].schedule, CR_RO));
}

static word_t too_much_reserved(u32 type, u32 op)
{
	return ask(plain(type), op, 10000, 10000, p[B].schedule);
}

/* ---- waiting in the kernel ---- */

static word_t waits_by_a_send(u32 type, u32 op)
{
	return answer_to_b(plain(type), op, 1000);
}

static word_t wall_clock_unset(u32 type, u32 op)
{
	return ask(plain(type), op, CLOCK_WALL, 0, cap_void());
}

static word_t long_ago(u32 type, u32 op)
{
	return ask(cap_make(type, 1, 0, 0, 0), op, 0, 0, cap_void());
}

static u64 generation_asked;

static u64 ckpt_request(void) { return generation_asked; }
static u64 ckpt_committed(void) { return 1; }
static const struct ckpt_ops a_store = { .request = ckpt_request, .committed = ckpt_committed };

static word_t without_a_store(u32 type, u32 op)
{
	(void)op;
	return ask(plain(type), OP_CKPT_STATUS, 0, 0, cap_void());
}

static word_t nothing_is_written(u32 type, u32 op)
{
	ckpt_ops = &a_store;
	generation_asked = 1;
	return ask(plain(type), op, 0, 0, cap_void());
}

static word_t checkpoint_by_a_send(u32 type, u32 op)
{
	ckpt_ops = &a_store;
	generation_asked = 2;
	return waits_by_a_send(type, op);
}

static struct context *dispatch(struct context *ctx)
{
	(void)ctx;
	return sched_dispatch();
}

/* A waits in the kernel; its activity comes back as from the disk. */
static word_t restarted(void)
{
	struct activity saved = *act_of(p[A].ctx);
	struct objref ref;

	assert_int_equal(run_state(A), RS_WAITING);
	context_unload(p[A].ctx);
	act_free(act_find(saved.oid));
	assert_true(sched_restore(&saved, (struct sched_reserve){ 0, 0 }, false));
	console_restarted();
	world_ms++;
	(void)world_next(dispatch, NULL);
	pins_drop();
	assert_int_equal(cap_lookup(&p[A].process, &ref), RC_OK);
	assert_int_equal(process_load(&ref, &p[A].ctx), RC_OK);
	return word(A, 0);
}

static word_t restart_in_a_checkpoint(u32 type, u32 op)
{
	ckpt_ops = &a_store;
	generation_asked = 2;
	ask(plain(type), op, 0, 0, cap_void());
	return restarted();
}

static word_t restart_in_a_read(u32 type, u32 op)
{
	with_string("", 0);
	string(A, 0, 0, DATA, 16);
	ask(plain(type), op, 0, 0, cap_void());
	return restarted();
}


/* ---- notices, tools, devices ---- */

static struct cap notice_to(struct cap process)
{
	return cap_make(CT_NOTICE, 1, cap_version(&process), cap_oid(&process), 0);
}

static word_t bits_that_it_has_not(u32 type, u32 op)
{
	(void)type, (void)op;
	assert_int_equal(ask(notice_to(p[B].process), OP_NOTICE_REDUCE, 2, 0, cap_void()), RC_NO_ACCESS);
	return ask(notice_to(p[B].process), OP_NOTICE_POST, 2, 0, cap_void());
}

static word_t notice_at_its_limit(u32 type, u32 op)
{
	(void)type;
	no_room_for_b();
	return ask(notice_to(p[B].process), op, 1, 0, cap_void());
}

static word_t notice_to_no_process(u32 type, u32 op)
{
	(void)type;
	return ask(notice_to(no_process()), op, 1, 0, cap_void());
}

static word_t another_brand(u32 type, u32 op)
{
	return ask(plain(type), op, 0, 0, start_of(B, 0));
}

static word_t leads_elsewhere(u32 type, u32 op)
{
	return ask(plain(type), op, 0, 0, fake_alloc(POT, NK_FORWARDER));
}

static word_t no_keeper(u32 type, u32 op)
{
	return ask(plain(type), op, 0, 0, fake_alloc(POT, NK_GPT));
}

static word_t nothing_there(u32 type, u32 op)
{
	return ask(cap_make(type, 1, (u32)state.restart_count, 0, 0), op, 0, 1, cap_void());
}

static word_t line_in_use(u32 type, u32 op)
{
	struct cap line = cap_make(type, 0, (u32)state.restart_count, 8, 0);
	word_t rc;

	assert_int_equal(ask(line, op, 0, 0, notice_to(p[B].process)), RC_OK);
	rc = ask(line, op, 0, 0, notice_to(p[B].process));
	irq_release(8);
	return rc;
}

/* ---- any invocation ---- */

static word_t stale(u32 type, u32 op)
{
	struct cap c = fake_alloc(POT, NK_NODE);

	(void)type;
	ask(range_of(POT), OP_RANGE_RESCIND, 0, 0, c);
	return ask(c, op, 0, 0, cap_void());
}

static word_t no_such_operation(u32 type, u32 op)
{
	(void)type, (void)op;
	return ask(p[A].caps, 255, 0, 0, cap_void());
}

static word_t memory_is_full(u32 type, u32 op)
{
	word_t rc = RC_OK;

	(void)type, (void)op;
	asking.w3 = NK_NODE;
	asking.unchecked = true;
	for (u32 k = 0; rc == RC_OK && k < 1000; k++)
		rc = ask(cap_make(CT_RANGE, 0, 1000, POT, 0), OP_RANGE_ALLOC, k, 0, cap_void());
	return rc;
}

static struct cap way(u32 flags, bool circle)
{
	struct cap c = fake_alloc(POT, NK_FORWARDER), opaque = reduced(c, CR_OPAQUE);

	fake_node(&c)->flags = (u16)flags;
	fake_node(&c)->slot[0] = circle ? opaque : start_of(B, 0);
	return opaque;
}

static word_t blocked(u32 type, u32 op)
{
	(void)type;
	*reg(A, 1) = way(FWD_BLOCKED, false);
	invoke(A, INV_CTL(INV_PCALL, 1, 0, 0, 0, 0), 0, op, 0);
	return word(A, 0);
}

static word_t in_a_circle(u32 type, u32 op)
{
	(void)type;
	return ask(way(0, true), op, 0, 0, cap_void());
}

static word_t long_string(u32 type, u32 op)
{
	(void)type;
	string(A, DATA, CONFIG_MAX_STRING + 1, 0, 0);
	asking.str = BLOCK;
	return ask(p[A].caps, op, 0, 0, cap_void());
}

static struct frame *fetching;

static bool covers(oid_t oid) { return OID_FRAME(oid) == POT; }
static rc_t fetch(struct frame *f)
{
	fetching = f;
	return RC_OK;
}
static rc_t dirty(struct frame *f) { f->epoch = state.epoch; return RC_OK; }
static bool clean_none(struct frame *f) { (void)f; return false; }
static const struct store_ops store = { covers, fetch, dirty, clean_none };

static word_t damaged(u32 type, u32 op)
{
	word_t rc;

	(void)type;
	mm_register_store(&store);
	ask(cap_make(CT_NODE, 0, 1, POT, 0), op, 0, 0, cap_void());
	assert_non_null(fetching);
	frame_fetch_done(fetching, RC_OBJECT_DAMAGED);
	fetching = NULL;
	rc = ask(cap_make(CT_NODE, 0, 1, POT, 0), op, 0, 0, cap_void());
	mm_register_store(NULL);
	return rc;
}

static word_t no_volume(u32 type, u32 op)
{
	(void)type;
	return ask(cap_make(CT_NODE, 0, 1, POT, 0), op, 0, 0, cap_void());
}

static word_t string_nowhere(u32 type, u32 op)
{
	(void)type;
	*reg(A, 1) = p[A].caps;
	invoke(A, INV_CTL(INV_PCALL, 1, 0, 0, 0, 0), 0, op, NOWHERE);
	return word(A, 0);
}

const struct row object_rows[] = {
	P(VOID, ANY, VOID, nothing),
	P(GPT, OP_MEM_GUARD, NO_ACCESS, guard_grows),
	P(FORWARDER, OP_FWD_PUSH_BACK, MALFORMED, caller_that_is_none),
	P(SCHEDULE, OP_SCHED_DIVIDE, BUSY, taker_in_use),
	P(SCHEDULE, OP_SCHED_DIVIDE_RESERVE, BUSY, taker_has_a_reserve),
	P(RANGE, OP_RANGE_ALLOC, BUSY, object_is_there),
	P(RANGE, OP_RANGE_ALLOC, WORN, counts_are_used_up),
	P(RANGE, OP_RANGE_RESCIND, BUSY, rescinds_itself),
	P(SLEEP, OP_SLEEP_FOR, REQUEST, waits_by_a_send),
	P(SLEEP, OP_SLEEP_UNTIL, REQUEST, waits_by_a_send),
	P(SLEEP, OP_SLEEP_READ, OFFLINE, wall_clock_unset),
	P(SLEEP, OP_SLEEP_WAIT, OFFLINE, wall_clock_unset),
	P(SLEEP, OP_SLEEP_SET, REQUEST, long_ago),
	P(SLEEP, OP_SLEEP_SET, NO_ACCESS, nothing),
	P(SLEEP, OP_SLEEP_PERIOD, REQUEST, nothing),
	P(CHECKPOINT, ANY, OFFLINE, without_a_store),
	P(CHECKPOINT, OP_CKPT_TAKE, REQUEST, checkpoint_by_a_send),
	P(CHECKPOINT, OP_CKPT_TAKE, OFFLINE, nothing_is_written),
	P(CHECKPOINT, OP_CKPT_TAKE, RESTARTED, restart_in_a_checkpoint),
	P(CONSOLE, OP_CON_READ, REQUEST, nothing),
	P(CONSOLE, OP_CON_READ, RESTARTED, restart_in_a_read),
	P(SYSCTL, OP_SYS_SCHED_SET, NO_ACCESS, schedule_read_only),
	P(SYSCTL, OP_SYS_RESERVE_SET, NO_ACCESS, schedule_read_only),
	P(SYSCTL, OP_SYS_RESERVE_SET, BUSY, too_much_reserved),
	P(NOTICE, ANY, NO_ACCESS, bits_that_it_has_not),
	P(NOTICE, OP_NOTICE_POST, NO_ACTIVITY, notice_at_its_limit),
	P(NOTICE, OP_NOTICE_POST, MALFORMED, notice_to_no_process),
	P(PROCTOOL, OP_TOOL_OPEN, NO_ACCESS, another_brand),
	P(PROCTOOL, OP_TOOL_FORWARDER, NO_ACCESS, leads_elsewhere),
	P(PROCTOOL, OP_TOOL_SPACE, NO_ACCESS, no_keeper),
	P(DEVMEM, OP_DEV_READ, IO, nothing_there),
	P(DEVMEM, OP_DEV_WRITE, IO, nothing_there),
	P(IOPORTS, OP_DEV_READ, IO, nothing_there),
	P(IOPORTS, OP_DEV_WRITE, IO, nothing_there),
	P(IRQ, OP_IRQ_BIND, BUSY, line_in_use),
	A(VOID, stale),
	A(UNKNOWN_OP, no_such_operation),
	A(BUSY, memory_is_full),
	A(WOULD_BLOCK, blocked),
	A(TOO_LONG, long_string),
	A(TOO_DEEP, in_a_circle),
	A(OBJECT_DAMAGED, damaged),
	A(OFFLINE, no_volume),
	A(ADDRESS, string_nowhere),
};
const u32 nr_object_rows = ARRAY_SIZE(object_rows);
