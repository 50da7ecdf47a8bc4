/* SPDX-License-Identifier: Apache-2.0 */
/* What a reserve is and what it counts for, for the kernel and mkimage. Documentation/design/scheduling.md */
#ifndef KERNEL_RESERVE_H
#define KERNEL_RESERVE_H

#include <kernel/types.h>

/* The most of the processor that all reserves together may have. */
#ifdef CONFIG_RESERVE_PERCENT
#define RESERVE_PERCENT CONFIG_RESERVE_PERCENT
#else
#define RESERVE_PERCENT 0
#endif

#define NR_RESERVES 32u          /* bits of a word; none is counted as less than its part of the processor */

/* Of each period its schedule's processes get the budget; microseconds. {0, 0} = no reserve. */
struct sched_reserve {
	u32 period, budget;
};
#define RESERVE_PERIOD_MIN 500u
#define RESERVE_PERIOD_MAX 1000000u

/* In thousandths of the processor, rounded up; 0 = none, or not one that can be. */
static inline u32 reserve_share(struct sched_reserve r)
{
	u32 share;

	if (r.period < RESERVE_PERIOD_MIN || r.period > RESERVE_PERIOD_MAX || !r.budget || r.budget > r.period)
		return 0;
	share = (u32)(((u64)r.budget * 1000 + r.period - 1) / r.period);
	return MAX(share, 1000 / NR_RESERVES + 1);
}

#endif
