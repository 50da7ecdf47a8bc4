// SPDX-License-Identifier: Apache-2.0
/* Result and fault codes in words. */
#include <invoke.h>
#include <process.h>
#include <stub/rc_names.h>

const char *rc_name(uintptr_t rc)
{
	static const char *const name[] = {
		RC_NAMES
	};
	return rc < sizeof name / sizeof name[0] ? name[rc] : "error";
}

const char *fault_name(unsigned fault)
{
	static const char *const name[] = {
		[FAULT_NONE] = "none", [FAULT_ADDRESS] = "no page there", [FAULT_ACCESS] = "access not allowed",
		[FAULT_MALFORMED] = "malformed address space", [FAULT_DAMAGED] = "damaged object",
		[FAULT_ILLEGAL] = "illegal instruction", [FAULT_ARITHMETIC] = "arithmetic",
		[FAULT_BREAKPOINT] = "breakpoint", [FAULT_SYSCALL] = "malformed invocation",
		[FAULT_OTHER] = "trap",
	};
	return fault < sizeof name / sizeof name[0] ? name[fault] : "unknown fault";
}
