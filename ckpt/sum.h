/* SPDX-License-Identifier: Apache-2.0 */
/* The sums of volume format 1; for the kernel and the tools. */
#ifndef CKPT_SUM_H
#define CKPT_SUM_H

#include "ckpt/format.h"

/*
 * Sum of a frame's content: two accumulators over words of 64 bits, little-endian. Each word w:
 *
 *	hi = (hi rotated left by 5) ^ w;  lo += hi
 *
 * and after the seed, which is two words, and after each 16 words of the frame's 512:
 *
 *	lo = lo rotated left by 23;  hi += lo
 *
 * Each step is a bijection of (lo, hi), for whatever word. So nothing that happens inside one word is missed, nor
 * inside two words side by side, and the same content never has the same sum under another OID, version or generation.
 * Two flipped bits are not missed either, nor three that are near each other; Documentation/design/sums.md says why,
 * what can be missed, and what else was thought of. The frame is aligned to 8 bytes.
 */
struct fmt_sum sum_frame(const void *frame, u64 oid, u32 version, u32 generation);

/* CRC32C (Castagnoli), reflected; start with 0 and chain. */
u32 sum_crc32c(u32 crc, const void *data, u32 bytes);

/* Sum of a metadata block of the volume with this UUID. */
struct fmt_sum sum_meta(const u8 uuid[16], const void *block);
/* The same for a block that holds its own sum at this offset (taken as zero). */
struct fmt_sum sum_meta_self(const u8 uuid[16], const void *block, u32 sum_offset);
static inline bool sum_equal(struct fmt_sum a, struct fmt_sum b) { return a.lo == b.lo && a.hi == b.hi; }
/* Self-summed blocks: put the sum in place / is it right? */
void sum_seal(const u8 uuid[16], void *block, u32 sum_offset);
bool sum_sealed(const u8 uuid[16], const void *block, u32 sum_offset);

#endif
