// SPDX-License-Identifier: Apache-2.0
/*
 * The supervisor of drivers. Capabilities to devices are void after a restart, and so is what a driver knew of its
 * device: so each driver is stopped, gets new ones and starts from its beginning. How it learns of a restart: a wait
 * for a time since the restart ends with RC_RESTARTED.
 */
#include "rtc.h"
#include <abi/process.h>
#include <invoke.h>
#include <print.h>
#include <process.h>

int main(void);

#define DRIVER KR_OWN(0) /* the driver's process */
#define KEPT KR_OWN(1)   /* the last device capability, to show what became of it */
#define BIT_IRQ 1u

static void give(unsigned reg, unsigned from)
{
	struct msg m = { .w = { OP_PROC_CAP_STORE, reg }, .cap = { (uint8_t)from } };
	call(DRIVER, &m);
}

static uintptr_t device(uint32_t type, uint32_t base, uint32_t count, unsigned into)
{
	struct msg m = { .w = { OP_SYS_DEVICE, type, base, count }, .take = { (uint8_t)into } };
	return call(KR_SYSCTL, &m);
}

static uintptr_t start(void)
{
	struct msg m = { .w = { OP_IRQ_BIND }, .cap = { KR_TEMP(2) } };
	uintptr_t rc = call_words(DRIVER, OP_PROC_AVAILABLE, 0, 0, 0);
	if (rc == RC_OK)
		rc = device(RTC_TYPE, RTC_BASE, RTC_COUNT, KEPT);
	if (rc == RC_OK)
		rc = device(CT_IRQ, RTC_LINE, 1, KR_TEMP(1));
	if (rc == RC_OK)
		rc = call_cap(DRIVER, OP_PROC_NOTICE_CAP, BIT_IRQ, KR_TEMP(2));
	if (rc == RC_OK)
		rc = call(KR_TEMP(1), &m);
	if (rc == RC_OK)
		rc = call_cap(KR_SYSCTL, OP_SYS_CLOCK, 0, KR_TEMP(3));
	give(RTC_REGISTERS, KEPT);
	give(RTC_IRQ, KR_TEMP(1));
	give(RTC_CLOCK, KR_TEMP(3));
	return rc == RC_OK ? process_start(DRIVER, 0) : rc;
}

int main(void)
{
	for (;;) {
		uintptr_t rc = start();
		log_line("drivers: clock started: %s", rc_name(rc));
		do
			rc = call_words(KR_SLEEP, OP_SLEEP_WAIT, CLOCK_MONOTONIC, 0, 0x7fffffff);
		while (rc == RC_OK);
		if (rc != RC_RESTARTED)
			return 1;
		log_line("drivers: after a restart the device's capability is: %s",
			 rc_name(call_words(KEPT, OP_DEV_LENGTH, 0, 0, 0)));
	}
}
