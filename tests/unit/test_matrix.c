/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Invocation, crossed: form × target × sent string × receiver's buffer × capability registers. The model below says from
 * the ABI alone (include/abi/syscall.h) who learns what; after each invocation everything that a program could see is
 * compared with it: words, lengths, bytes, capability registers, run states, whether the instruction is over.
 */
#include "rooms.h"

#define TARGET 4u

static struct cap forwarder[6], gone[CT_NR], object[CT_NR];
static struct cap regs_before[PROCS][NODE_SLOTS];
static u32 combinations, short_ways;

/* ---- the dimensions ---------------------------------------------------------------------------------- */

enum { NO_BLOCK, GOOD_BLOCK, LOST_BLOCK, SPLIT_BLOCK }; /* where a string block lies */
static const struct sent {
	const char *name;
	u64 at, len;
	u32 block;
} sends[] = {
	{ "no block", 0, 0, NO_BLOCK },          { "nothing", HOLE, 0, GOOD_BLOCK },
	{ "100 bytes", REGION + 7, 100, GOOD_BLOCK }, { "one page", REGION, 4096, GOOD_BLOCK },
	{ "two pages", REGION + 0xf80, 200, GOOD_BLOCK }, { "64 KiB", REGION + 0x801, LONGEST, GOOD_BLOCK },
	{ "too long", REGION, LONGEST + 1, GOOD_BLOCK }, { "all there is", 0, ~(u64)0, GOOD_BLOCK },
	{ "from a hole", HOLE, 10, GOOD_BLOCK }, { "half in a hole", REGION + REGION_PAGES * FRAME_SIZE - 5, 10, GOOD_BLOCK },
	{ "that wraps", TOP, 32, GOOD_BLOCK },   { "from the kernel", END, 8, GOOD_BLOCK },
	{ "over the end", END - 4, 8, GOOD_BLOCK }, { "read-only", FIXED + 9, 300, GOOD_BLOCK },
	{ "from a device", DEVICE + 8, 10, GOOD_BLOCK },
	{ "shared", SHARED, 200, GOOD_BLOCK },   { "block lost", REGION, 10, LOST_BLOCK },
	{ "block in two pages", REGION, 10, SPLIT_BLOCK },
};
static const struct received {
	const char *name;
	u64 at, max;
	u32 block;
} buffers[] = {
	{ "no block", 0, 0, NO_BLOCK },          { "no room", REGION, 0, GOOD_BLOCK },
	{ "room", REGION + 3, LONGEST, GOOD_BLOCK }, { "little room", REGION + 0xff0, 50, GOOD_BLOCK },
	{ "read-only", FIXED, 4096, GOOD_BLOCK }, { "a hole", HOLE, 4096, GOOD_BLOCK },
	{ "half in a hole", REGION + REGION_PAGES * FRAME_SIZE - 5, 300, GOOD_BLOCK },
	{ "a device", DEVICE, 64, GOOD_BLOCK },
	{ "overlapping", SHARED + 16, 4000, GOOD_BLOCK }, { "wraps", TOP, 64, GOOD_BLOCK },
	{ "the kernel", END, 64, GOOD_BLOCK },   { "all there is", REGION, ~(u64)0, GOOD_BLOCK },
	{ "block lost", REGION, 64, LOST_BLOCK }, { "block in two pages", REGION, 64, SPLIT_BLOCK },
};
static const struct regs {
	const char *name;
	u8 sent[4], got[4];
	u32 ctl_high, rcv_high;
} registers[] = {
	{ "four", { 8, 9, 10, 11 }, { 20, 21, 22, 23 }, 0, 0 },
	{ "none", { 0, 0, 0, 0 }, { 0, 0, 0, 0 }, 0, 0 },
	{ "one, four times", { 8, 8, 8, 8 }, { 20, 20, 20, 20 }, 0, 0 },
	{ "the target itself", { TARGET, 8, TARGET, 9 }, { TARGET, 0, 31, TARGET }, 0, 0 },
	{ "bits that mean nothing", { 31, 30, 29, 28 }, { 28, 29, 30, 31 }, 0xf0000000u, 0xfff00000u },
	{ "a caller of another", { 8, 9, 10, 12 }, { 20, 21, 22, 23 }, 0, 0 }, /* 12: C's resume capability */
};

