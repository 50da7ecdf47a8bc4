/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ckpt/sum.c: what the sum of a frame is, bit for bit, and what it finds. Golden sums are those of frame_sum() in
 * tests/system/volfmt.py, which is written from the comment in ckpt/sum.h.
 */
#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "ckpt/sum.h"

#define WORDS (VOL_BLOCK / 8)
#define SECTOR 512u
#define SECTORS (VOL_BLOCK / SECTOR)
#define OID 0x123456789abc8u
#define VERSION 0x01020304u
#define GENERATION 0x05060708u

enum content { ZERO, ONES, SPARSE, TEXT, RANDOM, CONTENTS };

static u64 page[WORDS], other[WORDS];
static u64 seed = 88172645463325252u;

static u64 random64(void)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return seed * 0x2545f4914f6cdd1du;
}

static void fill(u64 *p, u32 words, enum content c)
{
	for (u32 i = 0; i < words; i++)
		p[i] = c == ONES ? ~(u64)0 : c == TEXT ? 0x2020202020202020u | (random64() & 0x4f4f4f4f4f4f4f4fu) :
		       c == RANDOM ? random64() : 0;
	if (c == SPARSE)
		p[random64() % words] = (u64)1 << random64() % 64;
}

static struct fmt_sum sum_of(const u64 *p)
{
	return sum_frame(p, OID, VERSION, GENERATION);
}

/* ---- what it is ---- */

static void test_golden(void **state)
{
	u8 *bytes = (u8 *)page;

	(void)state;
	memset(page, 0, sizeof(page));
	assert_true(sum_equal(sum_frame(page, 0, 0, 0), (struct fmt_sum){ 0xe5e4fa3a418ad0b1, 0xe7caee5814e4efd3 }));
	assert_true(sum_equal(sum_frame(page, 8, 1, 2), (struct fmt_sum){ 0x3977d139cecbc5c7, 0x0de7a7a6d83a25a0 }));
	memset(page, 0xff, sizeof(page));
	assert_true(sum_equal(sum_frame(page, ((u64)1 << 56) - 8, 0xffffffff, 0xff000000),
			      (struct fmt_sum){ 0xa3becf79f0b98afa, 0xb277b7e004140a67 }));
	for (u32 i = 0; i < sizeof(page); i++)
		bytes[i] = (u8)(i * 7 + (i >> 8));
	assert_true(sum_equal(sum_of(page), (struct fmt_sum){ 0x93f59fac01fccd2e, 0x118a0aacda37985d }));
	for (u32 i = 0; i < WORDS; i++)
		page[i] = i;
	assert_true(sum_equal(sum_frame(page, 16, 3, 4), (struct fmt_sum){ 0xcefe39ef54c36516, 0x9a29ef5332fa325d }));
}

/* ---- bits and words ---- */

static void test_one_bit(void **state)
{
	(void)state;
	for (enum content c = ZERO; c < CONTENTS; c++) {
		struct fmt_sum right;

		fill(page, WORDS, c);
		right = sum_of(page);
		for (u32 bit = 0; bit < WORDS * 64; bit++) {
			page[bit / 64] ^= (u64)1 << bit % 64;
			assert_false(sum_equal(sum_of(page), right));
			page[bit / 64] ^= (u64)1 << bit % 64;
		}
	}
}

static u64 rotl(u64 x, u32 bits) { return x << bits | x >> (64 - bits); }

/* The same sum a word at a time: (lo, hi) before each word of the page. */
static struct fmt_sum before[WORDS + 1];

static struct fmt_sum step(struct fmt_sum s, u32 i, u64 w)
{
	s.hi = rotl(s.hi, 5) ^ w;
	s.lo += s.hi;
	if (i % 16 == 15) {
		s.lo = rotl(s.lo, 23);
		s.hi += s.lo;
	}
	return s;
}

