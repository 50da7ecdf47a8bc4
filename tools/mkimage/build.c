// SPDX-License-Identifier: Apache-2.0
/*
 * Objects to frames. Two passes over the description: the first gives every object its OID and loads programs, the
 * second writes the slots, when every name has an OID and the size of the free rest is known.
 * A process's nodes and those of its address space are allocated one after the other, so that they share pots.
 */
#include "image.h"
#include <abi/process.h>
#include <string.h>

#define STACK_TOP 0x400000u      /* user/lib/include/process.h */

static u32 frame_new(struct image *im, u32 kind, u8 *data)
{
	if (im->frames == im->frames_room) {
		im->frames_room = im->frames_room ? im->frames_room * 2 : 256;
		struct out_frame *more = allot(im->frames_room * sizeof *more);
		if (im->frames)
			memcpy(more, im->frame, im->frames * sizeof *more);
		im->frame = more;
	}
	im->frame[im->frames] = (struct out_frame){ kind, data };
	return im->frames++;
}

static u64 frame_oid(u32 i)
{
	return (u64)(i + FIRST_FRAME) << 3;
}

u64 alloc_page(struct image *im, u8 *content)
{
	return frame_oid(frame_new(im, NK_PAGE, content));
}

/* All nodes of a pot have OID, version and count from the beginning, free or not. */
static void pot_new(struct image *im)
{
	struct pot *pot = allot(sizeof *pot);
	im->pot_frame = frame_new(im, NK_NODE, (u8 *)pot);
	im->pot_next = 0;
	for (u32 i = 0; i < POT_NODES; i++) {
		pot->node[i].oid = frame_oid(im->pot_frame) + i;
		pot->node[i].version = IMAGE_VERSION;
		pot->node[i].call_count = IMAGE_COUNT;
	}
}

u64 alloc_node(struct image *im, u32 kind)
{
	if (im->pot_next == POT_NODES)
		pot_new(im);
	struct node *n = &((struct pot *)im->frame[im->pot_frame].data)->node[im->pot_next++];
	n->kind = (u8)kind;
	return n->oid;
}

struct node *node_at(struct image *im, u64 oid)
{
	return &((struct pot *)im->frame[(oid >> 3) - FIRST_FRAME].data)->node[OID_INDEX(oid)];
}

/* ---- first pass ---- */

static void add_stack(struct image *im, struct space *s, struct object *o)
{
	u64 bytes = o->stack * FRAME_SIZE;
	if (o->stack_top % FRAME_SIZE || o->stack_top > im->arch->user_end || o->stack_top < bytes) {
		complain(o->line, "process '%s': the stack does not fit below 0x%llx", o->name,
			 (unsigned long long)o->stack_top);
		return;
	}
	for (u64 at = o->stack_top - bytes; at < o->stack_top; at += FRAME_SIZE)
		space_add(s, at, cap_make(CT_PAGE, 0, IMAGE_VERSION, alloc_page(im, NULL), CR_NX), o->line);
}

static void add_maps(struct image *im, struct space *s, struct object *o)
{
	for (u32 i = 0; i < o->maps; i++) {
		const struct mapping *m = &o->map[i];
		struct capdesc page = { .line = m->line, .type = CT_PAGE, .name = m->page, .rights = m->rights };
		if (m->addr >= im->arch->user_end)
			complain(m->line, "address 0x%llx is not in user space", (unsigned long long)m->addr);
		else
			space_add(s, m->addr, cap_build(im, &page), m->line);
	}
}

static void place_process(struct image *im, struct object *o)
{
	struct space s = { 0 };
	o->oid = alloc_node(im, NK_PROCESS);
	o->caps_oid = alloc_node(im, NK_NODE);
	u64 entry = program_load(im, &s, o->program, o->line);
	if (!o->stack_top)
		o->stack_top = STACK_TOP;
	add_stack(im, &s, o);
	add_maps(im, &s, o);
	o->space = space_build(im, &s);
	u8 *raw = (u8 *)&node_at(im, o->oid)->slot[PS_NR];
	arch_set_registers(im->arch, raw + sizeof(struct abi_process_regs), entry, o->stack_top, o->argument);
}