enum target {
	/* delivered to B or C */
	T_START, T_FORWARDED, T_FORWARDED_FOUR, T_RESUME, T_FORWARDED_RESUME, T_FAULT,
	/* answered by the kernel, with strings */
	T_PAGE_READ, T_PAGE_WRITE,
	/* the rest */
	T_BUSY, T_SELF, T_LIMIT, T_STALE_RESUME, T_STALE_FAULT, T_OWN_RESUME, T_BLOCKED, T_TOO_DEEP, T_LEADS_TO_NOTHING,
	T_ZERO,
	T_KERNEL,                 /* + type: an operation that it has not */
	T_GONE = T_KERNEL + CT_NR,  /* + type: its object is gone */
	T_WRONG = T_GONE + CT_NR,   /* + type: its object is of another kind */
	T_UNKNOWN = T_WRONG + CT_NR, /* a type that no kernel has given out */
	T_NR = T_UNKNOWN + 2,
};
static bool answered_by_kernel(u32 t)
{
	u32 type = t - T_KERNEL;

	return t == T_PAGE_READ || t == T_PAGE_WRITE || (t > T_KERNEL && t < T_GONE && (type < CT_START || type > CT_FAULT));
}
static bool delivered(u32 t) { return t <= T_FORWARDED_RESUME; }
static bool to_waiting(u32 t) { return t == T_RESUME || t == T_FORWARDED_RESUME || t == T_FAULT; }

static void destroy(struct cap c)
{
	struct objref ref;

	assert_int_equal(obj_destroy_prepare(&c, &ref), RC_OK);
	obj_destroy_perform(&ref);
}

static struct cap opaque(struct cap c, struct cap target)
{
	fake_node(&c)->slot[0] = target;
	return cap_make(CT_FORWARDER, 0, cap_version(&c), cap_oid(&c), CR_OPAQUE);
}

static void objects(void)
{
	static const u8 types[] = { CT_NODE, CT_GPT, CT_PROCESS, CT_FORWARDER, CT_SCHEDULE };
	static const u8 kinds[] = { NK_NODE, NK_GPT, NK_PROCESS, NK_FORWARDER, NK_SCHEDULE };

	for (u32 t = 0; t < CT_NR; t++)
		object[t] = cap_make(t, 0, 0, 0, 0);
	for (u32 k = 0; k < ARRAY_SIZE(types); k++) {
		object[types[k]] = fake_alloc(700 * 8 + k, kinds[k]);
		gone[types[k]] = fake_alloc(701 * 8 + k, kinds[k]);
	}
	object[CT_PAGE] = fake_alloc(702 * 8, NK_PAGE);
	gone[CT_PAGE] = fake_alloc(703 * 8, NK_PAGE);
	object[CT_NOTICE] = cap_make(CT_NOTICE, 1, cap_version(&object[CT_PROCESS]), cap_oid(&object[CT_PROCESS]), 0);
	gone[CT_NOTICE] = cap_make(CT_NOTICE, 1, cap_version(&gone[CT_PROCESS]), cap_oid(&gone[CT_PROCESS]), 0);
	gone[CT_START] = cap_make(CT_START, 0, cap_version(&gone[CT_PROCESS]), cap_oid(&gone[CT_PROCESS]), 0);
	for (u32 t = CT_RESUME; t <= CT_FAULT; t++)
		gone[t] = cap_make(t, 0, (u32)fake_node(&gone[CT_PROCESS])->call_count, cap_oid(&gone[CT_PROCESS]), 0);
	for (u32 k = 0; k < ARRAY_SIZE(types); k++)
		destroy(gone[types[k]]);
	destroy(gone[CT_PAGE]);
	for (u32 t = CT_START; t <= CT_FAULT; t++)
		object[t] = gone[t]; /* there is no kernel object of these */
	for (u32 k = 0; k < 5; k++)
		forwarder[k] = opaque(fake_alloc(704 * 8 + k, NK_FORWARDER), k ? forwarder[k - 1] : start_of(B, 9));
	forwarder[5] = opaque(fake_alloc(704 * 8 + 5, NK_FORWARDER), start_of(B, 9));
}

static int setup(void **s)
{
	(void)world_setup(s);
	rooms_setup();
	objects();
	combinations = 0;
	return 0;
}

static u64 block_at(u32 kind)
{
	return kind == NO_BLOCK ? 0 : kind == LOST_BLOCK ? HOLE : kind == SPLIT_BLOCK ? DATA2 - 12 : DATA + 0xf00;
}

static bool block_lost(u32 kind) { return kind == LOST_BLOCK; }

static void fill(const struct sent *s)
{
	u64 n = s->len <= LONGEST ? usable(s->at, s->len, false) : 0;

	for (u64 k = 0; k < n; k++)
		*byte(A, s->at + k) = pattern(k);
}

