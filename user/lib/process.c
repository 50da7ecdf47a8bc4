// SPDX-License-Identifier: Apache-2.0
#include <process.h>
#include <registers.h>
#include <string.h>
#include <stub/number.h>
#include <stub/process.h>
#include <stub/sleep.h>

uintptr_t process_start(unsigned reg, uintptr_t arg)
{
	return proc_run(reg, PROGRAM_START, STACK_TOP, arg);
}

uintptr_t process_status(unsigned reg, struct process_status *s)
{
	struct process_status got;
	uintptr_t rc = proc_status(reg, &got.run_state, &got.fault, &got.fault_addr);
	*s = rc == RC_OK ? got : (struct process_status){ 0 };
	return rc;
}

void process_name(unsigned reg, char name[16])
{
	memset(name, 0, 16);
	uint32_t w[3];
	if (proc_fetch(reg, PS_DEBUG, KR_TEMP(7)) == RC_OK && num_get(KR_TEMP(7), &w[0], &w[1], &w[2]) == RC_OK) {
		for (int i = 0; i < 12; i++)
			name[i] = (char)(w[i / 4] >> i % 4 * 8);
	} else {
		memcpy(name, "?", 2);
	}
}

void sleep_ms(uint32_t ms)
{
	sleep_for(KR_SLEEP, ms);
}
