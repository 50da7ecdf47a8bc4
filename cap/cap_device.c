/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Device memory and I/O ports, for drivers at user level: one access to a register is one operation. Device memory can
 * also stand in a GPT, like a page (mm/walk.c).
 */
#include <hal/hal.h>
#include <kernel/cpu.h>
#include "ops.h"

#define PORTS 0x10000u
#define PHYSICAL_PART 16u

static bool is_memory(const struct inv *i)
{
	return cap_type(&i->target) == CT_DEVMEM;
}

static u64 length_of(const struct inv *i)
{
	return (u64)cap_payload(&i->target) << (is_memory(i) ? FRAME_SHIFT : 0);
}

static rc_t dev_length(struct inv *i)
{
	inv_commit(i);
	reply64(i, 1, length_of(i));
	return RC_OK;
}

/* The access has its effect in the commit: a device remembers also what is only read. */
static rc_t access(struct inv *i, bool write)
{
	u32 offset = arg(i, 1), bytes = arg(i, 2), value = write ? arg(i, 3) : 0;
	u64 base = cap_oid(&i->target) << (is_memory(i) ? FRAME_SHIFT : 0);

	if ((bytes != 1 && bytes != 2 && bytes != 4) || offset % bytes || (u64)offset + bytes > length_of(i))
		return RC_REQUEST;
	inv_commit(i);
	if (!hal_device_access(is_memory(i) ? HAL_MEMORY : HAL_PORTS, (paddr_t)base + offset, bytes, write, &value)) {
		i->r.w[0] = RC_IO;
		return RC_OK;
	}
	i->r.w[1] = write ? 0 : value;
	return RC_OK;
}

static rc_t dev_read(struct inv *i)
{
	return access(i, false);
}

static rc_t dev_write(struct inv *i)
{
	return access(i, true);
}

static rc_t dev_sub(struct inv *i)
{
	u32 offset = arg(i, 1), length = arg(i, 2), all = cap_payload(&i->target);
	const struct cap *c = &i->target;

	if (!length || offset > all || length > all - offset)
		return RC_REQUEST;
	return reply_cap(i, cap_make(cap_type(c), length, cap_version(c), cap_oid(c) + offset, cap_rights(c)));
}

static rc_t dev_reduce(struct inv *i)
{
	struct cap c = i->target;

	c.w[3] |= CR_RO << 24;
	return reply_cap(i, c);
}

#define DEVICE_OPS                                                                                                 \
	OP(DEV_LENGTH, dev_length), OP(DEV_READ, dev_read), OP(DEV_WRITE, dev_write), OP(DEV_SUB, dev_sub),        \
	OP(DEV_REDUCE, dev_reduce)

CAP_OPS(devmem, DEVICE_OPS);
CAP_OPS(ioports, DEVICE_OPS);

/* ---- system control makes them, and physical ranges ---- */

/* Below which end a type names. Pages of physical ranges are never given back, so that they are a small part of memory. */
static u64 end_of(u32 type)
{
	switch (type) {
	case CT_DEVMEM:
		return ((u64)(paddr_t)~(paddr_t)0 >> FRAME_SHIFT) + 1;
	case CT_IOPORTS:
		return PORTS;
	case CT_IRQ:
		return HAL_IRQS;
	case CT_RANGE:
		return mm_frames_total() / PHYSICAL_PART;
	default:
		return 0;
	}
}

static bool nameable(u32 type, u32 base, u32 count)
{
	return count && count <= (type == CT_IRQ ? 1 : 0xffffffu) && (u64)base + count <= end_of(type);
}

rc_t sys_device(struct inv *i)
{
	u32 type = arg(i, 1), base = arg(i, 2), count = arg(i, 3);

	oid_t oid = type == CT_RANGE ? OID_PHYS_BASE | (oid_t)base << 3 : base;

	if (!nameable(type, base, count))
		return RC_REQUEST;
	return reply_cap(i, cap_make(type, type == CT_IRQ ? 0 : count, (u32)state.restart_count, oid, 0));
}
