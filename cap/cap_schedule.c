/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Schedule: priority and activity limit, and a reserve, kept as numbers in slots 0 and 1 of its node. A fresh one has
 * none: priority 0, limit 0, no reserve. They come from dividing another schedule, or from system control.
 */
#include <kernel/sched.h>
#include "ops.h"

struct sched_params sched_params_get(const struct objref *ref)
{
	const struct cap *c = ref->node->slot;

	return (struct sched_params){ c[0].w[1], c[0].w[2], { c[1].w[1], c[1].w[2] } };
}

void sched_params_set(const struct objref *ref, struct sched_params p)
{
	struct node *n = node_writable(ref->frame, ref->index);
	struct sched_params old = sched_params_get(ref);

	state.limits += p.limit - MIN(old.limit, state.limits);
	state.shares += reserve_share(p.reserve) - MIN(reserve_share(old.reserve), state.shares);
	n->slot[0] = cap_number(p.priority, p.limit, 0);
	n->slot[1] = cap_number(p.reserve.period, p.reserve.budget, 0);
	process_schedule_unhook(ref->frame);
	sched_change(ref->frame->oid | ref->index, n->version, (u8)p.priority, p.reserve);
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

static rc_t sched_reserve(struct inv *i)
{
	struct sched_params p = sched_params_get(&i->ref);

	inv_commit(i);
	i->r.w[1] = p.reserve.period;
	i->r.w[2] = p.reserve.budget;
	i->r.w[3] = sched_missed(cap_oid(&i->target), cap_version(&i->target));
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
	sched_params_set(&to, (struct sched_params){ arg(i, 1), arg(i, 2), sched_params_get(&to).reserve });
	return RC_OK;
}

/* What the giver has left of its period when that much of the processor is gone; {0, 0} if it is not worth having. */
static struct sched_reserve rest_of(struct sched_reserve own, u32 share)
{
	struct sched_reserve rest = { own.period, (u32)((u64)(reserve_share(own) - share) * own.period / 1000) };

	return reserve_share(rest) && reserve_share(rest) + share <= reserve_share(own) ? rest :
										      (struct sched_reserve){ 0, 0 };
}

static rc_t sched_divide_reserve(struct inv *i)
{
	struct sched_params own = sched_params_get(&i->ref), taker;
	struct sched_reserve part = { arg(i, 1), arg(i, 2) };
	struct objref to;
	rc_t rc = arg_lookup(i, &to);

	if (rc)
		return rc;
	if (cap_rights(&i->c[0]) & CR_RO)
		return RC_NO_ACCESS;
	taker = sched_params_get(&to);
	if (!reserve_share(part) || reserve_share(part) > reserve_share(own.reserve))
		return RC_REQUEST;
	if (reserve_share(taker.reserve))
		return RC_BUSY;
	rc = frame_make_dirty(i->ref.frame);
	if (rc == RC_OK)
		rc = frame_make_dirty(to.frame);
	if (rc)
		return rc;
	inv_commit(i);
	own.reserve = rest_of(own.reserve, reserve_share(part));
	taker.reserve = part;
	sched_params_set(&i->ref, own);
	sched_params_set(&to, taker);
	return RC_OK;
}

CAP_OPS(schedule,
	OP(SCHED_GET, sched_get),
	OP_OPT(SCHED_DIVIDE, CONFIG_MORE_OPS, sched_divide),
	OP_OPT(SCHED_RESERVE, CONFIG_RESERVES, sched_reserve),
	OP_OPT(SCHED_DIVIDE_RESERVE, CONFIG_RESERVES, sched_divide_reserve));
