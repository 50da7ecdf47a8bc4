/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Private to the checkpoint room: its state, and who calls whom.
 *
 *   mount.c     reads a volume and starts the threads          (boot only, synchronous)
 *   dir.c       the in-core directory: entries, generations
 *   log.c       which log blocks are free; reservations
 *   dirty.c     store_ops.make_dirty and clean
 *   snapshot.c  interval, requests, the snapshot               (thread "interval")
 *   stabilise.c frames, directory, activities, header, commit  (thread "stabilise")
 *   root.c      the two roots, one writer at a time
 *   migrate.c   log to home, retirement                        (thread "migrate")
 *   fetch.c     store_ops.fetch                                (thread "fetch")
 *   tagpot.c    bitmaps, tag pots, where a frame is at home
 *   audit.c     what must hold of a frame that goes to the log
 *
 * Theory of operation. Generation numbers are epoch numbers. Exactly one generation is current (number state.epoch); at
 * most one is between snapshot and commit; the others are committed, and live until both roots say that they have
 * migrated and keep a newer one whole (V8). Each frame that is dirty, or has content in the log, has an entry in its generation.
 * Newer entries of a frame come first in the hash chain, so the first is the one in force.
 *
 * Invariants
 *  S1  need(stabilising) + need(current) + fixed share of the next <= free log blocks: stabilising never waits for space
 *  S2  an entry has a frame <=> its content is not in the log; such a frame is dirty, frozen, or has FF_IO. Of a frame whose
 *      copy is written while there are reserves the live one keeps its epoch until the copy is in the log
 *  S3  blocks of a generation are freed only when neither root reaches them (V1)
 *  S4  one writer of roots at a time (root_busy); a failed root write goes to the same slot again
 *  S5  waits go one way: writer of objects -> stabiliser -> migrator -> disk; threads allocate nothing after mount
 */
#ifndef CKPT_CKPT_H
#define CKPT_CKPT_H

#include <kernel/blkdev.h>
#include <kernel/cpu.h>
#include <kernel/kthread.h>
#include <kernel/lib.h>
#include <kernel/object.h>
#include <kernel/panic.h>
#include <kernel/store.h>
#include "ckpt/check.h"
#include "ckpt/format.h"
#include "ckpt/sum.h"

#define NIL 0xffffffffu
#define GENS (ROOT_GENERATIONS + 1)             /* what a root can name, the stabilising one included, and the current */
#define WRITERS 8u
#define FETCHERS 4u
#define MAP_PAGES (VOL_LOG_MAX / FRAME_SIZE)     /* 1 byte a log block */
#define LOG_SLACK 8u                            /* blocks for writes that failed */
#define ACT_BLOCKS ((CONFIG_NR_ACTIVITIES + ACT_BLOCK_ENTRIES - 1) / ACT_BLOCK_ENTRIES)
#define FIXED_SHARE (ACT_BLOCKS + 2u)           /* activities, header, a first directory block */
/* What the tables and one operation can dirty at once. */
#define MIN_EPOCH (3u * CONFIG_NR_CONTEXTS + 64u)
_Static_assert(CONFIG_LOG_DIR_ENTRIES / 3 >= MIN_EPOCH, "LOG_DIR_ENTRIES must be at least 9 * NR_CONTEXTS + 192");

/* ---- in-core directory (dir.c) --------------------------------------------------------- */
struct entry {
	u64 oid;
	u64 place;               /* 0 = no data */
	u64 kind_count;          /* as in fmt_tag */
	union {
		struct fmt_sum sum;                 /* of what is in the log: once it is out of the queue */
		struct {                            /* while it is queued, not yet written: */
			u64 frozen;                 /* CONFIG_DEBUG_FREEZE: what it was at the snapshot */
			u32 queue_prev, queue_next; /* in its generation's queue */
		};
	};
	u32 version;
	u32 generation;          /* also the generation of its tag */
	u32 hash_next;           /* newer first */
	u32 gen_next;            /* list of its generation, or the free list */
	struct frame *frame;     /* S2 */
	bool queued, want_clean;
	bool damaged;            /* cannot be read from the log: does not go home */
};

