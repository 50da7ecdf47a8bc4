/* SPDX-License-Identifier: Apache-2.0 */
#line 3 "kernel/seed05.c"
/* Wrong on purpose: a process that is found in the table is changed, though its nodes may be clean. */
#include <hal/hal.h>
#include <kernel/lib.h>
#include <kernel/sched.h>

void seed_state(struct frame *f, u32 index);
void seed_registers(struct activity *a);
void seed_deep(struct activity *a);
void seed_table(u32 k);
void seed_inner(struct activity *a);
void seed_cleared(struct activity *a);
rc_t seed_right(struct activity *a);
rc_t seed_loaded(const struct objref *ref);

void seed_state(struct frame *f, u32 index)
{
	struct context *ctx = context_of(f, index);

	if (ctx)
		ctx->p.run_state = RS_AVAILABLE; /* rule 5 */
}

void seed_registers(struct activity *a)
{
	struct context *ctx = a->ctx;

	hal_msg_set_word(&ctx->regs, 0, RC_DESTROYED); /* rule 5 */
}

void seed_deep(struct activity *a)
{
	process_stop(a->ctx); /* rule 5 */
}

void seed_table(u32 k)
{
	activities[k].ctx->p.run_state = RS_AVAILABLE; /* rule 5 */
}

void seed_inner(struct activity *a)
{
	struct abi_process_regs *p = &a->ctx->p;

	p->run_state = RS_AVAILABLE; /* rule 5 */
}

void seed_cleared(struct activity *a)
{
	memset(&a->ctx->regs, 0, sizeof(a->ctx->regs)); /* rule 5 */
}

rc_t seed_right(struct activity *a)
{
	struct context *ctx = a->ctx;
	rc_t rc = context_refresh(ctx);

	if (rc == RC_OK)
		hal_msg_set_word(&ctx->regs, 0, RC_DESTROYED);
	return rc;
}

rc_t seed_loaded(const struct objref *ref)
{
	struct context *ctx = context_of(ref->frame, ref->index);
	rc_t rc = process_load(ref, &ctx);

	if (rc == RC_OK)
		ctx->p.run_state = RS_AVAILABLE;
	return rc;
}
