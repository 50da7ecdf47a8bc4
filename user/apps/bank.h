/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The bank: eight accounts, three tellers that move money between them, a gate, an auditor, a patrol.
 *
 * Each account is a process that knows nothing but its balance. A teller withdraws from one and deposits to
 * another; in between the amount is in nobody's balance but in the teller's own memory. So that a sum can be taken at a moment
 * at which nothing is on its way, each transfer happens inside the gate: a teller enters before and leaves
 * after it. The auditor asks the gate to close; the gate answers when the last teller inside has left, and
 * lets nobody in until the auditor opens it again. The sum is constant if no message was lost, doubled or
 * half undone by a restart.
 */
#ifndef APPS_BANK_H
#define APPS_BANK_H

#include <abi/error.h>

#define BANK_ACCOUNTS 8
#define BANK_TELLERS 3
#define BANK_OPENING 1000u       /* in each account at first */
#define BANK_SUM (BANK_ACCOUNTS * BANK_OPENING)

/* Account. By the facet ACCOUNT_TELLER the first two, by ACCOUNT_AUDITOR the last. */
#define ACCOUNT_DEPOSIT 1        /* w1 = amount -> w1 = balance */
#define ACCOUNT_WITHDRAW 2       /* w1 = amount -> w1 = balance; RC_POOR, and nothing changed */
#define ACCOUNT_BALANCE 3        /* -> w1 = balance */
#define ACCOUNT_TELLER 1
#define ACCOUNT_AUDITOR 2
#define RC_POOR RC_USER

/* Gate. A teller's facet is its number (1-3), the auditor's is GATE_AUDITOR. */
#define GATE_ENTER 1             /* answers when the gate is open */
#define GATE_LEAVE 2             /* w1 = transfers made inside */
#define GATE_CLOSE 3             /* answers when nobody is inside -> w1, w2 = transfers so far (low, high) */
#define GATE_OPEN 4
#define GATE_AUDITOR (BANK_TELLERS + 1)

/* Auditor. */
#define AUDIT_TAKE 1             /* -> w1 = sum, w2 = transfers (low 32 bits) at that moment, w3 = audits so far */
#define AUDIT_WRONG 2            /* -> w1 = audits whose sum was not BANK_SUM */

#endif