enum gen_state { GEN_FREE = 0, GEN_CURRENT, GEN_STABILISING, GEN_COMMITTED };

struct gen {
	u8 state;
	u32 number;
	u32 keep;                /* oldest that a root keeps whole when this is its newest (V8) */
	u32 first;               /* entries, by gen_next */
	u32 entries;
	u32 queue_head, queue_tail;
	u32 queued;              /* in the queue: each has a log block reserved */
	u32 inflight;            /* being written */
	u32 meta_done;           /* metadata blocks already taken */
	u64 log_blocks;          /* taken so far */
	struct fmt_ref header;
};

void dir_init(void);
u32 dir_free_entries(void);
struct entry *dir_entry(u32 index);
u32 dir_index(const struct entry *e);
/* The entry in force, the newest not above `generation`, or that of exactly this generation; NULL = none. */
struct entry *dir_lookup(u64 oid);
struct entry *dir_lookup_upto(u64 oid, u32 generation);
struct entry *dir_lookup_in(u64 oid, u32 generation);
/* A new entry at the front of its chain, zero but for its names and its sum; of a frame that is dirty: the last in the
 * queue. NULL = table full. */
struct entry *dir_add(u64 oid, struct gen *g, struct frame *f);
/* Drops up to `most` entries of g; true when none is left. */
bool dir_drop_some(struct gen *g, u32 most);
void queue_push(struct gen *g, struct entry *e, bool front);
void queue_remove(struct gen *g, struct entry *e);
struct gen *gen_find(u32 number);
struct gen *gen_new(u32 number, enum gen_state s); /* NULL = none free */
u32 gen_slot(const struct gen *g);
struct gen *gen_oldest_above(u32 number);          /* committed, the next above; NULL = none */

/* ---- log (log.c) ------------------------------------------------------------------------ */
void log_reset(void);                              /* its map's frames are another boot's */
void log_init(void);                               /* takes its map's frames, once */
/* At mount: a loaded generation owns this block. False: outside the log or owned already. */
bool log_claim(u64 place, struct gen *g);
/* A free block for g. Never fails while S1 holds. */
u64 log_alloc(struct gen *g);
/* Looks for the next free block within the step's share; true when log_alloc() has nothing to look for. */
bool log_find_some(void);
/* Where to look first. Going back makes freed blocks be used again at once, which tests want. */
void log_seek(u32 block);
void log_bad(u64 place);                           /* never used again in this boot */
const char *log_audit(void);                       /* every block is free, bad, or of a generation; or what is wrong */
u64 log_need(const struct gen *g);                 /* blocks that it still has coming to it */
/* May the current generation take one more frame (and an entry, if new)? */
bool log_room(bool new_entry);
/* Frees blocks of g, a part of the map a call; true when the whole map has been seen. */
bool log_free_some(struct gen *g, u32 *cursor);
u64 log_free_blocks(void);

/* ---- I/O -------------------------------------------------------------------------------- */
struct io {
	struct blkreq req;
	struct kthread *owner;
	u64 place;
	u8 tries;
	bool busy;
};
/*
 * A read that fails is tried again, twice. A flush that fails is a panic once the volume is mounted: it voids what any
 * thread has written since the last good one, and a restart from the last commit is the one answer that is right for all.
 */
void io_start(struct io *io, struct kthread *owner, enum blk_op op, u64 place, void *buf);
/* Boot: waits. */
rc_t io_sync(enum blk_op op, u64 place, void *buf);

/* ---- roots (root.c) ------------------------------------------------------------------------ */
struct slot_state {
	bool good;
	u64 sequence;
	u32 newest;              /* generation it names last */
	u32 keep;                /* the oldest that it keeps whole */
	u32 migrated;
};
void root_init(void);
/* Claims the writer; false = busy, the owner is woken when it is free. */
bool root_begin(struct kthread *owner, u32 newest, u32 migrated);
enum root_result { ROOT_WAIT, ROOT_DONE };
enum root_result root_step(void);                  /* by the owner, until ROOT_DONE */
u32 root_both_newest(void);                        /* both slots name generations up to this */
u32 root_both_migrated(void);
u32 root_both_keep(void);                          /* home may hold generations up to this */
const char *root_write_boot(void);                 /* boot: a root as things are into the older or bad slot, durable */

