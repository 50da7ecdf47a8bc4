/* SPDX-License-Identifier: Apache-2.0 */
/* Model-specific registers and the processor's description of itself. */
#ifndef ARCH_X86_MSR_H
#define ARCH_X86_MSR_H

#include <kernel/types.h>

static inline u64 rdmsr(u32 reg)
{
	u32 low, high;

	__asm__ volatile("rdmsr" : "=a"(low), "=d"(high) : "c"(reg));
	return (u64)high << 32 | low;
}

static inline void wrmsr(u32 reg, u64 v)
{
	__asm__ volatile("wrmsr" : : "c"(reg), "a"((u32)v), "d"((u32)(v >> 32)) : "memory");
}

struct cpuid {
	u32 eax, ebx, ecx, edx;
};

/* All zero for a leaf that this processor does not have. */
static inline struct cpuid cpuid(u32 leaf)
{
	struct cpuid r = { leaf & 0x80000000u, 0, 0, 0 };

	__asm__ volatile("cpuid" : "+a"(r.eax), "=b"(r.ebx), "+c"(r.ecx), "=d"(r.edx));
	if (r.eax < leaf)
		return (struct cpuid){ 0 };
	r = (struct cpuid){ leaf, 0, 0, 0 };
	__asm__ volatile("cpuid" : "+a"(r.eax), "=b"(r.ebx), "+c"(r.ecx), "=d"(r.edx));
	return r;
}

#endif
