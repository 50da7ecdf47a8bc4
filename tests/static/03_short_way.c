/* SPDX-License-Identifier: Apache-2.0 */
#line 3 "kernel/fastpath_seed.c"
/* Wrong on purpose: the short way of a system call gives up when it has already changed something. */
#include <kernel/sched.h>

struct context *fast_wrong(struct context *ctx, struct context *to);
struct context *fast_wrong_too(struct context *ctx, struct context *to);
struct context *fast_right(struct context *ctx, struct context *to);

struct context *fast_wrong(struct context *ctx, struct context *to)
{
	ctx->p.run_state = RS_WAITING; /* rule 3 */
	if (!to->act)
		return NULL;
	return to;
}

struct context *fast_wrong_too(struct context *ctx, struct context *to)
{
	ctx->p.run_state = RS_WAITING; /* rule 3 */
	if (!to->act)
		return syscall_general(ctx);
	return to;
}

struct context *fast_right(struct context *ctx, struct context *to)
{
	if (!to->act)
		return syscall_general(ctx);
	ctx->p.run_state = RS_WAITING;
	return to;
}
