/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of mm share. Nobody else includes this. */
#ifndef MM_MM_H
#define MM_MM_H

#include <hal/pt.h>
#include <kernel/cpu.h>
#include <kernel/map.h>

/* ---- frames: frame.c ------------------------------------------------------------------ */
#define FRAMES_RESERVE 8u      /* never given to user operations: tables and copies take them without stalling */

struct frame *frame_at(u32 n); /* n-th of the frame table */
u32 frame_number(const struct frame *f);
/* All frames; the first `count` of them have the physical addresses from `base` on, in frames: the largest region's. */
extern struct frame_table {
	struct frame *all;
	u32 base, count;
} frame_table;
/* frame_of_paddr() of one that there is. */
static inline struct frame *frame_there(paddr_t pa)
{
	u32 n = (u32)(pa >> FRAME_SHIFT) - frame_table.base;

	return n < frame_table.count ? &frame_table.all[n] : frame_of_paddr(pa);
}

/* Finds frames by OID: multiplies both halves by odd numbers, keeps the top bits. In halves, for ports of 32 bits. */
extern struct frame_hash {
	struct frame **bucket;
	u32 shift;                 /* 32 - log2 of the number of buckets */
	u32 low, high;
} frame_hash;
static inline struct frame **frame_bucket(u32 low, u32 high)
{
	return &frame_hash.bucket[((low & ~7u) * frame_hash.low + high * frame_hash.high) >> frame_hash.shift];
}
/* Whatever it is used for; NULL = not there. */
static inline struct frame *frame_hash_find(u32 low, u32 high)
{
	struct frame *f = *frame_bucket(low, high);

	while (f && ((u32)f->oid != (low & ~7u) || (u32)(f->oid >> 32) != high))
		f = f->hash_next;
	return f;
}
/* frame_make_dirty() of a frame that is not pinned, for who does not stall. */
NODISCARD rc_t frame_dirty(struct frame *f);
bool frame_hashed(const struct frame *f);
void frame_hash_remove(struct frame *f);
const struct store_ops *mm_store(void); /* NULL = RAM only */
void mm_check_frames(void);

/* ---- eviction: evict.c ---------------------------------------------------------------- */
/*
 * Evicts something clean: DONE, a frame is free now. AGAIN: the step's share is used up, the search goes on in the next.
 * If there is nothing the store is asked to clean: HOPE, a frame will come free without us; or NONE.
 */
enum reclaim { RECLAIM_DONE, RECLAIM_AGAIN, RECLAIM_HOPE, RECLAIM_NONE };
enum reclaim frame_reclaim(void);
void frame_reclaim_anew(void); /* something is free, clean or unpinned now: the search begins anew */

/* ---- the walk: walk.c ----------------------------------------------------------------- */
/*
 * step[k] is the k-th GPT on the path, own[k] the rights of the capability that names it and
 * own[n] those of the page capability. Sizes shrink strictly from 64 to 13, hence the bound.
 */
#define PATH_MAX 52u
struct path {
	u32 n;
	struct path_step {
		struct frame *frame;
		u8 index;      /* of the GPT in its pot */
		u8 size;
		u64 offset;    /* of the address in this GPT */
	} step[PATH_MAX];
	u8 own[PATH_MAX + 1];
	struct cap weak;                /* what the walk goes through a weak capability by */
};
/* space_walk() that also tells the path, for any 64-bit address. */
NODISCARD rc_t walk_path(const struct cap *space, u64 va, enum access acc, struct walk *w, struct path *p);

/* ---- hardware tables: table.c ----------------------------------------------------------- */
struct table_key {
	struct cap id;         /* the space's capability, or KEY_PRODUCER | no-execute and weak, 0, OID of the producer */
	u64 offset;
	u32 level;
};
#define KEY_PRODUCER 0xffu     /* no capability type */

/*
 * Entries [first, first + count) of a leaf table are made from slots of one GPT whose slots are a page each, and all
 * depend records of theirs are there: for who has an entry to make (fastmap.c). Ends when one of the table's records does.
 */
