/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Notices: bits that are posted to a process without waiting for it, and delivered in its open wait.
 *
 * N1 An available process has no notice that is due: posted and not held back. So whoever makes one available, or changes
 * bits or mask of one that is, delivers. Delivery needs an activity of the process's schedule, which is looked for in
 * the prepare phase: a notice is never lost for want of one, its poster is told instead.
 * A process that returns keeps the activity that it has.
 */
#include <kernel/sched.h>

static bool due(u32 bits, u32 mask)
{
	return IS_ENABLED(CONFIG_NOTICE) && (bits & ~mask & NOTICE_ALL);
}

bool notice_due(const struct context *ctx)
{
	return due(ctx->p.notice_bits, ctx->p.notice_mask);
}

static void notice_deliver(struct context *ctx)
{
	struct message m = { .facet = FACET_NOTICE, .w = { OP_NOTICE, ctx->p.notice_bits & ~ctx->p.notice_mask & NOTICE_ALL } };
	const struct user_pages none = { .len = 0 };

	ctx->p.notice_bits &= ctx->p.notice_mask;
	deliver(ctx, &m, &none);
}

rc_t notice_prepare(struct context *ctx, u32 bits, u32 mask)
{
	return ctx->p.run_state == RS_AVAILABLE && due(bits, mask) ? process_can_run(ctx) : RC_OK;
}

void notice_set(struct context *ctx, u32 bits, u32 mask)
{
	ctx->p.notice_bits = bits & NOTICE_ALL;
	ctx->p.notice_mask = mask & NOTICE_ALL;
	if (ctx->p.run_state != RS_AVAILABLE || !notice_due(ctx))
		return;
	notice_deliver(ctx);
	process_run(ctx);
}

void process_open_wait(struct context *ctx)
{
	if (notice_due(ctx))
		notice_deliver(ctx);
	else
		process_available(ctx);
}
