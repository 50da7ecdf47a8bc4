/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The reader of device trees: against libfdt on random trees, on a tree as a board has it, and on blobs that somebody has
 * changed. Every blob is in memory of its own size, so that the sanitizers see the first byte too far.
 */
#include "fdt_exercise.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>
#include <libfdt.h>

#define ROOM 16384
#define TREES 300
#define MUTANTS 20000
#define MUTANT_SECONDS 10

static u64 seed = 1;

static u32 chance(u32 n)
{
	seed = seed * 6364136223846793005ull + 1442695040888963407ull;
	return (u32)(seed >> 33) % n;
}

/* A copy that ends where the blob ends. */
static u8 *copy_of(const void *blob, size_t size)
{
	u8 *p = NULL;

	assert_int_equal(posix_memalign((void **)&p, 8, size ? size : 1), 0);
	memcpy(p, blob, size);
	return p;
}

/* ---- trees at random ---- */

static const char *const names[] = { "compatible", "reg", "ranges", "status", "a", "phandle", "interrupt-parent", "long-property-name" };

static void random_node(void *b, u32 depth, u32 *left)
{
	char name[32];
	u8 value[64];

	for (u32 n = chance(5); n > 0; n--) {
		u32 bytes = chance(3) ? chance(10) * 4 : chance(sizeof(value));

		for (u32 i = 0; i < bytes; i++)
			value[i] = (u8)chance(256);
		assert_int_equal(fdt_property(b, names[(n * 3 + depth) % ARRAY_SIZE(names)], value, (int)bytes), 0);
	}
	while (depth < FDT_DEPTH_MAX - 1 && *left && chance(3)) {
		--*left;
		snprintf(name, sizeof(name), chance(2) ? "node@%x" : "n%x", chance(1000));
		assert_int_equal(fdt_begin_node(b, name), 0);
		random_node(b, depth + 1, left);
		assert_int_equal(fdt_end_node(b), 0);
	}
}

static u8 *random_tree(size_t *size)
{
	static u8 room[ROOM];
	u32 left = 60;

	assert_int_equal(fdt_create(room, sizeof(room)), 0);
	for (u32 n = chance(4); n > 0; n--)
		assert_int_equal(fdt_add_reservemap_entry(room, 0x1000 * (n + 1), n), 0);
	assert_int_equal(fdt_finish_reservemap(room), 0);
	assert_int_equal(fdt_begin_node(room, ""), 0);
	random_node(room, 1, &left);
	assert_int_equal(fdt_end_node(room), 0);
	assert_int_equal(fdt_finish(room), 0);
	*size = fdt_totalsize(room);
	return copy_of(room, *size);
}

static void agrees_with_libfdt(void **state)
{
	for (u32 t = 0; t < TREES; t++) {
		size_t size;
		u8 *blob = random_tree(&size);
		struct fdt f;
		const char *why;

		assert_null(fdt_open(&f, blob, size));
		assert_int_equal(f.used, size);
		why = fdt_disagrees(blob, size);
		if (why)
			fail_msg("tree %u: %s", t, why);
		free(blob);
	}
}

/* ---- a board ---- */

static void cells(void *b, const char *name, u32 n, ...)
{
	u32 v[32];
	va_list ap;

	va_start(ap, n);
	for (u32 i = 0; i < n; i++)
		v[i] = cpu_to_fdt32(va_arg(ap, u32));
	va_end(ap);
	assert_int_equal(fdt_property(b, name, v, (int)n * 4), 0);
}

static void begin(void *b, const char *name)
{
	assert_int_equal(fdt_begin_node(b, name), 0);
}

static void end(void *b)
{
	assert_int_equal(fdt_end_node(b), 0);
}

