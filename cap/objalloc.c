/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Allocation and destruction of pages and nodes: the rules of versions and call counts.
 *
 * Neither ever goes down, so no capability is ever good again. Destroying raises both. A frame
 * changes kind only when everything in it is free: page to pot, each node starts at the tag's version + 1 and call
 * count + 1; pot to page, the maximum version + 1. What has reached a maximum is worn out and never
 * allocated again: the last version is never that of a live object. What is not persistent has a range of versions for
 * each boot.
 */
#include <abi/error.h>
#include <kernel/cpu.h>
#include <kernel/lib.h>
#include <kernel/map.h>
#include <kernel/object.h>
#include <kernel/panic.h>

/* The highest version that what has this one can come to. */
static u32 last_version(oid_t oid, u32 version)
{
	return oid & OID_NOT_STORED ? version | ((1u << NP_VERSION_BITS) - 1) : VERSION_MAX;
}

static bool node_worn(const struct node *n)
{
	return n->version == last_version(n->oid, n->version) || n->call_count >= COUNT_MAX;
}

/* Puts the maxima of the nodes into the tag. */
static void tag_from_pot(struct frame *f)
{
	const struct pot *pot = frame_pot(f);

	for (u32 i = 0; i < POT_NODES; i++) {
		f->tag.version = MAX(f->tag.version, pot->node[i].version);
		f->tag.call_count = MAX(f->tag.call_count, pot->node[i].call_count);
	}
}

/* ---- allocation ---- */

/* Can a page be put here? */
static rc_t page_fits(const struct frame *f)
{
	const struct pot *pot;
	u32 version = f->tag.version;
	u64 count = 0;

	if (f->use == FU_PAGE) {
		if (f->tag.kind == NK_PAGE)
			return RC_BUSY;
		return f->tag.version == last_version(f->oid, f->tag.version) ? RC_WORN : RC_OK;
	}
	pot = frame_pot(f);
	for (u32 i = 0; i < POT_NODES; i++) {
		if (pot->node[i].kind != NK_FREE)
			return RC_BUSY;
		version = MAX(version, pot->node[i].version);
		count = MAX(count, pot->node[i].call_count);
	}
	/* max + 1 must be a version that can live */
	return version >= last_version(f->oid, version) - 1 || count >= COUNT_MAX ? RC_WORN : RC_OK;
}

static rc_t node_fits(const struct frame *f, u32 index)
{
	const struct node *n;

	if (f->use == FU_PAGE) {
		if (f->tag.kind == NK_PAGE)
			return RC_BUSY;
		return f->tag.version >= last_version(f->oid, f->tag.version) - 1 || f->tag.call_count >= COUNT_MAX - 1 ?
			       RC_WORN : RC_OK;
	}
	n = &frame_pot(f)->node[index];
	if (n->kind != NK_FREE)
		return RC_BUSY;
	return node_worn(n) ? RC_WORN : RC_OK;
}

rc_t obj_alloc_prepare(oid_t oid, u32 kind, struct frame **f)
{
	bool page = kind == NK_PAGE;
	rc_t rc;

	if (page ? OID_INDEX(oid) != 0 : kind == NK_FREE || kind >= NK_NR || OID_INDEX(oid) >= POT_NODES)
		return RC_REQUEST;
	rc = frame_get(oid, f);
	if (rc == RC_OFFLINE)
		rc = frame_create(oid, f);
	if (rc == RC_OK)
		rc = page ? page_fits(*f) : node_fits(*f, OID_INDEX(oid));
	return rc == RC_OK ? frame_make_dirty(*f) : rc;
}

static void make_page(struct frame *f)
{
	if (f->use == FU_POT) {
		tag_from_pot(f);
		f->tag.version++;
		f->use = FU_PAGE;
	}
	f->tag.kind = NK_PAGE;
	memset(page_writable(f), 0, FRAME_SIZE);
}

static void make_pot(struct frame *f)
{
	struct pot *pot = page_writable(f);

	memset(pot, 0, FRAME_SIZE);
	f->use = FU_POT;
	f->tag.kind = NK_NODE;
	f->tag.version++;
	f->tag.call_count++;
	for (u32 i = 0; i < POT_NODES; i++) {
		pot->node[i].oid = f->oid + i;
		pot->node[i].version = f->tag.version;
		pot->node[i].call_count = f->tag.call_count;
	}
}

void obj_alloc_perform(struct frame *f, oid_t oid, u32 kind)
{
	if (kind == NK_PAGE) {
		make_page(f);
		return;
	}
	if (f->use == FU_PAGE)
		make_pot(f);
	node_writable(f, OID_INDEX(oid))->kind = (u8)kind;
}

/* ---- change and destruction ---- */

rc_t obj_change_prepare(struct frame *f, u32 index)
{
	rc_t rc = frame_make_dirty(f);

	return rc == RC_OK && !map_unhook_some(f, index) ? stall_on(KEY_AGAIN) : rc;
}

rc_t obj_destroy_prepare(const struct cap *c, struct objref *ref)
{
	rc_t rc = cap_lookup(c, ref);

	if (rc == RC_OK && cap_version(c) == VERSION_MAX) /* of a live object only on a volume that lies */
		return RC_VOID;
	return rc == RC_OK ? obj_change_prepare(ref->frame, ref->index) : rc;
}

static void destroy_page(struct frame *f)
{
	memset(page_writable(f), 0, FRAME_SIZE);
	f->tag.kind = NK_FREE;
	f->tag.version++;
}

static void destroy_node(struct frame *f, u32 index)
{
	struct node *n = node_writable(f, index);

	*n = (struct node){ .oid = n->oid, .version = n->version + 1,
			    .call_count = MIN(n->call_count + 1, COUNT_MAX) };
	tag_from_pot(f);
}

void obj_destroy_perform(struct objref *ref)
{
	struct frame *f = ref->frame;

	obj_unhook_node(f, ref->index);
	if (f->use == FU_PAGE)
		destroy_page(f);
	else
		destroy_node(f, ref->index);
	mm_wake(KEY_PROCESS(f->oid + ref->index));
}
