/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Virtio devices without a bus: registers in memory, described by the device tree (specification 1.1, section 4.2). Both
 * layouts: 1 (legacy) has the queue in one piece at a frame number, 2 at three addresses. A place may be empty.
 */
#include "drivers/probe.h"
#include "drivers/virtio.h"

#include <hal/hal.h>
#include <hal/io.h>
#include <kernel/drivers.h>
#include <kernel/lib.h>
#include <kernel/panic.h>

#define MAGIC 0x000
#define VERSION 0x004
#define DEVICE 0x008
#define DEVICE_FEATURES 0x010
#define DEVICE_FEATURES_SELECT 0x014
#define DRIVER_FEATURES 0x020
#define DRIVER_FEATURES_SELECT 0x024
#define GUEST_PAGE_SIZE 0x028 /* legacy */
#define QUEUE_SELECT 0x030
#define QUEUE_SIZE_MAX 0x034
#define QUEUE_SIZE 0x038
#define QUEUE_ALIGN 0x03c /* legacy */
#define QUEUE_FRAME 0x040 /* legacy */
#define QUEUE_READY 0x044
#define QUEUE_NOTIFY 0x050
#define IRQ_STATUS 0x060
#define IRQ_ACKNOWLEDGE 0x064
#define STATUS 0x070
#define QUEUE_DESC 0x080
#define QUEUE_DRIVER 0x090
#define QUEUE_DEVICE 0x0a0
#define CONFIG 0x100
#define REGISTER_BYTES 0x200

#define MAGIC_VALUE 0x74726976u
#define LEGACY 1u
#define MODERN 2u
#define DISK 2u

static u32 get(const struct virtio *v, u32 reg)
{
	return hal_read32(v->common + reg);
}

static void set(const struct virtio *v, u32 reg, u32 x)
{
	hal_write32(v->common + reg, x);
}

static u64 agree(const struct virtio *v, u64 wanted, u32 words)
{
	u64 features = 0;

	for (u32 i = 0; i < words; i++) {
		u32 common;

		set(v, DEVICE_FEATURES_SELECT, i);
		common = get(v, DEVICE_FEATURES) & (u32)(wanted >> 32 * i);
		set(v, DRIVER_FEATURES_SELECT, i);
		set(v, DRIVER_FEATURES, common);
		features |= (u64)common << 32 * i;
	}
	return features;
}

static bool mmio_start(struct virtio *v, u64 wanted, u64 *features)
{
	bool modern = get(v, VERSION) == MODERN;

	set(v, STATUS, 0);
	set(v, STATUS, VIRTIO_ACKNOWLEDGE | VIRTIO_DRIVER);
	if (!modern) {
		*features = agree(v, wanted, 1);
		return true;
	}
	*features = agree(v, wanted | VIRTIO_F_VERSION_1, 2);
	set(v, STATUS, VIRTIO_ACKNOWLEDGE | VIRTIO_DRIVER | VIRTIO_FEATURES_OK);
	return *features & VIRTIO_F_VERSION_1 && get(v, STATUS) & VIRTIO_FEATURES_OK;
}

static u32 mmio_config32(struct virtio *v, u32 offset)
{
	return get(v, CONFIG + offset);
}

static void set_address(const struct virtio *v, u32 reg, const volatile void *va)
{
	paddr_t pa = hal_virt_to_phys((const void *)va);

	set(v, reg, (u32)pa);
	set(v, reg + 4, (u32)((u64)pa >> 32));
}

static void place_legacy(const struct virtio *v, const struct virtq *q)
{
	set(v, GUEST_PAGE_SIZE, FRAME_SIZE);
	set(v, QUEUE_SIZE, q->size);
	set(v, QUEUE_ALIGN, FRAME_SIZE);
	set(v, QUEUE_FRAME, (u32)(hal_virt_to_phys(q->desc) >> FRAME_SHIFT));
}

static void place_modern(const struct virtio *v, const struct virtq *q)
{
	set(v, QUEUE_SIZE, q->size);
	set_address(v, QUEUE_DESC, q->desc);
	set_address(v, QUEUE_DRIVER, q->avail_index - 1);
	set_address(v, QUEUE_DEVICE, q->used_index - 1);
	set(v, QUEUE_READY, 1);
}

static bool mmio_run(struct virtio *v, struct virtq *q, void *memory)
{
	bool modern = get(v, VERSION) == MODERN;
	u32 size;

	set(v, QUEUE_SELECT, 0);
	size = get(v, QUEUE_SIZE_MAX);
	if (!size || hal_virt_to_phys(memory) >> (32 + FRAME_SHIFT)) {
		set(v, STATUS, VIRTIO_FAILED);
		return false;
	}
	virtq_layout(q, memory, MIN(size, VIRTQ_SIZE_MAX));
	if (modern)
		place_modern(v, q);
	else
		place_legacy(v, q);
	set(v, STATUS, VIRTIO_ACKNOWLEDGE | VIRTIO_DRIVER | VIRTIO_DRIVER_OK | (modern ? VIRTIO_FEATURES_OK : 0));
	return true;
}

static void mmio_notify(struct virtio *v)
{
	set(v, QUEUE_NOTIFY, 0);
}

static void mmio_stop(struct virtio *v)
{
	set(v, STATUS, 0);
}

static u8 mmio_take_irq(struct virtio *v)
{
	u32 reasons = get(v, IRQ_STATUS);

	set(v, IRQ_ACKNOWLEDGE, reasons);
	return (u8)reasons;
}

static const struct virtio_ops mmio_ops = {
	.start = mmio_start,
	.config32 = mmio_config32,
	.run = mmio_run,
	.notify = mmio_notify,
	.stop = mmio_stop,
	.take_irq = mmio_take_irq,
};

void virtio_mmio_probe(const struct device *dev)
{
	struct virtio v = { .ops = &mmio_ops };
	char where[24];
	u32 version;

	format_buf(where, sizeof(where), "%llx", (unsigned long long)dev->reg[0].base);
	if (dev->reg[0].size >= REGISTER_BYTES)
		v.common = hal_map_device(dev->reg[0].base, dev->reg[0].size);
	if (!v.common) {
		klog("virtio device at %s left out: its registers are out of reach\n", where);
		return;
	}
	version = get(&v, VERSION);
	if (get(&v, MAGIC) != MAGIC_VALUE || (version != LEGACY && version != MODERN) || get(&v, DEVICE) != DISK)
		return;
	(void)virtio_blk_add(&v, dev->irq, where);
}
