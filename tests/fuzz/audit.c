/* SPDX-License-Identifier: Apache-2.0 */
/* What must hold after every few steps, and after every input. mm_check() knows mm; the rest is looked at from outside. */
#include "fuzz.h"

#include <hal/regs.h>
#include <kernel/cpu.h>
#include <kernel/map.h>
#include <string.h>

#include "kernel/ready.h"
#include "mm/mm.h"

/* ---- activities: P2, P3, and the count of each schedule ---- */

static u32 queued(const struct queue *q, u32 state, u32 prio, u64 bucket, const struct reserve *r)
{
	const struct activity *before = NULL;
	u32 n = 0;

	for (const struct activity *a = q->head; a; before = a, a = a->next, n++) {
		if (a->state != state || a->prev != before || n > CONFIG_NR_ACTIVITIES)
			bug("an activity is in a queue of another state, or the queue is broken");
		if (state == AS_READY ? a->prio != prio || reserve_of(a) != r : stall_bucket(a->key) != &ready.stalled[bucket])
			bug("an activity is in a wrong queue");
	}
	if (q->tail != before)
		bug("a queue does not end where it says");
	return n;
}

/* Of a schedule that has a reserve, which has a queue of its own. */
static u32 reserve_check(const struct use *u)
{
	const struct reserve *r = u->reserve;

	if (r && r->use != u)
		bug("a schedule and its reserve disagree");
	return r && r->queue.head ? queued(&r->queue, AS_READY, r->queue.head->prio, 0, r) : 0;
}

static void activities_check(void)
{
	u32 in[AS_NR] = { 0 }, ready_ones = 0, stalled = 0, count[CONFIG_NR_ACTIVITIES] = { 0 };

	for (u32 i = 0; i < CONFIG_NR_ACTIVITIES; i++) {
		const struct activity *a = &activities[i];

		in[a->state]++;
		if (a->state == AS_FREE)
			continue;
		count[a->use - uses]++;
		if (a->use->oid != a->sched_oid || a->use->version != a->sched_version)
			bug("an activity is counted under another schedule");
		if (a->ctx && (a->ctx->act != a || a->ctx->oid != a->oid))
			bug("an activity and its context disagree");
		for (u32 k = 0; k < i; k++)
			if (activities[k].state != AS_FREE && activities[k].oid == a->oid)
				bug("process %llx has two activities", (unsigned long long)a->oid);
	}
	for (u32 i = 0; i < CONFIG_NR_ACTIVITIES; i++)
		if (uses[i].count != count[i])
			bug("a schedule's count is %u; it has %u activities", uses[i].count, count[i]);
		else
			ready_ones += reserve_check(&uses[i]);
	for (u32 p = 0; p < PRIO_NR; p++) {
		ready_ones += queued(&ready.queue[p], AS_READY, p, 0, NULL);
		if (!ready.queue[p].head != !(ready.mask >> p & 1))
			bug("the mask of ready priorities is wrong");
	}
	for (u32 b = 0; b < STALL_BUCKETS; b++)
		stalled += queued(&ready.stalled[b], AS_STALLED, 0, b, NULL);
	if (ready_ones != in[AS_READY] || stalled != in[AS_STALLED])
		bug("activities are in no queue");
}

/* The reserves of what is in memory, all of which were admitted. */
static void shares_check(void)
{
	u32 sum = 0;

	for (u32 n = 0; n < mm_frames_total(); n++) {
		const struct frame *f = frame_at(n);

		for (u32 i = 0; f->use == FU_POT && i < POT_NODES; i++) {
			const struct node *s = &frame_pot(f)->node[i];

			if (s->kind == NK_SCHEDULE)
				sum += reserve_share((struct sched_reserve){ s->slot[1].w[1], s->slot[1].w[2] });
		}
	}
	if (sum > state.shares || state.shares > 10 * RESERVE_PERCENT)
		bug("reserves of %u thousandths, of which %u are counted", sum, state.shares);
}

/* ---- contexts: P1, and who has an activity ---- */

