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
#define RTC_BASE 0x10u
#define RTC_COUNT 1u
#define RTC_LINE 3u
#else
#define RTC_TYPE CT_IOPORTS
#define RTC_BASE 0x70u
#define RTC_COUNT 2u
#define RTC_LINE 8u
#endif

/* What is mapped for the driver, by the capability beside it: its clock's registers; a PC's clock has none, there it is
 * the timer HPET. */
#define RTC_MAPPED 0x300000u
#define RTC_DEVICE KR_OWN(3)
#if defined(__i386__) || defined(__x86_64__)
#define RTC_DEVICE_BASE 0xfed00u
#define RTC_ID 0x000u   /* a register that says what the device is */
#define RTC_NOTHING 0xfec80u /* a page where the machine has nothing */
#else
#define RTC_DEVICE_BASE RTC_BASE
#define RTC_ID 0xfe0u
#define RTC_NOTHING 0xb000u
#endif

/* QEMU's fw_cfg, whose register for addresses has 8 bytes at DMA_REGISTER: a device that uses memory by itself (dma.c). */
#if defined(__aarch64__)
#define DMA_BASE 0x9020u
#define DMA_COUNT 1u
#define DMA_REGISTER 16u
#elif defined(__riscv) /* the simulated machine has none */
#define DMA_BASE RTC_BASE
#define DMA_COUNT 0u
#define DMA_REGISTER 0u
#else
#define DMA_BASE 0x510u
#define DMA_COUNT 12u
#define DMA_REGISTER 4u
#endif

/* One interrupt at the end of this second; false: the registers cannot be had. */
bool rtc_interrupt_on(void);
/* The interrupt has come: seconds since 1970, and no more interrupts; false: there was none. */
bool rtc_second(uint64_t *seconds);
/* What a program without the capability could try. Faults. */
void rtc_steal(void);

#endif
