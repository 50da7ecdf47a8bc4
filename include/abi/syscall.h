/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The one system call: invoke a capability.
 *
 * Seven machine words carry it (i386: eax ecx ebx edx esi edi ebp, `int $0x30`;
 * x86_64: rdi rsi rdx r10 r8 r9 rax, `syscall`, which destroys rcx and r11;
 * riscv64: a0..a6, `ecall`):
 *
 *   ctl   bits 0-4 target register, 5-7 type (INV_*), 8-12, 13-17, 18-22, 23-27
 *         the registers of c0..c3 that are sent (0 sends void; c3 is ignored in a call)
 *   rcv   bits 0-4, 5-9, 10-14, 15-19 the registers that receive c0..c3 (0 drops)
 *   w0-w3 the words
 *   str   address of a struct abi_string in user memory, 0 = no string either way
 *
 * On return: ctl = facet by which it was called (0 in a reply, FACET_NOTICE with notices), rcv = bytes delivered,
 * str = bytes that were sent, w0-w3 = words. A process in an open wait keeps rcv and
 * str from its last invocation: they say where the next message goes.
 *
 * INV_CALL    sends, waits for the reply (c3 received by the target = resume capability)
 * INV_RETURN  sends, becomes available (open wait); target 0 = just wait
 * INV_SEND    sends and goes on
 * The prompt forms never wait for another process, a keeper or an activity.
 * A string is cut where its receiver has no page. Only who waits for the receiver of a start capability has its memory
 * keeper asked for the page first.
 */
#ifndef ABI_SYSCALL_H
#define ABI_SYSCALL_H

#include <stdint.h>

enum inv_type { INV_CALL = 0, INV_RETURN, INV_SEND, INV_PCALL, INV_PRETURN, INV_PSEND, INV_NR };

#define INV_CTL(type, target, c0, c1, c2, c3)                                                      \
	((uint32_t)(target) | (uint32_t)(type) << 5 | (uint32_t)(c0) << 8 | (uint32_t)(c1) << 13 |  \
	 (uint32_t)(c2) << 18 | (uint32_t)(c3) << 23)
#define INV_RCV(c0, c1, c2, c3)                                                                    \
	((uint32_t)(c0) | (uint32_t)(c1) << 5 | (uint32_t)(c2) << 10 | (uint32_t)(c3) << 15)

/* In user memory, in machine words, read at each use. */
struct abi_string {
	uintptr_t send, send_len; /* what to send: at most ABI_MAX_STRING bytes */
	uintptr_t recv, recv_max; /* where a message's string goes */
};

#define ABI_MAX_STRING 65536u

#endif
