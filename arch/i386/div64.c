/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Division of 64 by 64 bits, which the compiler calls for. Not from libgcc, since that takes its arguments on the stack
 * and the kernel in registers (port.mk).
 */
#include <kernel/types.h>

u64 __udivdi3(u64 n, u64 d);
u64 __umoddi3(u64 n, u64 d);
u64 __udivmoddi4(u64 n, u64 d, u64 *rest);

/* high:low / d, high < d: the quotient; the remainder in *rest. */
static u32 divide(u32 high, u32 low, u32 d, u32 *rest)
{
	u32 quotient;

	__asm__("divl %4" : "=a"(quotient), "=d"(*rest) : "0"(low), "1"(high), "rm"(d) : "cc");
	return quotient;
}

u64 __udivmoddi4(u64 n, u64 d, u64 *rest)
{
	u32 high = 0, r = (u32)(n >> 32);
	u64 q = 0;

	if (d >> 32) {
		for (u32 i = 32; i-- > 0;)
			if (d <= n >> i) {
				n -= d << i;
				q |= (u64)1 << i;
			}
		*rest = n;
		return q;
	}
	if (r >= (u32)d)
		high = divide(0, r, (u32)d, &r);
	q = (u64)high << 32 | divide(r, (u32)n, (u32)d, &r);
	*rest = r;
	return q;
}

u64 __udivdi3(u64 n, u64 d)
{
	u64 rest;

	return __udivmoddi4(n, d, &rest);
}

u64 __umoddi3(u64 n, u64 d)
{
	u64 rest;

	(void)__udivmoddi4(n, d, &rest);
	return rest;
}
