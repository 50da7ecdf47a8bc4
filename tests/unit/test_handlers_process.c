/* SPDX-License-Identifier: Apache-2.0 */
/* Processes, notices, forwarders, and the tool that opens what carries a brand. */
#include "handlers.h"

static void process_slots(void **unused)
{
	struct cap p = node_cap(CT_PROCESS, N_PROC, 0), r0 = cap_void();

	(void)unused;
	arg0 = cap_number(1, 2, 3);
	assert_int_equal(call(p, OP_PROC_STORE, PS_BRAND, 0, 0), RC_OK);
	assert_int_equal(call(p, OP_PROC_FETCH, PS_BRAND, 0, 0), RC_NO_ACCESS);
	assert_int_equal(call(p, OP_PROC_FETCH, PS_NR, 0, 0), RC_REQUEST);
	assert_int_equal(call(p, OP_PROC_STORE, PS_NR, 0, 0), RC_REQUEST);
	assert_int_equal(call(p, OP_PROC_STORE, PS_CAPREGS, 0, 0), RC_BAD_CAP);
	assert_int_equal(call(p, OP_PROC_CAP_FETCH, 1, 0, 0), RC_MALFORMED);
	arg0 = node_cap(CT_NODE, N_NODE, CR_WEAK);
	assert_int_equal(call(p, OP_PROC_STORE, PS_CAPREGS, 0, 0), RC_BAD_CAP);
	arg0 = node_cap(CT_NODE, N_NODE, 0);
	assert_int_equal(call(p, OP_PROC_STORE, PS_CAPREGS, 0, 0), RC_OK);
	assert_int_equal(world.slot_changed, 0);
	world.is_loaded = true;
	assert_int_equal(call(p, OP_PROC_STORE, PS_SPACE, 0, 0), RC_OK);
	assert_int_equal(world.slot_changed, 1 + PS_SPACE);
	node(N_NODE)->slot[0] = arg0;
	assert_int_equal(call(p, OP_PROC_CAP_FETCH, 0, 0, 0), RC_OK);
	expect_cap(inv.r.c[0], r0);
	assert_int_equal(call(p, OP_PROC_CAP_STORE, 6, 0, 0), RC_OK);
	expect_cap(node(N_NODE)->slot[6], arg0);
	node(N_PROC)->slot[PS_CAPREGS].w[3] |= CR_RO << 24; /* as no operation makes it, but a volume may have it */
	assert_int_equal(call(p, OP_PROC_CAP_STORE, 6, 0, 0), RC_MALFORMED);
	assert_int_equal(call(p, OP_PROC_CAP_FETCH, 6, 0, 0), RC_MALFORMED);
	assert_int_equal(call(p, OP_PROC_START_CAP, 0x1000000, 0, 0), RC_REQUEST);
	assert_int_equal(call(p, OP_PROC_START_CAP, 0xffffff, 0, 0), RC_OK);
	assert_int_equal(cap_payload(&inv.r.c[0]), 0xffffff);
	assert_int_equal(cap_type(&inv.r.c[0]), CT_START);
}

static void process_states(void **unused)
{
	struct cap p = node_cap(CT_PROCESS, N_PROC, 0);

	(void)unused;
	world.can_run_rc = RC_NO_ACTIVITY;
	assert_int_equal(call(p, OP_PROC_RUN, 0x1000, 0x2000, 3), RC_NO_ACTIVITY);
	assert_int_equal(call(p, OP_PROC_RESUME_CAP, 0, 0, 0), RC_NO_ACTIVITY);
	assert_int_equal(world.ran, 0);
	world.can_run_rc = RC_OK;
	loaded.p.fault_code = FAULT_ILLEGAL;
	assert_int_equal(call(p, OP_PROC_RUN, 0x1000, 0x2000, 3), RC_OK);
	assert_int_equal(hal_regs_pc(&loaded.regs), 0x1000);
	assert_int_equal(loaded.p.fault_code, FAULT_NONE);
	assert_int_equal(world.made_available, 1);
	assert_int_equal(call(p, OP_PROC_RESUME_CAP, 0, 0, 0), RC_OK);
	assert_int_equal(cap_type(&inv.r.c[0]), CT_RESUME);
	assert_int_equal(loaded.p.run_state, RS_WAITING);
	assert_int_equal(call(p, OP_PROC_STATUS, 0, 0, 0), RC_OK);
	assert_int_equal(inv.r.w[1], RS_WAITING);
	assert_int_equal(call(p, OP_PROC_CONTINUE, 0, 0, 0), RC_OK);
	assert_int_equal(loaded.p.run_state, RS_WAITING);
	loaded.p.fault_code = FAULT_ACCESS;
	assert_int_equal(call(p, OP_PROC_CONTINUE, 0, 0, 0), RC_OK);
	assert_int_equal(loaded.p.run_state, RS_RUNNING);
	world.load_rc = RC_MALFORMED;
	assert_int_equal(call(p, OP_PROC_STOP, 0, 0, 0), RC_MALFORMED);
}

