/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Frames and nodes: what is cached, dirtied, logged and migrated is the frame, 4 KiB.
 * A frame is a page, or a pot of seven nodes, byte for byte the same in memory and on disk.
 *
 * Everything transient lives in `struct frame`, one for each physical frame, never in the
 * frame's content. An object pointer is good until the kernel step ends or stalls, unless
 * its frame is pinned; nothing keeps one across steps except what obj_unhook() clears.
 *
 * Invariants
 *  O1  a frame with use PAGE or POT is in the hash under its OID, exactly once
 *  O2  epoch == 0 <=> clean; epoch == state.epoch <=> dirty now, reserved, writable
 *  O3  0 < epoch < state.epoch: belongs to the generation being stabilised; not writable
 *  O4  content changes only through page_writable() / node_writable(), which assert O2
 */
#ifndef KERNEL_OBJECT_H
#define KERNEL_OBJECT_H

#include <kernel/cap.h>
#include <kernel/cpu.h>
#include <kernel/types.h>

#define NODE_SLOTS 32
#define POT_NODES 7
#ifndef COUNT_MAX /* those of tests/unit/alt.h end soon */
#define COUNT_MAX (((u64)1 << 56) - 1)
#define VERSION_MAX 0xffffffffu
#endif
/* Above these bits stands the restart count, in versions of what is not persistent. */
#define NP_VERSION_BITS 12

struct node {
	u64 oid;
	u32 version;
	u8 kind;        /* enum node_kind */
	u8 l2v;         /* gpt */
	u16 flags;      /* gpt: GPT_KEEPER; forwarder: FWD_* */
	u64 call_count; /* 56 bits */
	u8 spare[40];
	struct cap slot[NODE_SLOTS];
};
_Static_assert(sizeof(struct node) == 576, "node layout");

struct pot {
	u8 header[64]; /* zero */
	struct node node[POT_NODES];
};
_Static_assert(sizeof(struct pot) == FRAME_SIZE, "pot layout");

/* The tag of a frame: what outlives its content. Same values as the disk tag (ckpt/format.h). */
struct tag {
	u8 kind;        /* NK_FREE: no object; NK_PAGE: page; NK_NODE: pot */
	u8 flags;
	u32 version;    /* page: its version. pot: maximum of its nodes */
	u64 call_count; /* highest ever in this frame */
};

enum frame_use {
	FU_FREE = 0, FU_KERNEL, FU_PAGE, FU_POT, FU_TABLE,
	FU_FETCHING, /* in the hash, content on its way */
	FU_DAMAGED,  /* in the hash, fetch failed; fetch_rc says why */
	FU_FROZEN,   /* a frozen version held by the store; not in the hash */
};

#define FF_IO 0x01u       /* a device reads or writes it: no eviction, no store */
#define FF_PIN_HARD 0x02u /* owned by a kernel thread */
#define FF_SCHEDULE 0x08u /* some context cached a schedule in it */
#define FF_SUM_KNOWN 0x10u
#define FF_STORED 0x20u   /* hashed, and the store covers its OID */

struct frame {
	oid_t oid;
	struct frame *hash_next;
	struct frame *prev, *next;   /* free, clean (ageing) or dirty list: whoever owns the state */
	struct tag tag;
	struct fmt_sum sum;          /* of the content as last fetched or written */
	u32 epoch;
	u32 pin;                     /* == state.pin_serial: pinned by the operation in hand */
	u8 use;                      /* enum frame_use */
	u8 flags;
	u8 age;
	u8 fetch_rc;
	u32 rmap;                    /* first reverse-map entry, 0 = none (pages) */
	u16 hook[POT_NODES];         /* pots: 1 + context index loaded from node i, else 0 */
	u16 depend;                  /* pots: nonzero if some depend entry names a node of it */
	void *data;                  /* kernel address of its content; never changes */
	struct table *table;         /* FU_TABLE: its record */
	void *store;                 /* the store's own */
};

/* ---- frames: mm/frame.c -------------------------------------------------------------- */
/* Takes every frame of RAM that boot found free (hal_mem_*). Before anything else in mm. */
void mm_init(void);
static inline void *frame_data(const struct frame *f) { return f->data; }
paddr_t frame_paddr(const struct frame *f);
struct frame *frame_of_paddr(paddr_t pa);
/* The cached frame, or NULL. Never stalls, never fetches. */
struct frame *frame_peek(oid_t oid);
/* The frame that holds `oid`, fetched if need be and pinned. RC_STALL, RC_OBJECT_DAMAGED, RC_OFFLINE. */
NODISCARD rc_t frame_get(oid_t oid, struct frame **out);
/* The store ends a fetch: content and tag are in place (rc RC_OK) or it failed. Wakes waiters. */
void frame_fetch_done(struct frame *f, rc_t rc);
/* A free frame for the caller: evicts clean frames, cleans dirty ones. May stall (user == true),
 * or returns RC_BUSY at once (kernel threads and tables: never stall). */
