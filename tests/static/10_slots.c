/* SPDX-License-Identifier: Apache-2.0 */
#line 3 "cap/seed10.c"
/* Wrong on purpose: ways out of a node that do not ask whether the capability through which it is read is weak. */
#include "cap/ops.h"

static rc_t straight(struct inv *i)
{
	return reply_cap(i, i->ref.node->slot[1]); /* rule 10 */
}

static rc_t pointer(struct inv *i)
{
	const struct cap *c = &i->ref.node->slot[arg(i, 1) & 31];

	inv_commit(i);
	i->r.c[0] = *c; /* rule 10 */
	return RC_OK;
}

static rc_t right(struct inv *i)
{
	return reply_cap(i, fetched(&i->target, i->ref.node->slot[1]));
}

extern const struct op cap_seed_ops[];
const struct op cap_seed_ops[] = {
	OP(NODE_FETCH, straight),
	OP(NODE_STORE, pointer),
	OP(NODE_SWAP, right),
};
