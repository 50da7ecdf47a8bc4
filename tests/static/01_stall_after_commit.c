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

extern const struct op cap_seed_ops[];
const struct op cap_seed_ops[] = {
	OP(NODE_FETCH, late_dirty),
	OP(NODE_STORE, deep),
	OP(NODE_SWAP, right),
};
