/* SPDX-License-Identifier: Apache-2.0 */
/* What must hold of what is read from a volume, before anything of it is used. For the kernel and the tools. No state. */
#include "ckpt/check.h"
#include "ckpt/sum.h"

#define EXTENTS (4u + 3u * VOL_RANGES)

struct extent {
	u64 place, blocks;
};

/* ---- header ------------------------------------------------------------------------------------ */

static bool overlap(u64 a, u64 a_length, u64 b, u64 b_length)
{
	return a < b ? b - a < a_length : a - b < b_length;
}

static const char *oids_check(const struct fmt_header *h)
{
	for (u32 i = 0; i < h->ranges; i++) {
		const struct fmt_range *r = &h->range[i];

		if (r->frames == 0 || r->frames >> 31)
			return "a range has no frames, or too many";
		if (OID_INDEX(r->first) || r->first >= OID_NP_BASE || r->frames << 3 > OID_NP_BASE - r->first)
			return "a range's OIDs are not those of persistent frames";
		for (u32 k = 0; k < i; k++) {
			if (overlap(r->first, r->frames << 3, h->range[k].first, h->range[k].frames << 3))
				return "two ranges hold the same OIDs";
		}
	}
	return NULL;
}

/* Everything that is ever written must lie apart, and between the header and its copy. */
static const char *extents_check(const struct fmt_header *h)
{
	struct extent e[EXTENTS];
	u32 n = 0;

	e[n++] = (struct extent){ h->root[0], 1 };
	e[n++] = (struct extent){ h->root[1], 1 };
	e[n++] = (struct extent){ h->log, h->log_blocks };
	if (h->journal_blocks)
		e[n++] = (struct extent){ h->journal, h->journal_blocks };
	for (u32 i = 0; i < h->ranges; i++) {
		const struct fmt_range *r = &h->range[i];

		e[n++] = (struct extent){ r->home, r->frames };
		e[n++] = (struct extent){ r->tagpots, 2 * fmt_tagpots(r->frames) };
		e[n++] = (struct extent){ r->bitmaps, 2 * fmt_bitmaps(r->frames) };
	}
	for (u32 i = 0; i < n; i++) {
		if (e[i].blocks == 0 || e[i].place == VOL_HEADER_PLACE || e[i].place >= h->blocks - 1 ||
		    e[i].blocks > h->blocks - 1 - e[i].place)
			return "something lies outside the volume";
		for (u32 k = 0; k < i; k++) {
			if (overlap(e[i].place, e[i].blocks, e[k].place, e[k].blocks))
				return "two things lie in the same blocks";
		}
	}
	return NULL;
}

const char *fmt_header_check(const struct fmt_header *h)
{
	const char *why;

	if (h->blocks < 3 || h->ranges == 0 || h->ranges > VOL_RANGES || h->member >= VOL_MEMBERS)
		return "a number is out of range";
	if (overlap(h->root[0], VOL_ROOT_DISTANCE, h->root[1], VOL_ROOT_DISTANCE))
		return "the roots are too close together";
	why = oids_check(h);
	return why ? why : extents_check(h);
}

const struct fmt_range *fmt_range_of(const struct fmt_header *h, u64 oid)
{
	for (u32 i = 0; i < h->ranges; i++) {
		const struct fmt_range *r = &h->range[i];

		if (oid >= r->first && (oid - r->first) >> 3 < r->frames)
			return r;
	}
	return NULL;
}

/* ---- root, entry ------------------------------------------------------------------------------- */

bool fmt_root_check(const struct fmt_header *h, const struct fmt_root *r)
{
	u64 last = 0;
	bool kept = false;

	for (u32 i = 0; i < 16; i++) {
		if (r->uuid[i] != h->uuid[i])
			return false;
	}
	if (r->magic != MAGIC_ROOT || !sum_sealed(h->uuid, r, offsetof(struct fmt_root, sum)))
		return false;
	if (r->generations == 0 || r->generations > ROOT_GENERATIONS || r->sequence > VOL_SEQUENCE_MAX)
		return false;
	for (u32 i = 0; i < r->generations; i++) {
		if (r->generation[i].generation <= last)
			return false;
		last = r->generation[i].generation;
		kept |= last == fmt_root_keep(r);
	}
	return kept && last <= VOL_EPOCH_MAX && r->epoch_floor <= VOL_EPOCH_MAX && r->migrated_up_to <= fmt_root_keep(r);
}

bool fmt_kind_known(u32 kind)
{
	return kind == NK_FREE || kind == NK_PAGE || kind == NK_NODE;
}

bool fmt_entry_check(const struct fmt_header *h, const struct fmt_entry *e, u64 generation)
{
	u32 kind = fmt_tag_kind(&e->tag), flags = fmt_tag_flags(&e->tag);

	if (OID_INDEX(e->oid) || !fmt_range_of(h, e->oid) || e->tag.generation != generation)
		return false;
	if (!fmt_kind_known(kind) || flags & ~TAG_NODATA || (kind == NK_FREE && !(flags & TAG_NODATA)))
		return false;
	return (flags & TAG_NODATA) ? e->place == 0 : e->place >= h->log && e->place - h->log < h->log_blocks;
}

/* ---- content ----------------------------------------------------------------------------------- */

bool fmt_all_zero(const void *p, u32 bytes)
{
	const u32 *w = p;

	for (u32 i = 0; i < bytes / 4; i++) {
		if (w[i])
			return false;
	}
	return true;
}

bool fmt_node_is_free(const struct node *n)
{
	return n->kind == NK_FREE && !n->l2v && !n->flags && fmt_all_zero(n->spare, sizeof(n->spare) + sizeof(n->slot));
}

static const char *cap_check(const struct cap *c)
{
	u32 type = cap_type(c);

	if (type >= CT_NR)
		return "a capability has an unknown type";
	if (type == CT_VOID && (cap_payload(c) | c->w[1] | c->w[2] | c->w[3]))
		return "a void capability is not zero";
	if (type == CT_PAGE && OID_INDEX(cap_oid(c)))
		return "a page capability names a node";
	if (type != CT_PAGE && cap_is_object(type) && OID_INDEX(cap_oid(c)) >= POT_NODES)
		return "a capability names an eighth node";
	return NULL;
}

static u32 caps_in_node(const struct node *n)
{
	return n->kind == NK_PROCESS ? PS_NR : NODE_SLOTS;
}

static const char *node_check(const struct node *n, u64 oid)
{
	const char *why = NULL;
	u32 caps = caps_in_node(n);

	if (n->oid != oid)
		return "a node has the wrong OID";
	if (n->kind >= NK_NR)
		return "a node has an unknown kind";
	if (n->call_count > COUNT_MAX)
		return "a call count has more than 56 bits";
	if (n->kind == NK_FREE && !fmt_node_is_free(n))
		return "a free node is not empty";
	for (u32 i = 0; i < caps && !why; i++)
		why = cap_check(&n->slot[i]);
	return why;
}

const char *fmt_content_check(const void *data, u64 oid, u32 kind)
{
	const struct pot *p = data;
	const char *why = NULL;

	if (!fmt_kind_known(kind))
		return "a frame has an unknown kind";
	if (kind != NK_NODE)
		return NULL;
	if (!fmt_all_zero(p->header, sizeof(p->header)))
		return "a pot's header is not zero";
	for (u32 i = 0; i < POT_NODES && !why; i++)
		why = node_check(&p->node[i], oid + i);
	return why;
}
