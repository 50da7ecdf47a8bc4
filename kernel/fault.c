/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Faults become invocations of a keeper: the innermost keeper on the path of a memory fault,
 * else the process keeper. Without one the process stops, visible to a debugger and in the log.
 */
#include <kernel/map.h>
#include <kernel/panic.h>
#include <kernel/entry.h>
#include <kernel/sched.h>

static const char *const fault_names[] = {
	[FAULT_NONE] = "none",	     [FAULT_ADDRESS] = "invalid address",
	[FAULT_ACCESS] = "access",   [FAULT_MALFORMED] = "malformed space",
	[FAULT_DAMAGED] = "damaged", [FAULT_ILLEGAL] = "illegal instruction",
	[FAULT_ARITHMETIC] = "arithmetic", [FAULT_BREAKPOINT] = "breakpoint",
	[FAULT_SYSCALL] = "malformed invocation", [FAULT_OTHER] = "other",
};

static void record(struct context *ctx, u32 code, u64 addr, u64 info)
{
	ctx->p.fault_code = (u8)code;
	ctx->p.fault_addr = addr;
	ctx->p.fault_info = info;
}

static rc_t stop(struct context *ctx, u32 code, u64 addr, u64 info)
{
	record(ctx, code, addr, info);
	klog("process %llx stopped: fault %s at %llx, pc %llx\n",
	     (unsigned long long)(ctx->proc->oid | ctx->proc_index), fault_names[code],
	     (unsigned long long)addr, (unsigned long long)hal_regs_pc(&ctx->regs));
	cpu0.committed = true;
	process_stop(ctx);
	return RC_OK;
}

/* What is told of a fault, and to whom. */
struct telling {
	struct context *to;
	struct message m;
};

/*
 * The keeper's process, maybe behind forwarders, if it can take a fault of ctx now. It is neither that nor who waits for it;
 * else: an error.
 */
static rc_t keeper_find(struct cap keeper, const struct context *ctx, const struct context *waits, struct telling *t)
{
	struct objref ref;
	rc_t rc;

	t->m = (struct message){ .w = { OP_FAULT, 0, 0, (word_t)hal_regs_pc(&ctx->regs) } };
	rc = follow_forwarders(&keeper, &t->m.w[3], &t->m.c[2], false);
	if (rc == RC_OK)
		rc = cap_type(&keeper) == CT_START ? cap_lookup(&keeper, &ref) : RC_VOID;
	if (rc == RC_OK)
		rc = process_load(&ref, &t->to);
	if (rc)
		return rc;
	if (t->to == ctx || t->to == waits)
		return RC_VOID;
	if (t->to->p.run_state != RS_AVAILABLE)
		return stall_on(KEY_PROCESS(cap_oid(&keeper)));
	t->m.facet = cap_payload(&keeper);
	return process_can_run(t->to);
}

/* Perform phase, after keeper_find(). ctx has an activity. */
static void keeper_call(struct context *ctx, struct telling *t, u32 code, u64 addr, u64 info)
{
	const struct user_pages none = { .len = 0 };

	cpu0.committed = true;
	record(ctx, code, addr, info);
	ctx->p.run_state = RS_WAITING;
	act_park(act_of(ctx), AS_WAITING, 0);
	t->m.w[1] = code;
	t->m.w[2] = (word_t)addr;
	t->m.c[3] = process_resume_cap(ctx, CT_FAULT);
	deliver(t->to, &t->m, &none);
	process_run(t->to);
}

static const struct cap *keeper_of(const struct context *ctx, const struct walk *w)
{
	return w && w->keeper ? w->keeper : &ctx->node->slot[PS_KEEPER];
}

