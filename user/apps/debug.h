/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The debugger's requests (debugger.c serves them, the shell's command debug makes them). It looks after one process at a
 * time, of which it needs no more than the process capability. What it finds it prints on the console.
 */
#ifndef APPS_DEBUG_H
#define APPS_DEBUG_H

#include <abi/error.h>

enum debug_op {
	DEBUG_ATTACH = 1,  /* c0 = process: stops it; the one before is let go */
	DEBUG_REGS,
	DEBUG_MEMORY,      /* w1 = address, w2 = bytes */
	DEBUG_BREAK,       /* w1 = address: it stops before this instruction */
	DEBUG_DELETE,      /* w1 = address */
	DEBUG_STEP,        /* one instruction; it is running until that is over */
	DEBUG_CONTINUE,
	DEBUG_DETACH,      /* as if nothing had been, but for what it did meanwhile */
	DEBUG_STATE,       /* -> w1 = enum debug_state */
};
enum debug_state { DEBUG_NOBODY, DEBUG_STOPPED, DEBUG_RUNNING };

enum {
	DEBUG_RC_NOBODY = RC_USER, /* no process is attached */
	DEBUG_RC_RUNS,             /* it must be stopped for that */
	DEBUG_RC_FULL,             /* too many breakpoints, or in too many pages */
	DEBUG_RC_NONE,             /* there is no such breakpoint */
	DEBUG_RC_MEMORY,           /* it has no memory there */
};

#endif
