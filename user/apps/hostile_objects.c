// SPDX-License-Identifier: Apache-2.0
/* Attacks on the kernel's objects: operations, arguments, rights, weakening, stale and forged capabilities. */
#include "hostile.h"
#include <invoke.h>
#include <print.h>
#include <process.h>
#include <string.h>

#define BIG ((uintptr_t)0xffffffffu)

static uintptr_t page_read(unsigned reg, uintptr_t offset, uintptr_t n)
{
	static char buffer[4096];
	struct msg m = { .w = { OP_PAGE_READ, offset, n }, .in = buffer, .in_max = sizeof buffer };
	return call(reg, &m);
}

static uintptr_t page_write(unsigned reg, uintptr_t offset, const void *from, size_t n)
{
	struct msg m = { .w = { OP_PAGE_WRITE, offset }, .out = from, .out_len = n };
	return call(reg, &m);
}

/* ---- void ---------------------------------------------------------------------------------------------------------- */

static void nothing(void)
{
	struct msg m = { .w = { 1 } };
	expect("call of register 0", op(0, OP_TYPE, 0, 0, 0, 0, 0), RC_VOID);
	expect("call of an empty register", op(31, OP_TYPE, 0, 0, 0, 0, 0), RC_VOID);
	expect("send to register 0", send(0, &m), RC_VOID);
	expect("prompt call of register 0", prompt(0, 1, 0, 0, 0, 0, 0), RC_VOID);
	expect("store to register 0", op(KR_SELF, OP_PROC_CAP_STORE, 0, 0, 0, H_PAGE, 0), RC_OK);
	expect("register 0 is void whatever was stored", op(0, OP_TYPE, 0, 0, 0, 0, 0), RC_VOID);
	expect("and is fetched as void", op(KR_SELF, OP_PROC_CAP_FETCH, 0, 0, 0, 0, T0), RC_OK);
	expect_number("type of what was fetched", type_of(T0), CT_VOID);
	expect("and is sent as void", op(H_NODE, OP_NODE_STORE, 1, 0, 0, 0, 0), RC_OK);
	op(H_NODE, OP_NODE_FETCH, 1, 0, 0, 0, T0);
	expect_number("type of what was sent", type_of(T0), CT_VOID);
}

/* ---- arguments out of range ------------------------------------------------------------------------------------------ */

static void memory_arguments(void)
{
	static char two_pages[8192];
	expect("node: fetch slot 32", op(H_NODE, OP_NODE_FETCH, 32, 0, 0, 0, T0), RC_REQUEST);
	expect("node: fetch slot 2^32-1", op(H_NODE, OP_NODE_FETCH, BIG, 0, 0, 0, T0), RC_REQUEST);
	expect("node: store to slot 32", op(H_NODE, OP_NODE_STORE, 32, 0, 0, H_PAGE, 0), RC_REQUEST);
	expect("node: swap slot 2^31", op(H_NODE, OP_NODE_SWAP, 0x80000000u, 0, 0, H_PAGE, T0), RC_REQUEST);
	expect("node: number to slot 32", op(H_NODE, OP_NODE_NUMBER, 32, 0, 0, 0, 0), RC_REQUEST);
	expect("node: rights that are not there", op(H_NODE, OP_NODE_REDUCE, 0x20, 0, 0, 0, T0), RC_REQUEST);
	expect("page: read at its end", page_read(H_PAGE, 4096, 0), RC_OK);
	expect("page: read over its end", page_read(H_PAGE, 4095, 2), RC_REQUEST);
	expect("page: read behind its end", page_read(H_PAGE, 4097, 0), RC_REQUEST);
	expect("page: read that wraps", page_read(H_PAGE, BIG, 2), RC_REQUEST);
	expect("page: read of 2^32-1 bytes", page_read(H_PAGE, 1, BIG), RC_REQUEST);
	expect("page: write over its end", page_write(H_PAGE, 4000, two_pages, 97), RC_REQUEST);
	expect("page: write of two pages", page_write(H_PAGE, 0, two_pages, 8192), RC_REQUEST);
	expect("page: write that wraps", page_write(H_PAGE, BIG - 3, two_pages, 8), RC_REQUEST);
	expect("page: size 13", op(H_PAGE, OP_MEM_GUARD, 13, 0, 0, 0, T0), RC_REQUEST);
	expect("page: guard of 19 bits", op(H_PAGE, OP_MEM_GUARD, 12, 0x40000, 0, 0, T0), RC_REQUEST);
	op(KR_SELF, OP_PROC_FETCH, PS_SPACE, 0, 0, 0, T1);
	expect("gpt: size 11", op(T1, OP_MEM_GUARD, 11, 0, 0, 0, T0), RC_REQUEST);
	expect("gpt: size 65", op(T1, OP_MEM_GUARD, 65, 0, 0, 0, T0), RC_REQUEST);
	expect("gpt: size 64 with a guard", op(T1, OP_MEM_GUARD, 64, 1, 0, 0, T0), RC_REQUEST);
	expect("gpt: size and guard over 64 bits", op(T1, OP_MEM_GUARD, 60, 16, 0, 0, T0), RC_REQUEST);
	expect("gpt: l2v 11", op(T1, OP_GPT_SET, 11, 0, 0, 0, 0), RC_REQUEST);
	expect("gpt: l2v 64", op(T1, OP_GPT_SET, 64, 0, 0, 0, 0), RC_REQUEST);
	expect("gpt: flags that are not there", op(T1, OP_GPT_SET, 12, 2, 0, 0, 0), RC_REQUEST);
	expect("gpt: fetch slot 32", op(T1, OP_NODE_FETCH, 32, 0, 0, 0, T0), RC_REQUEST);
}

