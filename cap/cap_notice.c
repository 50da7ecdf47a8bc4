/* SPDX-License-Identifier: Apache-2.0 */
/* Notice: posts bits to a process; and what a process capability can do about them. Delivery: kernel/notice.c. */
#include "ops.h"

/* The bits that are asked for, of those that the capability has. */
static rc_t bits_check(const struct inv *i)
{
	u32 bits = arg(i, 1);

	if (!bits || bits & ~NOTICE_ALL)
		return RC_REQUEST;
	return bits & ~cap_payload(&i->target) ? RC_NO_ACCESS : RC_OK;
}

static rc_t notice_post(struct inv *i)
{
	struct context *to;
	rc_t rc = bits_check(i);

	if (rc == RC_OK)
		rc = process_load(&i->ref, &to);
	if (rc == RC_OK)
		rc = notice_prepare(to, to->p.notice_bits | arg(i, 1), to->p.notice_mask);
	if (rc)
		return rc;
	inv_commit(i);
	notice_set(to, to->p.notice_bits | arg(i, 1), to->p.notice_mask);
	return RC_OK;
}

static rc_t notice_reduce(struct inv *i)
{
	rc_t rc = bits_check(i);
	struct cap c = i->target;

	if (rc)
		return rc;
	c.w[0] = CT_NOTICE | arg(i, 1) << 8;
	return reply_cap(i, c);
}

CAP_OPS(notice,
	OP(NOTICE_POST, notice_post),
	OP(NOTICE_REDUCE, notice_reduce));

/* ---- a process's own side ---- */

rc_t proc_notice_cap(struct inv *i)
{
	const struct cap *c = &i->target;

	if (!arg(i, 1) || arg(i, 1) & ~NOTICE_ALL)
		return RC_REQUEST;
	return reply_cap(i, cap_make(CT_NOTICE, arg(i, 1), cap_version(c), cap_oid(c), 0));
}

/* Also a process's own: it is delivered in an open wait only, so nothing happens to who runs or waits for a reply. */
rc_t proc_notices(struct inv *i)
{
	u32 mask = arg(i, 1);
	struct context *ctx;
	rc_t rc = process_load(&i->ref, &ctx);

	if (rc == RC_OK)
		rc = notice_prepare(ctx, ctx->p.notice_bits, mask);
	if (rc)
		return rc;
	inv_commit(i);
	i->r.w[1] = ctx->p.notice_bits;
	i->r.w[2] = ctx->p.notice_mask;
	notice_set(ctx, ctx->p.notice_bits, mask);
	return RC_OK;
}
