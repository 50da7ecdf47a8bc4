// SPDX-License-Identifier: Apache-2.0
/*
 * Made headers at work (tests/system/test_idl.py): a client and a server of service.idl in one program, whose call()
 * hands the request to the server as the kernel would. Prints TAP.
 */
#include <serve/door.h>
#include <setjmp.h>
#include <stdio.h>
#include <string.h>

static uint32_t facet, strangers, waiting;
static jmp_buf broken;
static struct msg sent, service;
static char heard[16];
static unsigned tests;

const char *rc_name(uintptr_t rc)
{
	return rc == RC_BUSY ? "busy" : "?";
}

static void ok(int good, const char *what)
{
	printf("%s %u - %s\n", good ? "ok" : "not ok", ++tests, what);
}

/* ---- what the kernel does ---- */

uintptr_t call(unsigned reg, struct msg *m)
{
	size_t n = m->out_len < sizeof heard ? m->out_len : sizeof heard;
	(void)reg;
	sent = *m;
	memcpy(service.w, m->w, sizeof service.w);
	memcpy(heard, m->out ? m->out : "", n);
	service.in = heard;
	service.in_len = n;
	service.in_sent = m->out_len;
	service.facet = facet;
	for (int k = 0; k < 3; k++)
		service.take[k] = m->cap[k];
	service.take[3] = 27;
	if (!door_dispatch(&service))
		return m->w[0] = 77;
	memcpy(m->w, service.w, sizeof m->w);
	m->in_len = service.out_len < m->in_max ? service.out_len : m->in_max;
	if (m->in_len)
		memcpy(m->in, service.out, m->in_len);
	return m->w[0];
}
uintptr_t reply(unsigned reg, struct msg *m)
{
	waiting = reg;
	sent = *m;
	return RC_OK;
}
uintptr_t call_words(unsigned reg, uintptr_t op, uintptr_t w1, uintptr_t w2, uintptr_t w3)
{
	struct msg m = { .w = { op, w1, w2, w3 } };
	return call(reg, &m);
}
void protocol_broken(const char *protocol, unsigned state, uintptr_t op)
{
	(void)protocol, (void)state, (void)op;
	longjmp(broken, 1);
}

/* ---- the server ---- */

static uintptr_t serve_door_enter(uint32_t who, uint32_t floor, bool loud, uint32_t how)
{
	(void)who, (void)loud, (void)how;
	strangers += floor == 6;
	return floor == 6 ? RC_STRANGER : RC_OK;
}
static uintptr_t serve_door_leave(uint32_t who, uint64_t *seconds, uint32_t *floor)
{
	*seconds = 0x123456789ull;
	*floor = who;
	return RC_OK;
}
static uintptr_t serve_door_farewell(uint32_t who)
{
	(void)who;
	return RC_OK;
}
static uintptr_t serve_door_knock(uint32_t who, uint32_t times)
{
	(void)who;
	return times > 255 ? RC_OK : RC_BUSY;
}
static uintptr_t serve_door_ring(uint32_t who, unsigned resume)
{
	(void)who;
	waiting = resume;
	return RC_LATER;
}
static uintptr_t serve_door_say(uint32_t who, const void *words, size_t words_len, unsigned gift, uintptr_t number,
				const void **echo, size_t *echo_len, unsigned *present)
{
	(void)who;
	*echo = words;
	*echo_len = words_len;
	*present = gift + 1;
	return number == 5 ? RC_BUSY : RC_OK;
}

/* ---- the tests ---- */

static uintptr_t raw(uintptr_t op, uintptr_t w1, uintptr_t w2, uintptr_t w3)
{
	return call_words(1, op, w1, w2, w3);
}

