/* SPDX-License-Identifier: Apache-2.0 */
/* From capability type to handler, from operation to function, and the small steps that handlers share. */
#include "ops.h"

#define CAPTYPE(type, name) [type] = { cap_##name##_ops, OPS_##name },
#define CAPTYPE_OPT(type, name, option) [type] = { IS_ENABLED(option) ? cap_##name##_ops : NULL, OPS_##name },
#define CAPTYPE_CORE(type)
static const struct {
	const struct op *ops;
	u32 count;
} types[CT_NR] = {
#include "captype.def"
};
#undef CAPTYPE
#undef CAPTYPE_OPT
#undef CAPTYPE_CORE

#define CAPTYPE(type, name) +1
#define CAPTYPE_OPT(type, name, option) +1
#define CAPTYPE_CORE(type) +1
_Static_assert(CT_NR == 0
#include "captype.def"
	, "every capability type is in captype.def");
#undef CAPTYPE
#undef CAPTYPE_OPT
#undef CAPTYPE_CORE

static rc_t op_type(struct inv *i)
{
	inv_commit(i);
	i->r.w[1] = cap_type(&i->target);
	return RC_OK;
}

static rc_t check(const struct inv *i, const struct op *op)
{
	u32 rights = cap_rights(&i->target), type = op->type == OP_SAME_TYPE ? cap_type(&i->target) : op->type;

	if ((op->flags & OPF_STORE && rights & CR_RO) || (op->flags & OPF_SLOT && rights & CR_OPAQUE))
		return RC_NO_ACCESS;
	if (op->bits && arg(i, 1) >> op->bits)
		return RC_REQUEST;
	return type && type != cap_type(&i->c[0]) ? RC_BAD_CAP : RC_OK;
}

bool cap_has_ops(u32 type)
{
	return type < CT_NR && types[type].ops;
}

rc_t cap_invoke(struct inv *i)
{
	u32 code = arg(i, 0), type = cap_type(&i->target);
	const struct op *op = types[type].ops;
	rc_t rc;

	if (code == OP_TYPE)
		return op_type(i);
	for (u32 k = types[type].count; k; k--, op++)
		if (op->code == code && op->perform) {
			rc = check(i, op);
			return rc ? rc : op->perform(i);
		}
	return RC_UNKNOWN_OP;
}

rc_t reply_cap(struct inv *i, struct cap c)
{
	inv_commit(i);
	i->r.c[0] = c;
	return RC_OK;
}

rc_t string_to_scratch(const struct inv *i, u32 max)
{
	if (i->src.len > MIN(max, FRAME_SIZE))
		return RC_TOO_LONG;
	inv_string_in(i, 0, inv_scratch(), i->src.len);
	return RC_OK;
}

rc_t may_wait(const struct inv *i)
{
	if (i->type == INV_CALL)
		return RC_OK;
	return inv_prompt(i) ? RC_WOULD_BLOCK : RC_REQUEST;
}

rc_t arg_lookup(const struct inv *i, struct objref *out)
{
	rc_t rc = cap_lookup(&i->c[0], out);

	return rc == RC_VOID ? RC_BAD_CAP : rc;
}
