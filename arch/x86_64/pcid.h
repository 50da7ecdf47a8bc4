/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Tags of address spaces in the TLB (CONFIG_X86_64_PCID). Where a root lies says which tag it has; it keeps that until all
 * are forgotten or another root of the same tag is loaded. Tag 0 is the kernel's own root, which maps nothing of any program. Tables are shared
 * by roots, so a flush in one space voids the tags of all others. (Intel SDM volume 3, section 4.10.)
 */
#ifndef ARCH_X86_64_PCID_H
#define ARCH_X86_64_PCID_H

#include <kernel/types.h>

#define PCID_TAGS 64u
#define PCID_KEEP ((u64)1 << 63) /* in a value for cr3: what the TLB has of this tag is good */

/* What to load into cr3 for this root, which is not the kernel's. */
u64 pcid_cr3(paddr_t root);
/* What the TLB has of any tag may be wrong, but not of this root's; 0 = of this neither. */
void pcid_forget(paddr_t but);

#endif
