// SPDX-License-Identifier: Apache-2.0
/* Where a client ends that breaks the protocol of a service. Programs without assertions do not have it. */
#include <invoke.h>
#include <print.h>

void protocol_broken(const char *protocol, unsigned state, uintptr_t op)
{
	log_line("protocol %s: operation %lu is not legal in state %u", protocol, (unsigned long)op, state);
	__builtin_trap();
}
