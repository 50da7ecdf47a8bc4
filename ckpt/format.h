/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Volume format 1: everything that stands on a disk. Compiled for the kernel and for the tools.
 *
 * The unit is the block of 4 KiB, aligned; a *place* is a block number from the volume's start. Little-endian.
 * Where things are is said by the header; mkimage lays them out like this:
 *
 *   0          volume header; a copy in the last block. Written once.
 *   1          root slot 0
 *   2          bitmaps of initialised tag pots: 2 blocks (a pair) for each 32,256 tag pots of a range
 *   ..         journal ring
 *   ..         log
 *   >= 257     root slot 1 (at least 256 blocks after slot 0: no sector or erase block holds both)
 *   ..         tag pots of each range: 2 blocks (a pair) for each 127 frames
 *   ..         home frames of each range
 *   last       copy of the header
 *
 * References are (place, sum of the target) all the way down:
 *
 *   root slot 0 --.
 *   root slot 1 --+--> generation header --+--> directory block --> directory block ..   (chain)
 *                 |    (for each not yet   |        `-- entry: frame OID, place, tag (with the sum)
 *                 |     migrated, and the  `--> activity block --> activity block ..     (chain)
 *                 `--> ..  oldest kept whole)
 *   bitmap pair ..> tag pot pair ..> home frame      (found by computation; each holds its own sum)
 *
 *   volume header         | generation header        | directory block       | root
 *     0 magic             |   0 magic                |   0 next (ref)        |   0 magic
 *     8 format, arch      |   8 generation           |  24 count, spare      |   8 sequence
 *    16 UUID              |  16 restart count        |  32 generation        |  16 UUID
 *    32 features          |  24 persistent ms        |  40 spare             |  32 migrated up to
 *    48 blocks            |  32 directory (ref)      |  64 84 entries of 48  |  40 epoch floor
 *    56 roots (places)    |  56 activities (ref)     | activity block: the   |  48 attempts, generations
 *    72 log place, blocks |  80 entries, activities  | same, with 84         |  56 oldest kept whole
 *    88 journal           |  88 log blocks           | saved activities      |  64 16 x (generation, ref)
 *   104 ranges, members   |  96 journal sequence     | of 48                 | 576 4 members' states
 *   112 spare             | 104 spare                |                       | 608 spare
 *   128 32 ranges of 64   |                          | tag pot               |4080 sum
 *  2176 4 members of 32   | bitmap                   |   0 place             |
 *  2304 spare             |   0 place, sequence      |   8 sequence          | entry     | tag
 *  4080 sum               |  16 sum                  |  16 sum               |  0 OID    |  0 kind 4, flags 4,
 *                         |  32 spare                |  32 127 tags of 32    |  8 place  |    call count 56
 *                         |  64 32,256 bits          |                       | 16 tag    |  8 version
 *                         |                          |                       |           | 12 generation
 *                         |                          |                       |           | 16 sum
 *
 * Sums take 16 bytes everywhere; keyed hashes may use them all later (`sum_kind` in the header). Kind 2:
 *   frame content   sum_frame(): 128 bits, seeded with the frame's OID and its tag's version and generation
 *   metadata        CRC32C in the low half of `lo`, over the volume's UUID and then the whole block; in a block that
 *                   holds its own sum that field counts as zero (sum_meta())
 *
 * Rules
 *  V1  a block that a root names (through any chain of references) is not written again while either root names it
 *  V2  a home frame, tag pot or bitmap changes only to what is in a generation that *both* roots name; the log keeps it
 *      until both say that it has migrated
 *  V3  of a tag-pot or bitmap pair the older block is written first, and the other only when that is on the medium, with
 *      the same sequence and content. The newer is the valid one (its sum and its own place) with the higher sequence
 *  V4  tag of a frame: the newest directory entry's, else its tag pot's, else (bit in the bitmap clear) all zero
 *  V5  TAG_NODATA <=> place 0 in an entry: a page of zeroes; a pot of seven free nodes whose OIDs are right and whose
 *      versions and call counts are the tag's; a free frame (kind NK_FREE has no data ever)
 *  V6  generation and epoch numbers are the same numbers and never repeat; in a root they ascend
 *  V7  every frame OID is listed at most once in the directory of one generation
 *  V8  a root says the oldest generation that it keeps whole (0: the newest it names): it names that one too, and no home
 *      frame, tag pot or bitmap holds anything newer. So a restart may begin from it as well as from the newest
 *
 * A fresh volume (mkimage): header and copy; root slot 0 with sequence 1, attempts 0, migrated_up_to 0, epoch_floor 1
 * and one generation, number 1; root slot 1 all zero; the first block of each bitmap pair valid with sequence 1 and no
 * bit set, the second all zero; tag pots, home frames and journal as they are (not even read). Generation 1 is in
 * the log from its first block on: frames, directory chain, activity chain, header; restart count 0; its tags have
 * generation 1. Every frame of the image is an entry in its directory. The log should hold at least four times what
 * generation 1 takes, plus 1,024 blocks: a generation may take at most a third of the log.
 * Activities are struct saved_activity (kernel/store.h): one READY for each process that is to run.
 */
#ifndef CKPT_FORMAT_H
#define CKPT_FORMAT_H

#include <kernel/types.h>

#define VOL_BLOCK 4096u
#define VOL_FORMAT 1u
#define VOL_SUM_KIND 2u                         /* sum_frame() and CRC32C */
#define VOL_HEADER_PLACE 0u
#define VOL_ROOT_DISTANCE 256u                  /* blocks between the roots, at least */
#define VOL_RANGES 32u
#define VOL_MEMBERS 4u
#define ROOT_GENERATIONS 16u
#define DIR_BLOCK_ENTRIES 84u
#define ACT_BLOCK_ENTRIES 84u
#define TAG_POT_TAGS 127u
/* What a kernel of this format can hold at most: a log of 4 GiB; home frames of nearly 1,000 GiB. */
#define VOL_LOG_MAX (1u << 20)
#define VOL_BITMAPS_MAX 64u
/* Numbers that only count up: what is read may not be so high that what follows would not fit. */
#define VOL_SEQUENCE_MAX ((u64)1 << 62)
#define VOL_EPOCH_MAX 0xff000000u
#define BITMAP_BITS ((VOL_BLOCK - 64u) * 8u)    /* tag pots a bitmap */

#define MAGIC_HEADER 0x316c6f56736f4e41ull      /* "ANosVol1" */
#define MAGIC_ROOT 0x746f6f52736f4e41ull        /* "ANosRoot" */
#define MAGIC_GENERATION 0x656e6547736f4e41ull  /* "ANosGene" */

/* Where something is and what its sum must be. place 0 = nothing. */
struct fmt_ref {
	u64 place;
	struct fmt_sum sum;
};

struct fmt_range {
	u64 first;               /* OID of its first frame (a multiple of 8) */
	u64 frames;
	u64 home;                /* place of its first home frame */
	u64 tagpots;             /* pot i: places tagpots + 2i and tagpots + 2i + 1 */
	u64 bitmaps;             /* bitmap j: places bitmaps + 2j and bitmaps + 2j + 1 */
	u8 spare[24];
};

struct fmt_member {              /* a disk of a mirror set */
	u8 uuid[16];
	u64 number;
	u8 spare[8];
};

struct fmt_header {
	u64 magic;
	u32 format;
	u32 arch;                /* register layout tag: abi_process_regs.layout */
	u8 uuid[16];
	u64 features;            /* bits that a kernel must know or refuse; none in format 1 */
	u32 sum_kind;
	u32 member;              /* which member this volume is */
	u64 blocks;              /* size of the volume */
	u64 root[2];
	u64 log, log_blocks;
	u64 journal, journal_blocks;
	u32 ranges, members;
	u8 spare[16];
	struct fmt_range range[VOL_RANGES];
	struct fmt_member member_list[VOL_MEMBERS];
	u8 spare2[1776];
	struct fmt_sum sum;
};

struct fmt_generation_ref {
	u64 generation;
	struct fmt_ref header;
};

struct fmt_root {
	u64 magic;
	u64 sequence;            /* the higher is the newer */
	u8 uuid[16];
	u64 migrated_up_to;      /* generations up to this are at home */
	u64 epoch_floor;         /* first epoch of the boot that wrote this root */
	u32 attempts;            /* restarts from this generation without a commit */
	u32 generations;         /* how many follow, oldest first; at least 1 */
	u64 keep;                /* V8 */
	struct fmt_generation_ref generation[ROOT_GENERATIONS];
	u64 member_state[VOL_MEMBERS];
	u8 spare2[3472];
	struct fmt_sum sum;
};

struct fmt_generation {
	u64 magic;
	u64 generation;
	u64 restart_count;       /* restarts of the volume before this generation */
	u64 persistent_ms;       /* persistent-monotonic time at the snapshot */
	struct fmt_ref directory;
	struct fmt_ref activities;
	u32 entries, nr_activities;
	u64 log_blocks;          /* all that it takes in the log, this block included */
	u64 journal_sequence;    /* records after this one may be newer than this generation */
	u32 limits;              /* sum of all schedules' activity limits */
	u32 shares;              /* sum of all schedules' reserves, in thousandths of a processor */
	u8 spare[3984];
};

#define TAG_NODATA 0x1u          /* V5 */
#define TAG_LOST 0x2u            /* both copies of the tag pot were bad: the frame is damaged for ever */

struct fmt_tag {
	u64 kind_count;          /* kind 4 (low: NK_FREE, NK_PAGE, NK_NODE = pot) | flags 4 | highest call count 56 */
	u32 version;
	u32 generation;          /* that wrote it */
	struct fmt_sum sum;      /* of the content; zero if TAG_NODATA */
};

struct fmt_entry {
	u64 oid;
	u64 place;
	struct fmt_tag tag;
};

struct fmt_dir_block {
	struct fmt_ref next;
	u32 count, spare;
	u64 generation;
	u8 spare2[24];
	struct fmt_entry entry[DIR_BLOCK_ENTRIES];
};

struct fmt_act_block {
	struct fmt_ref next;
	u32 count, spare;
	u64 generation;
	u8 spare2[24];
	u8 activity[ACT_BLOCK_ENTRIES][48]; /* struct saved_activity */
};

struct fmt_tagpot {
	u64 place;               /* its own */
	u64 sequence;            /* the higher of the pair is the newer */
	struct fmt_sum sum;
	struct fmt_tag tag[TAG_POT_TAGS];
};

struct fmt_bitmap {
	u64 place, sequence;
	struct fmt_sum sum;
	u8 spare[32];
	u8 bits[VOL_BLOCK - 64]; /* bit i (of byte i / 8, from the low end): tag pot i was written once */
};

/* Journal record: two blocks, this one and the page. */
struct fmt_journal {
	u8 uuid[16];
	u64 sequence;            /* never repeats */
	u64 oid;
	u32 version, spare;
	u64 epoch;
	struct fmt_sum page_sum;
	u8 spare2[4016];
	struct fmt_sum sum;
};

#define FMT_BLOCK_ASSERT(type) _Static_assert(sizeof(struct type) == VOL_BLOCK, #type " is one block")
#define FMT_AT(type, field, at) _Static_assert(offsetof(struct type, field) == (at), #type "." #field)
FMT_BLOCK_ASSERT(fmt_header);
FMT_BLOCK_ASSERT(fmt_root);
FMT_BLOCK_ASSERT(fmt_generation);
FMT_BLOCK_ASSERT(fmt_dir_block);
FMT_BLOCK_ASSERT(fmt_act_block);
FMT_BLOCK_ASSERT(fmt_tagpot);
FMT_BLOCK_ASSERT(fmt_bitmap);
FMT_BLOCK_ASSERT(fmt_journal);
_Static_assert(sizeof(struct fmt_sum) == 16, "sum");
_Static_assert(sizeof(struct fmt_ref) == 24, "reference");
_Static_assert(sizeof(struct fmt_range) == 64, "range");
_Static_assert(sizeof(struct fmt_member) == 32, "member");
_Static_assert(sizeof(struct fmt_generation_ref) == 32, "generation reference");
_Static_assert(sizeof(struct fmt_tag) == 32, "tag");
_Static_assert(sizeof(struct fmt_entry) == 48, "directory entry");
FMT_AT(fmt_header, format, 8);
FMT_AT(fmt_header, uuid, 16);
FMT_AT(fmt_header, features, 32);
FMT_AT(fmt_header, blocks, 48);
FMT_AT(fmt_header, root, 56);
FMT_AT(fmt_header, log, 72);
FMT_AT(fmt_header, journal, 88);
FMT_AT(fmt_header, ranges, 104);
FMT_AT(fmt_header, range, 128);
FMT_AT(fmt_header, member_list, 2176);
FMT_AT(fmt_header, sum, 4080);
FMT_AT(fmt_root, sequence, 8);
FMT_AT(fmt_root, uuid, 16);
FMT_AT(fmt_root, migrated_up_to, 32);
FMT_AT(fmt_root, epoch_floor, 40);
FMT_AT(fmt_root, attempts, 48);
FMT_AT(fmt_root, keep, 56);
FMT_AT(fmt_root, generation, 64);
FMT_AT(fmt_root, member_state, 576);
FMT_AT(fmt_root, sum, 4080);
FMT_AT(fmt_generation, restart_count, 16);
FMT_AT(fmt_generation, persistent_ms, 24);
FMT_AT(fmt_generation, directory, 32);
FMT_AT(fmt_generation, activities, 56);
FMT_AT(fmt_generation, entries, 80);
FMT_AT(fmt_generation, log_blocks, 88);
FMT_AT(fmt_generation, journal_sequence, 96);
FMT_AT(fmt_generation, limits, 104);
FMT_AT(fmt_generation, shares, 108);
FMT_AT(fmt_tag, version, 8);
FMT_AT(fmt_tag, generation, 12);
FMT_AT(fmt_tag, sum, 16);
FMT_AT(fmt_entry, place, 8);
FMT_AT(fmt_entry, tag, 16);
FMT_AT(fmt_dir_block, count, 24);
FMT_AT(fmt_dir_block, generation, 32);
FMT_AT(fmt_dir_block, entry, 64);
FMT_AT(fmt_act_block, activity, 64);
FMT_AT(fmt_tagpot, sequence, 8);
FMT_AT(fmt_tagpot, sum, 16);
FMT_AT(fmt_tagpot, tag, 32);
FMT_AT(fmt_bitmap, sum, 16);
FMT_AT(fmt_bitmap, bits, 64);
FMT_AT(fmt_journal, oid, 24);
FMT_AT(fmt_journal, epoch, 40);
FMT_AT(fmt_journal, page_sum, 48);
FMT_AT(fmt_journal, sum, 4080);

/* The oldest generation that a good root keeps whole. */
static inline u64 fmt_root_keep(const struct fmt_root *r)
{
	return r->keep ? r->keep : r->generation[r->generations - 1].generation;
}

static inline u32 fmt_tag_kind(const struct fmt_tag *t) { return (u32)t->kind_count & 0xf; }
static inline u32 fmt_tag_flags(const struct fmt_tag *t) { return (u32)t->kind_count >> 4 & 0xf; }
static inline u64 fmt_tag_count(const struct fmt_tag *t) { return t->kind_count >> 8; }
static inline u64 fmt_kind_count(u32 kind, u32 flags, u64 count) { return kind | flags << 4 | count << 8; }

/* Sizes that mkimage and the checks share. */
static inline u64 fmt_tagpots(u64 frames) { return (frames + TAG_POT_TAGS - 1) / TAG_POT_TAGS; }
static inline u64 fmt_bitmaps(u64 frames) { return (fmt_tagpots(frames) + BITMAP_BITS - 1) / BITMAP_BITS; }

#endif