static void other_arguments(void)
{
	uintptr_t length = 0;
	call_get(KR_RANGE, OP_RANGE_LENGTH, 0, &length);
	expect("process: fetch root slot 8", op(H_SERVER, OP_PROC_FETCH, PS_NR, 0, 0, 0, T0), RC_REQUEST);
	expect("process: store root slot 2^32-1", op(H_SERVER, OP_PROC_STORE, BIG, 0, 0, H_PAGE, 0), RC_REQUEST);
	expect("process: fetch the brand", op(H_SERVER, OP_PROC_FETCH, PS_BRAND, 0, 0, 0, T0), RC_NO_ACCESS);
	expect("process: fetch register 32", op(H_SERVER, OP_PROC_CAP_FETCH, 32, 0, 0, 0, T0), RC_REQUEST);
	expect("process: store register 32", op(H_SERVER, OP_PROC_CAP_STORE, 32, 0, 0, H_PAGE, 0), RC_REQUEST);
	expect("process: facet of 25 bits", op(H_SERVER, OP_PROC_START_CAP, 0x1000000, 0, 0, 0, T0), RC_REQUEST);
	expect("process: capability registers in a page", op(H_CHILD, OP_PROC_STORE, PS_CAPREGS, 0, 0, H_PAGE, 0), RC_BAD_CAP);
	op(H_NODE, OP_NODE_REDUCE, CR_RO, 0, 0, 0, T0);
	expect("process: capability registers, read-only", op(H_CHILD, OP_PROC_STORE, PS_CAPREGS, 0, 0, T0, 0), RC_BAD_CAP);
	expect("process: its own capability registers", op(KR_SELF, OP_PROC_STORE, PS_CAPREGS, 0, 0, H_NODE, 0), RC_BUSY);
	expect("forwarder: block with 2", op(H_FORWARDER, OP_FWD_BLOCK, 2, 0, 0, 0, 0), RC_REQUEST);
	expect("range: allocate behind its end", op(KR_RANGE, OP_RANGE_ALLOC, length, 0, NK_PAGE, 0, T0), RC_REQUEST);
	expect("range: allocate at 2^32-1", op(KR_RANGE, OP_RANGE_ALLOC, BIG, 0, NK_PAGE, 0, T0), RC_REQUEST);
	expect("range: a page at index 1", make(0, 1, NK_PAGE, T0), RC_REQUEST);
	expect("range: a node at index 7", make(0, 7, NK_NODE, T0), RC_REQUEST);
	expect("range: a node at index 8", make(0, 8, NK_NODE, T0), RC_REQUEST);
	expect("range: kind 0", make(0, 0, NK_FREE, T0), RC_REQUEST);
	expect("range: a kind that is not there", make(0, 0, NK_NR, T0), RC_REQUEST);
	expect("range: kind 2^32-1", make(0, 0, BIG, T0), RC_REQUEST);
	expect("range: an empty part", op(KR_RANGE, OP_RANGE_SUB, 1, 0, 0, 0, T0), RC_REQUEST);
	expect("range: a part over its end", op(KR_RANGE, OP_RANGE_SUB, 1, length, 0, 0, T0), RC_REQUEST);
	expect("range: a part that wraps", op(KR_RANGE, OP_RANGE_SUB, 2, BIG, 0, 0, T0), RC_REQUEST);
	expect("range: get at index 7", op(KR_RANGE, OP_RANGE_GET, 0, 7, 0, 0, T0), RC_REQUEST);
	expect("range: rescind what it does not hold", op(KR_RANGE, OP_RANGE_RESCIND, 0, 0, 0, H_PAGE, 0), RC_REQUEST);
	expect("range: identify what it does not hold", op(KR_RANGE, OP_RANGE_IDENTIFY, 0, 0, 0, H_PAGE, 0), RC_REQUEST);
	expect("sysctl: processes from 2^32-1", op(KR_SYSCTL, OP_SYS_PROCS, BIG, 0, 0, 0, 0), RC_OK);
	expect("sysctl: a kernel thread's priority", op(KR_SYSCTL, OP_SYS_SCHED_SET, 15, 1, 0, H_SCHEDULE, 0), RC_REQUEST);
	expect("sysctl: a limit over the table", op(KR_SYSCTL, OP_SYS_SCHED_SET, 1, BIG, 0, H_SCHEDULE, 0), RC_BUSY);
}

