// SPDX-License-Identifier: Apache-2.0
/* ARM's PL031 (DDI 0224), which counts seconds since 1970. */
#include "rtc.h"

enum { DR = 0x00, MR = 0x04, IMSC = 0x10, MIS = 0x18, ICR = 0x1c };

bool rtc_interrupt_on(void)
{
	uint32_t now;
	return rtc_read(DR, 4, &now) && rtc_write(ICR, 4, 1) && rtc_write(MR, 4, now + 1) && rtc_write(IMSC, 4, 1);
}

bool rtc_second(uint64_t *seconds)
{
	uint32_t now, raised;
	if (!rtc_read(MIS, 4, &raised) || !(raised & 1) || !rtc_read(DR, 4, &now))
		return false;
	rtc_write(IMSC, 4, 0);
	rtc_write(ICR, 4, 1);
	*seconds = now;
	return true;
}

void rtc_steal(void)
{
	(void)*(volatile uint32_t *)((uintptr_t)RTC_BASE << 12);
}
