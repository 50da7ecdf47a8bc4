/* SPDX-License-Identifier: Apache-2.0 */
/* Node: 32 capabilities for the holder's use. All operations are in slots.c. */
#include "ops.h"

CAP_OPS(node,
	SLOT_OPS,
	OP(NODE_REDUCE, mem_reduce),
	OP_OPT(NODE_ATTRIBUTES, CONFIG_MORE_OPS, mem_attributes),
	OP_OPT(NODE_FETCH_PATH, CONFIG_MORE_OPS, node_fetch_path),
	OP_OPT(NODE_SWAP_PATH, CONFIG_MORE_OPS, node_swap_path));
