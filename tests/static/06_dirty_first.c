/* SPDX-License-Identifier: Apache-2.0 */
#line 3 "cap/seed06.c"
/* Wrong on purpose: a node is written on a path on which it was not made dirty, so that no log space is reserved for it. */
#include "cap/ops.h"

static rc_t forgot(struct inv *i)
{
	rc_t rc = arg(i, 1) ? frame_make_dirty(i->ref.frame) : RC_OK;

	if (rc)
		return rc;
	inv_commit(i);
	node_writable(i->ref.frame, i->ref.index)->flags = 0; /* rule 6 */
	return RC_OK;
}

static rc_t right(struct inv *i)
{
	rc_t rc = frame_make_dirty(i->ref.frame);

	if (rc)
		return rc;
	inv_commit(i);
	node_writable(i->ref.frame, i->ref.index)->flags = 0;
	return RC_OK;
}

extern const struct op cap_seed_ops[];
const struct op cap_seed_ops[] = {
	OP(NODE_FETCH, forgot),
	OP(NODE_STORE, right),
};
