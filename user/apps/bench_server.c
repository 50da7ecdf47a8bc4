// SPDX-License-Identifier: Apache-2.0
/* The other side of make bench: one program, a process for each kind of answer. */
#include "bench.h"
#include <registers.h>

int main(enum bench_server kind);

static char buffer[ABI_MAX_STRING];

int main(enum bench_server kind)
{
	static struct abi_string str = { .recv = (uintptr_t)buffer, .recv_max = sizeof buffer };
	unsigned passed = kind == SERVE_CAP ? KR_ARG(0) : 0;
	if (kind == SERVE_SPIN)
		bench_spin();
	if (kind == SERVE_STRINGS) {
		str.send = (uintptr_t)buffer;
		str.send_len = BENCH_SHORT;
	}
	if (kind == SERVE_CAPS)
		passed = KR_ARG(0);
	for (unsigned i = 0; i < sizeof buffer; i += 4096)
		((volatile char *)buffer)[i] = 1;
	unsigned more = kind == SERVE_CAPS ? KR_ARG(1) : 0, most = kind == SERVE_CAPS ? KR_ARG(2) : 0;
	bench_serve(INV_CTL(INV_RETURN, 0, 0, 0, 0, 0),
		    INV_CTL(kind == SERVE_PROMPT ? INV_PRETURN : INV_RETURN, KR_RESUME, passed, more, most, 0),
		    INV_RCV(passed, more, most, KR_RESUME), kind == SERVE_STRING || kind == SERVE_STRINGS ? &str : 0);
	return 0;
}
