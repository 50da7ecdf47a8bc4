/* SPDX-License-Identifier: Apache-2.0 */
#line 3 "mm/seed04.c"
/* Wrong on purpose: errors that nobody looks at. The compiler finds none of them. */
#include <abi/error.h>
#include <kernel/object.h>

rc_t seed_dropped(const struct store_ops *ops, struct frame *f);
rc_t seed_overwritten(struct frame *a, struct frame *b);
void seed_forgotten(struct frame *a);
void seed_field(struct frame *a);
rc_t seed_right(struct frame *a, struct frame *b);

rc_t seed_dropped(const struct store_ops *ops, struct frame *f)
{
	ops->make_dirty(f); /* rule 4, rule 2 */
	return RC_OK;
}

rc_t seed_overwritten(struct frame *a, struct frame *b)
{
	rc_t rc = frame_make_dirty(a); /* rule 4, rule 2 */

	if (b)
		rc = frame_make_dirty(b);
	return rc;
}

void seed_forgotten(struct frame *a)
{
	rc_t rc = frame_make_dirty(a); /* rule 4 */

	if (a->age)
		return;
	a->age = rc != RC_OK;
}

void seed_field(struct frame *a)
{
	struct {
		rc_t rc;
	} keep;

	keep.rc = frame_make_dirty(a); /* rule 4 */
}

rc_t seed_right(struct frame *a, struct frame *b)
{
	rc_t rc = frame_make_dirty(a);

	if (rc == RC_OK && b)
		rc = frame_make_dirty(b);
	return rc;
}
