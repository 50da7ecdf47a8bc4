/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From an object capability to its object: hash the OID, compare kind and version. There is no
 * prepared form; a capability is never changed by being used.
 */
#include <abi/error.h>
#include <kernel/object.h>

static const u8 kind_of_type[CT_NR] = {
	[CT_NODE] = NK_NODE,         [CT_GPT] = NK_GPT,
	[CT_PROCESS] = NK_PROCESS,   [CT_START] = NK_PROCESS,
	[CT_RESUME] = NK_PROCESS,    [CT_FAULT] = NK_PROCESS,
	[CT_FORWARDER] = NK_FORWARDER, [CT_SCHEDULE] = NK_SCHEDULE,
	[CT_NOTICE] = NK_PROCESS,
};

static const u8 type_of_kind[NK_NR] = {
	[NK_NODE] = CT_NODE,           [NK_GPT] = CT_GPT,
	[NK_PROCESS] = CT_PROCESS,     [NK_FORWARDER] = CT_FORWARDER,
	[NK_SCHEDULE] = CT_SCHEDULE,
};

static rc_t lookup_page(const struct cap *c, struct frame *f, struct objref *out)
{
	if (f->tag.kind != NK_PAGE || f->tag.version != cap_version(c) || OID_INDEX(cap_oid(c)))
		return RC_VOID;
	*out = (struct objref){ .frame = f };
	return RC_OK;
}

static rc_t lookup_node(const struct cap *c, struct frame *f, struct objref *out)
{
	u32 type = cap_type(c), index = OID_INDEX(cap_oid(c));
	bool counted = type == CT_RESUME || type == CT_FAULT;
	struct node *n;

	if (f->use != FU_POT || index >= POT_NODES)
		return RC_VOID;
	n = &frame_pot(f)->node[index];
	if (n->kind != kind_of_type[type])
		return RC_VOID;
	/* At the last count a reply could come twice, so there is none. */
	if (counted ? n->call_count != cap_count56(c) || n->call_count == COUNT_MAX : n->version != cap_version(c))
		return RC_VOID;
	*out = (struct objref){ .frame = f, .node = n, .index = index };
	return RC_OK;
}

rc_t cap_lookup(const struct cap *c, struct objref *out)
{
	u32 type = cap_type(c);
	oid_t oid = cap_oid(c);
	struct frame *f;
	rc_t rc;

	if (!cap_is_object(type))
		return RC_VOID;
	rc = frame_get(oid, &f);
	if (rc == RC_OFFLINE && (oid & OID_NOT_STORED))
		return RC_VOID; /* not of this boot */
	if (rc != RC_OK)
		return rc;
	return type == CT_PAGE ? lookup_page(c, f, out) : lookup_node(c, f, out);
}

struct cap obj_cap(const struct frame *f, u32 index)
{
	const struct node *n;

	if (f->use == FU_PAGE)
		return f->tag.kind == NK_PAGE && index == 0 ?
			       cap_make(CT_PAGE, 0, f->tag.version, f->oid, 0) : cap_void();
	if (f->use != FU_POT || index >= POT_NODES)
		return cap_void();
	n = &frame_pot(f)->node[index];
	if (n->kind == NK_FREE || n->kind >= NK_NR)
		return cap_void();
	return cap_make(type_of_kind[n->kind], 0, n->version, f->oid + index, 0);
}
