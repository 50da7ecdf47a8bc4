/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Result codes: word 0 of every reply made by the kernel. Servers use the same
 * numbers below RC_USER and their own from there up.
 * Values are ABI: append only.
 */
#ifndef ABI_ERROR_H
#define ABI_ERROR_H

enum rc {
	RC_OK = 0,
	RC_VOID,            /* the capability is void, or its object was destroyed */
	RC_UNKNOWN_OP,      /* this type has no such operation */
	RC_REQUEST,         /* an argument is out of range or malformed */
	RC_NO_ACCESS,       /* the capability lacks the right */
	RC_BAD_CAP,         /* a capability argument has the wrong type */
	RC_BUSY,            /* the frame still holds live objects, or the state forbids it now */
	RC_NO_ACTIVITY,     /* the target's schedule is at its activity limit */
	RC_WOULD_BLOCK,     /* a prompt invocation would have waited */
	RC_TOO_LONG,        /* the string is longer than the largest allowed */
	RC_TOO_DEEP,        /* a chain of forwarders is longer than four */
	RC_DESTROYED,       /* the process that held the resume capability was destroyed */
	RC_OBJECT_DAMAGED,  /* the object's frame failed its sum and no good copy exists */
	RC_OFFLINE,         /* no mounted volume holds the object */
	RC_RESTARTED,       /* the system restarted while the operation was waiting */
	RC_WORN,            /* the object's counts are used up */
	RC_NOT_COMMITTED,   /* the object is not yet in a committed generation */
	RC_ADDRESS,         /* a user address in the message is invalid */
	RC_MALFORMED,       /* the process or address space is not well formed */
	RC_IO,              /* the device reported an error */
	RC_USER = 0x100,    /* first code that servers may define */
};

#endif
