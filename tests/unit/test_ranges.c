/* SPDX-License-Identifier: Apache-2.0 */
/* Lists of ranges, against a map with one bit for each frame. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <kernel/ranges.h>

#define FRAMES 256u

static struct ranges list;
static bool model[FRAMES];

static void same(void)
{
	u32 frames = 0, n = 0;

	for (u32 i = 0; i < list.count; i++) {
		assert_true(list.at[i].start < list.at[i].end && list.at[i].start % FRAME_SIZE == 0 &&
			    list.at[i].end % FRAME_SIZE == 0);
		assert_true(i == 0 || list.at[i - 1].end <= list.at[i].start);
		for (paddr_t at = list.at[i].start; at < list.at[i].end; at += FRAME_SIZE, frames++)
			assert_true(model[at / FRAME_SIZE]);
	}
	for (u32 i = 0; i < FRAMES; i++)
		n += model[i];
	assert_true(list.lost ? frames <= n : frames == n);
}

static void random_lists(void **state)
{
	srand(1);
	for (u32 round = 0; round < 200; round++) {
		memset(&list, 0, sizeof(list));
		memset(model, 0, sizeof(model));
		for (u32 step = 0; step < 200; step++) {
			paddr_t start = (paddr_t)rand() % (FRAMES * FRAME_SIZE), end = start + (paddr_t)rand() % (16 * FRAME_SIZE);
			bool add = rand() % 2;

			end = MIN(end, (paddr_t)FRAMES * FRAME_SIZE);
			if (add)
				ranges_include(&list, start, end);
			else
				ranges_exclude(&list, start, end);
			for (u32 i = 0; i < FRAMES; i++) {
				paddr_t at = (paddr_t)i * FRAME_SIZE;

				if (add ? at >= start && at + FRAME_SIZE <= end : at < end && at + FRAME_SIZE > start)
					model[i] = add && start < end ? true : start < end ? false : model[i];
			}
			same();
		}
	}
}

static void at_the_ends(void **state)
{
	memset(&list, 0, sizeof(list));
	ranges_include(&list, ~(paddr_t)0 - 100, ~(paddr_t)0);
	ranges_include(&list, 5000, 100);
	ranges_include(&list, 100, 200);
	assert_int_equal(list.count, 0);
	ranges_include(&list, 0, ~(paddr_t)0);
	assert_true(list.count == 1 && list.at[0].start == 0 && list.at[0].end == ~(paddr_t)(FRAME_SIZE - 1));
	ranges_exclude(&list, 0x1001, 0x1002);
	assert_true(list.count == 2 && list.at[0].end == 0x1000 && list.at[1].start == 0x2000);
	ranges_exclude(&list, 0x5000, ~(paddr_t)0);
	assert_true(list.count == 2 && list.at[1].end == 0x5000);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(random_lists), cmocka_unit_test(at_the_ends) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
