/* SPDX-License-Identifier: Apache-2.0 */
/* Console: raw bytes out, raw bytes in. A line discipline is a user program. */
#include "ops.h"

/* One frame at most, because output is polled and the step must stay short. */
static rc_t console_put(struct inv *i)
{
	rc_t rc = string_to_scratch(i, MAX_CON_WRITE);

	if (rc)
		return rc;
	inv_commit(i);
	console_write(inv_scratch(), i->src.len);
	return RC_OK;
}

/* Input is taken only after the commit, since taking it cannot be undone. Without any, a call waits. */
static rc_t console_get(struct inv *i)
{
	rc_t rc;

	if (!i->dst.len)
		return RC_REQUEST;
	inv_commit(i);
	i->r.str = inv_scratch();
	i->r.len = console_take(inv_scratch(), MIN(i->dst.len, FRAME_SIZE));
	if (i->r.len)
		return RC_OK;
	rc = may_wait(i);
	if (rc)
		i->r.w[0] = (word_t)rc;
	else
		inv_wait(i, AS_CONSOLE, 0);
	return RC_OK;
}

CAP_OPS(console, OP(CON_WRITE, console_put), OP(CON_READ, console_get));
