/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The capability word: 16 bytes, the same in memory and on disk on every port.
 *
 *   word 0   type 8 (low) | payload 24
 *   word 1   version
 *   word 2   OID bits 31-0
 *   word 3   OID bits 55-32 (24) | rights 8 (high)
 *
 * number    words 1-3 are the 96-bit value
 * start     payload = facet
 * resume, fault   payload << 32 | version = the process's 56-bit call count
 * devmem    OID = first page; payload = pages. ioports: OID = first port; payload = ports. irq: OID = line.
 *           version = restart count of the boot that it is good for
 * notice    payload = the bits that it may post
 * page, gpt payload = (log2 size - 12) 6 bits | guard 18 bits in units of the size
 * range     OID = first frame's OID; payload << 32 | version = length in frames. Physical (OID_PHYS_BASE): payload = length,
 *           version = restart count
 */
#ifndef KERNEL_CAP_H
#define KERNEL_CAP_H

#include <abi/cap.h>
#include <kernel/types.h>

struct cap {
	u32 w[4];
};
_Static_assert(sizeof(struct cap) == 16, "a capability is 16 bytes");

static inline u32 cap_type(const struct cap *c) { return c->w[0] & 0xff; }
static inline u32 cap_payload(const struct cap *c) { return c->w[0] >> 8; }
static inline u32 cap_version(const struct cap *c) { return c->w[1]; }
static inline u32 cap_rights(const struct cap *c) { return c->w[3] >> 24; }
static inline oid_t cap_oid(const struct cap *c) { return (u64)(c->w[3] & 0xffffff) << 32 | c->w[2]; }
static inline u64 cap_count56(const struct cap *c) { return (u64)cap_payload(c) << 32 | c->w[1]; }

static inline struct cap cap_make(u32 type, u32 payload, u32 version, oid_t oid, u32 rights)
{
	return (struct cap){ { type | payload << 8, version, (u32)oid,
			       ((u32)(oid >> 32) & 0xffffff) | rights << 24 } };
}
static inline struct cap cap_void(void) { return (struct cap){ { 0, 0, 0, 0 } }; }
static inline struct cap cap_number(u32 lo, u32 mid, u32 hi)
{
	return (struct cap){ { CT_NUMBER, lo, mid, hi } };
}
static inline bool cap_equal(const struct cap *a, const struct cap *b)
{
	return a->w[0] == b->w[0] && a->w[1] == b->w[1] && a->w[2] == b->w[2] && a->w[3] == b->w[3];
}
/* Types whose OID names an object in a frame. */
static inline bool cap_is_object(u32 type) { return (type >= CT_PAGE && type <= CT_SCHEDULE) || type == CT_NOTICE; }
static inline bool cap_is_device(u32 type) { return type >= CT_DEVMEM && type <= CT_IRQ; }
static inline bool cap_is_physical(const struct cap *c) /* range */
{
	return cap_type(c) == CT_RANGE && c->w[3] & (u32)(OID_PHYS_BASE >> 32);
}
static inline bool cap_is_memory(u32 type) { return type == CT_PAGE || type == CT_GPT; }
/* Memory capabilities. A fresh gpt capability has size 12: OP_MEM_GUARD gives it its own. */
static inline u32 cap_size(const struct cap *c) { return (cap_payload(c) & 0x3f) + 12; }
static inline u32 cap_guard(const struct cap *c) { return cap_payload(c) >> 6; }
#define CAP_GUARD_MAX 0x3ffffu

/* The one function that weakens what is fetched through a weak capability (cap/weaken.c). */
struct cap cap_weaken(struct cap c);

#endif