/* ---- one combination --------------------------------------------------------------------------------- */

static struct combination {
	u32 form, target;
	const struct sent *s;
	const struct received *b;
	const struct regs *r;
} now;
static struct hal_regs before[PROCS];

#define FAIL(what, ...)                                                                                            \
	fail_msg("form %u, target %u, string %s, buffer %s, registers %s: " what, now.form, now.target, now.s->name, \
		 now.b->name, now.r->name, __VA_ARGS__)
#define SAME(what, got, want)                                                                                      \
	do {                                                                                                       \
		u64 got_ = (got), want_ = (want);                                                                  \
		if (got_ != want_)                                                                                 \
			FAIL(what " is %llx, not %llx", (unsigned long long)got_, (unsigned long long)want_);      \
	} while (0)

static u32 form(void) { return now.form % INV_PCALL; }
static bool prompt(void) { return now.form >= INV_PCALL; }

static struct cap target_cap(void)
{
	u32 t = now.target;

	if (t >= T_UNKNOWN)
		return cap_make(t == T_UNKNOWN ? CT_NR : 0xff, 0, 0, POT_OF(B), 0);
	if (t >= T_WRONG) /* a schedule, or a page for what should be one */
		return cap_make(t - T_WRONG, 0, cap_version(&p[B].schedule), cap_oid(&p[B].schedule), 0);
	if (t >= T_GONE)
		return gone[t - T_GONE];
	if (t >= T_KERNEL)
		return object[t - T_KERNEL];
	switch (t) {
	case T_START:
	case T_BUSY:
	case T_LIMIT:        return start_of(B, 9);
	case T_SELF:         return start_of(A, 9);
	case T_FORWARDED:
	case T_BLOCKED:
	case T_FORWARDED_RESUME:
	case T_LEADS_TO_NOTHING: return forwarder[5];
	case T_FORWARDED_FOUR: return forwarder[3];
	case T_TOO_DEEP:     return forwarder[4];
	case T_RESUME:       return process_resume_cap(p[C].ctx, CT_RESUME);
	case T_FAULT:        return process_resume_cap(p[C].ctx, CT_FAULT);
	case T_STALE_RESUME:
	case T_STALE_FAULT: {
		struct cap c = process_resume_cap(p[C].ctx, t == T_STALE_RESUME ? CT_RESUME : CT_FAULT);

		return cap_make(cap_type(&c), 0, cap_version(&c) - 1, cap_oid(&c), 0);
	}
	case T_OWN_RESUME:   return process_resume_cap(p[A].ctx, CT_RESUME);
	default:             return object[CT_PAGE];
	}
}

/* Everybody as it was at first, C waiting for a reply. */
static void reset(void)
{
	pins_drop();
	for (u32 n = 0; n < PROCS; n++) {
		process_available(p[n].ctx);
		p[n].ctx->regs = (struct hal_regs){ .pc = 0x100 };
		p[n].ctx->p.fault_code = FAULT_NONE;
		for (u32 r = 1; r < NODE_SLOTS; r++)
			*reg(n, r) = cap_number(n, r, 77);
	}
	run(C);
	p[C].ctx->p.run_state = RS_WAITING;
	act_park(act_of(p[C].ctx), AS_WAITING, 0);
	if (now.target == T_FAULT || now.target == T_STALE_FAULT)
		p[C].ctx->p.fault_code = FAULT_ACCESS;
	if (now.target == T_LIMIT || p[B].ctx->sched_limit != 1) {
		fake_node(&p[B].schedule)->slot[0] = cap_number(3, now.target == T_LIMIT ? 0 : 1, 0);
		context_slot_changed(p[B].ctx, PS_SCHEDULE);
	}
	rooms_map(); /* so that the short way is open */
	if (now.target == T_BUSY)
		run(B);
	run(A);
	fake_node(&forwarder[5])->flags = now.target == T_BLOCKED ? FWD_BLOCKED : 0;
	fake_node(&forwarder[5])->slot[0] = now.target == T_LEADS_TO_NOTHING ? cap_void() :
		now.target == T_FORWARDED_RESUME ? process_resume_cap(p[C].ctx, CT_RESUME) : start_of(B, 9);
	*reg(A, 12) = process_resume_cap(p[C].ctx, CT_RESUME);
	*reg(A, TARGET) = target_cap();
}

