/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the files of this room know of each other. They watch the kernel from outside: by the two functions of
 * <hal/hal.h>, by the disk, and by functions of the kernel that the linker lets through __wrap_* (wrap.c, port.mk).
 */
#ifndef TESTS_HOST_WATCH_H
#define TESTS_HOST_WATCH_H

#include "arch/host/host.h"

#include <kernel/object.h>
#include <stdio.h>
#include <sys/mman.h>

/* ---- harness.c ---- */
struct state_record {
	u32 kind;                      /* STATE_* */
	u64 a, b;
};
enum { STATE_BOOT = 1, STATE_FRAME, STATE_SNAPSHOT };
struct states {                        /* shared by all processes of a run; with --states a file */
	u64 count;
	struct state_record record[];
};
extern struct states *states;          /* NULL = nobody asks */
void harness_evicted(const struct frame *f);
bool harness_fetched(const struct frame *f); /* must be what was evicted; true = it was */

/* ---- wrap.c: how often what happened ---- */
#define COUNTS(X) \
	X(COMMITS, "commits") X(RETIRED, "generations retired") X(WRAPS, "wraps of the log") \
	X(TO_NODE, "pages to nodes") X(TO_PAGE, "nodes to pages") X(FREED, "freed") X(REUSED, "made again") \
	X(ZEROED, "pages zeroed") X(UNZEROED, "zero pages written") X(EVICTED, "evicted") \
	X(FROM_LOG, "fetched again from the log") X(FROM_HOME, "from home") X(FROM_TAG, "from the tag") \
	X(FROZEN, "frozen copies") X(LOG_WAITS, "waits for the log")
#define COUNT_ENUM(name, text) COUNT_##name,
enum { COUNTS(COUNT_ENUM) COUNT_NR };
extern u64 *counts;                    /* COUNT_NR, shared by all processes of a run; never NULL */

/* ---- mutants.c: the kernel with a fault, to see whether it is found ---- */
#define MUTANTS(X) \
	X(NO_LOG_FLUSH, "no-log-flush") X(NO_ROOT_FLUSH, "no-root-flush") X(NO_HOME_FLUSH, "no-home-flush") \
	X(EARLY_RETIRE, "early-retire") X(EARLY_MIGRATE, "early-migrate") X(LOST_FRAME, "lost-frame") \
	X(OLD_ENTRY, "old-entry") X(HOME_FIRST, "home-first") X(OLD_TAG, "old-tag") X(SAME_VERSION, "same-version") \
	X(SAME_SIDE, "same-side") X(ONE_ROOT, "one-root") X(KEPT_MAPPINGS, "kept-mappings")
#define MUTANT_ENUM(name, text) MUTANT_##name,
enum { MUTANT_NONE, MUTANTS(MUTANT_ENUM) };
extern u32 mutant;
void mutant_snapshot(void);

/* ---- explore.c ---- */
struct image {                         /* what a power cut leaves: the medium and some of the unflushed writes */
	const struct disk_write *write; /* oldest first */
	u32 count;
	u8 *kept;                      /* of each, a bit for each 512 bytes */
	u32 torn;                      /* this one: also half of the sector behind those kept; NIL_WRITE = none */
	u64 damaged;                   /* a block of the medium that cannot be right any more; 0 = none */
};
#define NIL_WRITE 0xffffffffu
/* Puts what is left of writes [0, n] to `block` onto `data`, which is what the medium has. */
void image_compose(const struct image *im, u32 n, u64 block, u8 *data);

/* ---- restart.c: restarts in children ---- */
struct outcome {
	u64 generation;                /* found by the first restart; 0 = something was wrong */
	bool told;                     /* a failure that has been printed */
};
void restart_init(void);
/* What comes of this image, whose blocks have these sums. Runs it if nothing like it ran before. */
struct outcome *restart(const struct image *im, const u64 *sum);
u64 restart_runs(void);
u64 restart_more(void);                /* of these, how many went on to the second and third power cut */
void restart_note_read(u64 block);
void restart_note_written(u64 block);
void restart_recovered(u64 generation);
void restart_snapshot(u64 generation);
void restart_operation(void);          /* a write or flush has completed */
void restart_output(FILE *to);         /* what the last one printed */

/* ---- tree.c: what the restarts have read ---- */
void tree_init(void);
/* The outcome of the run that read nothing but blocks with these sums, or NULL. */
struct outcome *tree_find(const u64 *sum);
/* After a tree_find() that found nothing: a run read these blocks, in this order. */
struct outcome *tree_add(const u64 *sum, const u32 *read, u32 reads);

static inline void *shared_memory(size_t bytes)
{
	void *p = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (p == MAP_FAILED) {
		perror("anteros: memory for the explorer");
		machine_exit(2, NULL);
	}
	return p;
}

#endif
