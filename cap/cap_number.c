/* SPDX-License-Identifier: Apache-2.0 */
/* Number: 96 bits that say themselves. It has no rights byte, so its operations ask for no right. */
#include "ops.h"

static rc_t number_get(struct inv *i)
{
	inv_commit(i);
	for (u32 k = 1; k < 4; k++)
		i->r.w[k] = i->target.w[k];
	return RC_OK;
}

CAP_OPS(number, OP(NUM_GET, number_get));