/* ---- home (tagpot.c) ------------------------------------------------------------------------ */
struct home {
	const struct fmt_range *range;
	u32 index;               /* of the frame in its range */
	u64 place;
	u32 pot, tag;            /* tag pot in the range, tag in the pot */
	u64 pot_place[2];
};
bool home_of(u64 oid, struct home *h);
u32 bitmap_count(void);                            /* blocks of RAM that they take */
const char *bitmap_load(void *spare);              /* one frame for as long as it reads */
bool bitmap_get(const struct home *h);
void bitmap_set(const struct home *h);
/* Next bitmap of which so many copies are to be written, prepared (older place, sealed); NULL = none. */
struct fmt_bitmap *bitmap_prepare(u32 copies, u64 *place);
void bitmap_written(const struct fmt_bitmap *b);
/* A copy of a tag pot has come in: empties it (place 0) if it could not be read or is bad. Each in a step of its own. */
void tagpot_read(struct fmt_tagpot *p, rc_t status, u64 place);
/* The newer good one of a pair, after that: 0, 1, or -1 when both are bad. */
int tagpot_newer(const struct fmt_tagpot *a, const struct fmt_tagpot *b);

/* ---- content --------------------------------------------------------------------------------- */
/* Tag of a frame with this content (maxima for pots), flags included. */
void tag_of_content(const struct frame *f, struct entry *e);
/* Content that TAG_NODATA stands for. */
void content_from_tag(void *data, u64 oid, u32 kind, u32 version, u64 count);
/* NULL, or which rule the content breaks. */
const char *audit_content(const struct frame *f, const struct entry *e, const struct entry *older);
/* The same for a directory entry of the generation being stabilised, as it is listed. */
const char *audit_activity(const struct saved_activity *list, u32 i);
const char *audit_entry(const struct entry *e, const struct fmt_entry *listed);

/* ---- threads and entry points ------------------------------------------------------------------ */
bool ckpt_covers(oid_t oid);
rc_t ckpt_fetch(struct frame *f);
void frame_copy_frozen(struct frame *copy, const struct frame *f);  /* content, OID, tag, epoch */
rc_t ckpt_make_dirty(struct frame *f);
bool ckpt_clean(struct frame *f);
void snapshot_init(void);
bool snapshot_take(void);                          /* false = not now: no generation free */
/* Starts one if there is a reason; log space is short, so do all that frees some. */
void checkpoint_wanted(void);
void stabilise_init(void);
void migrate_init(void);
void fetch_init(void);
void stabilise_wake(void);
void migrate_wake(void);
/* Frames that a mounted volume keeps: taken at mount, after a look at what is free; given back if the mount fails. */
void kernel_frames_begin(void);
struct frame *kernel_frame(void);
void kernel_frames_free(void);

struct store_state {
	struct blkdev *dev;
	const struct store_hooks *hooks;
	struct fmt_header header;
	bool mounted, read_only;
	struct gen gen[GENS];
	struct gen *current, *stabilising;
	u32 committed;           /* newest committed generation */
	u32 migrated;            /* at home up to this generation */
	u32 attempts;
	u64 restart_count;
	u64 saved_ms;            /* of the mounted generation */
	u32 epoch_floor;
	u64 sequence;            /* of the newest root */
	struct slot_state slot[2];
	bool requested;          /* a snapshot is to be taken */
	bool urgent;             /* somebody waits for log space: retire what can be */
	bool urgent_cpu;         /* somebody waits, or it is late: run before programs */
	u32 interval_sec;
	u64 snapshot_ms;         /* persistent time in the snapshot */
	u32 limits, shares;      /* state's, in the snapshot */
	u64 pause_cycles;
	u64 frames_written;
	u32 room_ahead;          /* so many frames more are sure to fit into the current generation (log_room) */
	struct saved_activity activity[CONFIG_NR_ACTIVITIES];
	u32 activities;
};
extern struct store_state st;

#endif
