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
#define PROBER KR_OWN(2)
#define DMA KR_OWN(3)
#define BIT_IRQ 1u

static void give(unsigned process, unsigned reg, unsigned from)
{
	struct msg m = { .w = { OP_PROC_CAP_STORE, reg }, .cap = { (uint8_t)from } };
	call(process, &m);
}

/* Puts it at RTC_MAPPED in the process's space, where the image has a page. */
static uintptr_t map(unsigned process, unsigned from)
{
	uintptr_t l2v, rc = call_cap(process, OP_PROC_FETCH, PS_SPACE, KR_TEMP(4));
	struct msg m = { .w = { OP_NODE_STORE }, .cap = { (uint8_t)from } };
	while (rc == RC_OK) {
		rc = call_get(KR_TEMP(4), OP_GPT_GET, 0, &l2v);
		if (rc != RC_OK)
			return rc;
		m.w[1] = RTC_MAPPED >> l2v & 31;
		if (l2v == 12)
			return call(KR_TEMP(4), &m);
		rc = call_cap(KR_TEMP(4), OP_NODE_FETCH, m.w[1], KR_TEMP(4));
	}
	return rc;
}

static uintptr_t device(uint32_t type, uint32_t base, uint32_t count, unsigned into)
{
	struct msg m = { .w = { OP_SYS_DEVICE, type, base, count }, .take = { (uint8_t)into } };
	return call(KR_SYSCTL, &m);
}

/* A device at `page`, mapped and by its capability. */
static uintptr_t give_device(unsigned process, uint32_t page)
{
	uintptr_t rc = device(CT_DEVMEM, page, 1, KR_TEMP(5));
	if (rc == RC_OK)
		rc = map(process, KR_TEMP(5));
	give(process, RTC_DEVICE, KR_TEMP(5));
	return rc;
}

static uintptr_t start(void)
{
	struct msg m = { .w = { OP_IRQ_BIND }, .cap = { KR_TEMP(2) } };
	uintptr_t rc = call_words(DRIVER, OP_PROC_AVAILABLE, 0, 0, 0);
	if (rc == RC_OK)
		rc = device(RTC_TYPE, RTC_BASE, RTC_COUNT, KEPT);
	if (rc == RC_OK)
		rc = give_device(DRIVER, RTC_DEVICE_BASE);
	if (rc == RC_OK)
		rc = device(CT_IRQ, RTC_LINE, 1, KR_TEMP(1));
	if (rc == RC_OK)
		rc = call_cap(DRIVER, OP_PROC_NOTICE_CAP, BIT_IRQ, KR_TEMP(2));
	if (rc == RC_OK)
		rc = call(KR_TEMP(1), &m);
	if (rc == RC_OK)
		rc = call_cap(KR_SYSCTL, OP_SYS_CLOCK, 0, KR_TEMP(3));
	give(DRIVER, RTC_REGISTERS, KEPT);
	give(DRIVER, RTC_IRQ, KR_TEMP(1));
	give(DRIVER, RTC_CLOCK, KR_TEMP(3));
	return rc == RC_OK ? process_start(DRIVER, 0) : rc;
}

/* At the first boot: what becomes of who reads where nothing is? */
static void probe(void)
{
	if (give_device(PROBER, RTC_NOTHING) == RC_OK)
		process_start(PROBER, 2);
}

/* Likewise: a page that a device may use, mapped, and the device's registers. The simulated machine has none that does. */
static void use_memory(void)
{
	struct msg m = { .w = { OP_RANGE_ALLOC, 0, 0, NK_PAGE }, .take = { KR_TEMP(5) } };
	struct msg where = { .w = { OP_RANGE_ADDRESS }, .cap = { KR_TEMP(5) } };
	uintptr_t rc = device(CT_RANGE, 0, 1, KR_TEMP(6));
	if (rc == RC_OK)
		rc = call(KR_TEMP(6), &m);
	if (rc == RC_OK)
		rc = call(KR_TEMP(6), &where);
	if (rc == RC_OK)
		rc = map(DMA, KR_TEMP(5));
	log_line("drivers: a page for a device, in the machine's memory at %lx: %s", (unsigned long)where.w[1], rc_name(rc));
	if (rc != RC_OK || device(RTC_TYPE, DMA_BASE, DMA_COUNT, KR_TEMP(6)) != RC_OK)
		return;
	give(DMA, RTC_REGISTERS, KR_TEMP(6));
	process_start(DMA, where.w[1]);
}

int main(void)
{
	probe();
	use_memory();
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