/* A process asleep in the kernel that is stopped finds its call ended, not forgotten. */
static void stop_ends_kernel_wait(void **unused)
{
	(void)unused;
	activities[0].state = AS_SLEEPING;
	loaded.act = &activities[0];
	loaded.p.run_state = RS_WAITING;
	assert_int_equal(call(node_cap(CT_PROCESS, N_PROC, 0), OP_PROC_STOP, 0, 0, 0), RC_OK);
	assert_int_equal(loaded.p.run_state, RS_RUNNING);
	assert_int_equal(hal_msg_word(&loaded.regs, 0), RC_RESTARTED);
	assert_int_equal(world.stopped, 1);
}

static void process_regs(void **unused)
{
	struct cap p = node_cap(CT_PROCESS, N_PROC, 0);
	static char saved[64 + HAL_REGS_BYTES + 1];

	(void)unused;
	hal_regs_start(&loaded.regs, 0x4000, 0x5000, 6);
	assert_int_equal(call(p, OP_PROC_GET_REGS, 0, 0, 0), RC_OK);
	assert_int_equal(inv.r.len, 64 + HAL_REGS_BYTES);
	memcpy(saved, inv.r.str, inv.r.len);
	memset(&loaded.regs, 0, sizeof(loaded.regs));
	assert_int_equal(call(p, OP_PROC_SET_REGS, 0, 0, 0), RC_REQUEST);
	world.string = saved;
	memset(&inv, 0, sizeof(inv));
	inv = (struct inv){ .from = &client, .reply_to = &client, .target = p, .w = { OP_PROC_SET_REGS } };
	inv.src.len = 64 + HAL_REGS_BYTES;
	world.commits = 0;
	assert_int_equal(cap_invoke(&inv), RC_OK);
	assert_int_equal(hal_regs_pc(&loaded.regs), 0x4000);
	saved[0]++;
	world.commits = 0;
	assert_int_equal(cap_invoke(&inv), RC_REQUEST);
	saved[0]--;
	inv.reply_to = &loaded;
	assert_int_equal(cap_invoke(&inv), RC_BUSY);
}

/* Bits, mask and what may be posted, of a process that is available, and of one that runs. */
static void notices(void **unused)
{
	struct cap p = node_cap(CT_PROCESS, N_PROC, 0), n;

	(void)unused;
	assert_int_equal(call(p, OP_PROC_NOTICE_CAP, 0, 0, 0), RC_REQUEST);
	assert_int_equal(call(p, OP_PROC_NOTICE_CAP, 0x1000000, 0, 0), RC_REQUEST);
	assert_int_equal(call(node_cap(CT_PROCESS, N_PROC, CR_RO), OP_PROC_NOTICE_CAP, 1, 0, 0), RC_NO_ACCESS);
	assert_int_equal(call(p, OP_PROC_NOTICE_CAP, 0x80000f, 0, 0), RC_OK);
	n = inv.r.c[0];
	assert_int_equal(cap_type(&n), CT_NOTICE);
	assert_int_equal(cap_payload(&n), 0x80000f);
	assert_int_equal(call(n, OP_NOTICE_POST, 0, 0, 0), RC_REQUEST);
	assert_int_equal(call(n, OP_NOTICE_POST, 0x1000001, 0, 0), RC_REQUEST);
	assert_int_equal(call(n, OP_NOTICE_POST, 0x11, 0, 0), RC_NO_ACCESS);
	assert_int_equal(call(n, OP_NOTICE_REDUCE, 0x10, 0, 0), RC_NO_ACCESS);
	assert_int_equal(call(n, OP_NOTICE_REDUCE, 0x3, 0, 0), RC_OK);
	assert_int_equal(cap_payload(&inv.r.c[0]), 3);
	loaded.p.run_state = RS_RUNNING;
	assert_int_equal(call(n, OP_NOTICE_POST, 1, 0, 0), RC_OK);
	loaded.p.run_state = RS_WAITING;
	assert_int_equal(call(n, OP_NOTICE_POST, 0x800000, 0, 0), RC_OK);
	assert_int_equal(loaded.p.notice_bits, 0x800001);
	assert_int_equal(world.ran, 0);
	world.can_run_rc = RC_NO_ACTIVITY;
	assert_int_equal(call(p, OP_PROC_AVAILABLE, 0, 0, 0), RC_NO_ACTIVITY);
	assert_int_equal(loaded.p.run_state, RS_WAITING);
	assert_int_equal(call(p, OP_PROC_NOTICES, NOTICE_ALL + 1, 0, 0), RC_REQUEST);
	assert_int_equal(call(p, OP_PROC_NOTICES, 1, 0, 0), RC_OK);
	assert_int_equal(inv.r.w[1], 0x800001);
	assert_int_equal(inv.r.w[2], 0);
	world.can_run_rc = RC_OK;
	assert_int_equal(call(p, OP_PROC_AVAILABLE, 0, 0, 0), RC_OK);
	assert_int_equal(world.ran, 1);
	assert_int_equal(world.delivered.w[0], OP_NOTICE);
	assert_int_equal(world.delivered.w[1], 0x800000);
	assert_int_equal(world.delivered.facet, FACET_NOTICE);
	assert_int_equal(loaded.p.notice_bits, 1);
	loaded.p.run_state = RS_AVAILABLE;
	world.can_run_rc = RC_NO_ACTIVITY;
	assert_int_equal(call(n, OP_NOTICE_POST, 1, 0, 0), RC_OK); /* held back */
	assert_int_equal(call(n, OP_NOTICE_POST, 2, 0, 0), RC_NO_ACTIVITY);
	assert_int_equal(call(p, OP_PROC_NOTICES, 0, 0, 0), RC_NO_ACTIVITY);
	assert_int_equal(loaded.p.notice_bits, 1);
	assert_int_equal(loaded.p.notice_mask, 1);
	world.can_run_rc = RC_OK;
	assert_int_equal(call(p, OP_PROC_NOTICES, 0, 0, 0), RC_OK);
	assert_int_equal(world.ran, 2);
	assert_int_equal(world.delivered.w[1], 1);
	world.load_rc = RC_MALFORMED;
	assert_int_equal(call(n, OP_NOTICE_POST, 1, 0, 0), RC_MALFORMED);
}

