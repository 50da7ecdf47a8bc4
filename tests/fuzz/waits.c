/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whoever waits to be let in waits at the right place: at a process that is not available, or at a forwarder that is blocked,
 * to which what it invokes leads now. Else it was not woken when that changed. And whoever runs is the scheduler's first.
 */
#include "fuzz.h"

#include <kernel/cpu.h>
#include <kernel/sched.h>
#include <string.h>

#include "kernel/ready.h"

enum { WOKEN = 0 };
#define UNKNOWN (~(u64)0)

/* What each was at when it was stalled: others may have changed its registers since, which wakes nobody. */
static struct {
	u64 key;
	u32 ctl;
	struct cap target;
} tried[PROCS];

void waits_forget(void)
{
	memset(tried, 0, sizeof(tried));
}

static bool at_process(const struct activity *a)
{
	return a && a->state == AS_STALLED && !a->pending && !a->wake && a->key >> 61 == KEY_PROCESS(0) >> 61;
}

void waits_note(const struct context *ctx)
{
	s32 n = ctx->proc ? proc_number(ctx->oid) : -1;

	if (n < 0)
		return;
	tried[n].key = at_process(ctx->act) ? ctx->act->key : 0;
	tried[n].ctl = hal_msg_ctl(&ctx->regs);
	tried[n].target = ctx->regnode->slot[tried[n].ctl & 31];
}

/* NULL: it is not in memory; *gone: there is no such object. */
static const struct node *node_of(const struct cap *c, u32 kind, bool *gone)
{
	const struct frame *f = frame_peek(OID_FRAME(cap_oid(c)));
	const struct node *n = f && f->use == FU_POT ? &frame_pot(f)->node[OID_INDEX(cap_oid(c))] : NULL;

	*gone = f && (f->use == FU_PAGE || (n && (n->kind != kind || n->version != cap_version(c))));
	return n;
}

static u32 run_state(const struct node *n)
{
	const struct abi_process_regs *p = (const void *)&n->slot[PS_NR];

	for (u32 i = 0; i < CONFIG_NR_CONTEXTS; i++)
		if (contexts[i].proc && contexts[i].node == n)
			return contexts[i].p.run_state;
	return p->run_state;
}

/* The key of the place to which the capability leads; WOKEN: nobody would wait. */
static u64 place(struct cap c)
{
	const struct node *n;
	bool gone;

	for (u32 depth = 0; cap_type(&c) == CT_FORWARDER && cap_rights(&c) & CR_OPAQUE; depth++) {
		n = node_of(&c, NK_FORWARDER, &gone);
		if (gone || depth == FWD_DEPTH)
			return WOKEN;
		if (!n)
			return UNKNOWN;
		if (n->flags & FWD_BLOCKED)
			return KEY_PROCESS(cap_oid(&c));
		c = n->slot[0];
	}
	if (cap_type(&c) != CT_START)
		return WOKEN;
	n = node_of(&c, NK_PROCESS, &gone);
	if (!n)
		return gone ? WOKEN : UNKNOWN;
	return gone || run_state(n) == RS_AVAILABLE ? WOKEN : KEY_PROCESS(cap_oid(&c));
}

static void wait_check(const struct context *ctx, s32 n)
{
	const struct cap *target = &ctx->regnode->slot[tried[n].ctl & 31];
	u64 at;

	if (!at_process(ctx->act) || ctx->act->key != tried[n].key || ctx->regs.pc != PC_CALL ||
	    hal_msg_ctl(&ctx->regs) != tried[n].ctl || !cap_equal(target, &tried[n].target))
		return;
	at = place(*target);
	if (at != UNKNOWN && at != ctx->act->key)
		bug("process %llx waits at %llx; what it invokes leads to %llx", (unsigned long long)ctx->oid,
			(unsigned long long)ctx->act->key, (unsigned long long)at);
}

void waits_check(void)
{
	for (u32 i = 0; i < CONFIG_NR_CONTEXTS; i++)
		if (contexts[i].proc && proc_number(contexts[i].oid) >= 0)
			wait_check(&contexts[i], proc_number(contexts[i].oid));
}

void first_check(void)
{
	const struct reserve *r = cpu0.resched ? NULL : reserve_of(running->act);

	if (cpu0.resched)
		return;
	if (running->act != sched_first())
		bug("process %llx runs, which is not the first", (unsigned long long)running->oid);
	if ((r && r->left ? r : NULL) != ready.charged)
		bug("what process %llx uses of its reserve is not charged", (unsigned long long)running->oid);
	if (ready.charged && (!machine.alarm || machine.alarm > machine.now + r->left / 1000 + 1))
		bug("no alarm ends the budget of process %llx", (unsigned long long)running->oid);
}
