/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is computed from, and must hold of, the content of a frame that goes to the log. No rule can be broken by a user
 * program: raw areas and the values of capabilities are not looked at beyond what only the kernel writes.
 */
#include <abi/process.h>
#include "ckpt/ckpt.h"

static bool all_zero(const void *p, u32 bytes)
{
	const u32 *w = p;

	for (u32 i = 0; i < bytes / 4; i++) {
		if (w[i])
			return false;
	}
	return true;
}

static bool node_is_free(const struct node *n)
{
	return n->kind == NK_FREE && !n->l2v && !n->flags && all_zero(n->spare, sizeof(n->spare) + sizeof(n->slot));
}

static bool pot_has_no_data(const struct pot *p, u32 version, u64 count)
{
	for (u32 i = 0; i < POT_NODES; i++) {
		const struct node *n = &p->node[i];

		if (n->version != version || n->call_count != count || !node_is_free(n))
			return false;
	}
	return true;
}

void tag_of_content(const struct frame *f, struct entry *e)
{
	const struct pot *p = frame_data(f);
	u64 count = f->tag.call_count;
	u32 flags = 0;

	e->version = f->tag.version;
	if (f->tag.kind == NK_NODE) {
		for (u32 i = 0; i < POT_NODES; i++) {
			e->version = MAX(e->version, p->node[i].version);
			count = MAX(count, p->node[i].call_count);
		}
		if (pot_has_no_data(p, e->version, count))
			flags = TAG_NODATA;
	} else if (f->tag.kind == NK_FREE || all_zero(p, FRAME_SIZE)) {
		flags = TAG_NODATA;
	}
	e->kind_count = fmt_kind_count(f->tag.kind, flags, count);
}

void content_from_tag(void *data, u64 oid, u32 kind, u32 version, u64 count)
{
	struct pot *p = data;

	memset(data, 0, FRAME_SIZE);
	if (kind != NK_NODE)
		return;
	for (u32 i = 0; i < POT_NODES; i++) {
		p->node[i].oid = oid + i;
		p->node[i].version = version;
		p->node[i].call_count = count;
	}
}

static const char *audit_cap(const struct cap *c)
{
	u32 type = cap_type(c);

	if (type >= CT_NR)
		return "a capability has an unknown type";
	if (type == CT_VOID && (cap_payload(c) | c->w[1] | c->w[2] | c->w[3]))
		return "a void capability is not zero";
	if (type == CT_PAGE && OID_INDEX(cap_oid(c)))
		return "a page capability names a node";
	if (type > CT_PAGE && type <= CT_SCHEDULE && OID_INDEX(cap_oid(c)) >= POT_NODES)
		return "a capability names an eighth node";
	return NULL;
}

static u32 caps_in_node(const struct node *n)
{
	if (n->kind == NK_NODE || n->kind == NK_GPT)
		return NODE_SLOTS;
	return n->kind == NK_PROCESS ? PS_NR : 0;
}

static const char *audit_node(const struct node *n, u64 oid)
{
	const char *why = NULL;
	u32 caps = caps_in_node(n);

	if (n->oid != oid)
		return "a node has the wrong OID";
	if (n->kind >= NK_NR)
		return "a node has an unknown kind";
	if (n->call_count > COUNT_MAX)
		return "a call count has more than 56 bits";
	if (n->kind == NK_FREE && !node_is_free(n))
		return "a free node is not empty";
	for (u32 i = 0; i < caps && !why; i++)
		why = audit_cap(&n->slot[i]);
	return why;
}

const char *audit_content(const struct frame *f, const struct entry *e, const struct entry *older)
{
	const struct pot *p = frame_data(f);
	const char *why = NULL;

	if (!IS_ENABLED(CONFIG_AUDIT))
		return NULL;
	if (f->tag.kind != NK_FREE && f->tag.kind != NK_PAGE && f->tag.kind != NK_NODE)
		return "a frame has an unknown kind";
	if (older && (older->version > e->version || older->kind_count >> 8 > e->kind_count >> 8))
		return "a version or call count went down";
	if (f->tag.kind != NK_NODE)
		return NULL;
	if (!all_zero(p->header, sizeof(p->header)))
		return "a pot's header is not zero";
	for (u32 i = 0; i < POT_NODES && !why; i++)
		why = audit_node(&p->node[i], f->oid + i);
	return why;
}

const char *audit_entry(const struct entry *e)
{
	bool nodata = (e->kind_count >> 4 & TAG_NODATA) != 0;

	if (e->frame || e->queued)
		return "an object of the generation is not in the log";
	if (nodata != (e->place == 0))
		return "an entry has no place";
	if (!ckpt_covers(e->oid) || OID_INDEX(e->oid))
		return "an entry names no frame of the volume";
	return NULL;
}
