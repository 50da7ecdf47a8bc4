/* SPDX-License-Identifier: Apache-2.0 */
/* The words that every room uses. */
#ifndef KERNEL_TYPES_H
#define KERNEL_TYPES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef uint8_t u8;
typedef uint16_t u16;
typedef uint32_t u32;
typedef uint64_t u64;
typedef int32_t s32;
typedef int64_t s64;

typedef u64 oid_t;        /* object identifier, 56 bits: frame << 3 | index in pot (0-6) */
typedef uintptr_t paddr_t; /* physical address; what firmware and devices say may be larger, and is u64 */
typedef u64 uaddr_t;      /* user virtual address */
typedef uintptr_t word_t; /* the machine word of a message */

/* Of a frame's content or a block of metadata, as on the disk (ckpt/format.h). */
struct fmt_sum {
	u64 lo, hi;
};

/* How user code touches memory. */
enum access { ACC_READ = 0, ACC_WRITE = 1, ACC_EXEC = 2 };

#define FRAME_SIZE 4096u
#define FRAME_SHIFT 12

#define OID_FRAME(oid) ((oid) & ~(oid_t)7)
#define OID_INDEX(oid) ((u32)(oid) & 7u)
#define OID_NP_BASE ((oid_t)1 << 54)   /* non-persistent class */
#define OID_PHYS_BASE ((oid_t)1 << 55) /* physical class: pages that stay where they are until the restart */
#define OID_NOT_STORED (OID_NP_BASE | OID_PHYS_BASE)

/*
 * Result of a kernel step: an `enum rc` (RC_OK = 0, all positive), or RC_STALL:
 * the operation cannot go on now. Whoever returns RC_STALL has stored the key to wait
 * on in cpu.stall_key; the caller returns it at once and forgets everything.
 */
typedef int rc_t;
#define RC_STALL (-1)

#define NODISCARD __attribute__((warn_unused_result))
#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))
#define container_of(p, type, member) ((type *)((char *)(p) - offsetof(type, member)))
#define ALIGN_UP(x, a) (((x) + (a) - 1) & ~((__typeof__(x))(a) - 1))
/* Before a loop of four turns that everything goes through: without it what says which turn it is would be computed. */
#if IS_ENABLED(CONFIG_SMALL_CODE)
#define UNROLL_4
#else
#define UNROLL_4 _Pragma("GCC unroll 4")
#endif

#define MIN(a, b) ((a) < (b) ? (a) : (b))
#define MAX(a, b) ((a) > (b) ? (a) : (b))

#endif
