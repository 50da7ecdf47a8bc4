/* SPDX-License-Identifier: Apache-2.0 */
/* What version 3 of the interrupt controller does otherwise: system registers, and a redistributor for each processor. */
#include "arch/aarch64/aarch64.h"
#include "arch/aarch64/gic.h"

#include <hal/io.h>

#define GICR_TYPER 0x08
#define GICR_WAKER 0x14
#define GICR_FRAME 0x20000u               /* two frames of 64 KiB: control, private interrupts */
#define GICR_PRIVATE 0x10000
#define GICD_ROUTE 0x6000

#define TYPER_VIRTUAL_LPIS 0x2u           /* two more frames */
#define TYPER_LAST 0x10u
#define WAKER_SLEEP 0x2u
#define WAKER_ASLEEP 0x4u
#define CTLR_GROUP_1 0x2u
#define CTLR_AFFINITY 0x10u
#define CTLR_WRITE_PENDING 0x80000000u
#define TRIES 1000000u

#define ICC_PMR s3_0_c4_c6_0
#define ICC_IAR1 s3_0_c12_c12_0
#define ICC_EOIR1 s3_0_c12_c12_1
#define ICC_CTLR s3_0_c12_c12_4
#define ICC_SRE s3_0_c12_c12_5
#define ICC_IGRPEN1 s3_0_c12_c12_7
#define ICC_SGI1R s3_0_c12_c11_5

static u32 acknowledge(void)
{
	u32 irq = (u32)read_sysreg(ICC_IAR1) & 0xffffff;

	hal_mb();
	return irq;
}

static void end(u32 irq)
{
	write_sysreg(ICC_EOIR1, irq);
	isb();
}

static u64 affinity(void)
{
	u64 mpidr = read_sysreg(mpidr_el1);

	return (mpidr & 0xffffff) | (mpidr >> 32 & 0xff) << 24;
}

static void raise(u32 sgi)
{
	u64 a = affinity();

	write_sysreg(ICC_SGI1R, (a >> 24) << 48 | (a >> 16 & 0xff) << 32 | (u64)sgi << 24 | (a >> 8 & 0xff) << 16 |
				  (u64)1 << (a & 15));
	isb();
}

/* This processor's in one region, or NULL. */
static volatile u8 *find_in(volatile u8 *region, u64 size)
{
	for (u64 at = 0; at < size && size - at >= GICR_FRAME; at += GICR_FRAME) {
		u32 type = hal_read32(region + at + GICR_TYPER);

		if (hal_read32(region + at + GICR_TYPER + 4) == affinity())
			return region + at;
		if (type & TYPER_LAST)
			return NULL;
		if (type & TYPER_VIRTUAL_LPIS)
			at += GICR_FRAME;
	}
	return NULL;
}

static volatile u8 *find_redistributor(u32 node)
{
	u32 regions = 1;
	u64 base, size;
	volatile u8 *found = NULL, *region;

	(void)fdt_word(&board, node, "#redistributor-regions", 0, &regions);
	for (u32 n = 0; n < regions && !found && fdt_reg(&board, node, 1 + n, &base, &size); n++) {
		region = size >= GICR_FRAME ? hal_map_device(base, size) : NULL;
		if (region)
			found = find_in(region, size);
	}
	return found;
}

static bool wake(volatile u8 *redistributor)
{
	hal_write32(redistributor + GICR_WAKER, hal_read32(redistributor + GICR_WAKER) & ~WAKER_SLEEP);
	for (u32 i = 0; i < TRIES; i++)
		if (!(hal_read32(redistributor + GICR_WAKER) & WAKER_ASLEEP))
			return true;
	return false;
}

bool gicv3_init(u32 node)
{
	volatile u8 *redistributor = find_redistributor(node);
	u64 here = affinity();

	if (!redistributor || !wake(redistributor))
		return false;
	gic.private = redistributor + GICR_PRIVATE;
	gic.acknowledge = acknowledge;
	gic.end = end;
	gic.raise = raise;
	hal_write32(gic.distributor + GICD_CTLR, CTLR_AFFINITY | CTLR_GROUP_1);
	for (u32 i = 0; i < TRIES && hal_read32(gic.distributor + GICD_CTLR) & CTLR_WRITE_PENDING; i++)
		;
	for (u32 irq = GIC_PRIVATE; irq < gic.lines; irq++) {
		hal_write32(gic.distributor + GICD_ROUTE + 8 * irq, (u32)here & 0xffffff);
		hal_write32(gic.distributor + GICD_ROUTE + 8 * irq + 4, (u32)(here >> 24));
	}
	write_sysreg(ICC_SRE, 1);
	isb();
	write_sysreg(ICC_PMR, 0xff);
	write_sysreg(ICC_CTLR, 0);
	write_sysreg(ICC_IGRPEN1, 1);
	isb();
	return true;
}
