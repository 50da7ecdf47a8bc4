/* SPDX-License-Identifier: Apache-2.0 */
#line 3 "cap/seed13.c"
/* Wrong on purpose: a function of cap/ that nobody reads in one go. */
#include "cap/ops.h"

rc_t seed_long(struct inv *i);

rc_t seed_long(struct inv *i) /* rule 13 */
{
	inv_commit(i);
	i->r.w[1] += arg(i, 2);
	i->r.w[2] += arg(i, 3);
	i->r.w[3] += arg(i, 0);
	i->r.w[0] += arg(i, 1);
	i->r.w[1] += arg(i, 2);
	i->r.w[2] += arg(i, 3);
	i->r.w[3] += arg(i, 0);
	i->r.w[0] += arg(i, 1);
	i->r.w[1] += arg(i, 2);
	i->r.w[2] += arg(i, 3);
	i->r.w[3] += arg(i, 0);
	i->r.w[0] += arg(i, 1);
	i->r.w[1] += arg(i, 2);
	i->r.w[2] += arg(i, 3);
	i->r.w[3] += arg(i, 0);
	i->r.w[0] += arg(i, 1);
	i->r.w[1] += arg(i, 2);
	i->r.w[2] += arg(i, 3);
	i->r.w[3] += arg(i, 0);
	i->r.w[0] += arg(i, 1);
	i->r.w[1] += arg(i, 2);
	i->r.w[2] += arg(i, 3);
	i->r.w[3] += arg(i, 0);
	i->r.w[0] += arg(i, 1);
	i->r.w[1] += arg(i, 2);
	i->r.w[2] += arg(i, 3);
	i->r.w[3] += arg(i, 0);
	i->r.w[0] += arg(i, 1);
	i->r.w[1] += arg(i, 2);
	i->r.w[2] += arg(i, 3);
	i->r.w[3] += arg(i, 0);
	i->r.w[0] += arg(i, 1);
	i->r.w[1] += arg(i, 2);
	i->r.w[2] += arg(i, 3);
	i->r.w[3] += arg(i, 0);
	i->r.w[0] += arg(i, 1);
	i->r.w[1] += arg(i, 2);
	i->r.w[2] += arg(i, 3);
	i->r.w[3] += arg(i, 0);
	i->r.w[0] += arg(i, 1);
	i->r.w[1] += arg(i, 2);
	i->r.w[2] += arg(i, 3);
	i->r.w[3] += arg(i, 0);
	i->r.w[0] += arg(i, 1);
	i->r.w[1] += arg(i, 2);
	i->r.w[2] += arg(i, 3);
	i->r.w[3] += arg(i, 0);
	i->r.w[0] += arg(i, 1);
	i->r.w[1] += arg(i, 2);
	i->r.w[2] += arg(i, 3);
	i->r.w[3] += arg(i, 0);
	i->r.w[0] += arg(i, 1);
	i->r.w[1] += arg(i, 2);
	i->r.w[2] += arg(i, 3);
	i->r.w[3] += arg(i, 0);
	i->r.w[0] += arg(i, 1);
	return RC_OK;
}
