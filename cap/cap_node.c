/* SPDX-License-Identifier: Apache-2.0 */
/* Node: 32 capabilities for the holder's use. All operations are in slots.c. */
#include "ops.h"

CAP_OPS(node, OP(NODE_REDUCE, mem_reduce), SLOT_OPS);