static void set_block(u32 n, u32 kind, struct abi_string s)
{
	p[n].ctx->regs.x[HAL_REG_A0 + 6] = block_at(kind);
	if (kind == GOOD_BLOCK || kind == SPLIT_BLOCK)
		write_bytes(n, block_at(kind), &s, sizeof(s));
}

static void prepare(void)
{
	const struct regs *r = now.r;
	u32 t = now.target;
	u32 op = t == T_PAGE_READ ? OP_PAGE_READ : t == T_PAGE_WRITE ? OP_PAGE_WRITE : t == T_FAULT ? RC_OK : 99;
	struct abi_string out = { now.s->at, now.s->len, now.b->at, now.b->max }, in = { 0, 0, now.b->at, now.b->max };
	u64 *x = &p[A].ctx->regs.x[HAL_REG_A0];

	reset();
	fill(now.s);
	set_block(A, now.s->block, out);
	for (u32 n = B; n < PROCS; n++) {
		set_block(n, now.b->block, in);
		p[n].ctx->regs.x[HAL_REG_A0 + 1] = INV_RCV(r->got[0], r->got[1], r->got[2], r->got[3]) | r->rcv_high;
	}
	x[0] = INV_CTL(now.form, t == T_ZERO ? 0 : TARGET, r->sent[0], r->sent[1], r->sent[2], r->sent[3]) | r->ctl_high;
	x[1] = INV_RCV(r->got[0], r->got[1], r->got[2], r->got[3]) | r->rcv_high;
	x[2] = op;
	x[3] = t == T_PAGE_READ || t == T_PAGE_WRITE ? 0 : 0x11111111;
	x[4] = t == T_PAGE_READ ? FRAME_SIZE : 0x22222222;
	x[5] = ~(u64)0;
	for (u32 n = 0; n < PROCS; n++) {
		before[n] = p[n].ctx->regs;
		memcpy(regs_before[n], reg(n, 0), sizeof(regs_before[n]));
	}
}

/* ---- what must come of it ---------------------------------------------------------------------------- */

static void capabilities_as(u32 n, const struct cap *want)
{
	for (u32 k = 1; k < NODE_SLOTS; k++)
		if (!cap_equal(reg(n, k), &want[k]))
			FAIL("register %u of process %u has type %u, not %u", k, n, cap_type(reg(n, k)), cap_type(&want[k]));
}

static void untouched(u32 n)
{
	if (memcmp(&before[n], &p[n].ctx->regs, sizeof(before[n])))
		FAIL("process %u was touched", n);
	capabilities_as(n, regs_before[n]);
}

/* A's view of the end: it is told `rc`, or (return) it waits. */
static void invoker_is_told(word_t rc)
{
	struct hal_regs want = before[A];

	want.pc += 4;
	if (form() != INV_RETURN) {
		want.x[HAL_REG_A0 + 2] = rc;
		for (u32 k = 3; k < 6; k++)
			want.x[HAL_REG_A0 + k] = 0;
	}
	if (form() == INV_CALL)
		want.x[HAL_REG_A0] = want.x[HAL_REG_A0 + 1] = want.x[HAL_REG_A0 + 6] = 0;
	if (memcmp(&want, &p[A].ctx->regs, sizeof(want)))
		FAIL("the invoker has %llx in word 0, not %llx; pc %llx", (unsigned long long)word(A, 0), (unsigned long long)rc,
		     (unsigned long long)p[A].ctx->regs.pc);
	SAME("run state", run_state(A), form() == INV_RETURN ? RS_AVAILABLE : RS_RUNNING);
	capabilities_as(A, regs_before[A]);
}

static void invoker_sent_it(void)
{
	SAME("pc", p[A].ctx->regs.pc, 0x104);
	SAME("run state", run_state(A), form() == INV_CALL ? RS_WAITING : form() == INV_SEND ? RS_RUNNING : RS_AVAILABLE);
	if (form() == INV_SEND)
		SAME("word 0", word(A, 0), RC_OK);
	capabilities_as(A, regs_before[A]);
}

static void faults(u32 code, u64 address)
{
	struct hal_regs want = before[A];

	SAME("fault", p[A].ctx->p.fault_code, code);
	SAME("fault address", p[A].ctx->p.fault_addr, address);
	if (memcmp(&want, &p[A].ctx->regs, sizeof(want)) || !(p[A].ctx->p.flags & PF_STOPPED))
		FAIL("the invoker did not stop where it was: %llx", (unsigned long long)p[A].ctx->regs.pc);
	capabilities_as(A, regs_before[A]);
}

