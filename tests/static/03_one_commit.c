/* SPDX-License-Identifier: Apache-2.0 */
#line 3 "cap/seed03.c"
/* Wrong on purpose: no commit, two of them, an error after it. */
#include "cap/ops.h"

static rc_t none(struct inv *i)
{
	rc_t rc = may_wait(i); /* rule 3 */

	if (rc)
		return rc;
	i->r.w[1] = 1;
	return RC_OK;
}

static rc_t twice(struct inv *i)
{
	inv_commit(i);
	return reply_cap(i, cap_void()); /* rule 3: reply_cap() commits, too */
}

static rc_t error_after(struct inv *i)
{
	inv_commit(i); /* rule 3 */
	return arg(i, 1) > 3 ? RC_REQUEST : RC_OK;
}

/* An option of the configuration says whether it is there. */
static rc_t optional(struct inv *i)
{
	i->r.w[1] = 2; /* rule 3 */
	return RC_OK;
}

/* Nobody can say what that will be. */
static rc_t chosen(struct inv *i)
{
	rc_t rc[2] = { RC_OK, RC_REQUEST }; /* rule 3 */

	return rc[arg(i, 1) & 1];
}

static rc_t right(struct inv *i)
{
	if (arg(i, 1) > 3)
		return RC_REQUEST;
	inv_commit(i);
	return RC_OK;
}

extern const struct op cap_seed_ops[];
const struct op cap_seed_ops[] = {
	OP(NODE_FETCH, none),
	OP(NODE_STORE, twice),
	OP(NODE_SWAP, error_after),
	OP(NODE_CLEAR, right),
	OP(NODE_NUMBER, chosen),
	OP_OPT(NODE_CLONE, CONFIG_MORE_OPS, optional),
};
