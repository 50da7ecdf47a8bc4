/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Virtio devices with one split queue (Virtual I/O Device specification 1.1, sections 2.6, 4.1
 * and 4.2). A transport is a table of functions: on PCI legacy (ports) and modern (memory), and
 * memory-mapped without a bus. virtio_<transport>.c finds devices, virtio_blk.c drives them. The queue's layout in memory is the legacy one, which modern devices take
 * as well. Devices see physical addresses.
 */
#ifndef DRIVERS_VIRTIO_H
#define DRIVERS_VIRTIO_H

#include <kernel/pci.h>
#include <kernel/types.h>

#define VIRTIO_F_VERSION_1 ((u64)1 << 32)

#define VIRTIO_ACKNOWLEDGE 0x01u
#define VIRTIO_DRIVER 0x02u
#define VIRTIO_DRIVER_OK 0x04u
#define VIRTIO_FEATURES_OK 0x08u
#define VIRTIO_FAILED 0x80u

struct virtq_desc {
	u64 addr;
	u32 len;
	u16 flags, next;
};
#define VIRTQ_NEXT 1u
#define VIRTQ_DEVICE_WRITES 2u

struct virtq_used_elem {
	u32 id, len;
};

/* The largest queue that a legacy device may insist on. */
#define VIRTQ_SIZE_MAX 256u
#define VIRTQ_USED_OFFSET(n) ALIGN_UP(16u * (n) + 6u + 2u * (n), FRAME_SIZE)
#define VIRTQ_BYTES (VIRTQ_USED_OFFSET(VIRTQ_SIZE_MAX) + ALIGN_UP(6u + 8u * VIRTQ_SIZE_MAX, FRAME_SIZE))

struct virtq {
	u32 size;                        /* a power of two */
	struct virtq_desc *desc;
	volatile u16 *avail_index;
	volatile u16 *avail_ring;
	volatile u16 *used_index;
	volatile struct virtq_used_elem *used_ring;
	u16 used_seen;
};

struct virtio {
	const struct virtio_ops *ops;
	u16 port;                        /* legacy */
	volatile u8 *common, *isr, *config, *notify; /* common alone: memory-mapped */
	u32 notify_multiplier;           /* modern */
};

struct virtio_ops {
	/* Resets it and agrees on features: what it has of `wanted`, or false. */
	bool (*start)(struct virtio *v, u64 wanted, u64 *features);
	u32 (*config32)(struct virtio *v, u32 offset);
	/* Queue 0, in `memory` (VIRTQ_BYTES, zeroed, frame aligned); then the device runs. */
	bool (*run)(struct virtio *v, struct virtq *q, void *memory);
	void (*notify)(struct virtio *v);
	/* Reset for ever: it no longer touches memory. */
	void (*stop)(struct virtio *v);
	/* Reads and clears the reasons for the interrupt: it lets go of the line. */
	u8 (*take_irq)(struct virtio *v);
};

/* A disk that has been found: takes it into use. `where` is its place, for the log. False: left out, and said. */
bool virtio_blk_add(const struct virtio *v, u32 irq, const char *where);

bool virtio_open_legacy(struct virtio *v, const struct pci_dev *dev);
bool virtio_open_modern(struct virtio *v, const struct pci_dev *dev);

static inline void virtq_layout(struct virtq *q, void *memory, u32 size)
{
	u8 *base = memory;

	q->size = size;
	q->desc = memory;
	q->avail_index = (void *)(base + 16 * size + 2);
	q->avail_ring = (void *)(base + 16 * size + 4);
	q->used_index = (void *)(base + VIRTQ_USED_OFFSET(size) + 2);
	q->used_ring = (void *)(base + VIRTQ_USED_OFFSET(size) + 4);
	q->used_seen = 0;
}

#endif
