/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The two generations of Arm's interrupt controller (IHI 0048, IHI 0069). Their distributors agree; what differs is how a
 * processor is told, and where its private interrupts (0-31) are controlled.
 */
#ifndef ARCH_AARCH64_GIC_H
#define ARCH_AARCH64_GIC_H

#include <kernel/types.h>

#define GICD_CTLR 0x000
#define GICD_TYPER 0x004
#define GIC_GROUP 0x080                   /* these: one bit an interrupt */
#define GIC_ENABLE 0x100
#define GIC_DISABLE 0x180
#define GIC_PENDING 0x200
#define GIC_CLEAR_PENDING 0x280
#define GIC_ACTIVE 0x300
#define GIC_CLEAR_ACTIVE 0x380
#define GIC_PRIORITY 0x400                /* one byte */
#define GICD_TARGETS 0x800                /* one byte */
#define GIC_CONFIG 0xc00                  /* two bits */
#define GICD_SGI 0xf00
#define GICD_BYTES 0x1000u
#define GICD_V3_BYTES 0x10000u

#define GIC_PRIVATE 32u
#define GIC_SPURIOUS 1020u

struct gic {
	volatile u8 *distributor, *private; /* registers of interrupts from 32 on, and of 0-31 */
	u32 lines;
	u32 (*acknowledge)(void);        /* GIC_SPURIOUS or more: nothing is pending */
	void (*end)(u32 irq);
	void (*raise)(u32 sgi);
};
extern struct gic gic;

/* From the controller's node; false: its registers are out of reach. */
bool gicv3_init(u32 node);

#endif
