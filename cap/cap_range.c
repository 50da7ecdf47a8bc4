/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Range: authority over frames. Its holder allocates and destroys the objects in them, and decides over whole pots,
 * because ranges begin and end on frames. A range has no object of its own and cannot be rescinded.
 *
 * What no store holds are pages only: a checkpoint saves who runs and the sum of all schedules' limits, so none of that may be
 * gone after a restart. A physical range is for devices that read and write memory by themselves: a page of it is in the
 * same frame until the restart, destroyed or not, and no checkpoint copies it; and the holder may know where.
 */
#include "ops.h"

static bool physical(const struct cap *range)
{
	return IS_ENABLED(CONFIG_USER_DRIVERS) && cap_is_physical(range);
}

static u64 length_of(const struct cap *range)
{
	return physical(range) ? cap_payload(range) : cap_count56(range);
}

static oid_t frame_at(const struct inv *i, u32 offset)
{
	return cap_oid(&i->target) + ((oid_t)offset << 3);
}

/* Where in the range the object's frame is. RC_REQUEST if it is outside. */
static rc_t offset_of(const struct inv *i, oid_t oid, u64 *offset)
{
	*offset = (OID_FRAME(oid) - cap_oid(&i->target)) >> 3;
	return oid >= cap_oid(&i->target) && *offset < length_of(&i->target) ? RC_OK : RC_REQUEST;
}

static bool in_range(const struct inv *i, u32 offset, u32 length)
{
	u64 all = length_of(&i->target);

	return offset <= all && length <= all - offset;
}

static rc_t range_length(struct inv *i)
{
	inv_commit(i);
	reply64(i, 1, length_of(&i->target));
	return RC_OK;
}

static rc_t range_sub(struct inv *i)
{
	u32 offset = arg(i, 1), length = arg(i, 2), rights = cap_rights(&i->target);

	if (!length || !in_range(i, offset, length))
		return RC_REQUEST;
	if (physical(&i->target))
		return reply_cap(i, cap_make(CT_RANGE, length, cap_version(&i->target), frame_at(i, offset), rights));
	return reply_cap(i, cap_make(CT_RANGE, 0, length, frame_at(i, offset), rights));
}

static bool kind_fits(u32 kind, u32 index)
{
	if (kind == NK_PAGE)
		return index == 0;
	return kind > NK_FREE && kind < NK_NR && index < POT_NODES;
}

static rc_t range_alloc(struct inv *i)
{
	u32 index = arg(i, 2), kind = arg(i, 3);
	oid_t oid = frame_at(i, arg(i, 1)) | index;
	struct frame *f;
	rc_t rc;

	if (!in_range(i, arg(i, 1), 1) || !kind_fits(kind, index) ||
	    (i->target.w[3] & (u32)(OID_NOT_STORED >> 32) && kind != NK_PAGE))
		return RC_REQUEST;
	rc = obj_alloc_prepare(oid, kind, &f);
	if (rc)
		return rc;
	inv_commit(i);
	obj_alloc_perform(f, oid, kind);
	i->r.c[0] = fetched(&i->target, obj_cap(f, index));
	return RC_OK;
}

/* Only a capability that stands for the object itself names it here: not start, resume, fault or notice. */
static bool names_object(u32 type)
{
	return cap_is_object(type) && type != CT_START && type != CT_RESUME && type != CT_FAULT &&
	       type != CT_NOTICE;
}

static rc_t object_arg(const struct inv *i, u64 *offset)
{
	const struct cap *c = &i->c[0];

	return names_object(cap_type(c)) ? offset_of(i, cap_oid(c), offset) : RC_BAD_CAP;
}

static rc_t range_rescind(struct inv *i)
{
	u64 offset;
	rc_t rc = object_arg(i, &offset);

	return rc ? rc : object_destroy(i, &i->c[0]);
}

static rc_t range_identify(struct inv *i)
{
	struct objref ref;
	u64 offset;
	rc_t rc = object_arg(i, &offset);

	if (rc == RC_OK)
		rc = arg_lookup(i, &ref);
	if (rc == RC_OK && offset > 0xffffffffu)
		rc = RC_REQUEST;
	if (rc)
		return rc;
	inv_commit(i);
	i->r.w[1] = (u32)offset;
	i->r.w[2] = ref.index;
	i->r.w[3] = ref.node ? ref.node->kind : NK_PAGE;
	return RC_OK;
}

static rc_t range_get(struct inv *i)
{
	u32 index = arg(i, 2);
	struct frame *f;
	struct cap c;
	rc_t rc;

	if (!in_range(i, arg(i, 1), 1) || index >= POT_NODES)
		return RC_REQUEST;
	rc = frame_get(frame_at(i, arg(i, 1)), &f);
	if (rc)
		return rc;
	c = obj_cap(f, index);
	return cap_type(&c) ? reply_cap(i, fetched(&i->target, c)) : RC_VOID;
}

static rc_t range_compare(struct inv *i)
{
	u64 a = cap_oid(&i->target) >> 3, b = cap_oid(&i->c[0]) >> 3;
	u64 a_end = a + length_of(&i->target), b_end = b + length_of(&i->c[0]);
	u32 relation = RANGES_OVERLAP;

	inv_commit(i);
	if (a >= b_end || b >= a_end)
		relation = RANGES_DISJOINT;
	else if (a == b && a_end == b_end)
		relation = RANGES_SAME;
	else if (a <= b && b_end <= a_end)
		relation = RANGES_INSIDE;
	else if (b <= a && a_end <= b_end)
		relation = RANGES_AROUND;
	i->r.w[1] = relation;
	if (relation != RANGES_DISJOINT)
		reply64(i, 2, MAX(a, b) - a);
	return RC_OK;
}

static rc_t range_address(struct inv *i)
{
	struct objref ref;
	u64 offset;
	rc_t rc = object_arg(i, &offset);

	if (rc == RC_OK && !physical(&i->target))
		rc = RC_REQUEST;
	if (rc == RC_OK)
		rc = arg_lookup(i, &ref);
	if (rc)
		return rc;
	inv_commit(i);
	reply64(i, 1, frame_paddr(ref.frame));
	return RC_OK;
}

CAP_OPS(range,
	OP(RANGE_LENGTH, range_length),
	OP(RANGE_SUB, range_sub),
	OP(RANGE_ALLOC, range_alloc),
	OP(RANGE_RESCIND, range_rescind),
	OP(RANGE_IDENTIFY, range_identify),
	OP(RANGE_GET, range_get),
	OP_OPT(RANGE_COMPARE, CONFIG_MORE_OPS, range_compare),
	OP_OPT(RANGE_ADDRESS, CONFIG_USER_DRIVERS, range_address));
