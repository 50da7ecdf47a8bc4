/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The driver of the machine's clock, a process like the others: it sets the wall clock once, at the beginning of a second.
 * Its supervisor (drivers.c) gives it what it needs, anew after each restart, and starts it from its beginning.
 */
#ifndef APPS_RTC_H
#define APPS_RTC_H

#include <registers.h>
#include <stdbool.h>
#include <stdint.h>

#define RTC_REGISTERS KR_OWN(0) /* I/O ports or device memory */
#define RTC_IRQ KR_OWN(1)       /* bound to this process */
#define RTC_CLOCK KR_OWN(2)     /* a sleep capability that may set the wall clock */

/* Where it is: what the supervisor asks system control for. */
#if defined(__aarch64__)
#define RTC_TYPE CT_DEVMEM /* QEMU's virt machine */
#define RTC_BASE 0x9010u
#define RTC_COUNT 1u
#define RTC_LINE 34u
#elif defined(__riscv)
#define RTC_TYPE CT_DEVMEM /* the simulated machine */
#define RTC_BASE 0x101u
#define RTC_COUNT 1u
#define RTC_LINE 3u
#else
#define RTC_TYPE CT_IOPORTS
#define RTC_BASE 0x70u
#define RTC_COUNT 2u
#define RTC_LINE 8u
#endif

/* One interrupt at the end of this second; false: the registers cannot be had. */
bool rtc_interrupt_on(void);
/* The interrupt has come: seconds since 1970, and no more interrupts; false: there was none. */
bool rtc_second(uint64_t *seconds);
/* What a program without the capability could try. Faults. */
void rtc_steal(void);

bool rtc_read(uint32_t offset, uint32_t bytes, uint32_t *value);
bool rtc_write(uint32_t offset, uint32_t bytes, uint32_t value);

#endif
