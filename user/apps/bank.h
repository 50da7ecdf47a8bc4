/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The bank: eight accounts, three tellers that move money between them, a gate, an auditor, a patrol.
 *
 * Each account is a process that knows nothing but its balance. A teller withdraws from one and deposits to
 * another; in between the amount is in nobody's balance but in the teller's own memory. So that a sum can be taken at a moment
 * at which nothing is on its way, each transfer happens inside the gate: a teller enters before and leaves
 * after it. The auditor asks the gate to close; the gate answers when the last teller inside has left, and
 * lets nobody in until the auditor opens it again. The sum is constant if no message was lost, doubled or
 * half undone by a restart. What they say to each other stands in idl/bank.idl.
 */
#ifndef APPS_BANK_H
#define APPS_BANK_H

#define BANK_ACCOUNTS 8
#define BANK_TELLERS 3
#define BANK_OPENING 1000u       /* in each account at first */
#define BANK_SUM (BANK_ACCOUNTS * BANK_OPENING)

#endif
