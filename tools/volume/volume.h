/* SPDX-License-Identifier: Apache-2.0 */
/*
 * volume info|ls|verify|repair IMAGE. One volume at a time, in the variables below.
 *
 * read.c     header, roots, generations: what a restart reads at mount
 * verify.c   every frame: what a fetch of any object would look at; info, ls
 * repair.c   what of that is damaged and can be made good
 * drop.c     what cannot, and is given up when asked
 * change.c   the blocks to be written, which are all known before the first is written
 */
#ifndef TOOLS_VOLUME_H
#define TOOLS_VOLUME_H

#include <abi/cap.h>
#include "ckpt/check.h"
#include "ckpt/format.h"
#include "ckpt/sum.h"

#define LLU(x) ((unsigned long long)(x))
#define SUM_AT(type) ((u32)offsetof(struct type, sum))

extern u64 image_blocks;
extern struct fmt_header header;
extern struct fmt_root roots[2];
extern bool root_good[2];        /* its block is; of the one in use also its generations */
extern struct fmt_generation newest;
extern struct fmt_entry *list;   /* of all generations of the root in use; sorted by OID, then generation */
extern u32 nr_listed;
extern u64 keep;                 /* oldest generation that the root in use keeps whole (V8) */
extern bool *claimed;            /* blocks of the log that something names */
extern u32 damages;

/* ---- read.c ---- */
/* Says what is wrong, and counts it in `damages`. */
void damage(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void __attribute__((noreturn)) no_memory(void);
/* False: it cannot be read; *to is then what no block is, and not empty. */
bool block_read(u64 place, void *to);
/* Opens the image. False: it cannot be opened; it is told why. */
bool image_open(const char *name);
/* A sealed header in this block, which is then in `header`. */
bool header_read(u64 place);
/* Is there a volume that makes sense, by `header`? It is told why not. */
bool header_sane(const char *name);
/* The header from the first block or the last. */
bool volume_open(const char *name);
/* Loads the generations of a root up to `last`. */
bool root_load(const struct fmt_root *r, u64 last);
/* Loads the best root; its slot, or -1 = none can be used. */
int roots_load(void);
/* The blocks of the log that this root names, to be freed. */
bool *root_claims(const struct fmt_root *r);
bool root_empty(const struct fmt_root *r);
static inline u64 root_newest(const struct fmt_root *r) { return r->generation[r->generations - 1].generation; }

/* ---- verify.c ---- */
/* NULL, or what is wrong with the content of a frame that would be in this block. */
const char *content_check(u64 oid, u64 place, const struct fmt_tag *t);
/* Sorts the list. */
void list_sort(void);
/* Newest entry of the frame that is not newer than `generation`, or NULL. The list is sorted. */
struct fmt_entry *listed_upto(u64 oid, u64 generation);
/* Is this the block of a pair that belongs in `place`? */
bool pair_good(const void *block, u64 place, u32 sum_offset);
/* All frames of all generations and at home. */
void frames_verify(void);
void frames_list(void);
void info(void);

/* ---- repair.c ---- */
/* Repairs a volume, or (dry) says what it would do. `drop`: gives up what is lost. The exit status of the tool. */
int repair(const char *name, bool dry, bool drop);
/* A line of what is done; of what is lost. */
void say(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void lose(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
extern bool dropping;

/* ---- drop.c ---- */
/* The tag of a frame whose content is given up: free, and no capability to what it was is good any more. */
void tag_drop(struct fmt_tag *t);
/* A frame whose content in the log is given up, in the generation of its newest entry. */
void drop_entry(struct fmt_entry *e);
/*
 * Plans new directories for what was dropped, and roots that name them; `back`: and that go back to the generation that
 * this root keeps whole. False: there is no room for it, which is told.
 */
bool roots_drop(int slot, bool back);

/* ---- change.c ---- */
/*
 * Blocks are written phase by phase, with a flush after each. Whatever is written in one phase is of no use to anybody
 * before a later one, or a copy of what stands elsewhere: so an end at any moment loses nothing.
 */
enum phase {
	PH_COPY,                 /* a copy of what is whole elsewhere; new blocks of the log */
	PH_FIRST,                /* the older block of a pair, the older root */
	PH_SECOND,               /* the newer one */
	PH_NR
};
void change(enum phase phase, u64 place, const void *block);
u32 changes(void);
/* False: it could not be written, and it is told why. */
bool changes_write(const char *name);

#endif