static void forwarder(void **unused)
{
	struct cap f = node_cap(CT_FORWARDER, N_FWD, 0);

	(void)unused;
	arg0 = cap_number(1, 2, 3);
	node(N_FWD)->flags = FWD_PAYLOAD;
	assert_int_equal(call(f, OP_FWD_TARGET, 0, 0, 0), RC_OK);
	expect_cap(node(N_FWD)->slot[0], arg0);
	assert_int_equal(call(f, OP_FWD_BLOCK, 2, 0, 0), RC_REQUEST);
	assert_int_equal(call(f, OP_FWD_BLOCK, 1, 0, 0), RC_OK);
	assert_int_equal(node(N_FWD)->flags, FWD_PAYLOAD | FWD_BLOCKED);
	assert_int_equal(call(f, OP_FWD_BLOCK, 0, 0, 0), RC_OK);
	assert_int_equal(node(N_FWD)->flags, FWD_PAYLOAD);
	assert_true(world.woken >= 1);
	assert_int_equal(call(f, OP_FWD_OPAQUE, 0, 0, 0), RC_OK);
	assert_int_equal(BITS(inv.r.c[0]), CR_OPAQUE);
}

static rc_t tool(u32 op, struct cap what, struct cap brand)
{
	arg0 = what, arg1 = brand;
	return call(cap_make(CT_PROCTOOL, 0, 0, 0, 0), op, 0, 0, 0);
}

static void process_tool(void **unused)
{
	struct cap brand = cap_number(7, 8, 9), near = cap_number(7, 8, 8), start = node_cap(CT_START, N_PROC, 0);
	struct cap resume = cap_make(CT_RESUME, 5, 7, POT_OID | N_PROC, 0), process = node_cap(CT_PROCESS, N_PROC, 0);
	struct cap stale = cap_make(CT_RESUME, 5, 6, POT_OID | N_PROC, 0);

	(void)unused;
	node(N_PROC)->call_count |= (u64)5 << 32; /* which is no facet */
	start.w[0] |= 99 << 8;
	assert_int_equal(tool(OP_TOOL_OPEN, start, cap_void()), RC_NO_ACCESS); /* a void brand opens nothing */
	assert_int_equal(tool(OP_TOOL_SAME, start, resume), RC_OK);
	assert_int_equal(inv.r.w[1], 0);
	node(N_PROC)->slot[PS_BRAND] = brand;
	assert_int_equal(tool(OP_TOOL_OPEN, start, near), RC_NO_ACCESS);
	assert_int_equal(tool(OP_TOOL_OPEN, start, cap_void()), RC_NO_ACCESS);
	assert_int_equal(tool(OP_TOOL_OPEN, process, brand), RC_BAD_CAP);
	assert_int_equal(tool(OP_TOOL_OPEN, cap_void(), brand), RC_BAD_CAP);
	assert_int_equal(tool(OP_TOOL_OPEN, stale, brand), RC_BAD_CAP);
	assert_int_equal(tool(OP_TOOL_OPEN, start, brand), RC_OK);
	assert_int_equal(inv.r.w[1], CT_START);
	assert_int_equal(inv.r.w[2], 99);
	expect_cap(inv.r.c[0], process);
	assert_int_equal(tool(OP_TOOL_OPEN, resume, brand), RC_OK);
	assert_int_equal(inv.r.w[1], CT_RESUME);
	assert_int_equal(inv.r.w[2], 0);
	expect_cap(inv.r.c[0], process);
	assert_int_equal(tool(OP_TOOL_SAME, start, resume), RC_OK);
	assert_int_equal(inv.r.w[1], 1);
	assert_int_equal(tool(OP_TOOL_SAME, start, process), RC_BAD_CAP);
	assert_int_equal(tool(OP_TOOL_SAME, stale, start), RC_BAD_CAP);
}

