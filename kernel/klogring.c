/* SPDX-License-Identifier: Apache-2.0 */
/* The ring that keeps the newest of the kernel log, for readers. */
#include <kernel/klog.h>

static char ring[CONFIG_KLOG_SIZE];
static u32 next;                        /* where the next byte goes */
static u64 written;                     /* bytes since boot */

void klog_keep(char c)
{
	ring[next] = c;
	next = next + 1 < sizeof(ring) ? next + 1 : 0;
	written++;
}

bool klog_read(u64 *position, char *to, u32 max, u32 *n, u64 *lost)
{
	u64 oldest = written > sizeof(ring) ? written - sizeof(ring) : 0;
	u32 at;

	if (*position > written)
		return false;
	*lost = *position < oldest ? oldest - *position : 0;
	*position += *lost;
	*n = (u32)MIN(written - *position, max);
	at = (u32)(next + sizeof(ring) - (u32)(written - *position));
	for (u32 i = 0; i < *n; i++)
		to[i] = ring[(at + i) % sizeof(ring)];
	*position += *n;
	return true;
}