/* How many of `sent` bytes come into the buffer, whose block lies there. */
static u64 room(u64 sent, u32 block)
{
	return !sent || block == NO_BLOCK || block_lost(block) ? 0 : usable(now.b->at, MIN(now.b->max, sent), true);
}

/* Process n got a message: words, facet, lengths, bytes and capabilities. */
static void got(u32 n, const word_t *w, u32 facet, u64 sent, u64 len, const struct cap *c)
{
	struct cap want[NODE_SLOTS];

	for (u32 k = 0; k < 4; k++)
		SAME("a word", word(n, k), w[k]);
	SAME("facet", hal_msg_ctl(&p[n].ctx->regs), facet);
	SAME("bytes", hal_msg_rcv(&p[n].ctx->regs), len);
	SAME("bytes sent", hal_msg_str(&p[n].ctx->regs), sent);
	for (u64 k = 0; k < len; k++) {
		if (*byte(n, now.b->at + k) != pattern(k))
			FAIL("byte %llu is %x", (unsigned long long)k, *byte(n, now.b->at + k));
		*byte(n, now.b->at + k) = FILL;
	}
	if (n != A && len < now.b->max && mapped(now.b->at + len, true) && now.b->at >> 12 != SHARED >> 12)
		SAME("the byte behind", *byte(n, now.b->at + len), FILL);
	memcpy(want, regs_before[n], sizeof(want));
	for (u32 k = 0; k < 4; k++)
		if (now.r->got[k])
			want[now.r->got[k]] = c[k];
	capabilities_as(n, want);
	SAME("run state of the receiver", run_state(n), RS_RUNNING);
}

static void sent_capabilities(struct cap *c)
{
	for (u32 k = 0; k < 4; k++)
		c[k] = now.r->sent[k] ? regs_before[A][now.r->sent[k]] : cap_void();
	if (form() == INV_CALL)
		c[3] = process_resume_cap(p[A].ctx, CT_RESUME);
}

/* The sender's own faults come before everything else. True: that is all. */
static bool sender_fails(void)
{
	u64 at = now.s->at, n = usable(at, now.s->len, false);

	if (now.form >= INV_NR) {
		faults(FAULT_SYSCALL, 0x100);
		return true;
	}
	if (now.s->block == NO_BLOCK || (!block_lost(now.s->block) && !now.s->len))
		return false;
	if (!block_lost(now.s->block) && now.s->len > LONGEST) {
		invoker_is_told(RC_TOO_LONG);
		return true;
	}
	if (!block_lost(now.s->block) && n == now.s->len)
		return false;
	if (prompt())
		invoker_is_told(RC_ADDRESS);
	else
		faults((at + n) >> 12 == DEVICE >> 12 ? FAULT_ACCESS : FAULT_ADDRESS, block_lost(now.s->block) ? HOLE : at + n);
	return true;
}

static void waits_for(u32 n)
{
	struct activity *a = act_of(p[A].ctx);

	if (prompt()) {
		invoker_is_told(RC_WOULD_BLOCK);
		return;
	}
	untouched(A);
	SAME("activity", a ? a->state : 0u, AS_STALLED);
	SAME("what it waits for", a->key, KEY_PROCESS(n < PROCS ? POT_OF(n) : cap_oid(&forwarder[5])));
}

static void message_arrives(u32 n)
{
	struct cap c[4];
	word_t w[4];

	sent_capabilities(c);
	for (u32 k = 0; k < 4; k++)
		w[k] = before[A].x[HAL_REG_A0 + 2 + k];
	invoker_sent_it();
	got(n, w, n == B ? 9 : 0, now.s->len, room(now.s->len, now.b->block), c);
}

static void fault_is_answered(void)
{
	if (form() == INV_CALL) {
		invoker_is_told(RC_REQUEST);
		untouched(C);
		return;
	}
	invoker_sent_it();
	untouched(C); /* word 0 is RC_OK: it tries its instruction again */
	SAME("run state", run_state(C), RS_RUNNING);
	SAME("fault", p[C].ctx->p.fault_code, FAULT_NONE);
}

/* Operations of kernel objects: what they answer, with how long a string. */
static word_t kernel_answers(u64 *len)
{
	*len = 0;
	if (now.target == T_PAGE_READ)
		*len = FRAME_SIZE;
	if (now.target == T_PAGE_WRITE)
		return now.s->len > FRAME_SIZE ? RC_REQUEST : RC_OK;
	return now.target == T_PAGE_READ ? RC_OK : RC_UNKNOWN_OP;
}

