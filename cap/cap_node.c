/* SPDX-License-Identifier: Apache-2.0 */
/* Node: 32 capabilities for the holder's use. All operations are in slots.c. */
#include "ops.h"

rc_t cap_node_invoke(struct inv *i)
{
	static const struct op ops[] = { { OP_NODE_REDUCE, 0, mem_reduce }, SLOT_OPS };

	return OP_DISPATCH(i, ops);
}
