// SPDX-License-Identifier: Apache-2.0
/* Stores to address 0, where no process has a page. Its keeper is told; nobody else notices. */
#include <stdint.h>

int main(void);

int main(void)
{
	volatile uint32_t *nowhere = (volatile uint32_t *)0;
	__asm__("" : "+r"(nowhere)); /* the compiler must not know where it points */
	*nowhere = 1;
	return 0;
}
