/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Invoking capabilities.
 *
 * Each operation has a function, made from idl/ (stub/<interface>.h); what it does and answers is in Documentation/abi/:
 *
 *	if (page_read(KR_TEMP(0), 0, 64, buf, sizeof buf, &len) == RC_OK)
 *		... len bytes are in buf
 *
 * The first argument is the register of the capability; so are arguments and results that are capabilities. Results mean
 * nothing after an error. Below is what these functions are made of. The same struct msg goes out and comes back: words and in_len are overwritten by what arrives; the registers
 * named in cap[] are sent, those named in take[] receive. Zero means none in both.
 * A server keeps one struct msg for all of its life: while it waits the kernel holds the address of m->str.
 */
#ifndef USER_INVOKE_H
#define USER_INVOKE_H

#include <abi/cap.h>
#include <abi/error.h>
#include <abi/syscall.h>
#include <stddef.h>
#include <stdint.h>

struct msg {
	uintptr_t w[4];
	uint8_t cap[4];           /* registers whose capabilities are sent; cap[3] is ignored in a call */
	uint8_t take[4];          /* registers that receive; take[3] gets a caller's resume capability */
	const void *out;          /* string to send */
	size_t out_len;
	void *in;                 /* where a string goes */
	size_t in_max;
	size_t in_len;            /* bytes delivered */
	size_t in_sent;           /* bytes that the sender wanted to send */
	uint32_t facet;           /* by which facet the request came (0 in a reply) */
	struct abi_string str;    /* the kernel's view of out and in */
};

/* Calls the capability in `reg`, waits for the reply, returns its word 0. */
uintptr_t call(unsigned reg, struct msg *m);
/* Sends and goes on. Returns word 0 of what the kernel says about the sending. */
uintptr_t send(unsigned reg, struct msg *m);
/*
 * Answers promptly and goes on, or waits for the next request, which is in *m afterwards (reg 0: nobody is answered).
 * Whoever sent the request chose the capability: a client that named a process that is never available in place of a
 * resume capability gets no answer, and does not hold up the server. The string to send must be where something is mapped.
 */
uintptr_t reply(unsigned reg, struct msg *m);
void reply_wait(unsigned reg, struct msg *m);

/* Calls without string and capabilities. */
uintptr_t call_words(unsigned reg, uintptr_t op, uintptr_t w1, uintptr_t w2, uintptr_t w3);
/* The same; *r gets word 1 of the reply. */
uintptr_t call_get(unsigned reg, uintptr_t op, uintptr_t w1, uintptr_t *r);
/* A call whose reply brings one capability, into register `into`. */
uintptr_t call_cap(unsigned reg, uintptr_t op, uintptr_t w1, unsigned into);

/* What a server's function returns that answers later (serve/<service>.h): it is never sent. */
#define RC_LATER ((uintptr_t)-1)
/* A program built with CONFIG_ASSERT has made a call that its service's protocol forbids in this state: logs it, faults. */
void protocol_broken(const char *protocol, unsigned state, uintptr_t op) __attribute__((noreturn));

/* The seven registers of the system call, in order (crt0.S). */
struct inv_regs {
	uintptr_t ctl, rcv, w[4], str;
};
void invoke_raw(struct inv_regs *r);

const char *rc_name(uintptr_t rc);

#endif
