// SPDX-License-Identifier: Apache-2.0
/* The other side of make bench: one program, a process for each kind of answer. */
#include "bench.h"
#include <registers.h>
#include <stdbool.h>

int main(enum bench_server kind);

static char buffer[ABI_MAX_STRING];

/* Woken by a notice, it posts one back. */
static void post(void)
{
	struct inv_regs wait = { .ctl = INV_CTL(INV_RETURN, 0, 0, 0, 0, 0) };
	struct inv_regs back = { .ctl = INV_CTL(INV_RETURN, KR_OWN(0), 0, 0, 0, 0), .w = { OP_NOTICE_POST, 1 } };
	invoke_raw(&wait);
	bench_repeat(&back);
}

static void yield(void)
{
	struct inv_regs back = { .ctl = INV_CTL(INV_CALL, KR_OWN(0), 0, 0, 0, 0), .w = { OP_PROC_YIELD } };
	bench_repeat(&back);
}

int main(enum bench_server kind)
{
	static struct abi_string str = { .recv = (uintptr_t)buffer, .recv_max = sizeof buffer };
	bool several = kind == SERVE_CAPS || kind == SERVE_CAPS_STRING;
	bool string = kind == SERVE_STRING || kind == SERVE_STRINGS || kind == SERVE_CAPS_STRING;
	unsigned c0 = several || kind == SERVE_CAP ? KR_ARG(0) : 0, c1 = several ? KR_ARG(1) : 0, c2 = several ? KR_ARG(2) : 0;
	for (unsigned i = 0; i < sizeof buffer; i += 4096)
		((volatile char *)buffer)[i] = 1;
	if (kind == SERVE_SPIN)
		bench_spin();
	if (kind == SERVE_POST)
		post();
	if (kind == SERVE_YIELD)
		yield();
	if (kind == SERVE_STRINGS) {
		str.send = (uintptr_t)buffer;
		str.send_len = BENCH_SHORT;
	}
	/* The fourth that comes is the caller's resume capability; the fourth that goes back is the first again. */
	bench_serve(INV_CTL(INV_RETURN, 0, 0, 0, 0, 0),
		    INV_CTL(kind == SERVE_PROMPT ? INV_PRETURN : INV_RETURN, KR_RESUME, c0, c1, c2, several ? c0 : 0),
		    INV_RCV(c0, c1, c2, KR_RESUME), string ? &str : 0);
	return 0;
}
