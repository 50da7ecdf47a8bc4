/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the counter shares with whoever may read its page. 64 bits in two halves for 32-bit machines: `check` is
 * raised before `low` turns over and `high` after it, so high != check means: read again.
 */
#ifndef APPS_COUNTER_H
#define APPS_COUNTER_H

#include <stdint.h>

#define COUNTER_PAGE 0x200000u  /* where the counter has its page (system.img.txt) */

struct counter {
	uint32_t low, high, check;
};

#endif
