/* SPDX-License-Identifier: Apache-2.0 */
/* Kernel log: one line a time, so that nobody's text can pass for two of the kernel's. */
#include <kernel/panic.h>
#include "ops.h"

#define KLOG_LINE 256u

static rc_t klog_write(struct inv *i)
{
	char *line = inv_scratch();
	rc_t rc = string_to_scratch(i, KLOG_LINE);

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

rc_t cap_klog_invoke(struct inv *i)
{
	static const struct op ops[] = { { OP_KLOG_WRITE, 0, klog_write } };

	return OP_DISPATCH(i, ops);
}
