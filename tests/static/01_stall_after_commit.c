/* SPDX-License-Identifier: Apache-2.0 */
#line 3 "cap/seed01.c"
/* Wrong on purpose (tests/system/test_static.py): each line marked "rule N" must be found, and no other. */
#include "cap/ops.h"

static rc_t late_dirty(struct inv *i)
{
	rc_t rc = frame_make_dirty(i->ref.frame);

	if (rc)
		return rc;
	inv_commit(i);
	if (arg(i, 1))
		return stall_on(KEY_LOG); /* rule 1 */
	return RC_OK;
}

static rc_t deep(struct inv *i)
{
	struct objref ref;

	inv_commit(i);
	if (cap_lookup(&i->c[0], &ref) == RC_OK) /* rule 1, rule 2 */
		i->r.w[1] = 1;
	return RC_OK;
}

static rc_t right(struct inv *i)
{
	struct objref ref;
	rc_t rc = cap_lookup(&i->c[0], &ref);

	if (rc)
		return rc;
	inv_commit(i);
	i->r.w[1] = ref.index;
	return RC_OK;
}

rc_t cap_seed_invoke(struct inv *i)
{
	static const struct op ops[] = {
		{ OP_NODE_FETCH, 0, late_dirty },
		{ OP_NODE_STORE, 0, deep },
		{ OP_NODE_SWAP, 0, right },
	};

	return OP_DISPATCH(i, ops);
}
