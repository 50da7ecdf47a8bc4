/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Tests inside the kernel (CONFIG_SELFTEST): run at boot on the machine itself, after memory is there and before
 * a volume is. They print TAP; a failure does not stop the boot, it is the system test that reads the lines.
 * What they allocate is non-persistent and is given back.
 */
#ifndef TESTS_SELF_H
#define TESTS_SELF_H

#include <kernel/object.h>

void self_tests(void);

/* In a test: the first thing that is not so fails it, with its text. */
void self_failed(const char *file, int line, const char *what);
#define expect(x)                                                                                                  \
	do {                                                                                                       \
		if (!(x)) {                                                                                        \
			self_failed(__FILE__, __LINE__, #x);                                                       \
			return;                                                                                    \
		}                                                                                                  \
	} while (0)

/* A live object, or void. Number n of up to SELF_FRAMES frames. */
#define SELF_FRAMES 16u
struct cap self_object(u32 n, u32 index, u32 kind);
struct node *self_node(const struct cap *c);   /* writable */
struct cap self_memory(const struct cap *c, u32 size, u32 guard, u32 rights);

#define SELF_TEST(name) void name(void);
#include "tests/self/tests.def"
#undef SELF_TEST

#endif