rc_t fault_deliver(struct context *ctx, u32 code, u64 addr, u64 info, const struct walk *w)
{
	struct telling t;
	rc_t rc = keeper_find(*keeper_of(ctx, w), ctx, ctx, &t);

	if (rc == RC_STALL) {
		cpu0.stall_for = KEY_PROCESS(ctx->oid);
		return rc;
	}
	if (rc)
		return stop(ctx, code, addr, info);
	keeper_call(ctx, &t, code, addr, info);
	return RC_OK;
}

/*
 * The receiver gets its activity first: its keeper may need one of the same schedule. If the keeper cannot be asked
 * nothing has happened, since nobody sees an activity that is given back in the same step.
 */
rc_t fault_of_receiver(struct context *ctx, const struct context *sender, const struct walk *w)
{
	struct telling t;
	rc_t rc;

	if (!w->keeper || !(ctx->sched_known & 1))
		return RC_OK;
	(void)act_alloc(ctx);
	rc = keeper_find(*w->keeper, ctx, sender, &t);
	if (rc) {
		process_stop(ctx);
		cpu0.stall_for = KEY_PROCESS(ctx->oid);
		return rc == RC_STALL ? rc : RC_OK;
	}
	ctx->p.flags = PF_RECEIVES;
	keeper_call(ctx, &t, w->fault, w->va, w->access);
	return RC_OK;
}

static struct context *finish(struct context *ctx, rc_t rc)
{
	op_end(ctx, rc);
	return kernel_exit(ctx);
}

static void begin(struct context *ctx)
{
	assert(ctx->proc && ctx->epoch == state.epoch && ctx->act);
	op_begin(act_of(ctx));
	frame_pin(ctx->proc);
	frame_pin(ctx->caps);
}

static __attribute__((noinline)) struct context *page_fault(struct context *ctx, uaddr_t va, enum access access)
{
	struct walk w;
	rc_t rc;

	begin(ctx);
	rc = map_fault(&ctx->node->slot[PS_SPACE], va, access, &w);
	if (rc != RC_STALL && w.fault) {
		const struct cap *keeper = keeper_of(ctx, &w);
		struct context *next = NULL;

		if (IS_ENABLED(CONFIG_FASTPATH) && cap_type(keeper) == CT_START)
			next = fast_fault(ctx, keeper, w.fault, va, access);
		if (next)
			return next;
		rc = fault_deliver(ctx, w.fault, va, access, &w);
	}
	return finish(ctx, rc);
}

/* A first try (so that it has not the token) of what runs, and nothing has happened since: it goes on if it can. */
static inline bool fits_short(const struct context *ctx)
{
	return IS_ENABLED(CONFIG_FAST_FAULT) && !cpu0.resched && !ctx->act->tries && context_root_known(ctx) &&
	       (uintptr_t)ctx->root == (uintptr_t)cpu0.loaded_root;
}

struct context *kernel_page_fault(struct context *ctx, uaddr_t va, u32 access)
{
	if (fits_short(ctx) && map_fault_short((uintptr_t)ctx->root, (uintptr_t)va, (enum access)access))
		return ctx;
	return page_fault(ctx, va, (enum access)access);
}

struct context *kernel_exception(struct context *ctx, u32 fault, u64 info)
{
	u64 pc = hal_regs_pc(&ctx->regs);
	rc_t rc;

	begin(ctx);
	rc = fault_deliver(ctx, fault, pc, info, NULL);
	if (rc == RC_STALL) { /* the instruction may be over: running it again would not tell */
		record(ctx, fault, pc, info);
		ctx->p.flags |= PF_FAULT_DUE;
	}
	return finish(ctx, rc);
}

void fault_deliver_late(struct context *ctx)
{
	rc_t rc;

	ctx->pin = state.pin_serial;
	frame_pin(ctx->proc);
	frame_pin(ctx->caps);
	rc = fault_deliver(ctx, ctx->p.fault_code, ctx->p.fault_addr, ctx->p.fault_info, NULL);
	if (rc == RC_OK)
		ctx->p.flags &= (u16)~PF_FAULT_DUE;
	op_end(ctx, rc);
}
