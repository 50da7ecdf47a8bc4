/* SPDX-License-Identifier: Apache-2.0 */
#line 3 "cap/seed10.c"
/* Wrong on purpose: ways out of a node that do not ask whether the capability through which it is read is weak. */
#include <kernel/lib.h>
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

static rc_t copied(struct inv *i)
{
	inv_commit(i);
	memcpy(&i->r.c[0], &i->ref.node->slot[1], sizeof(struct cap)); /* rule 10 */
	return RC_OK;
}

static rc_t array(struct inv *i)
{
	const struct cap *c = i->ref.node->slot;

	return reply_cap(i, c[arg(i, 1) & 31]); /* rule 10 */
}

static rc_t moved(struct inv *i)
{
	const struct cap *c = i->ref.node->slot;

	c += arg(i, 1) & 31;
	return reply_cap(i, *c); /* rule 10 */
}

static struct cap what_is_at(const struct cap *c)
{
	return *c;
}

static rc_t helper(struct inv *i)
{
	return reply_cap(i, what_is_at(&i->ref.node->slot[1])); /* rule 10 */
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
	OP(NODE_CLEAR, copied),
	OP(NODE_CLONE, array),
	OP(NODE_NUMBER, moved),
	OP(GPT_GET, helper),
};
