/* SPDX-License-Identifier: Apache-2.0 */
/* From capability type to handler, from operation to function, and the small steps that handlers share. */
#include "ops.h"

#define CAPTYPE(type, name) [type] = cap_##name##_invoke,
#define CAPTYPE_CORE(type)
const cap_handler cap_handlers[CT_NR] = {
#include "captype.def"
};
#undef CAPTYPE
#undef CAPTYPE_CORE

#define CAPTYPE(type, name) +1
#define CAPTYPE_CORE(type) +1
_Static_assert(CT_NR == 0
#include "captype.def"
	, "every capability type is in captype.def");
#undef CAPTYPE
#undef CAPTYPE_CORE

static rc_t op_type(struct inv *i)
{
	inv_commit(i);
	i->r.w[1] = cap_type(&i->target);
	return RC_OK;
}

static bool allowed(const struct inv *i, u32 flags)
{
	u32 rights = cap_rights(&i->target);

	return !(flags & OPF_STORE && rights & CR_RO) && !(flags & OPF_SLOT && rights & CR_OPAQUE);
}

rc_t op_dispatch(struct inv *i, const struct op *ops, u32 count)
{
	u32 code = arg(i, 0);

	if (code == OP_TYPE)
		return op_type(i);
	for (u32 k = 0; k < count; k++)
		if (ops[k].code == code)
			return allowed(i, ops[k].flags) ? ops[k].perform(i) : RC_NO_ACCESS;
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

rc_t arg_lookup(const struct inv *i, u32 k, u32 type, struct objref *out)
{
	rc_t rc;

	if (cap_type(&i->c[k]) != type)
		return RC_BAD_CAP;
	rc = cap_lookup(&i->c[k], out);
	return rc == RC_VOID ? RC_BAD_CAP : rc;
}
