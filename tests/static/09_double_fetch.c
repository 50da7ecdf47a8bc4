/* SPDX-License-Identifier: Apache-2.0 */
#line 3 "kernel/seed09.c"
/* Wrong on purpose: the program could change its message between the check and the use. */
#include <kernel/map.h>
#include <kernel/peek.h>
#include <kernel/sched.h>

u32 seed_field(paddr_t root, uaddr_t at);
rc_t seed_block(struct context *ctx, struct abi_string *s, struct walk *w);
u32 seed_right(paddr_t root, uaddr_t at);

u32 seed_field(paddr_t root, uaddr_t at)
{
	const struct abi_string *s = map_peek(root, at, false);

	if (!s || s->send_len > 100)
		return 0;
	return (u32)s->send_len; /* rule 9 */
}

rc_t seed_block(struct context *ctx, struct abi_string *s, struct walk *w)
{
	rc_t rc = string_block(ctx, s, w);

	if (rc || s->send_len > 100)
		return rc;
	return string_block(ctx, s, w); /* rule 9 */
}

u32 seed_right(paddr_t root, uaddr_t at)
{
	const struct abi_string *s = map_peek(root, at, false);
	word_t len = s ? s->send_len : 0;

	return len > 100 ? 0 : (u32)len;
}