/* ---- arguments of the wrong type --------------------------------------------------------------------------------------- */

static void wrong_types(void)
{
	make(1, 0, NK_SCHEDULE, T0);
	expect("page: clone a node", op(H_PAGE, OP_PAGE_CLONE, 0, 0, 0, H_NODE, 0), RC_BAD_CAP);
	expect("page: clone nothing", op(H_PAGE, OP_PAGE_CLONE, 0, 0, 0, 0, 0), RC_BAD_CAP);
	expect("node: clone a page", op(H_NODE, OP_NODE_CLONE, 0, 0, 0, H_PAGE, 0), RC_BAD_CAP);
	expect("node: clone a process", op(H_NODE, OP_NODE_CLONE, 0, 0, 0, H_SERVER, 0), RC_BAD_CAP);
	expect("range: rescind a number", op(KR_RANGE, OP_RANGE_RESCIND, 0, 0, 0, 0, 0), RC_BAD_CAP);
	expect("range: rescind by a start capability", op(KR_RANGE, OP_RANGE_RESCIND, 0, 0, 0, H_SERVER_START, 0), RC_BAD_CAP);
	expect("range: rescind the range", op(KR_RANGE, OP_RANGE_RESCIND, 0, 0, 0, KR_RANGE, 0), RC_BAD_CAP);
	expect("schedule: divide to a page", op(H_SCHEDULE, OP_SCHED_DIVIDE, 0, 0, 0, H_PAGE, 0), RC_BAD_CAP);
	expect("schedule: divide above its priority", op(H_SCHEDULE, OP_SCHED_DIVIDE, 3, 1, 0, T0, 0), RC_REQUEST);
	expect("schedule: divide above its limit", op(H_SCHEDULE, OP_SCHED_DIVIDE, 1, 5, 0, T0, 0), RC_REQUEST);
	expect("schedule: divide by 2^32-1", op(H_SCHEDULE, OP_SCHED_DIVIDE, BIG, BIG, 0, T0, 0), RC_REQUEST);
	expect("schedule: divide to itself", op(H_SCHEDULE, OP_SCHED_DIVIDE, 1, 1, 0, H_SCHEDULE, 0), RC_BUSY);
	expect("sysctl: set a node", op(KR_SYSCTL, OP_SYS_SCHED_SET, 1, 1, 0, H_NODE, 0), RC_BAD_CAP);
	unmake(1, 0);
}

/* ---- rights and weakening ------------------------------------------------------------------------------------------------ */

