/* SPDX-License-Identifier: Apache-2.0 */
/* What an MBR says, for partition.c and its test. Nothing in it is believed. */
#ifndef DRIVERS_PARTITION_H
#define DRIVERS_PARTITION_H

#include <kernel/types.h>

#define MBR_PRIMARY 4u
#define MBR_TYPE_ANTEROS 0x41

struct extent {
	u64 first, blocks;   /* in frames of 4 KiB */
};

/* The type of primary partition i (0-3); 0: there is none, or the 512 bytes are no MBR. */
u8 mbr_type(const u8 *mbr, u32 i);
/*
 * Where it is, on a disk of so many frames. NULL: at least one frame, all of them on the disk, none the first. Otherwise
 * why it cannot be used, for a message that begins with its name.
 */
const char *mbr_extent(const u8 *mbr, u32 i, u64 disk_blocks, struct extent *out);

#endif
