/* SPDX-License-Identifier: Apache-2.0 */
/* Where things are in the kernel's part of an address space (arch/i386/pt.c). */
#ifndef HAL_LAYOUT_H
#define HAL_LAYOUT_H

#define KERNEL_BASE 0xc0000000u
#define DIRECT_MAP_SIZE (768u << 20)
#define LARGE_PAGE_SIZE (4u << 20)

#endif
