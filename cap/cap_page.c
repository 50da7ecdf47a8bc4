/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Page: 4 KiB of data. Reads and writes go through the kernel's own map; what is read is passed to the reply as a
 * pointer into the frame.
 */
#include <kernel/lib.h>
#include "ops.h"

static rc_t page_zero(struct inv *i)
{
	rc_t rc = frame_make_dirty(i->ref.frame);

	if (rc)
		return rc;
	inv_commit(i);
	memset(page_writable(i->ref.frame), 0, FRAME_SIZE);
	return RC_OK;
}

static rc_t page_clone(struct inv *i)
{
	struct objref from;
	rc_t rc = arg_lookup(i, &from);

	if (rc == RC_OK)
		rc = frame_make_dirty(i->ref.frame);
	if (rc)
		return rc;
	inv_commit(i);
	memmove(page_writable(i->ref.frame), frame_data(from.frame), FRAME_SIZE);
	return RC_OK;
}

static bool in_page(u32 offset, u32 len)
{
	return offset <= FRAME_SIZE && len <= FRAME_SIZE - offset;
}

static rc_t page_read(struct inv *i)
{
	u32 offset = arg(i, 1), len = arg(i, 2);

	if (!in_page(offset, len))
		return RC_REQUEST;
	inv_commit(i);
	i->r.str = (const char *)frame_data(i->ref.frame) + offset;
	i->r.len = len;
	return RC_OK;
}

/* By way of the scratch frame: the string may lie in the very page that is written. */
static rc_t page_write(struct inv *i)
{
	u32 offset = arg(i, 1), len = i->src.len;
	rc_t rc;

	if (!in_page(offset, len))
		return RC_REQUEST;
	rc = frame_make_dirty(i->ref.frame);
	if (rc == RC_OK)
		rc = string_to_scratch(i, FRAME_SIZE);
	if (rc)
		return rc;
	inv_commit(i);
	memcpy((char *)page_writable(i->ref.frame) + offset, inv_scratch(), len);
	return RC_OK;
}

CAP_OPS(page,
	OP(MEM_REDUCE, mem_reduce),
	OP(MEM_GUARD, mem_guard),
	OP_OPT(MEM_ATTRIBUTES, CONFIG_MORE_OPS, mem_attributes),
	OP(PAGE_ZERO, page_zero),
	OP(PAGE_CLONE, page_clone),
	OP(PAGE_READ, page_read),
	OP(PAGE_WRITE, page_write));
