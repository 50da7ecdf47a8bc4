/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Schedule: priority and activity limit, kept as a number in slot 0 of its node. A fresh one has none: priority 0,
 * limit 0. Limits come from dividing another schedule, or from system control.
 */
#include <kernel/sched.h>
#include "ops.h"

struct sched_params sched_params_get(const struct objref *ref)
{
	const struct cap *c = &ref->node->slot[0];

	return cap_type(c) == CT_NUMBER ? (struct sched_params){ c->w[1], c->w[2] } : (struct sched_params){ 0, 0 };
}

static void reprioritise(oid_t oid, u32 version, u8 prio)
{
	for (u32 k = 0; k < CONFIG_NR_ACTIVITIES; k++) {
		struct activity *a = &activities[k];

		if (a->state != AS_FREE && a->sched_oid == oid && a->sched_version == version)
			act_set_prio(a, prio);
	}
}

void sched_params_set(const struct objref *ref, struct sched_params p)
{
	struct node *n = node_writable(ref->frame, ref->index);

	n->slot[0] = cap_number(p.priority, p.limit, 0);
	process_schedule_unhook(ref->frame);
	reprioritise(ref->frame->oid | ref->index, n->version, (u8)p.priority);
}

static u32 in_use(const struct inv *i)
{
	return sched_in_use(cap_oid(&i->target), cap_version(&i->target));
}

static rc_t sched_get(struct inv *i)
{
	struct sched_params p = sched_params_get(&i->ref);

	inv_commit(i);
	i->r.w[1] = p.priority;
	i->r.w[2] = p.limit;
	i->r.w[3] = in_use(i);
	return RC_OK;
}

/* The giver keeps at least what it uses now; the taker must be fresh, so that no limit is lost. */
static rc_t divide_check(const struct inv *i, struct sched_params own, struct sched_params taker)
{
	if (arg(i, 1) > own.priority || arg(i, 2) > own.limit)
		return RC_REQUEST;
	return taker.limit || own.limit - arg(i, 2) < in_use(i) ? RC_BUSY : RC_OK;
}

static rc_t sched_divide(struct inv *i)
{
	struct sched_params own = sched_params_get(&i->ref);
	struct objref to;
	rc_t rc = arg_lookup(i, &to);

	if (rc)
		return rc;
	if (cap_rights(&i->c[0]) & CR_RO)
		return RC_NO_ACCESS;
	rc = divide_check(i, own, sched_params_get(&to));
	if (rc == RC_OK)
		rc = frame_make_dirty(i->ref.frame);
	if (rc == RC_OK)
		rc = frame_make_dirty(to.frame);
	if (rc)
		return rc;
	inv_commit(i);
	own.limit -= arg(i, 2);
	sched_params_set(&i->ref, own);
	sched_params_set(&to, (struct sched_params){ arg(i, 1), arg(i, 2) });
	return RC_OK;
}

CAP_OPS(schedule, OP(SCHED_GET, sched_get), OP(SCHED_DIVIDE, sched_divide));
