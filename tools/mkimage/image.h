/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mkimage: from a description in text (Documentation/user/image-description.md) to a volume with one generation.
 *
 *   lex.c     lines to words
 *   parse.c   words to struct object; names are not looked up yet
 *   caps.c    words to struct capdesc, and those to capabilities when every object has its OID
 *   elf.c     program files to pages
 *   build.c   objects to frames: OIDs, nodes, processes
 *   space.c   pages to address spaces
 *   arch.c    the registers of a process, port by port
 *   volume.c  frames to a volume (ckpt/format.h)
 *
 * Memory is never freed: the program ends soon.
 */
#ifndef MKIMAGE_IMAGE_H
#define MKIMAGE_IMAGE_H

#include <kernel/object.h>
#include <kernel/reserve.h>

#define NAME_BYTES 12            /* of a process's name in its debug slot */
#define MAX_MAPS 8
#define MAX_STACK 512            /* pages */
#define MAX_PRIORITY 13          /* above are the kernel's own threads (KT_PRIO_URGENT) */
#define FIRST_FRAME 1            /* OID 0 is never used, so a forgotten OID is void */
#define IMAGE_VERSION 1          /* of all objects */
#define IMAGE_COUNT 1            /* of all nodes, unless a process says another */

/* ---- messages ---- */
/* file:line: message; counted. Line 0: without a line. */
void complain(int line, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
extern const char *input_name;
extern int complaints;
void *allot(size_t bytes);       /* zeroed, or the program ends */

/* ---- the description ---- */
struct words {
	int line, count, next;
	char *word[32];
	bool quoted[32];
};
/* The next line that has words; false at the end. */
bool lex_line(struct words *w);
void lex_open(const char *path);
/* The next word, or NULL at the line's end. */
const char *word_next(struct words *w);
bool word_is(struct words *w, const char *word); /* takes it if it is next */
/* Take it or complain. */
const char *want_word(struct words *w, const char *what);
bool want_number(struct words *w, const char *what, u64 max, u64 *out);
bool want_end(struct words *w);

struct capdesc {                 /* a capability as written */
	int line;
	u32 type;                /* enum cap_type */
	const char *name;        /* of its object */
	u32 rights, facet;
	u32 number[3];
	bool whole_rest;         /* the range over what the image leaves free, or */
	bool prime;              /* over all frames */
};
/* Reads a capability to the end of the line. */
bool parse_cap(struct words *w, struct capdesc *c);

enum object_kind { OB_SCHEDULE, OB_PAGE, OB_NODE, OB_FORWARDER, OB_PROCESS };

struct mapping {
	int line;
	u64 addr;
	const char *page;
	u32 rights;
};

struct object {
	struct object *next;
	enum object_kind kind;
	const char *name;
	int line;
	u64 oid;
	struct capdesc cap[NODE_SLOTS];   /* node: slots; process: registers; forwarder: target, payload */
	bool has_cap[NODE_SLOTS];
	u64 priority, limit;              /* schedule */
	u64 period, budget;               /* its reserve, us; 0 = none */
	u8 *content;                      /* page; NULL = zero */
	u16 flags;                        /* forwarder: FWD_* */
	const char *program;              /* process */
	const char *title;
	u64 stack, stack_top, argument;
	u64 count;                        /* call count */
	const char *schedule;
	struct capdesc keeper, brand;
	bool run;
	struct mapping map[MAX_MAPS];
	u32 maps;
	u64 caps_oid;
	struct cap space;
};

struct arch {
	const char *name;
	u16 layout;
	u32 elf_machine, elf_class;
	u32 word;                         /* bytes */
	u32 pc, sp, argument;             /* offsets after the portable 64 bytes */
	u64 user_end;
};
const struct arch *arch_find(const char *name);
const struct arch *arch_of_elf(u32 elf_class, u32 elf_machine);
const char *arch_names(void);
void arch_set_registers(const struct arch *a, u8 *raw, u64 pc, u64 sp, u64 argument);

/* ---- what comes out ---- */
struct out_frame {
	u32 kind;                         /* tag: NK_PAGE or NK_NODE */
	u8 *data;                         /* NULL = a page of zeroes */
};

struct image {
	const struct arch *arch;
	bool arch_known;                  /* by --arch, or by the first program */
	const char *objdir;
	struct object *objects, **tail;
	struct out_frame *frame;          /* frame i has OID (i + FIRST_FRAME) << 3 */
	u32 frames, frames_room;
	u32 pot_next;                     /* next free node in the newest pot; POT_NODES = none */
	u32 pot_frame;
	u64 home_frames;                  /* of the volume; the rest is free */
	u64 limits;                       /* sum of activity limits */
	u64 shares;                       /* sum of reserves, in thousandths of the processor */
};

void parse(struct image *im, const char *path);
struct object *object_find(struct image *im, const char *name);
/* Capability to what is described; complains about a name that is not there or of another kind. */
struct cap cap_build(struct image *im, const struct capdesc *c);
const char *kind_name(enum object_kind k);

u64 alloc_page(struct image *im, u8 *content);   /* -> OID; content NULL = zeroes */
u64 alloc_node(struct image *im, u32 kind);      /* -> OID */
struct node *node_at(struct image *im, u64 oid);

/* OIDs for everything, then contents. */
void build_objects(struct image *im);

struct space_page {
	struct space_page *next;
	u64 addr;
	struct cap cap;
	int line;
};
struct space {
	struct space_page *pages;
};
void space_add(struct space *s, u64 addr, struct cap page, int line);
/* The tree of GPTs; a void capability if there are no pages. */
struct cap space_build(struct image *im, const struct space *s);

/* The pages of a program file into the space, -> its entry. Text is shared by all processes of the program. */
u64 program_load(struct image *im, struct space *s, const char *name, int line);

struct volume_options {
	const char *path;
	u64 blocks, log_blocks;
	u64 spare_blocks;        /* that the log has beyond four times generation 1 */
	u8 uuid[16];
};
/* Before the objects are built: how many home frames there will be. 0 with a complaint. */
u64 volume_home_frames(const struct volume_options *o);
void volume_write(struct image *im, const struct volume_options *o);

#endif
