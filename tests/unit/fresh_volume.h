/* SPDX-License-Identifier: Apache-2.0 */
/* A volume without objects, for tests that have their disk in memory. */
#ifndef TESTS_FRESH_VOLUME_H
#define TESTS_FRESH_VOLUME_H

#include <kernel/types.h>

enum { FRESH_BITMAPS = 2, FRESH_JOURNAL = 4, FRESH_LOG = 20 };

struct fresh_volume {
	const u8 *uuid;
	u32 blocks, log_blocks;  /* of the volume, which is all of the disk; of its log */
	u32 frames;              /* from OID 0 */
};

/* Clears the disk and writes the volume: one generation, with no frame in it. Behind the log: root, tag pots, home. */
void fresh_volume(u8 (*disk)[FRAME_SIZE], const struct fresh_volume *v);

#endif
