/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Discrim: what kind of capability is it, without invoking it. A capability to a destroyed object counts as void;
 * one whose object cannot be read is judged by its bits.
 */
#include "ops.h"

/* RC_OK with *c made void if its object is gone, or RC_STALL. */
static rc_t see(const struct cap *given, struct cap *c)
{
	struct objref ref;
	rc_t rc = cap_is_object(cap_type(given)) ? cap_lookup(given, &ref) : RC_OK;

	*c = rc == RC_VOID || cap_of_earlier_boot(given) ? cap_void() : *given;
	return rc == RC_STALL ? rc : RC_OK;
}

static u32 class_of(const struct cap *c)
{
	if (IS_ENABLED(CONFIG_USER_DRIVERS) && cap_is_device(cap_type(c)))
		return CLASS_DEVICE;
	switch (cap_type(c)) {
	case CT_VOID:
		return CLASS_VOID;
	case CT_NUMBER:
		return CLASS_NUMBER;
	case CT_RESUME:
	case CT_FAULT:
		return CLASS_RESUME;
	case CT_PAGE:
	case CT_NODE:
	case CT_GPT:
		return CLASS_MEMORY;
	case CT_SCHEDULE:
		return CLASS_SCHEDULE;
	default:
		return CLASS_OTHER;
	}
}

static rc_t discrim_classify(struct inv *i)
{
	struct cap c;
	rc_t rc = see(&i->c[0], &c);

	if (rc)
		return rc;
	inv_commit(i);
	i->r.w[1] = class_of(&c);
	return RC_OK;
}

/* Guard and size say where a memory capability puts its object, not which one it is. */
static struct cap without_guard(struct cap c)
{
	if (cap_is_memory(cap_type(&c)))
		c.w[0] = cap_type(&c);
	return c;
}

static rc_t discrim_same(struct inv *i)
{
	struct cap a, b;
	rc_t rc = see(&i->c[0], &a);

	if (rc == RC_OK)
		rc = see(&i->c[1], &b);
	if (rc)
		return rc;
	a = without_guard(a);
	b = without_guard(b);
	inv_commit(i);
	i->r.w[1] = cap_equal(&a, &b);
	return RC_OK;
}

/*
 * Discreet is what weakening leaves as it is: so all that is fetched through a weak capability is discreet. A page
 * holds no capability, so that weak and no-call add nothing to a read-only one.
 */
static rc_t discrim_discreet(struct inv *i)
{
	struct cap c, weak;
	rc_t rc = see(&i->c[0], &c);

	if (rc)
		return rc;
	if (cap_type(&c) == CT_PAGE)
		c.w[3] |= (CR_WEAK | CR_NOCALL) << 24;
	weak = cap_weaken(c);
	inv_commit(i);
	i->r.w[1] = cap_equal(&c, &weak);
	return RC_OK;
}

CAP_OPS(discrim,
	OP(DISCRIM_CLASSIFY, discrim_classify),
	OP(DISCRIM_SAME, discrim_same),
	OP_OPT(DISCRIM_DISCREET, CONFIG_MORE_OPS, discrim_discreet));
