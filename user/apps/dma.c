// SPDX-License-Identifier: Apache-2.0
/*
 * A driver of a device that uses memory by itself: QEMU's fw_cfg (docs/specs/fw_cfg of QEMU) writes its signature into a page
 * whose address the supervisor tells. The page is mapped at RTC_MAPPED.
 */
#include "rtc.h"
#include <abi/process.h>
#include <invoke.h>
#include <print.h>

int main(uintptr_t address);

/* What the device reads and writes: big-endian. */
struct request {
	uint32_t control, length, address_high, address_low;
};
#define READ 2u
#define SELECT 8u /* the item in bits 31-16: 0, the signature */
#define FAILED 1u

static uint32_t big_endian(uint32_t v)
{
	return v << 24 | (v & 0xff00) << 8 | (v >> 8 & 0xff00) | v >> 24;
}

static bool tell(uint32_t offset, uint32_t value)
{
	return call_words(RTC_REGISTERS, OP_DEV_WRITE, offset, 4, big_endian(value)) == RC_OK;
}

int main(uintptr_t address)
{
	volatile char *text = (volatile char *)(uintptr_t)RTC_MAPPED;
	volatile struct request *r = (volatile struct request *)(uintptr_t)(RTC_MAPPED + 0x100);
	*r = (struct request){ big_endian(SELECT | READ), big_endian(4), 0, big_endian((uint32_t)address) };
	__sync_synchronize();
	if (!tell(DMA_REGISTER, 0) || !tell(DMA_REGISTER + 4, (uint32_t)address + 0x100))
		return 1;
	while (r->control & ~big_endian(FAILED))
		;
	__sync_synchronize();
	log_line("dma: the device says: %c%c%c%c", text[0], text[1], text[2], text[3]);
	return 0;
}
