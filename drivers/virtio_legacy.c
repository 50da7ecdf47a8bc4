/* SPDX-License-Identifier: Apache-2.0 */
/* Virtio registers as legacy and transitional devices have them: in I/O ports, BAR 0. */
#include "drivers/virtio.h"

#include <hal/hal.h>
#include <hal/io.h>

#define REG_DEVICE_FEATURES 0
#define REG_DRIVER_FEATURES 4
#define REG_QUEUE_FRAME 8
#define REG_QUEUE_SIZE 12
#define REG_QUEUE_SELECT 14
#define REG_NOTIFY 16
#define REG_STATUS 18
#define REG_ISR 19
#define REG_CONFIG 20 /* without MSI-X */

static bool legacy_start(struct virtio *v, u64 wanted, u64 *features)
{
	u32 common;

	outb(v->port + REG_STATUS, 0);
	outb(v->port + REG_STATUS, VIRTIO_ACKNOWLEDGE | VIRTIO_DRIVER);
	common = inl(v->port + REG_DEVICE_FEATURES) & (u32)wanted;
	outl(v->port + REG_DRIVER_FEATURES, common);
	*features = common;
	return true;
}

static u32 legacy_config32(struct virtio *v, u32 offset)
{
	return inl((u16)(v->port + REG_CONFIG + offset));
}

static bool legacy_run(struct virtio *v, struct virtq *q, void *memory)
{
	u32 size;

	outw(v->port + REG_QUEUE_SELECT, 0);
	size = inw(v->port + REG_QUEUE_SIZE);
	if (!size || size > VIRTQ_SIZE_MAX) {
		outb(v->port + REG_STATUS, VIRTIO_FAILED);
		return false;
	}
	virtq_layout(q, memory, size);
	outl(v->port + REG_QUEUE_FRAME, (u32)(hal_virt_to_phys(memory) >> FRAME_SHIFT));
	outb(v->port + REG_STATUS, VIRTIO_ACKNOWLEDGE | VIRTIO_DRIVER | VIRTIO_DRIVER_OK);
	return true;
}

static void legacy_notify(struct virtio *v)
{
	outw(v->port + REG_NOTIFY, 0);
}

static void legacy_stop(struct virtio *v)
{
	outb(v->port + REG_STATUS, 0);
}

static u8 legacy_take_irq(struct virtio *v)
{
	return inb(v->port + REG_ISR);
}

static const struct virtio_ops legacy_ops = {
	.start = legacy_start,
	.config32 = legacy_config32,
	.run = legacy_run,
	.notify = legacy_notify,
	.stop = legacy_stop,
	.take_irq = legacy_take_irq,
};

bool virtio_open_legacy(struct virtio *v, const struct pci_dev *dev)
{
	u32 bar = pci_read32(dev, PCI_BAR(0));

	if (!(bar & PCI_BAR_IO))
		return false;
	pci_enable(dev);
	*v = (struct virtio){ .ops = &legacy_ops, .port = bar & 0xfffc };
	return true;
}
