/* SPDX-License-Identifier: Apache-2.0 */
/* What is computed from, and must hold of, the content of a frame that goes to the log. */
#include "ckpt/ckpt.h"

static bool pot_has_no_data(const struct pot *p, u32 version, u64 count)
{
	for (u32 i = 0; i < POT_NODES; i++) {
		const struct node *n = &p->node[i];

		if (n->version != version || n->call_count != count || !fmt_node_is_free(n))
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
	} else if (f->tag.kind == NK_FREE || fmt_all_zero(p, FRAME_SIZE)) {
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

const char *audit_content(const struct frame *f, const struct entry *e, const struct entry *older)
{
	if (!IS_ENABLED(CONFIG_AUDIT))
		return NULL;
	if (older && (older->version > e->version || older->kind_count >> 8 > e->kind_count >> 8))
		return "a version or call count went down";
	return fmt_content_check(frame_data(f), f->oid, f->tag.kind);
}

/* Of the list up to this one: a process has one activity, in a state that a restart knows. */
const char *audit_activity(const struct saved_activity *list, u32 i)
{
	const struct saved_activity *a = &list[i];

	if (!IS_ENABLED(CONFIG_AUDIT))
		return NULL;
	if (OID_INDEX(a->oid) >= POT_NODES || a->state == AS_FREE || a->state == AS_HELD || a->state >= AS_NR)
		return "its activity is none that a restart can take up";
	for (u32 k = 0; k < i; k++)
		if (list[k].oid == a->oid)
			return "it has two activities";
	return NULL;
}

const char *audit_entry(const struct entry *e, const struct fmt_entry *listed)
{
	if (e->frame || e->queued)
		return "an object of the generation is not in the log";
	if (!fmt_entry_check(&st.header, listed, st.stabilising->number))
		return "its entry is wrong";
	return NULL;
}