static void follow(enum content c)
{
	struct fmt_sum s = step(step((struct fmt_sum){ 0x316d7553736f4e41, 0x326d7553736f4e41 }, 14, OID), 15,
				(u64)VERSION << 32 | GENERATION);

	fill(page, WORDS, c);
	for (u32 i = 0; i < WORDS; i++) {
		before[i] = s;
		s = step(s, i, page[i]);
	}
	assert_true(sum_equal(s, sum_of(page)));
	before[WORDS] = s;
}

/*
 * Is there one more bit, in word i or later, whose flip would hide what is wrong with s? It does so only where `lo` is
 * right before a word and `hi` is wrong in just one bit after it.
 */
static bool one_more_hides(struct fmt_sum s, u32 i, u32 end)
{
	for (; i < end; i++) {
		u64 wrong = rotl(s.hi, 5) ^ rotl(before[i].hi, 5);

		if (s.lo == before[i].lo && wrong && !(wrong & (wrong - 1)))
			return true;
		s = step(s, i, page[i]);
	}
	return false;
}

static struct fmt_sum flipped(struct fmt_sum s, u32 i, u32 bit)
{
	return step(s, i, page[i] ^ (u64)1 << bit);
}

/* All of the 536,854,528 pairs. */
static void test_two_bits(void **state)
{
	(void)state;
	for (enum content c = ZERO; c < CONTENTS; c++) {
		follow(c);
		for (u32 bit = 0; bit < WORDS * 64; bit++)
			assert_false(one_more_hides(flipped(before[bit / 64], bit / 64, bit % 64), bit / 64 + 1, WORDS));
	}
}

/* The first two at most 32 words apart. */
static void test_three_bits(void **state)
{
	static const u32 first[] = { 0, 4, 31, 58, 62, 63 };

	(void)state;
	for (enum content c = ZERO; c < CONTENTS; c++) {
		follow(c);
		for (u32 k = 0; k < 16 * ARRAY_SIZE(first); k++) {
			u32 i = 64 + k / ARRAY_SIZE(first);
			struct fmt_sum s = flipped(before[i], i, first[k % ARRAY_SIZE(first)]);

			for (u32 j = i + 1; j < i + 32; j++) {
				for (u32 bit = 0; bit < 64; bit++)
					assert_false(one_more_hides(flipped(s, j, bit), j + 1, j + 32));
				s = step(s, j, page[j]);
			}
		}
	}
}

/* By sum_frame() itself: the same bit of two words, which sums that only add lose at the top or at their period. */
static void test_same_bit_twice(void **state)
{
	static const u32 distances[] = { 1, 2, 4, 8, 12, 13, 16, 32, 48, 64, 128, 192, 256, 384 };

	(void)state;
	for (enum content c = ZERO; c < CONTENTS; c++) {
		struct fmt_sum right;

		fill(page, WORDS, c);
		right = sum_of(page);
		for (u32 k = 0; k < ARRAY_SIZE(distances); k++) {
			for (u32 i = 0; i + distances[k] < WORDS; i++) {
				u64 bit = (u64)1 << (i % 3 ? i % 2 ? 63 : 31 : random64() % 64);

				page[i] ^= bit;
				page[i + distances[k]] ^= bit;
				assert_false(sum_equal(sum_of(page), right));
				page[i] ^= bit;
				page[i + distances[k]] ^= bit;
			}
		}
	}
}

/* Whatever happens inside one word, or two side by side; the second is chosen so that it hides the first from `hi`. */
static void test_neighbours(void **state)
{
	struct fmt_sum right;

	(void)state;
	fill(page, WORDS, RANDOM);
	right = sum_of(page);
	for (u32 round = 0; round < 100000; round++) {
		u32 i = (u32)(random64() % (WORDS - 1));
		u64 first = round % 2 ? random64() : (u64)1 << random64() % 64, was[2] = { page[i], page[i + 1] };

		page[i] ^= first;
		assert_false(sum_equal(sum_of(page), right));
		page[i + 1] ^= round % 3 ? rotl(first, 5) : random64();
		assert_false(sum_equal(sum_of(page), right));
		page[i] = was[0];
		page[i + 1] = was[1];
	}
}

