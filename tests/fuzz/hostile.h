/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Volumes that nobody can have written. hostile.c changes records of the volume on machine_disk, seal.c puts right what
 * refers to them.
 */
#ifndef TESTS_FUZZ_HOSTILE_H
#define TESTS_FUZZ_HOSTILE_H

#include "fuzz.h"

enum { ROW_BYTES = STEP_BYTES, CHAIN_MAX = 64 };

/* ---- seal.c ---- */
/* All sums that can be reached from header and roots, wherever they now point, so that what they say is looked at. */
void volume_seal(void);
/* Is there such a block on the disk? */
bool place_good(u64 place);
/* Blocks of a chain that begins here, as far as they are on the disk and do not come back; returns how many. */
u32 chain_blocks(struct fmt_ref first, u32 block[CHAIN_MAX]);

/* ---- hostile.c ---- */
/* One change; a row is ROW_BYTES long (the head of hostile.c). Rows for behind the seal leave sums wrong. */
bool hostile_is_late(const u8 *row);
void hostile_change(const u8 *row);

#endif
