/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a capability becomes when it is fetched through a weak one. Every fetch path calls this and
 * nothing else. Types are listed by what may pass: one that is added later comes out void until somebody
 * has thought about it.
 */
#include <kernel/cap.h>

struct cap cap_weaken(struct cap c)
{
	switch (cap_type(&c)) {
	case CT_NUMBER:  /* data */
	case CT_DISCRIM: /* tells only about what its caller holds */
		return c;
	case CT_PAGE:
	case CT_NODE:
	case CT_GPT:
		c.w[3] |= (CR_RO | CR_WEAK | CR_NOCALL) << 24;
		return c;
	default:
		return cap_void();
	}
}
