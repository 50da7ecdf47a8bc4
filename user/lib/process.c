// SPDX-License-Identifier: Apache-2.0
#include <process.h>
#include <registers.h>
#include <string.h>

uintptr_t process_start(unsigned reg, uintptr_t arg)
{
	return call_words(reg, OP_PROC_RUN, PROGRAM_START, STACK_TOP, arg);
}

uintptr_t process_status(unsigned reg, struct process_status *s)
{
	struct msg m = { .w = { OP_PROC_STATUS } };
	memset(s, 0, sizeof *s);
	if (call(reg, &m) == RC_OK)
		*s = (struct process_status){ m.w[1], m.w[2], m.w[3] };
	return m.w[0];
}

void process_name(unsigned reg, char name[16])
{
	memset(name, 0, 16);
	struct msg m = { .w = { OP_NUM_GET } };
	if (call_cap(reg, OP_PROC_FETCH, PS_DEBUG, KR_TEMP(7)) == RC_OK && call(KR_TEMP(7), &m) == RC_OK) {
		for (int i = 0; i < 12; i++)
			name[i] = (char)(m.w[1 + i / 4] >> i % 4 * 8);
	} else {
		memcpy(name, "?", 2);
	}
}

void sleep_ms(uint32_t ms)
{
	call_words(KR_SLEEP, OP_SLEEP_FOR, ms, 0, 0);
}
