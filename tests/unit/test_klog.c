/* SPDX-License-Identifier: Apache-2.0 */
/* The ring of the kernel log: every position, before and after it was overrun, compared with all that was ever logged. */
#include "fake_mm.h"

#include <hal/hal.h>
#include <kernel/klog.h>
#include <kernel/panic.h>
#include <stdio.h>

#define TOTAL (3 * CONFIG_KLOG_SIZE + 7)

static char all[TOTAL + 64], shown[TOTAL + 64];
static u32 length, put;

void hal_console_putc(char c) { shown[put++] = c; }

static void log_to(u32 n)
{
	while (length < n) {
		int took = sprintf(all + length, "line %u\n", length);

		klog("line %u\n", length);
		length += (u32)took;
	}
}

static void read_from(u64 from, u32 max)
{
	static char text[TOTAL];
	u64 position = from, lost;
	u64 oldest = length > CONFIG_KLOG_SIZE ? length - CONFIG_KLOG_SIZE : 0;
	u32 n;

	assert_true(klog_read(&position, text, max, &n, &lost));
	assert_int_equal(lost, from < oldest ? oldest - from : 0);
	assert_int_equal(n, MIN(length - (from + lost), max));
	assert_int_equal(position, from + lost + n);
	assert_memory_equal(text, all + from + lost, n);
}

static void every_position(void **s)
{
	static const u32 lengths[] = { 1, 100, CONFIG_KLOG_SIZE - 20, CONFIG_KLOG_SIZE, CONFIG_KLOG_SIZE + 30, TOTAL };
	char c = 'x';

	(void)s;
	read_from(0, 10);
	for (u32 i = 0; i < ARRAY_SIZE(lengths); i++) {
		u64 beyond, lost = 77;
		u32 n = 77;

		log_to(lengths[i]);
		for (u64 from = 0; from <= length; from += 1 + from % 37)
			read_from(from, (u32)(from % 3 ? from % 300 : TOTAL));
		read_from(length, 100);
		beyond = length + (u64)1;
		assert_false(klog_read(&beyond, &c, 1, &n, &lost));
		beyond = ~(u64)0;
		assert_false(klog_read(&beyond, &c, 1, &n, &lost));
		assert_true(c == 'x' && n == 77 && lost == 77);
	}
	assert_int_equal(put, length);
	assert_memory_equal(shown, all, length);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(every_position) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
