/* SPDX-License-Identifier: Apache-2.0 */
/* Checkpoint control. A RAM-only system has none behind it: RC_OFFLINE. */
#include <kernel/lib.h>
#include "ops.h"

static rc_t ckpt_take(struct inv *i)
{
	rc_t rc = ckpt_ops ? may_wait(i) : RC_OFFLINE;
	u64 g;

	if (rc)
		return rc;
	inv_commit(i);
	g = ckpt_ops->request();
	if (g > ckpt_ops->committed())
		inv_wait(i, AS_CKPT, g);
	else
		i->r.w[0] = RC_OFFLINE; /* the volume is not written to: none will come */
	return RC_OK;
}

static rc_t ckpt_status(struct inv *i)
{
	struct abi_ckpt_status *s = inv_scratch();

	if (!ckpt_ops)
		return RC_OFFLINE;
	inv_commit(i);
	memset(s, 0, sizeof(*s));
	ckpt_ops->status(s);
	i->r.str = s;
	i->r.len = sizeof(*s);
	return RC_OK;
}

static rc_t ckpt_interval(struct inv *i)
{
	if (!ckpt_ops)
		return RC_OFFLINE;
	inv_commit(i);
	ckpt_ops->set_interval(arg(i, 1));
	return RC_OK;
}

CAP_OPS(checkpoint,
	OP(CKPT_TAKE, ckpt_take),
	OP(CKPT_STATUS, ckpt_status),
	OP(CKPT_INTERVAL, ckpt_interval));