/* Processes come last: they map pages, which must have their OIDs by then. */
static void place_objects(struct image *im)
{
	for (struct object *o = im->objects; o; o = o->next) {
		switch (o->kind) {
		case OB_PAGE:      o->oid = alloc_page(im, o->content); break;
		case OB_NODE:      o->oid = alloc_node(im, NK_NODE); break;
		case OB_FORWARDER: o->oid = alloc_node(im, NK_FORWARDER); break;
		case OB_SCHEDULE:  o->oid = alloc_node(im, NK_SCHEDULE); break;
		case OB_PROCESS:   break;
		}
	}
	for (struct object *o = im->objects; o; o = o->next)
		if (o->kind == OB_PROCESS)
			place_process(im, o);
}

/* ---- second pass ---- */

static void fill_slots(struct image *im, u64 oid, const struct object *o)
{
	struct node *n = node_at(im, oid);
	for (u32 i = 0; i < NODE_SLOTS; i++)
		if (o->has_cap[i])
			n->slot[i] = cap_build(im, &o->cap[i]);
}

static void fill_process(struct image *im, struct object *o)
{
	struct node *n = node_at(im, o->oid);
	struct capdesc schedule = { .line = o->line, .type = CT_SCHEDULE, .name = o->schedule };
	u32 title[3] = { 0 };
	if (o->schedule)
		n->slot[PS_SCHEDULE] = cap_build(im, &schedule);
	if (o->keeper.line)
		n->slot[PS_KEEPER] = cap_build(im, &o->keeper);
	if (o->brand.line)
		n->slot[PS_BRAND] = cap_build(im, &o->brand);
	n->slot[PS_SPACE] = o->space;
	n->slot[PS_CAPREGS] = cap_make(CT_NODE, 0, IMAGE_VERSION, o->caps_oid, 0);
	memcpy(title, o->title, strlen(o->title));
	n->slot[PS_DEBUG] = cap_number(title[0], title[1], title[2]);
	fill_slots(im, o->caps_oid, o);
	struct abi_process_regs *p = (struct abi_process_regs *)&n->slot[PS_NR];
	p->layout = im->arch->layout;
	p->version = 1;
	p->run_state = o->run ? RS_RUNNING : RS_AVAILABLE;
	n->call_count = o->count;
}

/* Where o->run is set, its schedule is charged with an activity. */
static void check_limits(struct image *im)
{
	for (struct object *s = im->objects; s; s = s->next) {
		u64 used = 0;
		for (struct object *o = im->objects; o && s->kind == OB_SCHEDULE; o = o->next)
			used += o->kind == OB_PROCESS && o->run && o->schedule && !strcmp(o->schedule, s->name);
		if (used > s->limit && s->kind == OB_SCHEDULE)
			complain(s->line, "schedule '%s': %llu processes are to run, the limit is %llu", s->name,
				 (unsigned long long)used, (unsigned long long)s->limit);
	}
}

static void fill_objects(struct image *im)
{
	for (struct object *o = im->objects; o; o = o->next) {
		switch (o->kind) {
		case OB_PAGE:
			break;
		case OB_NODE:
		case OB_FORWARDER:
			fill_slots(im, o->oid, o);
			node_at(im, o->oid)->flags = o->flags;
			break;
		case OB_SCHEDULE:
			node_at(im, o->oid)->slot[0] = cap_number((u32)o->priority, (u32)o->limit, 0);
			node_at(im, o->oid)->slot[1] = cap_number((u32)o->period, (u32)o->budget, 0);
			break;
		case OB_PROCESS:
			fill_process(im, o);
			break;
		}
	}
}

void build_objects(struct image *im)
{
	im->pot_next = POT_NODES;
	place_objects(im);
	if (!im->arch_known && !complaints)
		complain(0, "no process says for which machine this is, and neither does --arch");
	if (im->frames > im->home_frames)
		complain(0, "the volume is too small: the image takes %u frames, there is room for %llu", im->frames,
			 (unsigned long long)im->home_frames);
	else
		fill_objects(im);
	check_limits(im);
}
