// SPDX-License-Identifier: Apache-2.0
/* What a loader says of memory, true and false: all that is read lies in its list, and reading comes to an end. */
#include "arch/x86/x86.h"

#include <kernel/panic.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#define LIST 256u /* where the list of memory is */
#define ENTRY 6u  /* words: size, base (2), length (2), kind */
#define USABLE 1u

static u32 memory[256];

void *hal_phys_to_virt(paddr_t pa) { return (u8 *)memory + pa; }
void klog(const char *form, ...) { (void)form; }

/* So many entries, the first of this size; returns how many were read. */
static u32 read(u32 entries, u32 size)
{
	struct boot_memory m;
	u32 found = 0, before = 0;

	while (multiboot_memory(before, &m)) /* they are added to what there is */
		before++;
	memset(memory, 0, sizeof(memory));
	memory[0] = 0x40; /* there is a list */
	memory[11] = entries * ENTRY * 4;
	memory[12] = LIST;
	for (u32 n = 0; n < entries; n++) {
		u32 *at = memory + LIST / 4 + n * ENTRY;

		at[0] = n ? 20 : size;
		at[1] = n << 20;
		at[3] = 1u << 20;
		at[5] = USABLE;
	}
	multiboot_read(0, 0);
	while (multiboot_memory(before + found, &m)) {
		assert_true(size != 20 || (m.base == (u64)found << 20 && m.size == 1u << 20 && m.usable));
		found++;
	}
	return found;
}

static void entries_are_read(void **s)
{
	(void)s;
	assert_int_equal(read(3, 20), 3);
}

static void false_sizes_end(void **s)
{
	static const u32 sizes[] = { 0xfffffffc, 0xffffffff, 0x80000000, 3 * ENTRY * 4 + 1 };

	(void)s;
	for (u32 n = 0; n < sizeof(sizes) / sizeof(*sizes); n++)
		assert_int_equal(read(3, sizes[n]), 0);
	assert_int_equal(read(3, 2 * ENTRY * 4 - 4), 2); /* one that is longer than we know is passed over */
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(entries_are_read), cmocka_unit_test(false_sizes_end) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
