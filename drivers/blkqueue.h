/* SPDX-License-Identifier: Apache-2.0 */
/* A first-in first-out list of requests over their `next`. All zero is empty. */
#ifndef DRIVERS_BLKQUEUE_H
#define DRIVERS_BLKQUEUE_H

#include <kernel/blkdev.h>

struct blkqueue {
	struct blkreq *first, *last;
};

static inline void blkqueue_put(struct blkqueue *q, struct blkreq *r)
{
	r->next = NULL;
	if (q->first)
		q->last->next = r;
	else
		q->first = r;
	q->last = r;
}

static inline struct blkreq *blkqueue_take(struct blkqueue *q)
{
	struct blkreq *r = q->first;

	if (r)
		q->first = r->next;
	return r;
}

#endif
