/* SPDX-License-Identifier: Apache-2.0 */
#line 3 "mm/seed11.c"
/* Wrong on purpose: stack without a bound, by way of two functions; and a call of whatever a pointer holds. */
#include <kernel/object.h>

u32 seed_depth(const struct node *n, u32 level);
u32 seed_below(const struct node *n, u32 level);
u32 seed_anything(u32 (*what)(u32), u32 n);
u32 seed_right(const struct store_ops *ops, oid_t oid);

u32 seed_depth(const struct node *n, u32 level)
{
	return n->kind == NK_GPT ? seed_below(n, level + 1) : level;
}

u32 seed_below(const struct node *n, u32 level)
{
	return seed_depth(n + 1, level); /* rule 11 */
}

u32 seed_anything(u32 (*what)(u32), u32 n)
{
	return what(n); /* rule 11 */
}

u32 seed_right(const struct store_ops *ops, oid_t oid)
{
	return ops->covers(oid);
}
