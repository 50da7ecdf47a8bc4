/* SPDX-License-Identifier: Apache-2.0 */
/* Sums of volume format 1. No state but the CRC table, which is made at first use. */
#include "ckpt/sum.h"

static inline u64 rotl(u64 x, u32 bits)
{
	return x << bits | x >> (64 - bits);
}

/* Macros and 16 lines, since of functions and loops GCC makes half as many instructions again (build.mk). */
#define WORD(w) do { hi = rotl(hi, 5) ^ (w); lo += hi; } while (0)
#define TURN() do { lo = rotl(lo, 23); hi += lo; } while (0)

struct fmt_sum sum_frame(const void *frame, u64 oid, u32 version, u32 generation)
{
	const u64 *w = frame, *end = w + VOL_BLOCK / sizeof(*w);
	u64 lo = 0x316d7553736f4e41, hi = 0x326d7553736f4e41;

	WORD(oid);
	WORD((u64)version << 32 | generation);
	TURN();
	for (; w < end; w += 16) {
		if (IS_ENABLED(CONFIG_SMALL_CODE)) {
			for (u32 i = 0; i < 16; i++)
				WORD(w[i]);
		} else {
			WORD(w[0]);  WORD(w[1]);  WORD(w[2]);  WORD(w[3]);
			WORD(w[4]);  WORD(w[5]);  WORD(w[6]);  WORD(w[7]);
			WORD(w[8]);  WORD(w[9]);  WORD(w[10]); WORD(w[11]);
			WORD(w[12]); WORD(w[13]); WORD(w[14]); WORD(w[15]);
		}
		TURN();
	}
	return (struct fmt_sum){ lo, hi };
}

#define CRC32C_POLY 0x82f63b78u

/* Slicing by four: table[k][x] is the CRC of byte x followed by k zero bytes. */
static u32 crc_table[4][256];

static void crc_table_make(void)
{
	for (u32 i = 0; i < 256; i++) {
		u32 c = i;

		for (int bit = 0; bit < 8; bit++)
			c = c & 1 ? c >> 1 ^ CRC32C_POLY : c >> 1;
		crc_table[0][i] = c;
	}
	for (u32 k = 1; k < 4; k++) {
		for (u32 i = 0; i < 256; i++) {
			u32 c = crc_table[k - 1][i];

			crc_table[k][i] = c >> 8 ^ crc_table[0][c & 0xff];
		}
	}
}

u32 sum_crc32c(u32 crc, const void *data, u32 bytes)
{
	const u8 *p = data, *end = p + bytes;

	if (!crc_table[0][1])
		crc_table_make();
	crc = ~crc;
	if (!((uintptr_t)p & 3)) {
#pragma GCC unroll 4
		for (u32 words = bytes / 4; words; words--, p += 4) {
			crc ^= *(const u32 *)p;
			crc = crc_table[3][crc & 0xff] ^ crc_table[2][crc >> 8 & 0xff] ^
			      crc_table[1][crc >> 16 & 0xff] ^ crc_table[0][crc >> 24];
		}
	}
	for (; p != end; p++)
		crc = crc >> 8 ^ crc_table[0][(crc ^ *p) & 0xff];
	return ~crc;
}

struct fmt_sum sum_meta(const u8 uuid[16], const void *block)
{
	u32 crc = sum_crc32c(sum_crc32c(0, uuid, 16), block, VOL_BLOCK);

	return (struct fmt_sum){ crc, 0 };
}

struct fmt_sum sum_meta_self(const u8 uuid[16], const void *block, u32 sum_offset)
{
	static const u8 zero[sizeof(struct fmt_sum)];
	const u8 *p = block;
	u32 after = sum_offset + (u32)sizeof(zero);
	u32 crc = sum_crc32c(sum_crc32c(0, uuid, 16), p, sum_offset);

	crc = sum_crc32c(crc, zero, sizeof(zero));
	crc = sum_crc32c(crc, p + after, VOL_BLOCK - after);
	return (struct fmt_sum){ crc, 0 };
}

void sum_seal(const u8 uuid[16], void *block, u32 sum_offset)
{
	struct fmt_sum *s = (struct fmt_sum *)((u8 *)block + sum_offset);

	*s = sum_meta_self(uuid, block, sum_offset);
}

bool sum_sealed(const u8 uuid[16], const void *block, u32 sum_offset)
{
	const struct fmt_sum *s = (const struct fmt_sum *)((const u8 *)block + sum_offset);

	return sum_equal(*s, sum_meta_self(uuid, block, sum_offset));
}
