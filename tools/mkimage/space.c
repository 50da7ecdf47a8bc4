// SPDX-License-Identifier: Apache-2.0
/*
 * Address spaces: a tree of GPTs over the pages. A GPT of size 2^s has l2v = s - 5, so that its 32 slots cover it; the
 * lowest have l2v = 12 and pages in their slots. The root is as small as the highest address allows.
 */
#include "image.h"

void space_add(struct space *s, u64 addr, struct cap page, int line)
{
	struct space_page **at = &s->pages;
	while (*at && (*at)->addr < addr)
		at = &(*at)->next;
	if (*at && (*at)->addr == addr) {
		complain(line, "two pages at address 0x%llx", (unsigned long long)addr);
		return;
	}
	struct space_page *p = allot(sizeof *p);
	*p = (struct space_page){ *at, addr, page, line };
	*at = p;
}

static struct cap gpt_cap(u64 oid, u32 size)
{
	return cap_make(CT_GPT, size - FRAME_SHIFT, IMAGE_VERSION, oid, 0);
}

/* The GPT for [base, base + 2^size): takes its pages from the front of the list. */
static struct cap build(struct image *im, struct space_page **p, u64 base, u32 size)
{
	u64 oid = alloc_node(im, NK_GPT);
	u32 l2v = size - 5;
	while (*p && (*p)->addr >> size == base >> size) {
		u64 slot = ((*p)->addr - base) >> l2v;
		struct cap below;
		if (l2v == FRAME_SHIFT) {
			below = (*p)->cap;
			*p = (*p)->next;
		} else {
			below = build(im, p, base + (slot << l2v), l2v);
		}
		node_at(im, oid)->slot[slot] = below;
	}
	node_at(im, oid)->l2v = (u8)l2v;
	return gpt_cap(oid, size);
}

struct cap space_build(struct image *im, const struct space *s)
{
	struct space_page *p = s->pages;
	if (!p)
		return cap_void();
	u64 top = 0;
	for (; p; p = p->next)
		top = p->addr;
	u32 size = FRAME_SHIFT + 5;
	while (size < 62 && top >> size)
		size += 5;
	p = s->pages;
	return build(im, &p, 0, size);
}
