// SPDX-License-Identifier: Apache-2.0
/*
 * The keeper of the other processes: reports a fault on the console and leaves the process as it is, stopped, for
 * whoever wants to look. The facet by which it is called says who: slot `facet` of the node in KR_OWN(0) holds
 * the process capability.
 */
#include <print.h>
#include <process.h>
#include <registers.h>
#include <serve/keeper.h>
#include <stub/slots.h>

int main(void);

#define PROCESSES KR_OWN(0)
#define RC_LEAVE_STOPPED RC_USER

static uintptr_t serve_keeper_fault(uint32_t facet, uint32_t code, uintptr_t address, uintptr_t pc)
{
	char name[16] = "?";
	if (node_fetch(PROCESSES, facet, KR_TEMP(0)) == RC_OK)
		process_name(KR_TEMP(0), name);
	print("\nfault: process %s: %s at 0x%08lx, pc 0x%08lx; it is stopped\n", name, fault_name(code),
	      (unsigned long)address, (unsigned long)pc);
	return RC_LEAVE_STOPPED;
}

int main(void)
{
	static struct msg m = { .take = { [3] = KR_RESUME } };
	for (reply_wait(0, &m);; reply_wait(KR_RESUME, &m))
		keeper_dispatch(&m);
}
