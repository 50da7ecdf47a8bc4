/* SPDX-License-Identifier: Apache-2.0 */
#line 3 "kernel/seed02.c"
/* Wrong on purpose: a stall that is taken for something else, and one that nobody will wake. */
#include <kernel/invoke.h>
#include <kernel/object.h>

rc_t seed_swallowed(oid_t oid);
rc_t seed_keyless(oid_t oid);
rc_t seed_goes_on(struct frame *a, struct frame *b);
rc_t seed_right(oid_t oid);

rc_t seed_swallowed(oid_t oid)
{
	struct frame *f;

	return frame_get(oid, &f) == RC_OK ? RC_OK : RC_VOID; /* rule 2 */
}

rc_t seed_keyless(oid_t oid)
{
	return oid & 7 ? RC_STALL : RC_OK; /* rule 2 */
}

rc_t seed_goes_on(struct frame *a, struct frame *b)
{
	rc_t rc = frame_make_dirty(a); /* rule 2 */

	if (rc == RC_OK || rc == RC_STALL)
		b->age = 0;
	return rc == RC_STALL ? RC_BUSY : rc;
}

rc_t seed_right(oid_t oid)
{
	struct frame *f;
	rc_t rc = frame_get(oid, &f);

	if (rc == RC_STALL)
		return rc;
	return rc == RC_OK ? RC_OK : RC_VOID;
}
