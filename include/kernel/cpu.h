/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Per-CPU state and the mutable globals of the kernel. A reader who asks "what is the
 * state?" reads this file; the objects are defined in kernel/state.c.
 */
#ifndef KERNEL_CPU_H
#define KERNEL_CPU_H

#include <kernel/cap.h>

struct activity;
struct context;

struct cpu {
	struct context *current;  /* whose trap is in hand, or that runs */
	u64 stall_key;            /* set by whoever returns RC_STALL */
	u64 stall_for;            /* KEY_PROCESS() of the process whose fault cannot be told now, else 0 */
	bool committed;           /* the operation in hand has committed */
	bool resched;             /* something more urgent may be ready */
	s32 share;                /* used of this step's share: share_used() */
	s32 kthread_prio;         /* of the first ready kernel thread when user code was last dispatched, or -1 */
	paddr_t loaded_root;
	u64 ticks;
};

struct kernel_state {
	u32 epoch;                /* current epoch; frames dirty now carry it */
	u32 pin_serial;
	u32 token_serial;         /* what the progress token's holder pins has this one; 0 = nobody holds it */
	u64 root_serial;          /* counts up whenever a root table is taken back, and in each snapshot; never 0 */
	u64 restart_count;
	u64 persistent_base_ms;   /* persistent-monotonic time at this boot */
	u64 wall_offset;          /* wall clock minus persistent-monotonic time, ms; 0 = nobody has set it since the restart */
	u64 boot_ms;              /* hal_time_ms() at this boot */
	u64 boot_cycles;          /* until running: hal_cycles() at kernel entry plus idle ones; then what boot took */
	struct activity *token;   /* who holds the progress token, NULL = free */
	u32 limits;               /* sum of all schedules' activity limits; this and the next are saved in each generation */
	u32 shares;               /* sum of all schedules' reserves, in thousandths of the processor */
	bool running;             /* a user instruction has run since boot */
};

extern struct cpu cpu0;
extern struct kernel_state state;
static inline struct cpu *this_cpu(void) { return &cpu0; }

/* A capability to a device, or a physical range, is void after a restart. */
static inline bool cap_of_earlier_boot(const struct cap *c)
{
	return IS_ENABLED(CONFIG_USER_DRIVERS) && (cap_is_device(cap_type(c)) || cap_is_physical(c)) &&
	       cap_version(c) != (u32)state.restart_count;
}

/*
 * What has no other bound (entries to clear, frames to look at) is done in shares, one a step, counted in units of ten
 * instructions. True: it is used up; who has more to do ends the step, after something done, and goes on in the next with
 * what is left: stall_on(KEY_AGAIN), KT_AGAIN. A share begins with pins_drop() or pins_token(). Never with
 * CONFIG_SMALL_CODE, whose tables are small.
 */
#define STEP_SHARE 300
#define SHARE_UNBOUND (-0x7fffffff) /* to begin with: never used up */
#define HAS_SHARES (!IS_ENABLED(CONFIG_SMALL_CODE))
static inline bool share_used(u32 units) { return HAS_SHARES && (cpu0.share += (s32)units) > STEP_SHARE; }

/* Ends a step: the operation waits on key. Asserts that it has not committed. */
NODISCARD rc_t stall_on(u64 key);

#endif
