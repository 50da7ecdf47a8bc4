/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Contexts: processes loaded from their nodes, and the changes of run state.
 *
 * A context is found from either of its nodes by the hook word in the frame header. It is
 * written back in a snapshot, and when a frame under it is evicted, destroyed or replaced.
 */
#include <abi/error.h>
#include <kernel/cpu.h>
#include <kernel/lib.h>
#include <kernel/map.h>
#include <kernel/panic.h>
#include <kernel/sched.h>
#include "kernel/ready.h"

struct context contexts[CONFIG_NR_CONTEXTS];
static u32 clock_hand;

struct context *context_of(const struct frame *f, u32 index)
{
	return f->hook[index] ? &contexts[f->hook[index] - 1] : NULL;
}

struct context *context_at(u32 index)
{
	return &contexts[index - 1];
}

static const struct node *proc_node(const struct context *ctx)
{
	return ctx->node;
}

struct node *context_node(struct context *ctx)
{
	frame_pin(ctx->proc);
	return node_writable(ctx->proc, ctx->proc_index);
}

struct cap context_space(const struct context *ctx)
{
	return proc_node(ctx)->slot[PS_SPACE];
}

paddr_t context_root(struct context *ctx)
{
	if (!context_root_known(ctx)) {
		struct cap space = context_space(ctx);

		assert(ctx->epoch == state.epoch);
		ctx->root = map_root(&space);
		ctx->root_serial = !ctx->root || (ctx->act && reserve_of(ctx->act)) ? 0 : state.root_serial;
	}
	return ctx->root;
}

static void write_back(struct context *ctx)
{
	struct node *n = context_node(ctx);
	u8 *raw = (u8 *)&n->slot[PS_NR];

	memcpy(raw, &ctx->p, sizeof(ctx->p));
	hal_regs_save(&ctx->regs, raw + sizeof(ctx->p));
}

void contexts_write_back(void)
{
	for (u32 i = 0; i < CONFIG_NR_CONTEXTS; i++)
		if (contexts[i].proc && contexts[i].epoch == state.epoch)
			write_back(&contexts[i]);
}

void context_unload(struct context *ctx)
{
	if (ctx->epoch == state.epoch)
		write_back(ctx);
	ctx->proc->hook[ctx->proc_index] = 0;
	ctx->caps->hook[ctx->caps_index] = 0;
	if (ctx->act)
		ctx->act->ctx = NULL;
	if (cpu0.current == ctx)
		cpu0.current = NULL;
	ctx->proc = ctx->caps = NULL;
	ctx->root_serial = 0; /* no short way takes it for loaded */
	ctx->epoch = 0;
	ctx->act = NULL;
}

/* P1: both nodes dirty and reserved in this epoch. */
rc_t context_refresh(struct context *ctx)
{
	struct frame *proc = ctx->proc, *caps = ctx->caps;
	rc_t rc;

	ctx->pin = state.pin_serial;
	frame_pin(proc);
	frame_pin(caps);
	if (ctx->epoch == state.epoch)
		return RC_OK;
	rc = frame_make_dirty(proc);
	if (rc == RC_OK)
		rc = frame_make_dirty(caps);
	if (rc == RC_OK)
		ctx->epoch = state.epoch;
	return rc;
}

/* An operation uses a few contexts at a time (CONFIG_NR_CONTEXTS is at least 8), so there is always one to be had. */
static struct context *slot_take(void)
{
	for (u32 i = 0; i < CONFIG_NR_CONTEXTS; i++)
		if (!contexts[i].proc)
			return &contexts[i];
	for (u32 i = 0; i < CONFIG_NR_CONTEXTS; i++) {
		struct context *c = &contexts[clock_hand++ % CONFIG_NR_CONTEXTS];

		if (c != cpu0.current && c->pin != state.pin_serial) {
			context_unload(c);
			return c;
		}
	}
	panic("every context is in use by one operation");
}

