/* SPDX-License-Identifier: Apache-2.0 */ /* rule 12 */
#line 3 "mm/seed12.c"
/* Wrong on purpose: mm calls up. No header tells, since the function is declared here. */
#include <kernel/types.h>

struct context;
struct context *sched_dispatch(void);
struct context *seed_up(void);

struct context *seed_up(void)
{
	return sched_dispatch(); /* rule 8 */
}
