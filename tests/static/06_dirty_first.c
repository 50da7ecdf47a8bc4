/* SPDX-License-Identifier: Apache-2.0 */
#line 3 "cap/seed06.c"
/* Wrong on purpose: a node is written on a path on which it was not made dirty, so that no log space is reserved for it;
 * and content is written past the functions that ask whether it was. */
#include <kernel/lib.h>
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

static rc_t straight(struct inv *i)
{
	inv_commit(i);
	i->ref.node->slot[1] = i->c[0]; /* rule 6 */
	return RC_OK;
}

static rc_t pot(struct inv *i)
{
	struct node *n = &frame_pot(i->ref.frame)->node[i->ref.index];

	inv_commit(i);
	n->l2v = 12; /* rule 6 */
	return RC_OK;
}

static rc_t zeroed(struct inv *i)
{
	inv_commit(i);
	memset(frame_data(i->ref.frame), 0, FRAME_SIZE); /* rule 6 */
	return RC_OK;
}

static rc_t word(struct inv *i)
{
	u32 *p = frame_data(i->ref.frame);

	inv_commit(i);
	p[1] = 1; /* rule 6 */
	return RC_OK;
}

static void clear_flags(struct node *n)
{
	n->flags = 0;
}

static rc_t helper(struct inv *i)
{
	inv_commit(i);
	clear_flags(i->ref.node); /* rule 6 */
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
	OP(NODE_CLEAR, straight),
	OP(NODE_SWAP, pot),
	OP(PAGE_ZERO, zeroed),
	OP(PAGE_WRITE, word),
	OP(NODE_CLONE, helper),
};