static void contexts_check(void)
{
	for (u32 i = 0; i < CONFIG_NR_CONTEXTS; i++) {
		const struct context *c = &contexts[i];
		bool active = c->p.run_state != RS_AVAILABLE && !(c->p.flags & PF_STOPPED);

		if (!c->proc)
			continue;
		if (c->proc->hook[c->proc_index] != c->index || c->caps->hook[c->caps_index] != c->index)
			bug("a context is not hooked to its nodes");
		if (c->node->kind != NK_PROCESS || c->regnode->kind != NK_NODE || c->oid != c->node->oid)
			bug("a context serves what is no process");
		if (c->epoch == state.epoch && (c->proc->epoch != state.epoch || c->caps->epoch != state.epoch))
			bug("P1 does not hold");
		if (!c->act == active)
			bug("process %llx in state %u with flags %x has %s activity", (unsigned long long)c->oid, c->p.run_state,
				c->p.flags, c->act ? "an" : "no");
		if (c->p.run_state > RS_RUNNING || c->regs.x[0])
			bug("a context holds registers that are not sane");
	}
}

void audit_now(void)
{
	mm_check();
	activities_check();
	contexts_check();
	if (world_known) {
		shares_check();
		waits_check();
	}
}

/* ---- the victim ---- */

static bool is_secret(u64 v)
{
	return v >> 16 == CANARY >> 16;
}

void victim_checked(const struct context *ctx)
{
	const struct cap *r = ctx->regnode->slot;

	for (u32 k = 18; k < 28; k++)
		if (ctx->regs.x[k] != (CANARY | k))
			bug("the victim's register x%u has changed", k);
	for (u32 k = 0; k < NODE_SLOTS; k++) {
		struct cap c = cap_number((u32)CANARY | k, CANARY >> 32, 0);

		if (k != 24 && k != 25 && k != 26 && k != 30 && !cap_equal(&r[k], &c))
			bug("the victim's capability register %u has changed", k);
	}
}

static void victim_page(u32 k)
{
	const struct frame *f = frame_peek(PROC_OID(VICTIM) + 8 * (k + 1));
	const u64 *w;

	if (!f || f->use != FU_PAGE)
		return;
	w = frame_data(f);
	for (u32 i = 0; i < FRAME_SIZE / 8; i++)
		if (w[i] != (CANARY | i) && (k || i * 8 - (BLOCK & 0xfff) >= 32))
			bug("the victim's page %u has changed at %u", k, i * 8);
}

static void witness_page(void)
{
	const struct frame *f = frame_peek(WITNESS_OID);

	for (u32 i = 0; f && f->use == FU_PAGE && i < FRAME_SIZE / 8; i++)
		if (((const u64 *)frame_data(f))[i] != i)
			bug("what can only be reached through a weak capability has changed at %u", i * 8);
}

static bool of_victim(oid_t oid)
{
	return OID_FRAME(oid) >= PROC_OID(VICTIM) && OID_FRAME(oid) < PROC_OID(VICTIM + 1);
}

/* The upper half of a secret, at any place where a word can be. */
static bool holds_secret(const void *from, u32 bytes)
{
	const u32 *w = from;
	u32 found = 0;

	for (u32 i = 0; i < bytes / 4; i++)
		found |= w[i] == CANARY >> 32;
	return found;
}

void audit_canaries(void)
{
	if (!world_known)
		return;
	victim_page(0);
	victim_page(2);
	witness_page();
	for (u32 n = 0; n < mm_frames_total(); n++) {
		const struct frame *f = frame_at(n);

		if ((f->use == FU_PAGE || f->use == FU_POT) && !of_victim(f->oid) && holds_secret(frame_data(f), FRAME_SIZE))
			bug("a secret of the victim is in frame %llx", (unsigned long long)f->oid);
	}
	for (u32 i = 0; i < CONFIG_NR_CONTEXTS; i++)
		for (u32 k = 0; contexts[i].proc && !of_victim(contexts[i].oid) && k < 32; k++)
			if (is_secret(contexts[i].regs.x[k]))
				bug("a secret of the victim is in register x%u of %llx", k, (unsigned long long)contexts[i].oid);
}
