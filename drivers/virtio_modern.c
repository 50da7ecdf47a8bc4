/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Virtio registers as version 1 devices have them: in memory, at places that vendor
 * capabilities in configuration space name (specification 1.1, section 4.1.4).
 */
#include "drivers/virtio.h"

#include <hal/hal.h>
#include <hal/io.h>

#define CAP_TYPE 3
#define CAP_BAR 4
#define CAP_OFFSET 8
#define CAP_LENGTH 12
#define CAP_NOTIFY_MULTIPLIER 16

#define CAP_COMMON 1
#define CAP_NOTIFY 2
#define CAP_ISR 3
#define CAP_CONFIG 4

#define COMMON_DEVICE_FEATURE_SELECT 0x00
#define COMMON_DEVICE_FEATURE 0x04
#define COMMON_DRIVER_FEATURE_SELECT 0x08
#define COMMON_DRIVER_FEATURE 0x0c
#define COMMON_STATUS 0x14
#define COMMON_QUEUE_SELECT 0x16
#define COMMON_QUEUE_SIZE 0x18
#define COMMON_QUEUE_ENABLE 0x1c
#define COMMON_QUEUE_NOTIFY_OFF 0x1e
#define COMMON_QUEUE_DESC 0x20
#define COMMON_QUEUE_DRIVER 0x28
#define COMMON_QUEUE_DEVICE 0x30

#define CAPABILITIES_MAX 48
#define RESET_POLLS 1000000u

static u8 read8(const volatile u8 *base, u32 offset)
{
	return base[offset];
}

static u16 read16(const volatile u8 *base, u32 offset)
{
	return *(const volatile u16 *)(base + offset);
}

static u32 read32(const volatile u8 *base, u32 offset)
{
	return *(const volatile u32 *)(base + offset);
}

static void write8(volatile u8 *base, u32 offset, u8 x)
{
	base[offset] = x;
}

static void write16(volatile u8 *base, u32 offset, u16 x)
{
	*(volatile u16 *)(base + offset) = x;
}

static void write32(volatile u8 *base, u32 offset, u32 x)
{
	*(volatile u32 *)(base + offset) = x;
}

static void write_address(volatile u8 *base, u32 offset, const volatile void *va)
{
	paddr_t pa = hal_virt_to_phys((const void *)va);

	write32(base, offset, (u32)pa);
	write32(base, offset + 4, (u32)((u64)pa >> 32));
}

static u64 device_features(struct virtio *v)
{
	u64 low;

	write32(v->common, COMMON_DEVICE_FEATURE_SELECT, 0);
	low = read32(v->common, COMMON_DEVICE_FEATURE);
	write32(v->common, COMMON_DEVICE_FEATURE_SELECT, 1);
	return (u64)read32(v->common, COMMON_DEVICE_FEATURE) << 32 | low;
}

static bool modern_start(struct virtio *v, u64 wanted, u64 *features)
{
	u8 status = VIRTIO_ACKNOWLEDGE | VIRTIO_DRIVER;

	write8(v->common, COMMON_STATUS, 0);
	for (u32 i = 0; read8(v->common, COMMON_STATUS); i++)
		if (i == RESET_POLLS)
			return false;
	write8(v->common, COMMON_STATUS, status);
	*features = device_features(v) & (wanted | VIRTIO_F_VERSION_1);
	write32(v->common, COMMON_DRIVER_FEATURE_SELECT, 0);
	write32(v->common, COMMON_DRIVER_FEATURE, (u32)*features);
	write32(v->common, COMMON_DRIVER_FEATURE_SELECT, 1);
	write32(v->common, COMMON_DRIVER_FEATURE, (u32)(*features >> 32));
	write8(v->common, COMMON_STATUS, status | VIRTIO_FEATURES_OK);
	return read8(v->common, COMMON_STATUS) & VIRTIO_FEATURES_OK;
}

static u32 modern_config32(struct virtio *v, u32 offset)
{
	return read32(v->config, offset);
}

static bool modern_run(struct virtio *v, struct virtq *q, void *memory)
{
	u32 size;

	write16(v->common, COMMON_QUEUE_SELECT, 0);
	size = read16(v->common, COMMON_QUEUE_SIZE);
	if (!size) {
		write8(v->common, COMMON_STATUS, VIRTIO_FAILED);
		return false;
	}
	virtq_layout(q, memory, MIN(size, VIRTQ_SIZE_MAX));
	write16(v->common, COMMON_QUEUE_SIZE, (u16)q->size);
	write_address(v->common, COMMON_QUEUE_DESC, q->desc);
	write_address(v->common, COMMON_QUEUE_DRIVER, q->avail_index - 1);
	write_address(v->common, COMMON_QUEUE_DEVICE, q->used_index - 1);
	v->notify += read16(v->common, COMMON_QUEUE_NOTIFY_OFF) * v->notify_multiplier;
	write16(v->common, COMMON_QUEUE_ENABLE, 1);
	write8(v->common, COMMON_STATUS,
		VIRTIO_ACKNOWLEDGE | VIRTIO_DRIVER | VIRTIO_FEATURES_OK | VIRTIO_DRIVER_OK);
	return true;
}

static void modern_notify(struct virtio *v)
{
	write16(v->notify, 0, 0);
}

static void modern_stop(struct virtio *v)
{
	write8(v->common, COMMON_STATUS, 0);
}

static u8 modern_take_irq(struct virtio *v)
{
	return read8(v->isr, 0);
}

static const struct virtio_ops modern_ops = {
	.start = modern_start,
	.config32 = modern_config32,
	.run = modern_run,
	.notify = modern_notify,
	.stop = modern_stop,
	.take_irq = modern_take_irq,
};

/* The registers that a capability describes, mapped; NULL if they are out of reach. */
static volatile u8 *map_capability(const struct pci_dev *dev, u32 cap)
{
	u32 offset = pci_read32(dev, cap + CAP_OFFSET);
	paddr_t base;

	if (!pci_memory_bar(dev, pci_read8(dev, cap + CAP_BAR), &base) || base + offset < base)
		return NULL;
	return hal_map_device(base + offset, pci_read32(dev, cap + CAP_LENGTH));
}

static void take_capability(struct virtio *v, const struct pci_dev *dev, u32 cap)
{
	switch (pci_read8(dev, cap + CAP_TYPE)) {
	case CAP_COMMON:
		v->common = map_capability(dev, cap);
		break;
	case CAP_NOTIFY:
		v->notify = map_capability(dev, cap);
		v->notify_multiplier = pci_read32(dev, cap + CAP_NOTIFY_MULTIPLIER);
		break;
	case CAP_ISR:
		v->isr = map_capability(dev, cap);
		break;
	case CAP_CONFIG:
		v->config = map_capability(dev, cap);
		break;
	}
}

bool virtio_open_modern(struct virtio *v, const struct pci_dev *dev)
{
	u32 cap;

	if (!(pci_read16(dev, PCI_STATUS) & PCI_STATUS_CAPABILITIES))
		return false;
	*v = (struct virtio){ .ops = &modern_ops };
	pci_enable(dev);
	cap = pci_read8(dev, PCI_CAPABILITIES);
	for (u32 i = 0; cap && i < CAPABILITIES_MAX; i++) {
		if (pci_read8(dev, cap) == PCI_CAP_VENDOR)
			take_capability(v, dev, cap);
		cap = pci_read8(dev, cap + 1);
	}
	return v->common && v->notify && v->isr && v->config;
}
