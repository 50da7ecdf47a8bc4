/* SPDX-License-Identifier: Apache-2.0 */
#line 3 "mm/seed08b.c"
/* Wrong on purpose: interrupts are let in while an operation is at its objects. */
#include <hal/hal.h>
#include <kernel/object.h>

rc_t seed_window(oid_t oid, struct frame **out);

rc_t seed_window(oid_t oid, struct frame **out)
{
	hal_irq_window(); /* rule 8 */
	return frame_get(oid, out);
}
