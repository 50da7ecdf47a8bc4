/* SPDX-License-Identifier: Apache-2.0 */
/* Starting processes and asking about them, through a process capability. */
#ifndef USER_PROCESS_H
#define USER_PROCESS_H

#include <abi/process.h>
#include <invoke.h>

#define PROGRAM_START 0x10000u  /* user.ld */
#define STACK_TOP 0x400000u     /* what mkimage gives a process whose description says nothing else */

/* Starts the process from its program's beginning with this argument. */
uintptr_t process_start(unsigned reg, uintptr_t arg);
/* Run state and fault; all zero with an error. */
struct process_status {
	uint32_t run_state, fault;
	uintptr_t fault_addr;
};
uintptr_t process_status(unsigned reg, struct process_status *s);
/* The name in its debug slot; uses KR_TEMP(7). */
void process_name(unsigned reg, char name[16]);
const char *fault_name(unsigned fault);
/* Waits; without a sleep capability it returns at once. */
void sleep_ms(uint32_t ms);

#endif
