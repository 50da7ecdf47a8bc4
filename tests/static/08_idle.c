/* SPDX-License-Identifier: Apache-2.0 */
#line 3 "cap/seed08.c"
/* Wrong on purpose: an operation lets interrupts in by way of a function that does. */
#include <kernel/sched.h>
#include "cap/ops.h"

rc_t seed_idle(oid_t oid, struct frame **out);

rc_t seed_idle(oid_t oid, struct frame **out)
{
	kernel_idle(); /* rule 8 */
	return frame_get(oid, out);
}