static void page_rights(void)
{
	op(H_PAGE, OP_MEM_REDUCE, CR_RO, 0, 0, 0, T0);
	expect("read-only page: write", page_write(T0, 0, "x", 1), RC_NO_ACCESS);
	expect("read-only page: zero", op(T0, OP_PAGE_ZERO, 0, 0, 0, 0, 0), RC_NO_ACCESS);
	expect("read-only page: clone to it", op(T0, OP_PAGE_CLONE, 0, 0, 0, H_PAGE, 0), RC_NO_ACCESS);
	expect("read-only page: read", page_read(T0, 0, 8), RC_OK);
	op(T0, OP_MEM_REDUCE, 0, 0, 0, 0, T1);
	expect("read-only page: reducing gives no right back", page_write(T1, 0, "x", 1), RC_NO_ACCESS);
	op(T0, OP_MEM_GUARD, 12, 0, 0, 0, T1);
	expect("read-only page: nor does a guard", page_write(T1, 0, "x", 1), RC_NO_ACCESS);
}

static void node_rights(void)
{
	op(H_NODE, OP_NODE_REDUCE, CR_RO, 0, 0, 0, T0);
	expect("read-only node: store", op(T0, OP_NODE_STORE, 0, 0, 0, H_PAGE, 0), RC_NO_ACCESS);
	expect("read-only node: swap", op(T0, OP_NODE_SWAP, 0, 0, 0, H_PAGE, T1), RC_NO_ACCESS);
	expect("read-only node: clear", op(T0, OP_NODE_CLEAR, 0, 0, 0, 0, 0), RC_NO_ACCESS);
	expect("read-only node: number", op(T0, OP_NODE_NUMBER, 0, 0, 0, 0, 0), RC_NO_ACCESS);
	expect("read-only node: clone to it", op(T0, OP_NODE_CLONE, 0, 0, 0, H_NODE, 0), RC_NO_ACCESS);
	op(H_NODE, OP_NODE_REDUCE, CR_OPAQUE, 0, 0, 0, T0);
	expect("opaque node: fetch", op(T0, OP_NODE_FETCH, 0, 0, 0, 0, T1), RC_NO_ACCESS);
	expect("opaque node: store", op(T0, OP_NODE_STORE, 0, 0, 0, H_PAGE, 0), RC_NO_ACCESS);
	op(KR_SELF, OP_PROC_FETCH, PS_SPACE, 0, 0, 0, T1);
	op(T1, OP_MEM_REDUCE, CR_OPAQUE, 0, 0, 0, T0);
	expect("opaque gpt: fetch", op(T0, OP_NODE_FETCH, 0, 0, 0, 0, T2), RC_NO_ACCESS);
	expect("opaque gpt: look", op(T0, OP_GPT_GET, 0, 0, 0, 0, 0), RC_NO_ACCESS);
	expect("opaque gpt: set", op(T0, OP_GPT_SET, 12, 0, 0, 0, 0), RC_NO_ACCESS);
	expect("opaque gpt: clone to it", op(T0, OP_NODE_CLONE, 0, 0, 0, T1, 0), RC_NO_ACCESS);
	expect("opaque gpt: more than it covers", op(T0, OP_MEM_GUARD, 40, 0, 0, 0, T2), RC_NO_ACCESS);
	make(1, 0, NK_GPT, T2);
	expect("opaque gpt: clone from it", op(T2, OP_NODE_CLONE, 0, 0, 0, T0, 0), RC_NO_ACCESS);
	unmake(1, 0);
	op(H_FORWARDER, OP_FWD_OPAQUE, 0, 0, 0, 0, T0);
	expect("opaque forwarder: blocked, prompt", prompt(T0, OP_FWD_TARGET, 0, 0, 0, H_PAGE, 0), RC_WOULD_BLOCK);
	expect("range of a part: not more than the part", op(KR_RANGE, OP_RANGE_SUB, 4, 2, 0, 0, T0), RC_OK);
	expect("its third frame", op(T0, OP_RANGE_ALLOC, 2, 0, NK_PAGE, 0, T1), RC_REQUEST);
	expect("nor before it", op(T0, OP_RANGE_ALLOC, BIG, 0, NK_PAGE, 0, T1), RC_REQUEST);
}

