/* SPDX-License-Identifier: Apache-2.0 */
/* The mutable globals of the kernel that more than one file uses. */
#include <kernel/cpu.h>
#include <kernel/invoke.h>
#include <kernel/panic.h>

struct cpu cpu0;
struct kernel_state state = { .epoch = 1, .pin_serial = 1, .root_serial = 1 };
const struct ckpt_ops *ckpt_ops;

rc_t stall_on(u64 key)
{
	assert(!cpu0.committed);
	cpu0.stall_key = key;
	cpu0.stall_for = 0;
	return RC_STALL;
}
