/* SPDX-License-Identifier: Apache-2.0 */
/* The capability word, weakening, and the way from a capability to its object. */
#include <abi/error.h>
#include <kernel/cpu.h>
#include <kernel/panic.h>

#include "tests/self/self.h"

void cap_word(void)
{
	static const u64 oids[] = { 0, 7, 0x12345678, 0xfedcba9876543f, 0xffffffffffffff };
	static const u32 payloads[] = { 0, 1, 0x800000, 0xffffff };

	for (u32 i = 0; i < ARRAY_SIZE(oids) * ARRAY_SIZE(payloads) * 256; i++) {
		u64 oid = oids[i / 256 % ARRAY_SIZE(oids)];
		u32 payload = payloads[i / 256 / ARRAY_SIZE(oids)], type = i % CT_NR, rights = i % 256;
		struct cap c = cap_make(type, payload, 0x80000001u + i, oid, rights);

		expect(cap_type(&c) == type && cap_payload(&c) == payload && cap_version(&c) == 0x80000001u + i);
		expect(cap_oid(&c) == oid && cap_rights(&c) == rights);
		expect(cap_count56(&c) == ((u64)payload << 32 | (0x80000001u + i)));
		expect(cap_guard(&c) == payload >> 6 && cap_size(&c) == (payload & 63) + 12);
	}
}

static bool passes_weak(u32 type)
{
	return type == CT_NUMBER || type == CT_DISCRIM || type == CT_PAGE || type == CT_NODE || type == CT_GPT;
}

void cap_weakening(void)
{
	const u32 weak = CR_RO | CR_WEAK | CR_NOCALL;

	for (u32 i = 0; i < 256 * (CR_ALL + 1); i++) {
		struct cap c = cap_make(i % 256, 0xabcdef, 5, 0x1238, i / 256), w = cap_weaken(c), twice = cap_weaken(w);
		u32 type = cap_type(&c);

		expect(cap_equal(&w, &twice));
		expect(cap_type(&w) == (passes_weak(type) ? type : CT_VOID));
		if (type == CT_PAGE || type == CT_NODE || type == CT_GPT)
			expect((cap_rights(&w) & weak) == weak && (cap_rights(&w) | weak) == (cap_rights(&c) | weak));
	}
}

void cap_of_objects(void)
{
	struct cap page = self_object(0, 0, NK_PAGE), node = self_object(1, 6, NK_NODE), c;
	struct objref ref;
	u32 version;

	expect(cap_type(&page) == CT_PAGE && cap_type(&node) == CT_NODE);
	expect(cap_lookup(&page, &ref) == RC_OK && !ref.node);
	expect(cap_lookup(&node, &ref) == RC_OK && ref.index == 6 && ref.node->oid == cap_oid(&node));
	c = cap_make(CT_GPT, 0, cap_version(&node), cap_oid(&node), 0);
	expect(cap_lookup(&c, &ref) == RC_VOID);
	c = cap_make(CT_PAGE, 0, cap_version(&page), cap_oid(&page) | 1, 0);
	expect(cap_lookup(&c, &ref) == RC_VOID);
	c = cap_make(CT_NODE, 0, cap_version(&node), cap_oid(&node) | 7, 0);
	expect(cap_lookup(&c, &ref) == RC_VOID);
	c = self_object(0, 0, NK_PAGE);
	expect(cap_type(&c) == CT_VOID); /* it lives */
	version = cap_version(&page);
	expect(obj_destroy_prepare(&page, &ref) == RC_OK);
	obj_destroy_perform(&ref);
	expect(cap_lookup(&page, &ref) == RC_VOID);
	c = self_object(0, 3, NK_PROCESS);
	expect(cap_type(&c) == CT_PROCESS && cap_version(&c) > version);
	expect(cap_lookup(&page, &ref) == RC_VOID);
}