static void refused(void)
{
	facet = 3;
	ok(raw(0, 0, 0, 0) == RC_UNKNOWN_OP && raw(6, 0, 0, 0) == RC_UNKNOWN_OP, "an operation that the service has not");
	ok(raw(DOOR_RING, 0, 0, 0) == RC_NO_ACCESS, "an operation of another role");
	facet = 1;
	ok(raw(DOOR_ENTER, 3, 0, 0) == RC_NO_ACCESS, "a facet under the role's");
	facet = 6;
	ok(raw(DOOR_ENTER, 3, 0, 0) == RC_NO_ACCESS, "a facet over the role's");
	facet = 3;
	ok(raw(DOOR_ENTER, 2, 0, 0) == RC_REQUEST && raw(DOOR_ENTER, 8, 0, 0) == RC_REQUEST, "a word out of its range");
	ok(raw(DOOR_ENTER, 3, 2, 0) == RC_REQUEST, "a bool of 2");
	ok(raw(DOOR_ENTER, 3, 0, 4) == RC_REQUEST, "a flag that there is not");
	ok(raw(DOOR_LEAVE, 0, 0, 0) == RC_REQUEST, "an operation that the protocol forbids in the start state");
	ok(raw(DOOR_ENTER, 6, 0, 0) == RC_STRANGER && strangers == 1, "the server's own error");
	ok(!strcmp(door_errors_rc_name(RC_STRANGER), "who is this") && !strcmp(door_errors_rc_name(RC_BUSY), "busy"),
	   "its words, and those of a code that all have");
	ok(raw(DOOR_LEAVE, 0, 0, 0) == RC_REQUEST, "after an error the state is as it was");
}

static void legal(void)
{
	uint64_t seconds;
	uint32_t floor;
	facet = 3;
	ok(door_enter(1, 7, true, VISIT_ALL) == RC_OK && sent.w[1] == 7 && sent.w[2] == 1 && sent.w[3] == 3,
	   "the arguments go out");
	ok(door_knock(1, 255) == RC_BUSY && raw(DOOR_KNOCK, 256, 0, 0) == RC_REQUEST, "a word of 8 bits has no more");
	ok(raw(DOOR_ENTER, 3, 0, 0) == RC_REQUEST, "an operation is not taken for one with a large number");
	facet = 4;
	ok(raw(DOOR_LEAVE, 0, 0, 0) == RC_REQUEST, "each client has a state of its own");
	facet = 3;
	ok(door_leave(1, &seconds, &floor) == RC_OK && seconds == 0x123456789ull && floor == 3,
	   "results come back, 64 bits too");
	ok(door_farewell(1) == RC_OK && raw(DOOR_ENTER, 3, 0, 0) == RC_REQUEST, "nothing is legal after the end");
}

static void strings(void)
{
	char echo[8];
	size_t len;
	facet = 0;
	ok(door_say(1, "12345678", 8, 11, 4, echo, sizeof echo, &len, 12) == RC_OK && len == 8 &&
	   !memcmp(echo, "12345678", 8), "a string");
	ok(sent.cap[0] == 11 && sent.take[0] == 12 && service.cap[0] == 12, "and a capability, there and back");
	ok(door_say(1, "123456789", 9, 0, 4, echo, sizeof echo, &len, 0) == RC_TOO_LONG, "a string that is too long");
	ok(door_say(1, "123", 3, 0, 5, echo, sizeof echo, &len, 0) == RC_BUSY, "an error beside results");
}

static void later(void)
{
	facet = 9;
	ok(raw(DOOR_RING, 0, 0, 0) == 77 && waiting == 27, "an answer that waits keeps the resume capability");
	waiting = 0;
	door_ring_reply(20, 5, 13);
	ok(waiting == 20 && sent.w[0] == RC_OK && sent.w[1] == 5 && sent.cap[0] == 13, "and comes later");
}

static void client_checks(void)
{
	uint64_t seconds;
	uint32_t floor;
	volatile int caught = 0;
	facet = 5;
	sent.w[0] = 0;
	if (!setjmp(broken))
		door_leave(2, &seconds, &floor);
	else
		caught = 1;
#ifdef CHECK_PROTOCOLS
	ok(caught && sent.w[0] == 0, "a client that breaks the protocol ends before it sends");
#else
	ok(!caught && sent.w[0] == DOOR_LEAVE, "without assertions only the server checks");
#endif
}

int main(void)
{
	refused();
	legal();
	strings();
	later();
	client_checks();
	return 0;
}