/* What a confined process may hold: what weakening leaves as it is. */
static void discreet(void)
{
	static const struct { const char *name; unsigned reg; } all[] = {
		{ "a page is not discreet", H_PAGE }, { "a node is not discreet", H_NODE }, { "a start capability is not discreet", H_SERVER_START },
		{ "a process is not discreet", H_SERVER }, { "a range is not discreet", KR_RANGE }, { "the clock is not discreet", KR_SLEEP },
		{ "the log is not discreet", KR_KLOG },
	};
	for (size_t k = 0; k < sizeof all / sizeof all[0]; k++) {
		struct msg m = { .w = { OP_DISCRIM_DISCREET }, .cap = { (uint8_t)all[k].reg } };
		call(H_DISCRIM, &m);
		expect_number(all[k].name, m.w[1], 0);
	}
	op(H_PAGE, OP_MEM_REDUCE, CR_RO, 0, 0, 0, T0);
	struct msg m = { .w = { OP_DISCRIM_DISCREET }, .cap = { T0 } };
	call(H_DISCRIM, &m);
	expect_number("a read-only page is", m.w[1], 1);
}

static void put(unsigned node, unsigned slot, unsigned reg)
{
	op(node, OP_NODE_STORE, slot, 0, 0, reg, 0);
}

static void weak(void)
{
	make(1, 0, NK_NODE, T3);
	put(H_NODE, 2, T3);
	put(H_NODE, 3, H_SERVER_START);
	put(H_NODE, 4, H_SERVER);
	put(H_NODE, 5, H_PAGE);
	put(H_NODE, 6, KR_RANGE);
	op(H_NODE, OP_NODE_NUMBER, 7, 77, 0, 0, 0);
	op(H_NODE, OP_NODE_REDUCE, CR_WEAK | CR_RO, 0, 0, 0, T0);
	op(T0, OP_NODE_FETCH, 2, 0, 0, 0, T1);
	expect("through a weak node: a node is read-only", op(T1, OP_NODE_STORE, 0, 0, 0, H_PAGE, 0), RC_NO_ACCESS);
	put(T3, 0, H_SERVER_START);
	op(T1, OP_NODE_FETCH, 0, 0, 0, 0, T2);
	expect_number("and weak itself: a start capability is void", type_of(T2), CT_VOID);
	op(T0, OP_NODE_FETCH, 3, 0, 0, 0, T1);
	expect_number("a start capability is void", type_of(T1), CT_VOID);
	op(T0, OP_NODE_FETCH, 4, 0, 0, 0, T1);
	expect_number("a process is void", type_of(T1), CT_VOID);
	op(T0, OP_NODE_FETCH, 6, 0, 0, 0, T1);
	expect_number("a range is void", type_of(T1), CT_VOID);
	op(T0, OP_NODE_FETCH, 7, 0, 0, 0, T1);
	expect_number("a number is itself", type_of(T1), CT_NUMBER);
	op(T0, OP_NODE_FETCH, 5, 0, 0, 0, T1);
	expect("a page is read-only", page_write(T1, 0, "x", 1), RC_NO_ACCESS);
	expect("a clone of a weak node", op(T3, OP_NODE_CLONE, 0, 0, 0, T0, 0), RC_OK);
	op(T3, OP_NODE_FETCH, 5, 0, 0, 0, T1);
	expect("is weakened: a page is read-only", page_write(T1, 0, "x", 1), RC_NO_ACCESS);
	op(H_NODE, OP_NODE_REDUCE, CR_WEAK, 0, 0, 0, T0);
	op(T0, OP_NODE_SWAP, 3, 0, 0, H_PAGE, T1);
	expect_number("swapped out of a weak node: void", type_of(T1), CT_VOID);
	op(H_NODE, OP_NODE_CLEAR, 0, 0, 0, 0, 0);
	unmake(1, 0);
}

/* ---- stale and forged capabilities -------------------------------------------------------------------------------------- */

/* How many bytes of a page are not 0. */
static uintptr_t bytes_in(unsigned page)
{
	static unsigned char found[4096];
	struct msg m = { .w = { OP_PAGE_READ, 0, 4096 }, .in = found, .in_max = 4096 };
	uintptr_t n = 0;
	if (call(page, &m) != RC_OK || m.in_len != 4096)
		return 10000;
	for (int k = 0; k < 4096; k++)
		n += found[k] != 0;
	return n;
}