static u8 *board(size_t *size)
{
	static u8 room[ROOM];
	u8 *b = room;

	assert_int_equal(fdt_create(b, sizeof(room)), 0);
	assert_int_equal(fdt_finish_reservemap(b), 0);
	begin(b, "");
	cells(b, "#address-cells", 1, 2);
	cells(b, "#size-cells", 1, 2);
	cells(b, "interrupt-parent", 1, 1);
	begin(b, "aliases");
	fdt_property_string(b, "serial0", "/soc/serial@9000000");
	end(b);
	begin(b, "memory@40000000");
	cells(b, "reg", 8, 0, 0x40000000, 0, 0x8000000, 1, 0, 0, 0x1000);
	end(b);
	begin(b, "intc");
	cells(b, "phandle", 1, 1);
	cells(b, "#interrupt-cells", 1, 3);
	fdt_property(b, "interrupt-controller", NULL, 0);
	end(b);
	begin(b, "soc");
	cells(b, "#address-cells", 1, 1);
	cells(b, "#size-cells", 1, 1);
	cells(b, "ranges", 8, 0x9000000, 0, 0x3f000000, 0x1000000, 0x40000000, 1, 0, 0x1000);
	begin(b, "serial@9000000");
	fdt_property(b, "compatible", "arm,pl011\0arm,primecell", 24);
	cells(b, "reg", 4, 0x9000000, 0x1000, 0xa000000, 0x10);
	cells(b, "interrupts", 6, 0, 1, 4, 0, 7, 1);
	end(b);
	begin(b, "off");
	fdt_property_string(b, "compatible", "arm,pl011");
	fdt_property_string(b, "status", "disabled");
	end(b);
	begin(b, "plain");
	fdt_property_string(b, "compatible", "virtio,mmio");
	fdt_property_string(b, "status", "okay");
	cells(b, "interrupts-extended", 8, 1, 0, 2, 4, 1, 1, 3, 4);
	begin(b, "bus");
	begin(b, "lost");
	cells(b, "reg", 2, 0, 4);
	end(b);
	end(b);
	end(b);
	end(b);
	end(b);
	assert_int_equal(fdt_finish(b), 0);
	*size = fdt_totalsize(b);
	return copy_of(b, *size);
}

static void board_as_it_is(void **state)
{
	size_t size;
	u8 *blob = board(&size);
	struct fdt f;
	u32 node, word;
	u64 base, bytes;
	struct fdt_irq irq;

	assert_null(fdt_open(&f, blob, size));
	node = fdt_by_path(&f, "/memory");
	assert_string_equal(fdt_name(&f, node), "memory@40000000");
	assert_true(fdt_reg(&f, node, 1, &base, &bytes) && base == 0x100000000ull && bytes == 0x1000);
	assert_false(fdt_reg(&f, node, 2, &base, &bytes));
	node = fdt_by_alias(&f, "serial0:115200n8");
	assert_true(node && node == fdt_by_path(&f, "/soc/serial@9000000") && node == fdt_by_path(&f, "/soc/serial"));
	assert_int_equal(fdt_by_path(&f, "/soc/serial@9"), FDT_NONE);
	assert_true(fdt_reg(&f, node, 0, &base, &bytes) && base == 0x3f000000 && bytes == 0x1000);
	assert_false(fdt_reg(&f, node, 1, &base, &bytes)); /* no range of the bus holds it */
	assert_true(fdt_irq(&f, node, 1, &irq) && irq.count == 3 && irq.cells[1] == 7 && irq.cells[2] == 1);
	assert_false(fdt_irq(&f, node, 2, &irq));
	assert_true(fdt_is_compatible(&f, node, "arm,primecell") && !fdt_is_compatible(&f, node, "arm"));
	assert_true(fdt_by_compatible(&f, FDT_NONE, "arm,pl011") == node && !fdt_by_compatible(&f, node, "arm,pl011"));
	node = fdt_by_compatible(&f, FDT_NONE, "virtio,mmio");
	assert_true(fdt_irq(&f, node, 1, &irq) && irq.controller == fdt_by_path(&f, "/intc") && irq.cells[0] == 1);
	assert_false(fdt_irq(&f, node, 2, &irq));
	assert_false(fdt_reg(&f, fdt_by_path(&f, "/soc/plain/bus/lost"), 0, &base, &bytes)); /* a bus without ranges */
	assert_true(fdt_word(&f, fdt_by_phandle(&f, 1), "#interrupt-cells", 0, &word) && word == 3);
	assert_int_equal(fdt_by_phandle(&f, 2), FDT_NONE);
	free(blob);
}