static void kernel_object(void)
{
	static const struct cap none[4];
	bool another = form() != INV_CALL && now.r->sent[3] == 12;
	u32 to = form() == INV_CALL ? (u32)A : (u32)C, block = to == A ? now.s->block : now.b->block;
	u64 len, n;
	word_t w[4] = { kernel_answers(&len) };

	if (now.target == T_PAGE_WRITE && w[0] == RC_OK)
		for (u64 k = 0; k < now.s->len; k++)
			SAME("a byte of the page", ((u8 *)frame_data(frame_peek(cap_oid(&object[CT_PAGE]))))[k], pattern(k));
	n = room(len, block);
	SAME("pc", p[A].ctx->regs.pc, 0x104);
	if (to == A || another)
		got(to, w, 0, len, n, none);
	if (!another)
		untouched(C);
	if (to == A)
		return;
	SAME("run state", run_state(A), form() == INV_SEND ? RS_RUNNING : RS_AVAILABLE);
	if (form() == INV_SEND)
		SAME("word 0", word(A, 0), RC_OK);
	capabilities_as(A, regs_before[A]);
}

static void judge(void)
{
	u32 t = now.target;

	if (!to_waiting(t) && !answered_by_kernel(t))
		untouched(C);
	if (sender_fails()) {
		untouched(B);
		return;
	}
	if (!delivered(t) || to_waiting(t))
		untouched(B);
	if (delivered(t))
		message_arrives(to_waiting(t) ? C : B);
	else if (answered_by_kernel(t))
		kernel_object();
	else if (t == T_FAULT)
		fault_is_answered();
	else if (t == T_BUSY || t == T_SELF || t == T_BLOCKED)
		waits_for(t == T_BUSY ? (u32)B : t == T_SELF ? (u32)A : PROCS);
	else
		invoker_is_told(t == T_LIMIT ? RC_NO_ACTIVITY : t == T_TOO_DEEP ? RC_TOO_DEEP : RC_VOID);
}

static void try(u32 f, u32 t, u32 s, u32 b, u32 r)
{
	u32 serial;

	now = (struct combination){ f, t, &sends[s], &buffers[b], &registers[r] };
	prepare();
	cpu0.resched = false;
	if (now.target == T_PAGE_READ)
		for (u32 k = 0; k < FRAME_SIZE; k++)
			((u8 *)frame_data(frame_peek(cap_oid(&object[CT_PAGE]))))[k] = pattern(k);
	serial = state.pin_serial;
	enter(kernel_syscall, A);
	short_ways += serial == state.pin_serial;
	judge();
	check_activities();
	if (++combinations % 512 == 0)
		mm_check();
}

/* A page that is read to where the string lay is not what it was. And is there an object of another kind? */
static bool sensible(u32 t, u32 s, u32 b)
{
	u32 wrong = t >= T_WRONG && t < T_UNKNOWN ? t - T_WRONG : (u32)CT_PAGE;
	bool same_page = t == T_PAGE_READ && sends[s].at >> 12 == buffers[b].at >> 12;

	return (!same_page || !sends[s].len) && cap_is_object(wrong) && wrong != CT_SCHEDULE;
}

static void strings(void **s)
{
	(void)s;
	rooms_clean();
	for (u32 t = 0; t <= T_PAGE_WRITE; t++)
		for (u32 f = 0; f < INV_NR + 2; f++)
			for (u32 k = 0; k < ARRAY_SIZE(sends); k++)
				for (u32 b = 0; b < ARRAY_SIZE(buffers); b++)
					for (u32 r = 0; r < (k % 5 ? 1 : ARRAY_SIZE(registers)); r++)
						if (sensible(t, k, b))
							try(f, t, k, b, r);
	print_message("# matrix: %u combinations with strings, %u by the short way\n", combinations, short_ways);
	assert_true(short_ways > 150);
}

static void targets(void **s)
{
	(void)s;
	rooms_clean();
	for (u32 t = 0; t < T_NR; t++)
		for (u32 f = 0; f < INV_NR + 2; f++)
			for (u32 k = 0; k < ARRAY_SIZE(sends); k++)
				for (u32 r = 0; r < ARRAY_SIZE(registers); r++)
					if (sensible(t, k, 2))
						try(f, t, k, 2, r);
	print_message("# matrix: %u combinations of targets and registers\n", combinations);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup(name, setup)
	const struct CMUnitTest tests[] = { T(strings), T(targets) };

	return cmocka_run_group_tests_name("matrix", tests, NULL, NULL);
}
