// SPDX-License-Identifier: Apache-2.0
/*
 * The keeper of the other processes: reports a fault on the console and leaves the process as it is, stopped, for
 * whoever wants to look. The facet by which it is called says who: slot `facet` of the node in KR_OWN(0) holds
 * the process capability.
 */
#include <invoke.h>
#include <print.h>
#include <process.h>
#include <registers.h>
#include <string.h>
#include <stub/slots.h>

int main(void);

#define PROCESSES KR_OWN(0)
#define RC_LEAVE_STOPPED RC_USER

static void report(const struct msg *m)
{
	char name[16] = "?";
	if (node_fetch(PROCESSES, m->facet, KR_TEMP(0)) == RC_OK)
		process_name(KR_TEMP(0), name);
	print("\nfault: process %s: %s at 0x%08lx, pc 0x%08lx; it is stopped\n", name,
	      fault_name((unsigned)m->w[1]), (unsigned long)m->w[2], (unsigned long)m->w[3]);
}

int main(void)
{
	static struct msg m = { .take = { [3] = KR_RESUME } };
	for (reply_wait(0, &m);; reply_wait(KR_RESUME, &m)) {
		if (m.w[0] == OP_FAULT)
			report(&m);
		m.w[0] = m.w[0] == OP_FAULT ? RC_LEAVE_STOPPED : RC_UNKNOWN_OP;
		m.w[1] = m.w[2] = m.w[3] = 0;
	}
}
