/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Errors that need a prepared state, each provoked: test_errors.c has the tests, errors_process.c and errors_object.c
 * the lines. A asks in the world of world.h, which is new for each.
 */
#ifndef TESTS_ERRORS_H
#define TESTS_ERRORS_H

#include "world.h"

#include <kernel/lib.h>

#define ANY 0u /* any operation of the type */
#define POT ((oid_t)800 * 8)

/* Returns the answer. */
typedef word_t provocation(u32 type, u32 op);

struct row {
	u8 type, error; /* CT_NR = of any invocation */
	u32 op;
	const char *name;
	provocation *provoke;
};
#define P(type, op, error, f) { CT_##type, RC_##error, op, "CT_" #type ", " #op ", RC_" #error, f }

extern const struct row process_rows[], object_rows[];
extern const u32 nr_process_rows, nr_object_rows;

/* What several need. */
struct cap range_of(oid_t oid);
struct cap plain(u32 type);              /* one that names no object */
struct cap reduced(struct cap c, u32 rights);
struct cap no_process(void);             /* a process that cannot be loaded: it has no registers */
struct cap resume_of(struct cap process, u32 type);
void waits(u32 n);
void no_room_for_b(void);                /* its schedule has room for one, and that is A */
void with_string(const void *bytes, u32 len); /* of the next ask() */
provocation nothing;                     /* the operation, without arguments, of one that names no object */
word_t answer_to_b(struct cap target, word_t op, word_t w1); /* A sends, and B gets the answer */

#endif
