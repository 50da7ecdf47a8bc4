/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Interrupts that are notices: a line is bound to a notice capability. The interrupt handler only marks the binding; a
 * kernel thread posts, and tries again after a tick when the process has to be fetched or its schedule is at its limit. So
 * no interrupt is lost, and none needs memory: the table is all there is. Bindings end with a restart.
 */
#include <hal/hal.h>
#include <kernel/irqchip.h>
#include <kernel/sched.h>

#define BINDINGS 8u
#define RETRY_MS 10

static struct binding {
	u32 irq;
	bool used, pending;
	struct cap notice;
} bindings[BINDINGS];

static struct binding *find(u32 irq)
{
	for (u32 k = 0; k < BINDINGS; k++)
		if (bindings[k].used && bindings[k].irq == irq)
			return &bindings[k];
	return NULL;
}

static struct binding *find_free(void)
{
	for (u32 k = 0; k < BINDINGS; k++)
		if (!bindings[k].used)
			return &bindings[k];
	return NULL;
}

static rc_t post(const struct cap *notice)
{
	struct context *to;
	struct objref ref;
	rc_t rc = cap_lookup(notice, &ref);
	u32 bits;

	if (rc == RC_OK)
		rc = process_load(&ref, &to);
	if (rc)
		return rc;
	bits = to->p.notice_bits | cap_payload(notice);
	rc = notice_prepare(to, bits, to->p.notice_mask);
	if (rc == RC_OK)
		notice_set(to, bits, to->p.notice_mask);
	return rc;
}

/* Posts one. What may come to be possible is tried again; a process that is gone, or none, is bound no more. */
static enum kt_result step(struct kthread *kt)
{
	for (u32 k = 0; k < BINDINGS; k++) {
		struct binding *b = &bindings[k];
		rc_t rc;

		if (!b->used || !b->pending)
			continue;
		rc = post(&b->notice);
		if (rc == RC_STALL || rc == RC_BUSY || rc == RC_NO_ACTIVITY) {
			kthread_wake_at(kt, hal_time_ms() + RETRY_MS);
			continue;
		}
		b->pending = false;
		b->used = rc == RC_OK;
		return KT_AGAIN;
	}
	return KT_WAIT;
}

static struct kthread poster = { .name = "irq", .step = step, .prio = KT_PRIO_DEVICE };

rc_t irq_can_bind(u32 irq)
{
	return irq_is_kernels(irq) || find(irq) || !find_free() ? RC_BUSY : RC_OK;
}

void irq_bind(u32 irq, const struct cap *notice)
{
	static bool registered;

	if (!registered)
		kthread_register(&poster);
	registered = true;
	*find_free() = (struct binding){ .irq = irq, .used = true, .notice = *notice };
}

void irq_release(u32 irq)
{
	struct binding *b = find(irq);

	if (b)
		b->used = false;
}

void irq_bound_note(u32 irq)
{
	struct binding *b = find(irq);

	if (!b)
		return;
	b->pending = true;
	kthread_wake(&poster);
}
