// SPDX-License-Identifier: Apache-2.0
/* Result and fault codes in words. */
#include <invoke.h>
#include <process.h>

const char *rc_name(uintptr_t rc)
{
	static const char *const name[] = {
		[RC_OK] = "ok", [RC_VOID] = "the capability is void", [RC_UNKNOWN_OP] = "unknown operation",
		[RC_REQUEST] = "bad argument", [RC_NO_ACCESS] = "no right", [RC_BAD_CAP] = "wrong capability",
		[RC_BUSY] = "busy", [RC_NO_ACTIVITY] = "activity limit reached", [RC_WOULD_BLOCK] = "would block",
		[RC_TOO_LONG] = "string too long", [RC_TOO_DEEP] = "too many forwarders",
		[RC_DESTROYED] = "destroyed", [RC_OBJECT_DAMAGED] = "object damaged", [RC_OFFLINE] = "offline",
		[RC_RESTARTED] = "restarted", [RC_WORN] = "object worn out",
		[RC_NOT_COMMITTED] = "not committed", [RC_ADDRESS] = "bad address",
		[RC_MALFORMED] = "malformed process", [RC_IO] = "device error",
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
