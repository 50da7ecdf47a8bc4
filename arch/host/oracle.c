/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The oracle of --oracle: an own walk of the guarded page tables, by include/kernel/map.h and cap.h and by nothing of
 * mm/. It fetches nothing: what the processor can reach must be cached, live and current.
 */
#include "host.h"

#include <abi/cap.h>
#include <kernel/context.h>
#include <kernel/cpu.h>
#include <kernel/map.h>
#include <kernel/object.h>
#include <kernel/panic.h>

static void wrong(uaddr_t va, u32 access, const char *why)
{
	panic("oracle: the processor may access (%u) %llx, but %s", access, (unsigned long long)va, why);
}

static const struct node *node_at(const struct frame *f, oid_t oid)
{
	return &frame_pot(f)->node[OID_INDEX(oid)];
}

static u64 low_bits(u64 v, u32 bits)
{
	return bits >= 64 ? v : v & (((u64)1 << bits) - 1);
}

/* One step down: the capability that `c` has for the offset, or NULL. */
static const struct cap *child(const struct cap *c, u64 offset, u64 *below)
{
	struct frame *f = frame_peek(OID_FRAME(cap_oid(c)));

	if (f == NULL || f->use != FU_POT)
		return NULL;
	const struct node *n = node_at(f, cap_oid(c));
	if (n->kind != NK_GPT || n->version != cap_version(c) || n->l2v >= cap_size(c) || n->l2v < FRAME_SHIFT)
		return NULL;
	u64 index = offset >> n->l2v;
	if (index >= NODE_SLOTS || (index == NODE_SLOTS - 1 && (n->flags & GPT_KEEPER)))
		return NULL;
	if (cap_is_memory(cap_type(&n->slot[index])) && cap_size(&n->slot[index]) > n->l2v)
		return NULL;
	*below = low_bits(offset, n->l2v);
	return &n->slot[index];
}

static void check_device(uaddr_t va, u32 access, hal_pte_t e, const struct cap *c, u64 offset, u32 rights)
{
	if (cap_version(c) != (u32)state.restart_count || offset >> FRAME_SHIFT >= cap_payload(c))
		return wrong(va, access, "the device is of an earlier boot, or ends before");
	if (!hal_pte_is_device(e) || hal_pte_paddr(e) >> FRAME_SHIFT != cap_oid(c) + (offset >> FRAME_SHIFT))
		return wrong(va, access, "the device is elsewhere");
	if (access == ACC_EXEC || rights & CR_WEAK || (access == ACC_WRITE && rights & CR_RO))
		return wrong(va, access, "the path to the device does not allow it");
}

void oracle_check(uaddr_t va, u32 access, hal_pte_t e)
{
	const struct context *ctx = this_cpu()->current;
	u32 rights = 0;
	u64 offset = va;

	check(ctx != NULL && ctx->proc != NULL);
	const struct cap *c = &frame_pot(ctx->proc)->node[ctx->proc_index].slot[PS_SPACE];
	for (u32 depth = 0;; depth++) {
		if (c != NULL && cap_type(c) == CT_DEVMEM)
			return check_device(va, access, e, c, offset, rights | cap_rights(c));
		if (c == NULL || !cap_is_memory(cap_type(c)) || depth > 64)
			return wrong(va, access, "the tree ends there");
		u32 size = cap_size(c);
		if ((size >= 64 ? 0 : offset >> size) != cap_guard(c))
			return wrong(va, access, "a guard does not match");
		offset = low_bits(offset, size);
		rights |= cap_rights(c);
		if (cap_type(c) == CT_PAGE)
			break;
		c = child(c, offset, &offset);
	}
	struct frame *f = frame_peek(cap_oid(c));
	if (f == NULL || f->use != FU_PAGE || f->tag.version != cap_version(c))
		return wrong(va, access, "the page is not there");
	if (frame_paddr(f) != hal_pte_paddr(e) || hal_pte_is_device(e))
		return wrong(va, access, "the page is in another frame");
	if (access == ACC_WRITE && (rights & (CR_RO | CR_WEAK)))
		return wrong(va, access, "the path is read-only");
	if (access == ACC_WRITE && f->epoch != state.epoch)
		return wrong(va, access, "the page is not dirty in this epoch");
	if (access == ACC_EXEC && (rights & CR_NX))
		return wrong(va, access, "the path is not executable");
}
