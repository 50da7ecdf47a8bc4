/* SPDX-License-Identifier: Apache-2.0 */
/*
 * For tests of the store over the real mm: a script allocates, writes, retypes, destroys and checkpoints. The state at each
 * snapshot is kept as a digest of every frame, to which a restart is compared.
 */
#ifndef TESTS_STORE_SCRIPT_H
#define TESTS_STORE_SCRIPT_H

#include "fake_disk.h"
#include "ckpt/ckpt.h"

#define FRAMES 300u
#define RAM 170u
#define GENERATIONS_MAX 512u

extern u64 digests[GENERATIONS_MAX][FRAMES];       /* by generation */
extern bool digest_known[GENERATIONS_MAX];
extern u64 model[FRAMES];                          /* now */
extern u32 model_activities, activities_at[GENERATIONS_MAX], restored;
extern u32 free_at_boot;                           /* frames, before the mount */
extern bool want_previous;                         /* go back by one generation at the next boot, if one is offered */
extern u32 offered;                                /* generation; 0 = none */
extern u32 checkpoint_every;                       /* operations */

u64 digest(const struct frame *f);
/* Mounts what is on the medium: NULL or the message. */
const char *boot(void);
const char *boot_with(u32 ram);                    /* frames */
/* Until all threads and the disk wait. */
void settle(void);
/* Everything that a user operation does when it stalls. */
rc_t get(oid_t oid, struct frame **f);
/* One operation; false = it stalled and changed nothing that counts. */
bool operate(oid_t oid, u32 what);
void script(u32 operations);
u32 dice(u32 n);
/* Each frame is as it was at the snapshot of the generation that came back, one of these. */
void verify_all(const char *where, u32 event, u64 at_least, u64 at_most);
/* A new volume, mounted. */
void fresh(u32 frames);
int teardown(void **s);

extern void (*save_wrong)(struct saved_activity *list); /* NULL, or what is wrong in the next list that is saved */

#endif
