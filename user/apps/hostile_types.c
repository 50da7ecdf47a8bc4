// SPDX-License-Identifier: Apache-2.0
/* What single types of capabilities do: the operations of each, used as they are meant and as they are not. */
#include "hostile.h"
#include <invoke.h>
#include <process.h>

/* ---- forwarders ---------------------------------------------------------------------------------------------------- */

/* What arrives as word 3 and as third capability, through the opaque form in T0. */
static uintptr_t added(unsigned into)
{
	struct msg m = { .w = { SERVE_ADDED, 1, 2, 3 }, .cap = { 0, 0, H_PAGE }, .take = { (uint8_t)into } };
	uintptr_t rc = call(T0, &m);
	return rc ? rc : m.w[1];
}

static void forwarded(void)
{
	struct msg m = { .w = { OP_FWD_GET }, .take = { T2 } };
	expect("forwarder: an option that there is not", op(H_FORWARDER, OP_FWD_OPTIONS, 8, 0, 0, 0, 0), RC_REQUEST);
	expect("forwarder: blocked is no option", op(H_FORWARDER, OP_FWD_OPTIONS, FWD_BLOCKED, 0, 0, 0, 0), RC_REQUEST);
	expect_number("word 3 as it is without options", added(T1), 3);
	expect_number("and the third capability", type_of(T1), CT_PAGE);
	expect("payload and identity", op(H_FORWARDER, OP_FWD_OPTIONS, FWD_PAYLOAD | FWD_IDENTITY, 0x87654321u, 0, 0, 0), RC_OK);
	expect_number("word 3 with a payload", added(T1), 0x87654321u);
	expect_number("the third capability with identity", type_of(T1), CT_FORWARDER);
	expect("it may change the forwarder", op(T1, OP_FWD_BLOCK, 1, 0, 0, 0, 0), RC_OK);
	expect("which is blocked then", prompt(T0, SERVE_ECHO, 0, 0, 0, 0, 0), RC_WOULD_BLOCK);
	expect("what it is", call(H_FORWARDER, &m), RC_OK);
	expect_number("flags", m.w[1], FWD_BLOCKED | FWD_PAYLOAD | FWD_IDENTITY);
	expect_number("payload", m.w[2], 0x87654321u);
	expect("target", op(T2, SERVE_ECHO, 0, 0, 0, 0, 0), RC_OK);
	expect("not any longer", op(T1, OP_FWD_BLOCK, 0, 0, 0, 0, 0), RC_OK);
	expect("none of these", op(H_FORWARDER, OP_FWD_OPTIONS, 0, 0, 0, 0, 0), RC_OK);
	expect_number("word 3 as it was", added(T1), 3);
}

/* A child waits behind two forwarders for a process that never comes, until its way leads elsewhere. */
static void retargeted(void)
{
	struct process_status s;
	make(6, 0, NK_FORWARDER, T1);
	op(H_FORWARDER, OP_FWD_OPAQUE, 0, 0, 0, 0, T0);
	op(T1, OP_FWD_TARGET, 0, 0, 0, T0, 0);
	op(T1, OP_FWD_OPAQUE, 0, 0, 0, 0, T2);
	op(KR_SELF, OP_PROC_START_CAP, 0, 0, 0, 0, T3);
	op(H_FORWARDER, OP_FWD_TARGET, 0, 0, 0, T3, 0);
	op(H_CHILD, OP_PROC_CAP_STORE, V_OTHER, 0, 0, T2, 0);
	run(H_CHILD, ROLE_CHILD, A_CALL_OTHER);
	expect("a caller waits behind two forwarders, and the outer one is rescinded", op(KR_RANGE, OP_RANGE_RESCIND, 0, 0, 0, T1, 0), RC_OK);
	settle(H_CHILD);
	process_status(H_CHILD, &s);
	expect("the caller is told", s.fault == FAULT_ADDRESS ? s.fault_addr - FAR : 1000, RC_VOID);
	op(H_CHILD, OP_PROC_CAP_STORE, V_OTHER, 0, 0, T0, 0);
	run(H_CHILD, ROLE_CHILD, A_CALL_OTHER);
	expect("it waits behind one, which is led to a page", op(H_FORWARDER, OP_FWD_TARGET, 0, 0, 0, H_PAGE, 0), RC_OK);
	settle(H_CHILD);
	process_status(H_CHILD, &s);
	expect("the page answers", s.fault == FAULT_ADDRESS ? s.fault_addr - FAR : 1000, RC_UNKNOWN_OP);
	op(H_CHILD, OP_PROC_AVAILABLE, 0, 0, 0, 0, 0);
}

static void forwarders(void)
{
	op(H_MORE, OP_NODE_FETCH, 3, 0, 0, 0, T0);
	expect("five forwarders to go through", prompt(T0, SERVE_ECHO, 0, 0, 0, 0, 0), RC_TOO_DEEP);
	op(H_MORE, OP_NODE_FETCH, 4, 0, 0, 0, T0);
	expect("four", prompt(T0, SERVE_ECHO, 0, 0, 0, 0, 0), RC_OK);
	op(H_MORE, OP_NODE_FETCH, 5, 0, 0, 0, T0);
	expect("a circle of one", op(T0, SERVE_ECHO, 0, 0, 0, 0, 0), RC_TOO_DEEP);
	op(H_MORE, OP_NODE_FETCH, 6, 0, 0, 0, T0);
	expect("one that is blocked", prompt(T0, SERVE_ECHO, 0, 0, 0, 0, 0), RC_WOULD_BLOCK);
	expect("unblock it", op(H_FORWARDER, OP_FWD_BLOCK, 0, 0, 0, 0, 0), RC_OK);
	expect("now it leads on", prompt(T0, SERVE_ECHO, 0, 0, 0, 0, 0), RC_OK);
	forwarded();
	expect("lead it to nothing", op(H_FORWARDER, OP_FWD_TARGET, 0, 0, 0, 0, 0), RC_OK);
	expect("then it is void", op(T0, SERVE_ECHO, 0, 0, 0, 0, 0), RC_VOID);
	op(H_FORWARDER, OP_FWD_TARGET, 0, 0, 0, H_SERVER_START, 0);
	retargeted();
}

void attack_types(void)
{
	note("forwarders");
	forwarders();
}
