/* SPDX-License-Identifier: Apache-2.0 */
/* The devices of a device tree, for the drivers. A node's strings go from the most special to the most general. */
#include <kernel/drivers.h>
#include <kernel/fdt.h>
#include <kernel/irqchip.h>
#include <kernel/lib.h>

static void offer(struct device *d)
{
	u32 bytes;
	const char *names = fdt_prop(d->fdt, d->node, "compatible", &bytes);

	if (!bytes || names[bytes - 1])
		return;
	for (u32 at = 0; at < bytes; at += (u32)strlen(names + at) + 1) {
		d->compatible = names + at;
		if (drivers_offer(d))
			return;
	}
}

void drivers_offer_fdt(const struct fdt *f, u32 (*irq_of)(const struct fdt_irq *irq))
{
	for (u32 node = fdt_next(f, FDT_NONE); node; node = fdt_next(f, node)) {
		struct device d = { .irq = IRQ_NONE, .fdt = f, .node = node, .irq_of = irq_of };
		struct fdt_irq irq;

		if (!fdt_is_enabled(f, node))
			continue;
		for (u32 n = 0; n < ARRAY_SIZE(d.reg); n++)
			if (!fdt_reg(f, node, n, &d.reg[n].base, &d.reg[n].size))
				d.reg[n].size = 0;
		if (fdt_irq(f, node, 0, &irq))
			d.irq = irq_of(&irq);
		offer(&d);
	}
}
