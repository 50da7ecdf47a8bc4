/* SPDX-License-Identifier: Apache-2.0 */
/* The runner, and the objects that the tests play with. */
#include <hal/hal.h>
#include <kernel/cpu.h>
#include <kernel/panic.h>
#include <abi/error.h>

#include "tests/self/self.h"

static bool failed;

void self_failed(const char *file, int line, const char *what)
{
	failed = true;
	klog("# %s:%d: %s\n", file, line, what);
}

static oid_t oid(u32 n)
{
	return OID_NP_BASE | (oid_t)n << 3;
}

struct cap self_object(u32 n, u32 index, u32 kind)
{
	struct frame *f;

	if (n >= SELF_FRAMES || obj_alloc_prepare(oid(n) | index, kind, &f) != RC_OK)
		return cap_void();
	obj_alloc_perform(f, oid(n) | index, kind);
	return obj_cap(f, index);
}

struct node *self_node(const struct cap *c)
{
	struct objref ref;

	check(cap_lookup(c, &ref) == RC_OK && ref.node && frame_make_dirty(ref.frame) == RC_OK);
	return node_writable(ref.frame, ref.index);
}

struct cap self_memory(const struct cap *c, u32 size, u32 guard, u32 rights)
{
	return cap_make(cap_type(c), (size - FRAME_SHIFT) | guard << 6, cap_version(c), cap_oid(c), rights);
}

static void give_back(void)
{
	for (u32 n = 0; n < SELF_FRAMES; n++) {
		struct frame *f = frame_peek(oid(n));

		if (!f)
			continue;
		obj_unhook(f);
		frame_free(f);
	}
}

void self_tests(void)
{
	static const struct {
		const char *name;
		void (*run)(void);
	} tests[] = {
#define SELF_TEST(name) { #name, name },
#include "tests/self/tests.def"
#undef SELF_TEST
	};
	u32 port_count = 0, done = 0, bad = 0;
	const struct hal_self_test *port = hal_self_tests ? hal_self_tests(&port_count) : NULL;

	klog("1..%u\n", (u32)ARRAY_SIZE(tests) + port_count);
	for (u32 i = 0; i < port_count; i++) {
		const char *wrong = port[i].run();

		if (wrong)
			klog("# %s\n", wrong);
		bad += wrong != NULL;
		klog("%s %u - %s\n", wrong ? "not ok" : "ok", ++done, port[i].name);
	}
	for (u32 i = 0; i < ARRAY_SIZE(tests); i++) {
		failed = false;
		pins_drop();
		tests[i].run();
		give_back();
		mm_check();
		bad += failed;
		klog("%s %u - %s\n", failed ? "not ok" : "ok", ++done, tests[i].name);
	}
	pins_drop();
	klog("# self-tests: %u failed\n", bad);
}
