/* SPDX-License-Identifier: Apache-2.0 */
/* Checkpoint control. A RAM-only system has none behind it: RC_OFFLINE. */
#include <kernel/lib.h>
#include "ops.h"

static rc_t ckpt_take(struct inv *i)
{
	rc_t rc = may_wait(i);
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

	inv_commit(i);
	memset(s, 0, sizeof(*s));
	ckpt_ops->status(s);
	i->r.str = s;
	i->r.len = sizeof(*s);
	return RC_OK;
}

static rc_t ckpt_interval(struct inv *i)
{
	inv_commit(i);
	ckpt_ops->set_interval(arg(i, 1));
	return RC_OK;
}

rc_t cap_checkpoint_invoke(struct inv *i)
{
	static const struct op ops[] = {
		{ OP_CKPT_TAKE, 0, ckpt_take },
		{ OP_CKPT_STATUS, 0, ckpt_status },
		{ OP_CKPT_INTERVAL, 0, ckpt_interval },
	};

	if (!ckpt_ops && arg(i, 0) != OP_TYPE)
		return RC_OFFLINE;
	return OP_DISPATCH(i, ops);
}
