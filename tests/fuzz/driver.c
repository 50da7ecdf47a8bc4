/* SPDX-License-Identifier: Apache-2.0 */
/* The disk's driver: what of the machine is put back with the kernel's variables. */
#include "fuzz.h"

#include <abi/error.h>
#include <hal/hal.h>
#include <kernel/blkdev.h>
#include <kernel/entry.h>
#include <kernel/irqchip.h>
#include <kernel/kthread.h>

#define IRQ_DISK 1u

static struct blkdev device;
static struct kthread thread;
static struct blkreq *finished, **finished_end;

static void submit(struct blkdev *d, struct blkreq *r)
{
	machine_request(r);
}

void driver_finished(struct blkreq *r)
{
	r->status = RC_OK;
	r->next = NULL;
	*finished_end = r;
	finished_end = &r->next;
	kernel_irq_note(IRQ_DISK);
}

static enum kt_result step(struct kthread *kt)
{
	struct blkreq *r = finished;

	if (!r)
		return KT_WAIT;
	finished = r->next;
	if (!finished)
		finished_end = &finished;
	r->next = NULL;
	r->done(r);
	return finished ? KT_AGAIN : KT_WAIT;
}

void hal_devices_init(void)
{
	finished = NULL;
	finished_end = &finished;
	device = (struct blkdev){ .name = "disk", .blocks = DISK_BLOCKS, .flags = BLK_HAS_FLUSH, .submit = submit };
	thread = (struct kthread){ .name = "disk", .step = step, .prio = KT_PRIO_DEVICE };
	kthread_register(&thread);
	irq_register(IRQ_DISK, &thread);
	blkdev_register(&device);
}
