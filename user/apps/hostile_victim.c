// SPDX-License-Identifier: Apache-2.0
/* The victims' side of the attack: a server that can be made to behave badly, and a child that faults on command. */
#include "hostile.h"
#include <invoke.h>
#include <process.h>
#include <stub/slots.h>

/* The compiler must not know where a pointer points. */
static volatile char *at(uintptr_t address)
{
	__asm__ volatile("" : "+r"(address));
	return (volatile char *)address;
}

/* One step of the server: answers to `to`, waits with its string block at `block`. */
static void serve(unsigned to, unsigned take, uintptr_t block, struct msg *m)
{
	struct inv_regs r = { .ctl = INV_CTL(INV_PRETURN, to, m->cap[0], 0, 0, 0), .rcv = INV_RCV(0, 0, T1, take),
			      .w = { m->w[0], m->w[1], m->w[2], m->w[3] }, .str = block };
	invoke_raw(&r);
	*m = (struct msg){ .w = { r.w[0], r.w[1], r.w[2], r.w[3] }, .facet = r.ctl, .in_len = r.rcv, .in_sent = r.str };
}

void role_server(void)
{
	static char buffer[4096];
	static struct abi_string own;
	unsigned to = 0, take = KR_RESUME, held = T0;
	uintptr_t block = (uintptr_t)&own, noticed[3] = { 0 }, told[3] = { 0 }, keeping = KEEP_NOT;
	struct msg m = { .w = { 0 } };
	own = (struct abi_string){ .recv = (uintptr_t)buffer, .recv_max = sizeof buffer };
	for (;;) {
		serve(to, take, block, &m);
		to = take;
		if (m.facet == FACET_NOTICE) {
			noticed[0]++;
			noticed[1] = m.w[1];
			noticed[2] = m.facet;
			to = 0;
			continue;
		}
		uintptr_t answer = RC_OK;
		switch (m.w[0]) {
		case OP_FAULT:
			told[0]++;
			told[1] = m.w[2];
			told[2] = m.w[3];
			if (keeping == KEEP_GIVE)
				node_store(V_OTHER, m.w[2] >> 12 & 31, V_PEER);
			if (keeping == KEEP_REFUSE)
				answer = RC_NO_ACCESS;
			if (keeping != KEEP_HOLD)
				break;
			/* fall through */
		case SERVE_HOLD:
			to = 0;
			take = held;
			held = held == T0 ? KR_RESUME : T0;
			break;
		case SERVE_BUFFER:
			own.recv = m.w[1] ? m.w[1] : (uintptr_t)buffer;
			own.recv_max = m.w[2];
			block = m.w[3] ? m.w[3] : (uintptr_t)&own;
			m.w[1] = m.in_len;
			break;
		case SERVE_ECHO:
			m.w[1] = m.in_len;
			m.w[2] = m.in_sent;
			m.w[3] = m.facet;
			break;
		case SERVE_GIVE:
			m.cap[0] = (uint8_t)held;
			break;
		case SERVE_NOTICED:
			for (int k = 0; k < 3; k++)
				m.w[1 + k] = noticed[k];
			break;
		case SERVE_ADDED:
			m.w[1] = m.w[3];
			m.cap[0] = T1;
			break;
		case SERVE_KEEP:
			keeping = m.w[1];
			break;
		case SERVE_TOLD:
			for (int k = 0; k < 3; k++)
				m.w[1 + k] = told[k];
			break;
		}
		m.w[0] = answer;
	}
}

/* How many bytes of a good string the server gets. */
static uintptr_t echo(void)
{
	static char bytes[SENT];
	struct abi_string s = { .send = (uintptr_t)bytes, .send_len = sizeof bytes };
	struct inv_regs r = { .ctl = INV_CTL(INV_CALL, V_PEER, 0, 0, 0, 0), .w = { SERVE_ECHO }, .str = (uintptr_t)&s };
	invoke_raw(&r);
	return r.w[0] ? r.w[0] : r.w[1];
}

/* A string from `send` with its block at `block`, to the server. */
static void send_string(uintptr_t address, uintptr_t len, uintptr_t block)
{
	struct abi_string s = { .send = address, .send_len = len };
	struct inv_regs r = { .ctl = INV_CTL(INV_CALL, V_PEER, 0, 0, 0, 0), .w = { SERVE_ECHO },
			      .str = block ? block : (uintptr_t)&s };
	invoke_raw(&r);
}

static void bad_type(unsigned type)
{
	struct inv_regs r = { .ctl = INV_CTL(type, V_PEER, 1, 2, 3, 4), .w = { SERVE_ECHO } };
	invoke_raw(&r);
}

/* Faults at an address that says with what the call ended. */
static void tell(uintptr_t rc)
{
	*at(FAR + rc) = 1;
}

/* Again and again, so that what was thrown away must come back. */
static void sweep(void)
{
	for (uintptr_t address = SWEEP_FROM; address < SWEEP_TO; address += SWEEP_STEP)
		++*at(address);
	for (uintptr_t address = SWEEP_TO; address > SWEEP_FROM; address -= SWEEP_STEP)
		++*at(address - SWEEP_STEP);
}

void role_child(enum attack which)
{
	if (which >= A_MACHINE && which < A_MACHINE + machine_attacks()) {
		machine_attack(which - A_MACHINE);
		return;
	}
	switch (which) {
	case A_NULL_READ:       (void)*at(0); break;
	case A_NULL_WRITE:      *at(0) = 1; break;
	case A_WRITE_TEXT:      *at(PROGRAM_START) = 1; break;
	case A_KERNEL_READ:     (void)*at(KERNEL); break;
	case A_KERNEL_WRITE:    *at(KERNEL) = 1; break;
	case A_KERNEL_JUMP:     ((void (*)(void))(uintptr_t)at(KERNEL))(); break;
	case A_FAR_JUMP:        ((void (*)(void))(uintptr_t)at(FAR))(); break;
	case A_STRING_UNMAPPED: send_string(FAR, 8, 0); break;
	case A_STRING_HALF:     send_string(STACK_TOP - 16, 32, 0); break;
	case A_STRING_KERNEL:   send_string(KERNEL, 8, 0); break;
	case A_STRING_WRAPS:    send_string((uintptr_t)0 - 4, 8, 0); break;
	case A_BLOCK_UNMAPPED:  send_string(0, 0, FAR); break;
	case A_BLOCK_HALF:      send_string(0, 0, STACK_TOP - 4); break;
	case A_BLOCK_KERNEL:    send_string(0, 0, KERNEL); break;
	case A_BLOCK_WRAPS:     send_string(0, 0, (uintptr_t)0 - 4); break;
	case A_TYPE_6:          bad_type(6); break;
	case A_TYPE_7:          bad_type(7); break;
	case A_TOUCH_FAR:       *at(FAR) = 1; call_words(V_PEER, SERVE_HOLD, 0, 0, 0); *at(FAR) = 2; break;
	case A_CALL_PEER:       tell(call_words(V_PEER, SERVE_HOLD, 0, 0, 0)); break;
	case A_OWN_MEMORY:      *at(FAR) = 1; call_words(V_OTHER, OP_NODE_CLEAR, 0, 0, 0); *at(FAR) = 2; break;
	case A_SWEEP:           sweep(); break;
	case A_STRING:          tell(echo()); break;
	case A_CALL_OTHER:      tell(call_words(V_OTHER, SERVE_HOLD, 0, 0, 0)); break;
	default:                break;
	}
}
