/* SPDX-License-Identifier: Apache-2.0 */
/* Memory for strings in the world's processes, and what a model may know of it: which pages are where, and writable. */
#ifndef TESTS_ROOMS_H
#define TESTS_ROOMS_H

#include "world.h"

/* Each process: the second page, a region of 17 pages, a read-only page, a page that all share. */
#define DATA2 0x2000u
#define REGION 0x4000u
#define REGION_PAGES 17u
#define FIXED 0x16000u
#define SHARED 0x18000u
#define HOLE 0x1a000u
#define DEVICE 0x1c000u /* a device's page: no room for strings */
#define END ((u64)HOST_USER_END)
#define TOP ((u64)0 - 16)
#define LONGEST 65536u
#define FILL 0xee

extern struct frame *page_of[PROCS][32]; /* by number of the page in its space; NULL = a hole */

/* After world_setup(): the pages below, the same in each process. */
void rooms_setup(void);
void rooms_map(void);    /* all of it is mapped for reading */
void rooms_clean(void);  /* FILL everywhere */
bool mapped(u64 va, bool write);
/* How many of the bytes [at, at + len) can be used, from the first. */
u64 usable(u64 at, u64 len, bool write);
u8 *byte(u32 n, u64 va);
void write_bytes(u32 n, u64 va, const void *from, u32 len);
/* What a sender sends is 1, 2, 3, ... (mod 251), wherever it lies; where it arrives, FILL. */
u8 pattern(u64 k);

#endif