static void stale(void)
{
	static const struct {
		const char *name;
		uintptr_t kind, code;
	} all[] = {
		{ "page", NK_PAGE, OP_PAGE_ZERO }, { "node", NK_NODE, OP_NODE_CLEAR }, { "gpt", NK_GPT, OP_GPT_GET },
		{ "process", NK_PROCESS, OP_PROC_STATUS }, { "forwarder", NK_FORWARDER, OP_FWD_BLOCK },
		{ "schedule", NK_SCHEDULE, OP_SCHED_GET },
	};
	for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
		char what[64];
		make(2, 0, all[i].kind, T0);
		format(what, sizeof what, "a %s on top of a live %s", all[i].name, all[i].name);
		expect(what, make(2, 0, all[i].kind, T1), RC_BUSY);
		format(what, sizeof what, "rescind a %s", all[i].name);
		expect(what, op(KR_RANGE, OP_RANGE_RESCIND, 0, 0, 0, T0, 0), RC_OK);
		format(what, sizeof what, "use of a %s that is gone", all[i].name);
		expect(what, op(T0, all[i].code, 0, 0, 0, 0, 0), RC_VOID);
		format(what, sizeof what, "rescind a %s twice", all[i].name);
		expect(what, op(KR_RANGE, OP_RANGE_RESCIND, 0, 0, 0, T0, 0), RC_BAD_CAP);
		make(2, 0, all[i].kind, T1);
		format(what, sizeof what, "use of a %s that is another now", all[i].name);
		expect(what, op(T0, all[i].code, 0, 0, 0, 0, 0), RC_VOID);
		unmake(2, 0);
	}
	make(2, 0, NK_PAGE, T0);
	page_write(T0, 100, "secret", 6);
	unmake(2, 0);
	make(2, 0, NK_PAGE, T0);
	char found[6] = "";
	struct msg m = { .w = { OP_PAGE_READ, 100, 6 }, .in = found, .in_max = 6 };
	call(T0, &m);
	expect_number("what was in a page is gone with it", (uintptr_t)memcmp(found, "\0\0\0\0\0\0", 6), 0);
	unmake(2, 0);
	make(2, 3, NK_NODE, T1);
	expect("a page over a live node", make(2, 0, NK_PAGE, T0), RC_BUSY);
	op(T1, OP_NODE_STORE, 5, 0, 0, H_PAGE, 0);
	unmake(2, 3);
	expect("a page where nodes were", make(2, 0, NK_PAGE, T0), RC_OK);
	expect_number("what was in a node is gone with it: bytes left", bytes_in(T0), 0);
	expect("the node is still gone", op(T1, OP_NODE_CLEAR, 0, 0, 0, 0, 0), RC_VOID);
	unmake(2, 0);
}

static void forged(void)
{
	/* The bits of a full capability to a page, as they stand in a node. */
	op(H_NODE, OP_NODE_NUMBER, 0, CT_PAGE, 0x1000, 0, 0);
	op(H_NODE, OP_NODE_FETCH, 0, 0, 0, 0, T0);
	expect_number("a number stays a number", type_of(T0), CT_NUMBER);
	expect("number: read it as a page", page_read(T0, 0, 8), RC_UNKNOWN_OP);
	expect("number: store into it as a node", op(T0, OP_NODE_STORE, 0, 0, 0, H_PAGE, 0), RC_UNKNOWN_OP);
	expect("page: clone a number", op(H_PAGE, OP_PAGE_CLONE, 0, 0, 0, T0, 0), RC_BAD_CAP);
	expect("range: rescind a number", op(KR_RANGE, OP_RANGE_RESCIND, 0, 0, 0, T0, 0), RC_BAD_CAP);
	expect("process: capability registers in a number", op(H_CHILD, OP_PROC_STORE, PS_CAPREGS, 0, 0, T0, 0), RC_BAD_CAP);
	expect("sysctl: set a number", op(KR_SYSCTL, OP_SYS_SCHED_SET, 1, 1, 0, T0, 0), RC_BAD_CAP);
}

void attack_objects(void)
{
	note("operations");
	note("nothing");
	nothing();
	note("arguments");
	memory_arguments();
	other_arguments();
	wrong_types();
	note("rights");
	page_rights();
	node_rights();
	weak();
	discreet();
	note("stale and forged");
	stale();
	forged();
}
