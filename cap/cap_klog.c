/* SPDX-License-Identifier: Apache-2.0 */
/* Kernel log. Writing: one line a time, so that nobody's text can pass for two of the kernel's. */
#include <kernel/klog.h>
#include <kernel/panic.h>
#include "ops.h"

static rc_t klog_write(struct inv *i)
{
	char *line = inv_scratch();
	rc_t rc = string_to_scratch(i, MAX_KLOG_WRITE);

	if (rc)
		return rc;
	inv_commit(i);
	for (u32 k = 0; k < i->src.len; k++)
		if (line[k] < ' ' || line[k] > '~')
			line[k] = k + 1 == i->src.len && line[k] == '\n' ? '\0' : '?';
	line[i->src.len] = '\0';
	klog("%s\n", line);
	return RC_OK;
}

/* Never waits: at the end of the log the string is empty. */
static rc_t klog_get(struct inv *i)
{
	u64 position = arg64(i, 1), lost;
	u32 n;

	if (!i->dst.len || !klog_read(&position, inv_scratch(), MIN(i->dst.len, FRAME_SIZE), &n, &lost))
		return RC_REQUEST;
	inv_commit(i);
	i->r.str = inv_scratch();
	i->r.len = n;
	reply64(i, 1, position);
	i->r.w[3] = (word_t)MIN(lost, 0xffffffffu);
	return RC_OK;
}

CAP_OPS(klog, OP(KLOG_WRITE, klog_write), OP_OPT(KLOG_READ, CONFIG_KLOG_RING, klog_get));
