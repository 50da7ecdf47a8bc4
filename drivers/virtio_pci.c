/* SPDX-License-Identifier: Apache-2.0 */
/* Virtio devices on PCI: which they are, and by which registers. */
#include "drivers/probe.h"
#include "drivers/virtio.h"

#include <kernel/lib.h>
#include <kernel/panic.h>

#define VENDOR 0x1af4u
#define DISK_TRANSITIONAL 0x1001u
#define DISK_MODERN 0x1042u

static bool open_legacy(struct virtio *v, const struct pci_dev *dev)
{
	return IS_ENABLED(CONFIG_VIRTIO_PCI_LEGACY) && virtio_open_legacy(v, dev);
}

void virtio_pci_probe(const struct pci_dev *dev)
{
	struct virtio v;
	char where[16];

	if (dev->vendor != VENDOR || (dev->device != DISK_TRANSITIONAL && dev->device != DISK_MODERN))
		return;
	format_buf(where, sizeof(where), "%u:%u.%u", dev->bus, dev->slot, dev->function);
	if (open_legacy(&v, dev) || virtio_open_modern(&v, dev))
		(void)virtio_blk_add(&v, dev->irq, where);
	else
		klog("virtio disk at %s left out: its registers are out of reach\n", where);
}
