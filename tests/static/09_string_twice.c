/* SPDX-License-Identifier: Apache-2.0 */
#line 3 "cap/seed09.c"
/* Wrong on purpose: a string that is read a second time, where a function of the room hides the first. */
#include "cap/ops.h"

static rc_t twice(struct inv *i)
{
	rc_t rc = string_to_scratch(i, 64);

	if (rc == RC_OK)
		rc = string_to_scratch(i, 64); /* rule 9 */
	if (rc)
		return rc;
	inv_commit(i);
	return RC_OK;
}

static rc_t mixed(struct inv *i)
{
	u32 first;
	rc_t rc = string_to_scratch(i, 64);

	if (rc)
		return rc;
	inv_string_in(i, 0, &first, sizeof(first)); /* rule 9 */
	inv_commit(i);
	i->r.w[1] = first;
	return RC_OK;
}

static rc_t right(struct inv *i)
{
	u32 first;
	rc_t rc = string_to_scratch(i, 64);

	if (rc)
		return rc;
	inv_commit(i);
	inv_string_in(i, 64, &first, sizeof(first));
	i->r.w[1] = first;
	return RC_OK;
}

extern const struct op cap_seed_ops[];
const struct op cap_seed_ops[] = {
	OP(PAGE_WRITE, twice),
	OP(PAGE_READ, mixed),
	OP(PAGE_ZERO, right),
};
