/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A clock of the simulated machine, with the registers of ARM's PL031 (DDI 0224): seconds, and an alarm. For drivers at
 * user level; the kernel does not know it. Simulated time begins at the same second in every run.
 */
#include "arch/host/host.h"

#include <hal/hal.h>
#include <kernel/entry.h>

#define RTC_PAGE 0x10000u
#define BEGIN 1795276800u /* 2026-11-21 16:00 UTC */

enum { DR = 0x00, MR = 0x04, IMSC = 0x10, RIS = 0x14, MIS = 0x18, ICR = 0x1c, ID0 = 0xfe0 };

static u32 match, mask, raised;
static struct sim_event alarm;

static u32 now(void)
{
	return BEGIN + (u32)(sim_now / 1000000000);
}

static void ring(struct sim_event *e)
{
	(void)e;
	raised = now() == match;
	if (raised & mask)
		kernel_irq_note(HOST_IRQ_RTC);
}

static void set(u32 reg, u32 v)
{
	if (reg == MR) {
		match = v;
		if (v > now() && !alarm.queued) {
			alarm.fire = ring;
			sim_after(&alarm, (u64)(v - BEGIN) * 1000000000 - sim_now);
		}
	} else if (reg == IMSC) {
		mask = v & 1;
	} else if (reg == ICR) {
		raised &= ~v;
	}
}

static u32 get(u32 reg)
{
	switch (reg) {
	case DR:   return now();
	case MR:   return match;
	case IMSC: return mask;
	case RIS:  return raised;
	case MIS:  return raised & mask;
	case ID0:  return 0x31;
	default:   return 0;
	}
}

bool hal_is_device(paddr_t page)
{
	return page == RTC_PAGE;
}

bool hal_device_access(enum hal_space space, paddr_t at, u32 bytes, bool write, u32 *value)
{
	if (space != HAL_MEMORY || at - RTC_PAGE >= FRAME_SIZE || bytes != 4)
		return false;
	if (write)
		set((u32)(at - RTC_PAGE), *value);
	else
		*value = get((u32)(at - RTC_PAGE));
	return true;
}