static void process_tool_opens_services(void **unused)
{
	struct cap brand = cap_number(7, 8, 9), fwd = node_cap(CT_FORWARDER, N_FWD, CR_OPAQUE), gpt;

	(void)unused;
	gpt = node_cap(CT_GPT, N_GPT, CR_OPAQUE | CR_RO);
	gpt.w[0] |= 5 << 8;
	node(N_PROC)->slot[PS_BRAND] = brand;
	assert_int_equal(tool(OP_TOOL_FORWARDER, fwd, brand), RC_NO_ACCESS);
	node(N_FWD)->slot[0] = node_cap(CT_PROCESS, N_PROC, 0); /* as its owner keeps it: he serves by another */
	assert_int_equal(tool(OP_TOOL_FORWARDER, fwd, brand), RC_NO_ACCESS);
	node(N_FWD)->slot[0] = node_cap(CT_START, N_PROC, 0);
	assert_int_equal(tool(OP_TOOL_FORWARDER, fwd, cap_void()), RC_NO_ACCESS);
	assert_int_equal(tool(OP_TOOL_FORWARDER, gpt, brand), RC_BAD_CAP);
	assert_int_equal(tool(OP_TOOL_FORWARDER, fwd, brand), RC_OK);
	fwd.w[3] &= 0xffffff;
	expect_cap(inv.r.c[0], fwd);
	node(N_FWD)->slot[0].w[1]++; /* a process that is gone */
	assert_int_equal(tool(OP_TOOL_FORWARDER, fwd, brand), RC_NO_ACCESS);
	node(N_GPT)->slot[31] = node_cap(CT_START, N_PROC, 0);
	assert_int_equal(tool(OP_TOOL_SPACE, gpt, brand), RC_NO_ACCESS); /* not as a keeper */
	node(N_GPT)->flags = GPT_KEEPER;
	assert_int_equal(tool(OP_TOOL_SPACE, gpt, cap_number(1, 1, 1)), RC_NO_ACCESS);
	assert_int_equal(tool(OP_TOOL_SPACE, fwd, brand), RC_BAD_CAP);
	assert_int_equal(tool(OP_TOOL_SPACE, gpt, brand), RC_OK);
	assert_int_equal(BITS(inv.r.c[0]), CR_RO);
	assert_int_equal(cap_payload(&inv.r.c[0]), 5);
	gpt.w[1]++;
	assert_int_equal(tool(OP_TOOL_SPACE, gpt, brand), RC_BAD_CAP);
}

static void procs(void **unused)
{
	const struct abi_proc_info *p;

	(void)unused;
	for (u32 k = 0; k < 40; k++)
		activities[k] = (struct activity){ .oid = POT_OID | N_PROC, .version = 3, .state = AS_WAITING };
	node(N_PROC)->slot[PS_DEBUG] = cap_number(0x6c656873, 0x6c, 0);
	assert_int_equal(call(cap_make(CT_SYSCTL, 0, 0, 0, 0), OP_SYS_PROCS, 0, 0, 0), RC_OK);
	assert_int_equal(inv.r.w[1], 32);
	assert_int_equal(inv.r.len, 32 * sizeof(*p));
	p = inv.r.str;
	assert_string_equal(p->name, "shell");
	assert_int_equal(call(cap_make(CT_SYSCTL, 0, 0, 0, 0), OP_SYS_PROCS, 32, 0, 0), RC_OK);
	assert_int_equal(inv.r.w[1], 0);
	assert_int_equal(inv.r.len, 8 * sizeof(*p));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(process_slots), T(process_states), T(stop_ends_kernel_wait), T(process_regs), T(notices),
		T(forwarder), T(process_tool), T(process_tool_opens_services), T(procs),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
