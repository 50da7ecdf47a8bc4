/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The attack on the kernel (user/hostile.img.txt). The attacker invokes everything that it holds in every wrong way and
 * checks each answer by its name. What would stop the attacker itself is done by its victims: processes of the same
 * program that are started with a role, more urgent than it, so that when it goes on they have stopped or wait.
 */
#ifndef APPS_HOSTILE_H
#define APPS_HOSTILE_H

#include <registers.h>
#include <stdbool.h>
#include <stdint.h>

/* The attacker's registers (hostile.img.txt). */
#define H_DISCRIM KR_OWN(0)
#define H_PAGE KR_OWN(1)
#define H_NODE KR_OWN(2)
#define H_FORWARDER KR_OWN(3)
#define H_SCHEDULE KR_OWN(4)    /* priority 2, limit 4; nobody runs under it */
#define H_SERVER KR_OWN(5)      /* process: serves */
#define H_CHILD KR_OWN(6)       /* process: faults */
#define H_MORE KR_OWN(7)        /* node: two processes under a schedule of limit 1, a start capability to the second, */
                                /* three forwarders: five deep, four deep, a circle; one that is blocked; a notice to the server; keybits; process tool; */
                                /* a process that can be answered twice */
#define H_SERVER_START 28       /* facet 7 */
#define H_KEPT 29               /* process: has a keeper */
#define H_EACH 30               /* node: a capability of each type, in the slot of its number */

#define T0 KR_TEMP(0)
#define T1 KR_TEMP(1)
#define T2 KR_TEMP(2)
#define T3 KR_TEMP(3)
#define T4 KR_TEMP(4)
#define T5 KR_TEMP(5)
#define T6 KR_TEMP(6)

/* A victim's registers. */
#define V_PEER KR_OWN(0)        /* start: the server */
#define V_OTHER KR_OWN(1)       /* start: the child itself, or what the attacker put there */

/* Roles: the low byte of the argument; the rest says how. */
enum role { ROLE_ATTACKER = 0, ROLE_SERVER, ROLE_CHILD, ROLE_SLEEPER };


/* What the server does. */
enum {
	SERVE_ECHO = 1, /* -> w1 = bytes received, w2 = bytes sent, w3 = facet */
	SERVE_BUFFER,   /* w1, w2 = where it takes strings from now on (0: its own), w3 = address of its string block */
	SERVE_HOLD,     /* does not answer, keeps the resume capability */
	SERVE_GIVE,     /* -> c0 = the resume capability that it keeps */
	SERVE_NOTICED,  /* -> w1 = notices that it got, w2, w3 = bits and facet of the last */
	SERVE_ADDED,    /* -> w1 = word 3, c0 = c2 of the request: what a forwarder may have put there */
	SERVE_KEEP,     /* w1 = what it does from now on with a fault (enum keeping) */
	SERVE_TOLD,     /* -> w1 = faults that it was told of, w2, w3 = address of the last, and what came as its pc */
};
enum keeping { KEEP_NOT, KEEP_GIVE /* V_PEER, a page, into V_OTHER, a gpt */, KEEP_REFUSE, KEEP_HOLD /* as SERVE_HOLD */ };

/* What a child does (argument >> 8). It ends well, or with a fault that its process capability shows. */
enum attack {
	A_NONE, A_NULL_READ, A_NULL_WRITE, A_WRITE_TEXT, A_KERNEL_READ, A_KERNEL_WRITE, A_KERNEL_JUMP, A_FAR_JUMP,
	A_STRING_UNMAPPED, A_STRING_HALF, A_STRING_KERNEL, A_STRING_WRAPS,
	A_BLOCK_UNMAPPED, A_BLOCK_HALF, A_BLOCK_KERNEL, A_BLOCK_WRAPS, A_TYPE_6, A_TYPE_7,
	A_TOUCH_FAR,    /* writes to FAR, calls the server to be held, writes there again */
	A_CALL_PEER,    /* calls the server to be held, then faults at FAR + the answer */
	A_CALL_OTHER,   /* the same with V_OTHER */
	A_OWN_MEMORY,   /* writes to FAR, clears V_OTHER, which shows it there, writes there again */
	A_STRING,       /* sends SENT bytes to the server, then faults at FAR + the bytes that it got */
	A_SWEEP,        /* counts up a byte at each SWEEP_STEP of SWEEP_FROM .. SWEEP_TO */
	A_MACHINE,      /* A_MACHINE + n: the port's own */
};

#define SENT 300
#define SWEEP_STEP ((uintptr_t)4 << 20)  /* no two in one hardware table */
#define SWEEP_FROM ((uintptr_t)128 << 20)
#define SWEEP_TO ((uintptr_t)15 * 128 << 20)
#define FAR ((uintptr_t)0x300000)        /* where no victim has a page */
#define KERNEL ((uintptr_t)0 - 0x100000) /* above what any port gives to programs */

/* The port's own (hostile_<port>.c): how many, the n-th with its fault (FAULT_NONE: does no harm), and its instructions
 * for a system call. */
unsigned machine_attacks(void);
const char *machine_attack_name(unsigned n, uintptr_t *fault);
void machine_attack(unsigned n);
extern const unsigned char machine_call[];
extern const unsigned machine_call_bytes;
extern const uintptr_t machine_user_end;

void role_server(void);
void role_child(enum attack which);

/* One line of TAP each: results and faults are shown by name. */
void expect(const char *what, uintptr_t got, uintptr_t want);
void expect_number(const char *what, uintptr_t got, uintptr_t want);
void expect_fault(const char *what, uintptr_t got, uintptr_t want);
void note(const char *what);

/* An operation with one capability each way (0 = none). */
uintptr_t op(unsigned reg, uintptr_t code, uintptr_t w1, uintptr_t w2, uintptr_t w3, unsigned give, unsigned take);
/* The same as a prompt call. */
uintptr_t prompt(unsigned reg, uintptr_t code, uintptr_t w1, uintptr_t w2, uintptr_t w3, unsigned give, unsigned take);
/* Starts a victim, and waits until it has got as far as it gets. */
uintptr_t run(unsigned process, unsigned role, unsigned which);
/* More urgent though it is, it may wait for the disk: until it has a fault, waits or is available, or for a while. */
void settle(unsigned process);
/* The type of what is in a register; CT_VOID also if its object is gone. */
uintptr_t type_of(unsigned reg);
/* A new object at this frame and index of the range. */
uintptr_t make(uintptr_t frame, uintptr_t index, uintptr_t kind, unsigned into);
/* Whatever is there ceases to be. */
void unmake(uintptr_t frame, uintptr_t index);

void attack_objects(void);    /* operations, arguments, rights, weakening, stale and forged capabilities */
void attack_messages(void);   /* strings, replies, prompt forms */
void attack_processes(void);  /* faults, registers, address spaces, limits */
void attack_keepers(void);    /* keepers that are asked for the page of a message */
void leave_in_the_middle(void); /* a sender, a receiver and its keeper, for after_the_restart() */
void after_the_restart(void);
void attack_states(void);     /* errors that need a state */
void attack_types(void);      /* what single types do: forwarders, notices, tools, clocks, devices */
void attack_wrong(void);      /* what idl/ says is wrong, for every operation */
void attack_at_random(void);
/* Does idl/ tell of this answer to the operation of a type? What processes answer is their own. */
bool documented(unsigned type, uint32_t code, uintptr_t rc);

#endif
