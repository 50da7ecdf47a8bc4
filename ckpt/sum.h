/* SPDX-License-Identifier: Apache-2.0 */
/* The sums of volume format 1; for the kernel and the tools. */
#ifndef CKPT_SUM_H
#define CKPT_SUM_H

#include "ckpt/format.h"

/*
 * Sum of a frame's content: two 32-bit accumulators over the 1,024 words, a += w, b = (b rotated by 5) + a, after
 * the seed has gone through them in the same way. Position-sensitive; three instructions a word.
 */
u64 sum_frame(const void *frame, u64 oid, u32 version, u32 generation);

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
