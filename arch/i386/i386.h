/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of this port share. */
#ifndef ARCH_I386_H
#define ARCH_I386_H

#include <hal/pt_format.h>
#include <kernel/types.h>

#define KERNEL_BASE 0xc0000000u
#define DIRECT_MAP_SIZE (768u << 20)
#define LARGE_PAGE_SIZE (4u << 20)

extern hal_pte_t kernel_root[1024];                                    /* boot.S */
extern u8 kernel_stack_guard[], kernel_stack[], kernel_stack_top[];    /* boot.S */
extern u8 kernel_image_start[], kernel_text_end[], kernel_image_end[]; /* kernel.ld */

void desc_init(void);                               /* GDT, TSS, IDT */
void pt_init(paddr_t ram_end);                      /* keeps of boot's map only what is RAM */

#endif
