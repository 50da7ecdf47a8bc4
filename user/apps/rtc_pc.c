// SPDX-License-Identifier: Apache-2.0
/* The clock of a PC: the MC146818, by its index port 0x70 and data port 0x71. */
#include "rtc.h"
#include <invoke.h>

enum { SECONDS = 0, MINUTES = 2, HOURS = 4, DAY = 7, MONTH = 8, YEAR = 9, STATUS_B = 11, STATUS_C = 12, CENTURY = 0x32 };
#define B_UPDATE_ENDED 0x10u /* interrupt */
#define B_BINARY 0x04u
#define B_24_HOURS 0x02u
#define C_UPDATE_ENDED 0x10u

static bool port_write(uint32_t port, uint32_t v)
{
	return call_words(RTC_REGISTERS, OP_DEV_WRITE, port, 1, v) == RC_OK;
}

static uint32_t get(uint32_t reg)
{
	struct msg m = { .w = { OP_DEV_READ, 1, 1 } };
	if (!port_write(0, reg) || call(RTC_REGISTERS, &m) != RC_OK)
		return 0xff;
	return (uint32_t)m.w[1];
}

static void put(uint32_t reg, uint32_t v)
{
	port_write(0, reg);
	port_write(1, v);
}

bool rtc_interrupt_on(void)
{
	uint32_t b = get(STATUS_B);
	if (b == 0xff)
		return false;
	put(STATUS_B, b | B_UPDATE_ENDED);
	get(STATUS_C);
	return true;
}

static uint32_t number(uint32_t reg, uint32_t b)
{
	uint32_t v = get(reg);
	return b & B_BINARY ? v : (v >> 4) * 10 + (v & 15);
}

static uint32_t hours(uint32_t b)
{
	uint32_t raw = get(HOURS), v = raw & 0x7f;
	if (!(b & B_BINARY))
		v = (v >> 4) * 10 + (v & 15);
	return b & B_24_HOURS ? v : v % 12 + (raw & 0x80 ? 12 : 0);
}

/* Days since 1970 of a day of the Gregorian calendar: years begin in March, so that leap days come last. */
static uint32_t days(uint32_t year, uint32_t month, uint32_t day)
{
	uint32_t since_march = month < 3 ? month + 9 : month - 3;
	year -= month < 3;
	return year * 365 + year / 4 - year / 100 + year / 400 + (153 * since_march + 2) / 5 + day - 1 - 719468;
}

bool rtc_second(uint64_t *seconds)
{
	uint32_t b = get(STATUS_B), century = number(CENTURY, b);
	if (!(get(STATUS_C) & C_UPDATE_ENDED))
		return false;
	put(STATUS_B, b & ~B_UPDATE_ENDED);
	if (century < 19 || century > 99)
		century = 20;
	*seconds = (uint64_t)days(century * 100 + number(YEAR, b), number(MONTH, b), number(DAY, b)) * 86400 +
		   hours(b) * 3600 + number(MINUTES, b) * 60 + number(SECONDS, b);
	return true;
}

void rtc_steal(void)
{
	uint8_t v;
	__asm__ volatile("inb $0x71, %0" : "=a"(v));
}
