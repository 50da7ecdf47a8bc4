/* SPDX-License-Identifier: Apache-2.0 */
/* Keybits: a capability as data. The bytes are the same on every port. */
#include <kernel/lib.h>
#include "ops.h"

#define LAYOUT 1u

static rc_t keybits_get(struct inv *i)
{
	const struct cap *c = &i->c[0];
	struct objref ref;
	rc_t rc = cap_is_object(cap_type(c)) ? cap_lookup(c, &ref) : RC_OK;

	if (rc == RC_STALL)
		return rc;
	inv_commit(i);
	i->r.w[1] = LAYOUT;
	i->r.w[2] = rc == RC_OK && cap_type(c) != CT_VOID && !cap_of_earlier_boot(c);
	memcpy(inv_scratch(), c, sizeof(*c));
	i->r.str = inv_scratch();
	i->r.len = sizeof(*c);
	return RC_OK;
}

CAP_OPS(keybits,
	OP(KEYBITS_GET, keybits_get));