NODISCARD rc_t frame_alloc(enum frame_use use, bool may_stall, struct frame **out);
void frame_free(struct frame *f);
/* Makes it writable in this epoch: reserves log and directory, freezes an older version. May stall. */
NODISCARD rc_t frame_make_dirty(struct frame *f);
/* It stays while the operation in hand is tried; the progress token's holder keeps it over its tries. */
static inline void frame_pin(struct frame *f)
{
	if (!state.token_serial || f->pin != state.token_serial)
		f->pin = state.pin_serial;
}
bool frame_pinned(const struct frame *f);
void pins_drop(void);                              /* a new try: all pins of the last one end */
/* Content pointers that may be stored through: assert epoch == state.epoch and pinned. */
void *page_writable(struct frame *f);
struct node *node_writable(struct frame *f, u32 index);
static inline struct pot *frame_pot(const struct frame *f) { return frame_data(f); }
/* Clears every cached result of a lookup that names an object of this frame: hardware
 * entries, contexts, schedules. Called when it is cleaned, evicted, frozen in place, destroyed or retargeted. */
void obj_unhook(struct frame *f);
/* The same for what names node `index` of a pot (or the page, whatever the index). */
void obj_unhook_node(struct frame *f, u32 index);
/* obj_unhook() within the step's share. False: more to do. */
bool obj_unhook_some(struct frame *f);
/* An empty frame (tag free, clean) for an OID that no store holds: non-persistent, or RAM only.
 * RC_STALL, RC_BUSY, RC_OFFLINE when it is a store's business. */
NODISCARD rc_t frame_create(oid_t oid, struct frame **out);
/* The progress token: what its holder pins in tries begun with pins_token() instead of
 * pins_drop() stays pinned until pins_token_end(). */
void pins_token(void);
void pins_token_end(void);
/* Everybody stalled on key tries again. For the store: KEY_FRAMES after it set epoch = 0, KEY_LOG, an OID. */
void mm_wake(u64 key);
u32 mm_frames_total(void);
u32 mm_frames_free(void);
/* Walks everything and panics at the first broken invariant (O1-O4, maps). Debug and tests. */
void mm_check(void);

/* ---- capability lookup: cap/lookup.c -------------------------------------------------- */
struct objref {
	struct frame *frame;
	struct node *node;  /* NULL for a page; read-only until node_writable() */
	u32 index;
};
/* Object of an object capability: cached or fetched, version (call count for resume and fault)
 * and kind compared, pinned. RC_VOID, RC_STALL, RC_OBJECT_DAMAGED, RC_OFFLINE. */
NODISCARD rc_t cap_lookup(const struct cap *c, struct objref *out);
/* Capability to live object (kind of its tag/node; full rights; gpt and page of size 12, guard 0). */
struct cap obj_cap(const struct frame *f, u32 index);

/* ---- allocation: cap/objalloc.c -------------------------------------------------------- */
/* Prepares: RC_STALL or error, nothing changed; then obj_alloc_perform cannot fail. */
NODISCARD rc_t obj_alloc_prepare(oid_t oid, u32 kind, struct frame **f);
void obj_alloc_perform(struct frame *f, oid_t oid, u32 kind);
/* It is dirty, and no hardware entry was made from it. RC_STALL, ...; in the same step it can be changed. */
NODISCARD rc_t obj_change_prepare(struct frame *f, u32 index);
NODISCARD rc_t obj_destroy_prepare(const struct cap *c, struct objref *ref);
void obj_destroy_perform(struct objref *ref);

/* ---- what mm needs from others, registered by init ------------------------------------- */
struct store_ops {
	bool (*covers)(oid_t frame_oid);                 /* some mounted range holds it */
	rc_t (*fetch)(struct frame *f);                  /* start; ends in frame_fetch_done(). RC_OK or error */
	rc_t (*make_dirty)(struct frame *f);             /* reserve, freeze, list, set f->epoch. RC_OK, RC_STALL, error */
	bool (*clean)(struct frame *f);                  /* start writing a dirty frame so that it can be evicted; false: never */
};
struct mm_hooks {
	void (*wake)(u64 key);                           /* everybody stalled on key tries again */
	void (*context_unhook)(struct frame *f, u32 index); /* write back and unload the context of node index */
	void (*schedule_unhook)(struct frame *f);
};
void mm_register_store(const struct store_ops *ops);
void mm_register_hooks(const struct mm_hooks *hooks);

/* Stall keys: an OID (object arrives, or leaves a state), or one of these. */
/* A process becomes available, a forwarder is unblocked, an object is destroyed. */
#define KEY_PROCESS(oid) ((u64)1 << 61 | (oid))
#define KEY_FRAMES   ((u64)1 << 60)       /* a frame became free or clean */
#define KEY_LOG      (((u64)1 << 60) + 1) /* log space or directory entries became free */
#define KEY_AGAIN    (((u64)1 << 60) + 2) /* nothing: tried again after a point of preemption */

#endif