/* ---- sectors ---- */

static void *sector(u64 *p, u32 i) { return (u8 *)p + i * SECTOR; }

/* What disks do: a sector stands at another place, twice, in another's stead, or not at all. */
static void test_sectors(void **state)
{
	(void)state;
	for (u32 round = 0; round < 300; round++) {
		struct fmt_sum right;

		fill(page, WORDS, round % CONTENTS);
		for (u32 i = 0; i < SECTORS; i++)
			if (i == round % SECTORS || random64() % 4 == 0)
				fill(sector(page, i), SECTOR / 8, 1 + random64() % (CONTENTS - 1));
		right = sum_of(page);
		for (u32 from = 0; from < SECTORS; from++) {
			for (u32 to = 0; to < SECTORS; to++) {
				memcpy(other, page, sizeof(page));
				memcpy(sector(other, to), sector(page, from), SECTOR); /* twice */
				if (memcmp(other, page, sizeof(page)))
					assert_false(sum_equal(sum_of(other), right));
				memcpy(sector(other, from), sector(page, to), SECTOR); /* swapped */
				if (memcmp(other, page, sizeof(page)))
					assert_false(sum_equal(sum_of(other), right));
				memcpy(other, page, sizeof(page));
				memset(sector(other, to), from % 2 ? 0xff : 0, SECTOR); /* lost */
				if (memcmp(other, page, sizeof(page)))
					assert_false(sum_equal(sum_of(other), right));
			}
		}
	}
}

/* A sector of anything in a page of zeroes has another sum at each of the eight places. */
static void test_sector_in_zeroes(void **state)
{
	(void)state;
	for (u32 round = 0; round < 5000; round++) {
		struct fmt_sum at[SECTORS];
		u64 data[SECTOR / 8], oid = random64() >> 8 << 3;

		fill(data, SECTOR / 8, 1 + round % (CONTENTS - 1));
		for (u32 i = 0; i < SECTORS; i++) {
			memset(page, 0, sizeof(page));
			memcpy(sector(page, i), data, SECTOR);
			at[i] = sum_frame(page, oid, 1, round);
			for (u32 k = 0; k < i; k++)
				assert_false(sum_equal(at[i], at[k]));
		}
	}
}

/* ---- names ---- */

static int order(const void *a, const void *b)
{
	return memcmp(a, b, sizeof(struct fmt_sum));
}

/* The same content under many names: all sums differ. */
static void test_names(void **state)
{
	static struct fmt_sum s[16 * 16 * 16 + 120];
	u32 n = 0;

	(void)state;
	fill(page, WORDS, TEXT);
	for (u32 i = 0; i < 16; i++)
		for (u32 version = 0; version < 16; version++)
			for (u32 generation = 0; generation < 16; generation++)
				s[n++] = sum_frame(page, (u64)i << 3, version, generation);
	for (u32 bit = 7; bit < 64; bit++)
		s[n++] = sum_frame(page, (u64)1 << bit, 1, 1);
	for (u32 bit = 4; bit < 32; bit++) {
		s[n++] = sum_frame(page, 8, (u32)1 << bit, 1);
		s[n++] = sum_frame(page, 8, 1, (u32)1 << bit);
	}
	assert_true(n <= ARRAY_SIZE(s));
	qsort(s, n, sizeof(s[0]), order);
	for (u32 i = 1; i < n; i++)
		assert_false(sum_equal(s[i - 1], s[i]));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_golden),
		cmocka_unit_test(test_one_bit),
		cmocka_unit_test(test_two_bits),
		cmocka_unit_test(test_three_bits),
		cmocka_unit_test(test_same_bit_twice),
		cmocka_unit_test(test_neighbours),
		cmocka_unit_test(test_sectors),
		cmocka_unit_test(test_sector_in_zeroes),
		cmocka_unit_test(test_names),
	};

	return cmocka_run_group_tests_name("sum", tests, NULL, NULL);
}
