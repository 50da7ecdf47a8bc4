/* SPDX-License-Identifier: Apache-2.0 */
/* Where things are in the kernel's part of an address space (arch/x86_64/pt.c). */
#ifndef HAL_LAYOUT_H
#define HAL_LAYOUT_H

#define KERNEL_BASE 0xffffffff80000000u     /* the kernel's image: physical address 0 */
#define DIRECT_MAP_BASE 0xffff800000000000u /* physical memory */
#define DIRECT_MAP_SIZE ((u64)512 << 30)
#define DEVICE_BASE 0xffffffffc0000000u     /* devices, to the end */
#define LARGE_PAGE_SIZE ((u64)2 << 20)

#endif
