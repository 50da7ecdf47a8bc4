/* SPDX-License-Identifier: Apache-2.0 */
/* The list of block devices, in the order in which they were found. */
#include <kernel/blkdev.h>

static struct blkdev *devices;

void blkdev_register(struct blkdev *d)
{
	struct blkdev **p = &devices;

	while (*p)
		p = &(*p)->next;
	d->next = NULL;
	*p = d;
}

struct blkdev *blkdev_first(void)
{
	return devices;
}
