// SPDX-License-Identifier: Apache-2.0
/*
 * The driver: waits for the second to end, then sets the wall clock. With argument 1: a thief, who has no capability. With
 * argument 2: a prober, who has one to a place where nothing is.
 */
#include "rtc.h"
#include <abi/process.h>
#include <invoke.h>
#include <print.h>

int main(uintptr_t argument);

/* By its capability and by its mapping it is the same device. */
static void compare(void)
{
	uint32_t by_cap = 0, mapped = *(volatile uint32_t *)(uintptr_t)(RTC_MAPPED + RTC_ID);
	struct msg m = { .w = { OP_DEV_READ, RTC_ID, 4 } };
	if (call(RTC_DEVICE, &m) == RC_OK)
		by_cap = (uint32_t)m.w[1];
	log_line("rtc: its register %x is %x, by its capability %x", RTC_ID, mapped, by_cap);
}

static int probe(void)
{
	log_line("rtc: where nothing is, a read is answered: %s", rc_name(call_words(RTC_DEVICE, OP_DEV_READ, 0, 4, 0)));
	(void)*(volatile uint32_t *)(uintptr_t)RTC_MAPPED;
	log_line("rtc: where nothing is, something was read");
	return 0;
}

static void set_clock(void)
{
	uint64_t seconds;
	if (!rtc_second(&seconds))
		return;
	uint64_t ms = seconds * 1000;
	uintptr_t rc = call_words(RTC_CLOCK, OP_SLEEP_SET, (uint32_t)ms, (uint32_t)(ms >> 32), 0);
	log_line("rtc: the wall clock is set: %s", rc_name(rc));
}

int main(uintptr_t argument)
{
	static struct msg m = { .take = { [3] = KR_RESUME } };
	if (argument == 2)
		return probe();
	if (argument) {
		print("rtc: without its capability: %s\n", rc_name(call_words(RTC_REGISTERS, OP_DEV_READ, 0, 1, 0)));
		rtc_steal();
	}
	compare();
	if (!rtc_interrupt_on()) {
		log_line("rtc: the clock cannot be read");
		return 1;
	}
	for (reply_wait(0, &m);; reply_wait(KR_RESUME, &m)) {
		if (m.facet == FACET_NOTICE) {
			set_clock();
			call_words(RTC_IRQ, OP_IRQ_OPEN, 0, 0, 0);
		}
		m.w[0] = RC_UNKNOWN_OP;
		m.w[1] = m.w[2] = m.w[3] = 0;
	}
}