/* ---- what is no tree ---- */

static void refused(void **state)
{
	size_t size;
	u8 *blob = board(&size), *b;
	struct fdt f;

	for (size_t cut = 0; cut < size; cut += 1 + cut / 64) {
		b = copy_of(blob, cut);
		assert_string_equal(fdt_open(&f, b, cut), cut < FDT_HEADER_BYTES ? "there is no device tree" :
			"it is longer than what can be read");
		free(b);
	}
	for (u32 word = 0; word < 10; word++)
		for (u32 v = 0; v < 4; v++) {
			static const u32 values[] = { 0, 0xffffffff, 0x7ffffffc, 0xfffffff8 };

			if (word == 4 || word == 7)
				continue; /* any place for the list of reserved memory may do; nobody reads the boot processor */
			b = copy_of(blob, size);
			*(u32 *)(void *)(b + 4 * word) = cpu_to_fdt32(values[v]);
			if (!(word == 5 && v) && !(word == 6 && !v) && !(word == 8 && !v)) /* versions may be newer */
				assert_non_null(fdt_open(&f, b, size));
			(void)fdt_exercise(b, size, 64);
			free(b);
		}
	free(blob);
}

static void nested_too_deep(void **state)
{
	for (u32 depth = FDT_DEPTH_MAX; depth <= FDT_DEPTH_MAX + 1; depth++) {
		u8 room[2048];
		struct fdt f;

		assert_int_equal(fdt_create(room, sizeof(room)), 0);
		assert_int_equal(fdt_finish_reservemap(room), 0);
		for (u32 i = 0; i < depth; i++)
			begin(room, i ? "n" : "");
		for (u32 i = 0; i < depth; i++)
			end(room);
		assert_int_equal(fdt_finish(room), 0);
		u8 *b = copy_of(room, fdt_totalsize(room));
		if (depth <= FDT_DEPTH_MAX)
			assert_null(fdt_open(&f, b, fdt_totalsize(room)));
		else
			assert_string_equal(fdt_open(&f, b, fdt_totalsize(room)), "nodes are nested too deep");
		free(b);
	}
}

/* ---- mutants: what is accepted is a tree for libfdt too ---- */

static void mutate(u8 *b, size_t size)
{
	static const u32 words[] = { 0, 1, 2, 3, 4, 9, 8, 0x7fffffff, 0xffffffff, 0x80000000 };

	for (u32 n = 1 + chance(4); n > 0; n--) {
		u32 at = chance((u32)size), from = chance((u32)size), bytes = chance(16), how = chance(5);

		if (how == 0)
			b[at] = (u8)chance(256);
		else if (how == 1)
			b[at] ^= (u8)(1u << chance(8));
		else if (how == 2)
			*(u32 *)(void *)(b + at / 4 % (size / 4) * 4) = cpu_to_fdt32(words[chance(ARRAY_SIZE(words))]);
		else if (how == 3)
			memmove(b + at, b + from, MIN(size - MAX(at, from), (size_t)bytes));
		else
			*(u32 *)(void *)(b + chance(10) * 4) = cpu_to_fdt32(chance((u32)size * 2));
	}
}

static void mutants(void **state)
{
	time_t until = time(NULL) + MUTANT_SECONDS;
	u32 done, accepted = 0;
	size_t size;
	u8 *base = board(&size);

	for (done = 0; done < MUTANTS && (done % 256 || time(NULL) < until); done++) {
		u8 *b;

		if (done % 64 == 63) {
			free(base);
			base = done % 128 == 63 ? random_tree(&size) : board(&size);
		}
		b = copy_of(base, size);
		mutate(b, size);
		if (fdt_exercise(b, size, 64)) {
			accepted++;
			assert_null(fdt_disagrees(b, size));
		}
		free(b);
	}
	free(base);
	print_message("# %u mutants, %u of them still trees\n", done, accepted);
	assert_true(done >= 1000 && accepted > done / 100 && accepted < done);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(agrees_with_libfdt), cmocka_unit_test(board_as_it_is), cmocka_unit_test(refused),
		cmocka_unit_test(nested_too_deep), cmocka_unit_test(mutants),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