struct run {
	const struct cap *slot; /* of entry `first` */
	u16 first, count;      /* count 0 = unknown */
	u8 rights;             /* of the path that the table holds, down to the GPT */
};

struct table {
	struct table_key key;
	struct frame *frame;   /* NULL = the record is free */
	u32 stamp;             /* epoch in which it was made or renewed: M1, M4 */
	u32 in_hand;           /* table_in_hand() */
	u16 next;              /* hash chain or free list: 1 + number */
	u16 present, low;      /* entries that are; none below this one is */
	struct run run;
};

static inline u32 pt_entry_bits(u32 level) { return FRAME_SHIFT + PT_BITS * level; }
static inline u32 pt_span_bits(u32 level) { return pt_entry_bits(level + 1); }
static inline u32 pt_index(u64 va, u32 level)
{
	return (u32)(va >> pt_entry_bits(level)) & ((1u << PT_BITS) - 1);
}
/* n low bits set, n up to 64. */
static inline u64 low_mask(u32 n) { return n >= 64 ? ~(u64)0 : ((u64)1 << n) - 1; }
static inline hal_pte_t *table_entries(const struct table *t) { return frame_data(t->frame); }

/* Entry i is about to be present, and was not. */
static inline void table_count(struct table *t, u32 i)
{
	t->present++;
	if (HAS_SHARES && i < t->low)
		t->low = (u16)i;
}

void table_init(void);
struct table *table_at(u32 n);             /* n-th record, 0 .. CONFIG_NR_TABLES-1 */
u32 table_number(const struct table *t);
bool table_valid(const struct table *t);   /* in use, of this epoch */
struct table *table_find(const struct table_key *key); /* stale ones too */
/*
 * Finds or makes: takes another's place if it must, but that of none that was got since tables_begin(). So
 * one mapping keeps the tables that it needs, and an operation that makes many may lose those of the first ones again.
 * NULL: the step's share is used up.
 */
struct table *table_get(const struct table_key *key);
void tables_begin(void);
bool table_in_hand(const struct table *t);
/* Empties entries. True if one was present: the caller flushes before it goes on. */
bool table_clear_entry(struct table *t, u32 i);
/* As far as the step's share goes, one at least; true: all of these are empty, those of them that are user space's. *flush
 * is set as above. */
NODISCARD bool table_clear_some(struct table *t, u32 first, u32 count, bool *flush);
void table_forget(struct table *t);        /* discard: all maps are forgotten already, nothing to clear */

/* ---- which GPTs an entry was built from: depend.c ----------------------------------------- */
void depend_init(void);
/* Makes sure that so many records are free, by evicting others (and clearing their entries). False: the share is used up. */
NODISCARD bool depend_reserve(u32 count);
/* Records it, in one that is free. */
void depend_add(struct frame *gpt, u32 index, struct table *t, u32 first, u32 count);
/* One record covers entries [first, first + count). */
bool depend_has(const struct frame *gpt, u32 index, const struct table *t, u32 first, u32 count);
void depend_forget_all(void);

/* ---- which entries map a page or point at a table: rmap.c ------------------------------- */
void rmap_init(void);
void rmap_add(struct frame *f, struct table *t, u32 entry);
void rmap_remove(struct frame *f, struct table *t, u32 entry);
bool rmap_has(const struct frame *f, const struct table *t, u32 entry);
bool rmap_clear(struct frame *f);          /* empties all entries that refer to f; true: flush */
void rmap_forget_all(void);

/* ---- map.c ------------------------------------------------------------------------------- */
void map_init(void);
/* The table of `level` on this path. */
struct table_key map_key(const struct cap *space, const struct path *p, u64 va, u32 level);
/* The entry above the table of level-1 (level > 0), or the leaf (level 0), as the path allows it. */
bool map_may_write(const struct path *p, u32 level);
bool map_may_exec(const struct path *p);
s32 map_producer(const struct path *p, u32 level); /* step, or -1: none covers a table of this level */

#endif