static void fill(struct context *ctx, const struct objref *proc, const struct objref *caps)
{
	const u8 *raw = (const u8 *)&proc->node->slot[PS_NR];
	struct activity *a = act_find(proc->frame->oid | proc->index);

	memset(ctx, 0, sizeof(*ctx));
	ctx->index = (u16)(ctx - contexts + 1);
	ctx->oid = proc->frame->oid | proc->index;
	ctx->callers = stall_bucket(KEY_PROCESS(ctx->oid));
	ctx->proc = proc->frame;
	ctx->proc_index = (u8)proc->index;
	ctx->caps = caps->frame;
	ctx->caps_index = (u8)caps->index;
	ctx->node = &frame_pot(proc->frame)->node[proc->index];
	ctx->regnode = &frame_pot(caps->frame)->node[caps->index];
	ctx->epoch = state.epoch;
	ctx->pin = state.pin_serial;
	memcpy(&ctx->p, raw, sizeof(ctx->p));
	ctx->p.layout = HAL_LAYOUT;
	if (ctx->p.run_state > RS_RUNNING)
		ctx->p.run_state = RS_AVAILABLE;
	ctx->p.fault_code = MIN(ctx->p.fault_code, (u8)FAULT_OTHER);
	hal_regs_load(&ctx->regs, raw + sizeof(ctx->p));
	hal_regs_sanitise(&ctx->regs);
	ctx->proc->hook[ctx->proc_index] = ctx->index;
	ctx->caps->hook[ctx->caps_index] = ctx->index;
	if (a) { /* as P2 says, whatever stands in a volume that somebody else has written */
		a->ctx = ctx;
		ctx->act = a;
		ctx->p.flags &= (u16)~PF_STOPPED;
		if (ctx->p.run_state == RS_AVAILABLE)
			ctx->p.run_state = RS_RUNNING;
	} else if (ctx->p.run_state != RS_AVAILABLE) {
		ctx->p.flags |= PF_STOPPED;
	}
}

static rc_t load_new(const struct objref *ref, struct context **out)
{
	const struct cap *cr = &ref->node->slot[PS_CAPREGS];
	const struct abi_process_regs *p = (const void *)&ref->node->slot[PS_NR];
	struct objref caps;
	rc_t rc;

	if (cap_type(cr) != CT_NODE || cap_rights(cr) || (p->layout && p->layout != HAL_LAYOUT))
		return RC_MALFORMED;
	rc = cap_lookup(cr, &caps);
	if (rc)
		return rc == RC_VOID ? RC_MALFORMED : rc;
	if (caps.frame->hook[caps.index])
		return RC_MALFORMED; /* these registers already serve another process */
	rc = frame_make_dirty(ref->frame);
	if (rc == RC_OK)
		rc = frame_make_dirty(caps.frame);
	if (rc)
		return rc;
	*out = slot_take();
	fill(*out, ref, &caps);
	return RC_OK;
}

rc_t process_load(const struct objref *ref, struct context **out)
{
	struct context *ctx = context_of(ref->frame, ref->index);

	if (!ctx)
		return load_new(ref, out);
	*out = ctx;
	return context_refresh(ctx);
}

/* The schedule's parameters into the context: priority, limit, reserve (cap/cap_schedule.c). */
static rc_t schedule_fetch(struct context *ctx)
{
	const struct cap *sc = &proc_node(ctx)->slot[PS_SCHEDULE];
	struct objref ref;
	rc_t rc;

	if (ctx->sched_known)
		return RC_OK;
	if (cap_type(sc) != CT_SCHEDULE) {
		ctx->sched_known = 2;
		return RC_OK;
	}
	rc = cap_lookup(sc, &ref);
	if (rc != RC_OK && rc != RC_VOID)
		return rc;
	ctx->sched_known = rc ? 2 : 1;
	if (rc == RC_OK) {
		const struct cap *par = &ref.node->slot[0];

		ctx->prio = (u8)MIN(par->w[1], (u32)PRIO_NR - 1);
		ctx->sched_limit = par->w[2];
		ctx->sched_oid = cap_oid(sc);
		ctx->use = NULL;
		ctx->reserve = (struct sched_reserve){ par[1].w[1], par[1].w[2] };
		if (IS_ENABLED(CONFIG_RESERVES) && reserve_share(ctx->reserve))
			ctx->sched_known = 3;
		ctx->sched_version = cap_version(sc);
		ref.frame->flags |= FF_SCHEDULE;
	}
	return RC_OK;
}

