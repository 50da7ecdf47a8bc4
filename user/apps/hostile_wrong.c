// SPDX-License-Identifier: Apache-2.0
/*
 * Every operation of the kernel in every wrong way that its interface's text tells of, and every operation that a type has
 * not. The requests are made from idl/ (stub/wrong.h). H_EACH is a node with a capability of each type in the slot of its number,
 * and in the slots EACH_RO and EACH_OPAQUE two more nodes, with what cannot be reduced by an operation.
 */
#include "hostile.h"
#include <invoke.h>
#include <print.h>
#include <stdbool.h>
#include <stub/memory.h>
#include <stub/registers.h>
#include <stub/slots.h>
#include <stub/sysctl.h>
#include <stub/wrong.h>

#define EACH_RO 31
#define EACH_OPAQUE 30

enum form { W_STORE = 1, W_SLOT, W_PROMPT };

struct request {
	const char *what;
	uint8_t type, cap[2], form, error;
	uint16_t bytes;
	uint32_t op, w[3];
};

#define WORDS(...) { __VA_ARGS__ }
#define WRONG(t, o, words, c0, c1, n, f, e, text)                                                                   \
	{ .what = text, .type = t, .cap = { c0, c1 }, .form = f, .error = e, .bytes = n, .op = o, .w = words },
static const struct request requests[] = { WRONG_REQUESTS };

#define LIST(...) (const uint32_t[]){ __VA_ARGS__, 0 }
#define KNOWN(t, name, list) { t, name, list },
static const struct {
	uint8_t type;
	const char *name;
	const uint32_t *ops;
} known[] = { KNOWN_OPERATIONS };

bool documented(unsigned type, uint32_t code, uintptr_t rc)
{
#define DOCUMENTED(t, o, e, made) { t, e, o },
#define ALWAYS(e) { CT_NR, e, 0 },
	static const struct {
		uint8_t type, error;
		uint32_t op;
	} all[] = { DOCUMENTED_ERRORS ALWAYS_ERRORS };
	if (rc == RC_OK || type == CT_START || type == CT_RESUME || type == CT_FAULT)
		return true;
	for (size_t n = 0; n < sizeof all / sizeof all[0]; n++)
		if (all[n].error == rc && (all[n].type == CT_NR || (all[n].type == type && (!all[n].op || all[n].op == code))))
			return true;
	return false;
}

/* The capability that a form of a request goes to, into T0; false = there is none. */
static bool target(unsigned type, unsigned form)
{
	unsigned from = form == W_STORE ? EACH_RO : EACH_OPAQUE;
	bool reducible = type == CT_PAGE || type == CT_NODE || type == CT_GPT;
	if (form != W_STORE && form != W_SLOT)
		return node_fetch(H_EACH, type, T0) == RC_OK && type_of(T0) == type;
	if (type == CT_DEVMEM || type == CT_IOPORTS)
		return node_fetch(H_EACH, type, T0) == RC_OK && dev_reduce(T0, T0) == RC_OK;
	if (reducible)
		return node_fetch(H_EACH, type, T0) == RC_OK && mem_reduce(T0, form == W_STORE ? CR_RO : CR_OPAQUE, T0) == RC_OK;
	return node_fetch(H_EACH, from, T0) == RC_OK && node_fetch(T0, type, T0) == RC_OK && type_of(T0) == type;
}

static uintptr_t ask(const struct request *r, enum inv_type type)
{
	static char out[8192], in[4096];
	struct abi_string s = { (uintptr_t)out, r->bytes, (uintptr_t)in, sizeof in };
	struct inv_regs regs = {
		.ctl = INV_CTL(type, T0, T1, T2, 0, 0), .rcv = INV_RCV(T3, 0, 0, 0),
		.w = { r->op, r->w[0], r->w[1], r->w[2] }, .str = (uintptr_t)&s,
	};
	node_fetch(H_EACH, r->cap[0], T1);
	node_fetch(H_EACH, r->cap[1], T2);
	invoke_raw(&regs);
	return regs.w[0];
}

/* An opaque forwarder forwards whatever it is asked, so it cannot refuse. */
static bool asks_the_target(const struct request *r)
{
	return r->type == CT_FORWARDER && r->form == W_SLOT;
}

static unsigned refused(const char *name, unsigned type)
{
	unsigned count = 0;
	for (size_t n = 0; n < sizeof requests / sizeof requests[0]; n++) {
		const struct request *r = &requests[n];
		if (r->type != type || asks_the_target(r))
			continue;
		if (!target(type, r->form)) {
			expect_number("a capability of this type is in H_EACH", type, CT_VOID);
			continue;
		}
		for (unsigned t = r->form == W_PROMPT ? INV_PCALL : INV_CALL; t <= INV_PCALL; t += INV_PCALL - INV_CALL) {
			char what[96];
			uintptr_t rc = ask(r, t);
			count++;
			if (rc == r->error)
				continue;
			format(what, sizeof what, "%s: %s%s", name, r->what, t == INV_PCALL ? ", prompt" : "");
			expect(what, rc, r->error);
		}
	}
	return count;
}

static bool has(const uint32_t *ops, uint32_t code)
{
	while (*ops && *ops != code)
		ops++;
	return *ops;
}

/* Each of the first 256, and others far away. */
static unsigned unknown(const char *name, unsigned type, const uint32_t *ops)
{
	static const uint32_t far[] = { 256, 0x10001, 0x7fffffff, 0x80000000u, 0xffff0000u, 0xffff0002u, 0xffffffffu };
	unsigned count = 0;
	target(type, 0);
	for (unsigned n = 0; n < 256 + sizeof far / sizeof far[0]; n++) {
		uint32_t code = n < 256 ? n : far[n - 256];
		struct request r = { .op = code, .w = { 1, 1, 1 } };
		uintptr_t rc = has(ops, code) ? RC_UNKNOWN_OP : ask(&r, INV_CALL);
		char what[64];
		count += !has(ops, code);
		if (rc == RC_UNKNOWN_OP)
			continue;
		format(what, sizeof what, "%s: operation 0x%x", name, code);
		expect(what, rc, RC_UNKNOWN_OP);
	}
	return count;
}

/* These stand in no image: they are void after a restart. A machine without ports gives none. */
static void devices(void)
{
	static const uint8_t types[] = { CT_DEVMEM, CT_IOPORTS, CT_IRQ };
	for (unsigned n = 0; n < 3; n++)
		if (sys_device(KR_SYSCTL, types[n], 900, 1, T0) == RC_OK)
			node_store(H_EACH, types[n], T0);
}

void attack_wrong(void)
{
	note("every operation in every wrong way that is documented");
	devices();
	for (size_t n = 0; n < sizeof known / sizeof known[0]; n++) {
		char what[96];
		unsigned wrong = refused(known[n].name, known[n].type);
		unsigned others = unknown(known[n].name, known[n].type, known[n].ops);
		format(what, sizeof what, "%s: %u wrong requests, %u operations that it has not: its type is still", known[n].name,
		       wrong, others);
		target(known[n].type, 0);
		expect_number(what, type_of(T0), known[n].type);
	}
}
