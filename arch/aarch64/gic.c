/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Interrupts: numbers are the controller's (INTID). All have one priority. One that arrives is closed until its driver's
 * thread calls hal_irq_enable(): level or edge makes no difference, an edge that comes meanwhile stays pending.
 */
#include "arch/aarch64/aarch64.h"
#include "arch/aarch64/gic.h"

#include <hal/io.h>
#include <kernel/entry.h>
#include <kernel/panic.h>

#define GICC_CTLR 0x00
#define GICC_PRIORITY_MASK 0x04
#define GICC_ACKNOWLEDGE 0x0c
#define GICC_END 0x10

#define SGIS 16u
#define SGI_TO_SELF (2u << 24)
#define PRIORITY 0xa0a0a0a0u
#define SPI 0u                            /* first cell of an interrupt in the device tree; PPI = 1 */
#define FLAGS_EDGE 3u                     /* of the third */

struct gic gic;
u32 gic_sgis;
static volatile u8 *cpu_interface;

/* ---- version 2 ---- */

static u32 v2_acknowledge(void)
{
	return hal_read32(cpu_interface + GICC_ACKNOWLEDGE) & 0x3ff;
}

static void v2_end(u32 irq)
{
	hal_write32(cpu_interface + GICC_END, irq);
}

static void v2_raise(u32 sgi)
{
	hal_write32(gic.distributor + GICD_SGI, SGI_TO_SELF | sgi);
}

static bool v2_init(u32 node)
{
	u64 base, size;
	u32 target;

	if (!fdt_reg(&board, node, 0, &base, &size) || !(gic.distributor = hal_map_device(base, size)) ||
	    !fdt_reg(&board, node, 1, &base, &size) || !(cpu_interface = hal_map_device(base, size)))
		return false;
	gic.private = gic.distributor;
	gic.acknowledge = v2_acknowledge;
	gic.end = v2_end;
	gic.raise = v2_raise;
	target = hal_read32(gic.distributor + GICD_TARGETS) & 0xff; /* the private ones' say which processor this is */
	for (u32 irq = GIC_PRIVATE; target && irq < gic.lines; irq += 4)
		hal_write32(gic.distributor + GICD_TARGETS + irq, target * 0x01010101u);
	hal_write32(gic.distributor + GICD_CTLR, 1);
	hal_write32(cpu_interface + GICC_PRIORITY_MASK, 0xff);
	hal_write32(cpu_interface + GICC_CTLR, 1);
	return true;
}

/* ---- both ---- */

static volatile u8 *registers(u32 irq)
{
	return irq < GIC_PRIVATE ? gic.private : gic.distributor;
}

static void set_bit(u32 block, u32 irq)
{
	hal_write32(registers(irq) + block + irq / 32 * 4, 1u << irq % 32);
}

void hal_irq_enable(u32 irq)
{
	if (irq < gic.lines)
		set_bit(GIC_ENABLE, irq);
}

void gic_raise(u32 sgi)
{
	gic.raise(sgi);
}

u32 gic_irq(const struct fdt_irq *irq)
{
	u32 n, shift;
	volatile u8 *config;

	if (irq->count < 3 || irq->cells[0] > 1 ||
	    !fdt_prop(&board, irq->controller, "interrupt-controller", &n) || irq->cells[1] >= GIC_SPURIOUS)
		return IRQ_NONE;
	n = irq->cells[1] + (irq->cells[0] == SPI ? GIC_PRIVATE : SGIS);
	if (n >= gic.lines || (irq->cells[0] != SPI && n >= GIC_PRIVATE))
		return IRQ_NONE;
	config = registers(n) + GIC_CONFIG + n / 16 * 4;
	shift = n % 16 * 2 + 1;
	hal_write32(config, (hal_read32(config) & ~(1u << shift)) | (irq->cells[2] & FLAGS_EDGE ? 1u << shift : 0));
	return n;
}

/* Everything closed, nothing pending or taken, one priority, one group. */
static void quiet(volatile u8 *base, u32 from, u32 to, u32 group)
{
	for (u32 irq = from; irq < to; irq += 32) {
		hal_write32(base + GIC_DISABLE + irq / 8, 0xffffffff);
		hal_write32(base + GIC_CLEAR_PENDING + irq / 8, 0xffffffff);
		hal_write32(base + GIC_CLEAR_ACTIVE + irq / 8, 0xffffffff);
		hal_write32(base + GIC_GROUP + irq / 8, group);
		for (u32 i = 0; i < 32; i += 4)
			hal_write32(base + GIC_PRIORITY + irq + i, PRIORITY);
	}
}

/* What another system has taken and not ended would keep all that is not more urgent from being told. */
static void end_taken(void)
{
	for (u32 irq = 0; irq < gic.lines; irq++)
		if (hal_read32(registers(irq) + GIC_ACTIVE + irq / 32 * 4) >> irq % 32 & 1)
			gic.end(irq);
}

void gic_init(void)
{
	static const char *const v2[] = { "arm,gic-400", "arm,cortex-a15-gic", "arm,cortex-a7-gic" };
	u32 node = fdt_by_compatible(&board, FDT_NONE, "arm,gic-v3");
	bool v3 = node != FDT_NONE, good;
	u64 base, size;
	volatile u8 *distributor;

	for (u32 i = 0; i < ARRAY_SIZE(v2) && !node; i++)
		node = fdt_by_compatible(&board, FDT_NONE, v2[i]);
	if (!node)
		boot_stop("the device tree has no interrupt controller that this kernel drives (arm,gic-400, arm,gic-v3)");
	distributor = fdt_reg(&board, node, 0, &base, &size) && size >= (v3 ? GICD_V3_BYTES : GICD_BYTES) ?
		hal_map_device(base, size) : NULL;
	if (!distributor)
		boot_stop("the registers of the interrupt controller are out of reach, or in memory: mend its reg");
	gic.lines = MIN(((hal_read32(distributor + GICD_TYPER) & 31) + 1) * 32, GIC_SPURIOUS);
	hal_write32(distributor + GICD_CTLR, 0);
	gic.distributor = distributor;
	good = v3 ? gicv3_init(node) : v2_init(node);
	if (!good)
		boot_stop("the registers of the interrupt controller are out of reach, or in memory: mend its reg");
	end_taken();
	quiet(distributor, GIC_PRIVATE, gic.lines, v3 ? 0xffffffff : 0);
	quiet(gic.private, 0, GIC_PRIVATE, v3 ? 0xffffffff : 0);
	set_bit(GIC_ENABLE, 0); /* SGI 0, for the self-test */
}

void gic_poll(void)
{
	for (;;) {
		u32 irq = gic.acknowledge();

		if (irq >= GIC_SPURIOUS)
			return;
		if (irq == timer_irq) {
			timer_tick();
		} else if (irq >= SGIS) {
			set_bit(GIC_DISABLE, irq);
			if (irq == console_irq)
				console_masked = true;
			kernel_irq_note(irq);
		} else {
			gic_sgis++;
		}
		gic.end(irq);
	}
}