/* Has it an activity of the schedule that it has now? It may have been given another since it began. */
static bool charged(const struct context *ctx)
{
	const struct activity *a = act_of(ctx);

	return a && ctx->sched_known & 1 && a->sched_oid == ctx->sched_oid && a->sched_version == ctx->sched_version;
}

rc_t process_can_run(struct context *ctx)
{
	rc_t rc = schedule_fetch(ctx);

	if (rc || charged(ctx) || ctx->sched_known == 2)
		return rc;
	return sched_admits(ctx) ? RC_OK : RC_NO_ACTIVITY;
}

static void give_back(struct context *ctx)
{
	struct activity *a = act_of(ctx);

	ctx->act = NULL;
	if (a)
		act_free(a);
}

static struct activity *activity_for(struct context *ctx)
{
	if (!charged(ctx)) {
		give_back(ctx);
		if (ctx->sched_known & 1)
			act_alloc(ctx);
	}
	return act_of(ctx);
}

void process_run(struct context *ctx)
{
	struct activity *a = activity_for(ctx);

	ctx->p.run_state = RS_RUNNING;
	if (!a) {
		ctx->p.flags |= PF_STOPPED;
		return;
	}
	ctx->p.flags &= (u16)~PF_STOPPED;
	token_drop(a); /* what it was at is over */
	a->pending = 0;
	a->restarted = false;
	a->tries = 0;
	a->shares = 0;
	act_ready(a, true);
}

void process_stop(struct context *ctx)
{
	if (ctx->p.run_state != RS_AVAILABLE)
		ctx->p.flags |= PF_STOPPED;
	give_back(ctx);
}

static void raise_count(struct context *ctx)
{
	struct node *n = context_node(ctx);

	if (n->call_count < COUNT_MAX)
		n->call_count++;
	if (ctx->proc->tag.call_count < n->call_count)
		ctx->proc->tag.call_count = n->call_count;
}

void process_wake_from_waiting(struct context *ctx)
{
	raise_count(ctx);
	ctx->p.run_state = RS_RUNNING;
}

void process_available(struct context *ctx)
{
	if (ctx->p.run_state == RS_WAITING)
		raise_count(ctx);
	ctx->p.run_state = RS_AVAILABLE;
	ctx->p.flags = 0;
	give_back(ctx);
	sched_wake_key(KEY_PROCESS(ctx->proc->oid | ctx->proc_index));
}

void process_waiting(struct context *ctx)
{
	raise_count(ctx);
	ctx->p.run_state = RS_WAITING;
	if (ctx->act)
		act_park(act_of(ctx), AS_WAITING, MADE_TO_WAIT);
}

struct cap process_resume_cap(struct context *ctx, u32 type)
{
	u64 count = proc_node(ctx)->call_count;

	return cap_make(type, (u32)(count >> 32), (u32)count, ctx->proc->oid | ctx->proc_index, 0);
}

void context_slot_changed(struct context *ctx, u32 slot)
{
	if (slot == PS_SPACE)
		ctx->root_serial = 0;
	if (slot == PS_SCHEDULE)
		ctx->sched_known = 0;
	if (slot == PS_CAPREGS)
		context_unload(ctx);
}

/* mm hooks: a frame leaves, or its schedules changed. */
void process_frame_unhook(struct frame *f, u32 index)
{
	struct context *ctx = context_of(f, index);

	if (ctx)
		context_unload(ctx);
}

void process_schedule_unhook(struct frame *f)
{
	for (u32 i = 0; i < CONFIG_NR_CONTEXTS; i++)
		if (contexts[i].proc && OID_FRAME(contexts[i].sched_oid) == f->oid)
			contexts[i].sched_known = 0;
	f->flags &= (u8)~FF_SCHEDULE;
}

void contexts_forget_use(const struct use *u)
{
	for (u32 i = 0; i < CONFIG_NR_CONTEXTS; i++)
		if (contexts[i].use == u)
			contexts[i].use = NULL;
}
