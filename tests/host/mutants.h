/* SPDX-License-Identifier: Apache-2.0 */
/* What the mutants do, asked by wrap.c. Without --mutant each of these changes nothing. */
#ifndef TESTS_HOST_MUTANTS_H
#define TESTS_HOST_MUTANTS_H

#include "ckpt/ckpt.h"

/* The request is not sent to the disk but is done at once. */
bool mutant_skips(struct io *io, struct kthread *owner, enum blk_op op);
/* Where it is written instead. */
u64 mutant_place(const struct kthread *owner, enum blk_op op, u64 place, void *buf);
struct entry *mutant_lookup(struct entry *e);
bool mutant_loses(struct frame *f);
void mutant_tag(struct entry *e);
void mutant_destroyed(const struct objref *ref);

#endif
