/* SPDX-License-Identifier: Apache-2.0 */
/* The system call of a kernel without the fast path (fastpath.c). */
#include <kernel/entry.h>
#include <kernel/sched.h>

struct context *kernel_syscall(struct context *ctx)
{
	return syscall_general(ctx);
}
