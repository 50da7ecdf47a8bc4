// SPDX-License-Identifier: Apache-2.0
/* The driver: waits for the second to end, then sets the wall clock. With argument 1: a thief, who has no capability. */
#include "rtc.h"
#include <abi/process.h>
#include <invoke.h>
#include <print.h>

int main(uintptr_t argument);

bool rtc_read(uint32_t offset, uint32_t bytes, uint32_t *value)
{
	struct msg m = { .w = { OP_DEV_READ, offset, bytes } };
	uintptr_t rc = call(RTC_REGISTERS, &m);
	*value = (uint32_t)m.w[1];
	return rc == RC_OK;
}

bool rtc_write(uint32_t offset, uint32_t bytes, uint32_t value)
{
	return call_words(RTC_REGISTERS, OP_DEV_WRITE, offset, bytes, value) == RC_OK;
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
	if (argument) {
		print("rtc: without its capability: %s\n", rc_name(call_words(RTC_REGISTERS, OP_DEV_READ, 0, 1, 0)));
		rtc_steal();
	}
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
