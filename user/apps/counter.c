// SPDX-License-Identifier: Apache-2.0
/* Counts for ever, in a page that others may read. It calls nobody and holds no capability. */
#include "counter.h"

int main(void);

int main(void)
{
	volatile struct counter *c = (struct counter *)COUNTER_PAGE;
	for (;;) {
		uint32_t next = c->low + 1;
		if (next) {
			c->low = next;
		} else {
			c->check = c->high + 1;
			c->low = 0;
			c->high = c->check;
		}
	}
}
