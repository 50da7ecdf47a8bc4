/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Process tool: from a capability that only calls a process to the process, for who has its brand. Brands are read in
 * the node, so no process is loaded.
 */
#include "ops.h"

/* The process behind a gate. RC_BAD_CAP also if it is gone. */
static rc_t gate_lookup(const struct cap *c, struct objref *out)
{
	u32 type = cap_type(c);
	rc_t rc;

	if (type != CT_START && type != CT_RESUME && type != CT_FAULT)
		return RC_BAD_CAP;
	rc = cap_lookup(c, out);
	return rc == RC_VOID ? RC_BAD_CAP : rc;
}

/* RC_OK, or RC_NO_ACCESS: a void brand is nobody's. */
static rc_t brand_check(const struct objref *process, const struct cap *brand)
{
	const struct cap *own = &process->node->slot[PS_BRAND];

	return cap_type(own) != CT_VOID && cap_equal(own, brand) ? RC_OK : RC_NO_ACCESS;
}

static rc_t tool_open(struct inv *i)
{
	const struct cap *gate = &i->c[0];
	struct objref ref;
	rc_t rc = gate_lookup(gate, &ref);

	if (rc == RC_OK)
		rc = brand_check(&ref, &i->c[1]);
	if (rc)
		return rc;
	inv_commit(i);
	i->r.w[1] = cap_type(gate);
	i->r.w[2] = cap_type(gate) == CT_START ? cap_payload(gate) : 0;
	i->r.c[0] = obj_cap(ref.frame, ref.index);
	return RC_OK;
}

static rc_t tool_same(struct inv *i)
{
	struct objref one, other;
	rc_t rc = gate_lookup(&i->c[0], &one);

	if (rc == RC_OK)
		rc = gate_lookup(&i->c[1], &other);
	if (rc)
		return rc;
	inv_commit(i);
	i->r.w[1] = brand_check(&one, &other.node->slot[PS_BRAND]) == RC_OK;
	return RC_OK;
}

/* Is what stands in a slot, target or keeper, the start capability of a process with the brand in c[1]? */
static rc_t serves_check(const struct inv *i, const struct cap *start)
{
	struct objref ref;
	rc_t rc = cap_type(start) == CT_START ? cap_lookup(start, &ref) : RC_VOID;

	if (rc)
		return rc == RC_VOID ? RC_NO_ACCESS : rc;
	return brand_check(&ref, &i->c[1]);
}

static rc_t reply_not_opaque(struct inv *i)
{
	struct cap c = i->c[0];

	c.w[3] &= ~(CR_OPAQUE << 24);
	return reply_cap(i, c);
}

static rc_t tool_forwarder(struct inv *i)
{
	struct objref fwd;
	rc_t rc = arg_lookup(i, &fwd);

	if (rc == RC_OK)
		rc = serves_check(i, &fwd.node->slot[0]);
	return rc ? rc : reply_not_opaque(i);
}

static rc_t tool_space(struct inv *i)
{
	struct objref gpt;
	rc_t rc = arg_lookup(i, &gpt);

	if (rc == RC_OK)
		rc = gpt.node->flags & GPT_KEEPER ? serves_check(i, &gpt.node->slot[NODE_SLOTS - 1]) : RC_NO_ACCESS;
	return rc ? rc : reply_not_opaque(i);
}

CAP_OPS(proctool,
	OP(TOOL_OPEN, tool_open),
	OP(TOOL_SAME, tool_same),
	OP(TOOL_FORWARDER, tool_forwarder),
	OP(TOOL_SPACE, tool_space));
