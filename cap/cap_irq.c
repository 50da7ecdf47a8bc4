/* SPDX-License-Identifier: Apache-2.0 */
/* Interrupt lines for drivers at user level. How an interrupt becomes a notice: kernel/irqbind.c. */
#include <hal/hal.h>
#include "ops.h"

static u32 line(const struct inv *i)
{
	return (u32)cap_oid(&i->target);
}

static rc_t irq_bind_op(struct inv *i)
{
	struct objref ref;
	rc_t rc = arg_lookup(i, &ref);

	if (rc == RC_OK)
		rc = irq_can_bind(line(i));
	if (rc)
		return rc;
	inv_commit(i);
	irq_bind(line(i), &i->c[0]);
	hal_irq_enable(line(i));
	return RC_OK;
}

static rc_t irq_open(struct inv *i)
{
	inv_commit(i);
	hal_irq_enable(line(i));
	return RC_OK;
}

static rc_t irq_release_op(struct inv *i)
{
	inv_commit(i);
	irq_release(line(i));
	return RC_OK;
}

CAP_OPS(irq,
	OP(IRQ_BIND, irq_bind_op),
	OP(IRQ_OPEN, irq_open),
	OP(IRQ_RELEASE, irq_release_op));
