/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Guarded page table: a node's slot operations, and the size of what a slot covers. Anything that changes a gpt takes
 * the hardware mappings made from it (target_prepare). Whether l2v fits the capability's size is seen in the walk.
 */
#include "ops.h"

#define L2V_MAX 63u

static rc_t gpt_get(struct inv *i)
{
	inv_commit(i);
	i->r.w[1] = i->ref.node->l2v;
	i->r.w[2] = i->ref.node->flags;
	return RC_OK;
}

static rc_t gpt_set(struct inv *i)
{
	u32 l2v = arg(i, 1), flags = arg(i, 2);
	struct node *n;
	rc_t rc;

	if (l2v < FRAME_SHIFT || l2v > L2V_MAX || flags & ~GPT_KEEPER)
		return RC_REQUEST;
	rc = target_prepare(i);
	if (rc)
		return rc;
	inv_commit(i);
	n = target_change(i);
	n->l2v = (u8)l2v;
	n->flags = (u16)flags;
	return RC_OK;
}

CAP_OPS(gpt,
	SLOT_OPS,
	OP(MEM_REDUCE, mem_reduce),
	OP(MEM_GUARD, mem_guard),
	OP_OPT(MEM_ATTRIBUTES, CONFIG_MORE_OPS, mem_attributes),
	OP(GPT_GET, gpt_get),
	OP(GPT_SET, gpt_set));
