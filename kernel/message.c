/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Strings and delivery. User memory is never touched through user addresses: prepare resolves
 * pages to pinned frames, perform copies between frames through the kernel's own map.
 */
#include <kernel/lib.h>
#include <kernel/map.h>
#include <kernel/panic.h>
#include <kernel/peek.h>
#include <kernel/sched.h>
#include <hal/hal.h>

/* The page that the hardware maps for this access, pinned; NULL = none yet. */
static inline struct frame *mapped_page(struct context *ctx, uaddr_t va, bool write)
{
	paddr_t root = context_root_known(ctx) ? ctx->root : context_root(ctx);
	void *p = root ? map_peek(root, (uintptr_t)va, write) : NULL;
	struct frame *f;

	if (!p)
		return NULL;
	f = frame_of_paddr((uintptr_t)p - direct_map.offset);
	frame_pin(f);
	f->age = 0;
	return f;
}

rc_t user_pages_get(struct context *ctx, uaddr_t addr, u32 len, bool write, struct user_pages *up,
		    struct walk *w)
{
	struct cap space = context_space(ctx);
	struct frame *page;
	struct walk local;
	u32 done = 0;

	w = w ? w : &local;
	up->addr = addr;
	up->len = 0;
	*w = (struct walk){ .fault = FAULT_NONE, .va = addr };
	if (addr + len < addr || addr + len > hal_user_end()) {
		w->fault = len ? FAULT_ADDRESS : FAULT_NONE;
		return RC_OK;
	}
	for (u32 i = 0; done < len; i++) {
		uaddr_t va = addr + done;

		page = mapped_page(ctx, va, write);
		if (!page) { /* mapped for the next time, so that the short way finds it */
			rc_t rc = map_fault(&space, va, write ? ACC_WRITE : ACC_READ, w);

			if (rc)
				return rc;
			if (IS_ENABLED(CONFIG_USER_DRIVERS) && !w->fault && !w->page) /* a device's */
				w->fault = FAULT_ACCESS;
			if (w->fault) {
				w->va = va;
				w->access = write ? ACC_WRITE : ACC_READ;
				break;
			}
			page = w->page;
		}
		up->page[i] = page;
		done += MIN(len - done, FRAME_SIZE - (u32)(va % FRAME_SIZE));
	}
	up->len = done;
	return RC_OK;
}

/* The part of up at byte `off`: frame, offset in it, bytes there. */
static u32 piece(const struct user_pages *up, u32 off, u32 want, u32 *page, u32 *in_page)
{
	uaddr_t va = up->addr + off;

	*page = (u32)((va >> FRAME_SHIFT) - (up->addr >> FRAME_SHIFT));
	*in_page = (u32)(va % FRAME_SIZE);
	return MIN(want, FRAME_SIZE - *in_page);
}

void user_pages_copy_in(const struct user_pages *up, u32 off, void *dst, u32 len)
{
	char *d = dst;

	assert(off + len <= up->len);
	while (len) {
		u32 page, in, n = piece(up, off, len, &page, &in);

		memcpy(d, (const char *)frame_data(up->page[page]) + in, n);
		d += n;
		off += n;
		len -= n;
	}
}

/* Source and target may be the same page: a buffer in a page that is read through its capability. */
static void copy_out(const struct user_pages *up, u32 off, const void *src, u32 len)
{
	const char *s = src;

	while (len) {
		u32 page, in, n = piece(up, off, len, &page, &in);

		memmove((char *)page_writable(up->page[page]) + in, s, n);
		s += n;
		off += n;
		len -= n;
	}
}

/* Page by page of the source, so that no bounce buffer is needed. */
static void copy_across(const struct user_pages *dst, const struct user_pages *src, u32 len)
{
	for (u32 off = 0; off < len;) {
		u32 page, in, n = piece(src, off, len - off, &page, &in);

		copy_out(dst, off, (const char *)frame_data(src->page[page]) + in, n);
		off += n;
	}
}

rc_t string_block(struct context *ctx, struct abi_string *out, struct walk *w)
{
	struct user_pages up;
	word_t at = hal_msg_str(&ctx->regs);
	rc_t rc;

	rc = user_pages_get(ctx, at, sizeof(*out), false, &up, w);
	if (rc)
		return rc;
	if (up.len < sizeof(*out))
		return RC_ADDRESS;
	user_pages_copy_in(&up, 0, out, sizeof(*out));
	return RC_OK;
}

rc_t receive_pages(struct context *ctx, u32 want, struct user_pages *dst, struct walk *w)
{
	struct abi_string s;
	rc_t rc;

	dst->len = 0;
	w->fault = FAULT_NONE;
	if (!want || !hal_msg_str(&ctx->regs))
		return RC_OK;
	rc = string_block(ctx, &s, w);
	if (rc == RC_STALL)
		return rc;
	if (rc)
		return RC_OK; /* no usable buffer: the string is dropped, the lengths tell */
	return user_pages_get(ctx, s.recv, (u32)MIN(s.recv_max, (word_t)want), true, dst, w);
}

void deliver(struct context *to, const struct message *m, const struct user_pages *dst)
{
	u32 rcv = hal_msg_rcv(&to->regs);
	struct node *regs = to->regnode;
	u32 len = MIN(m->len, dst->len);

	check(to->caps->epoch == state.epoch);
	if (len && m->src)
		copy_across(dst, m->src, len);
	else if (len)
		copy_out(dst, 0, m->str, len);
	UNROLL_4
	for (u32 i = 0; i < 4; i++) {
		u32 r = rcv >> 5 * i & 31;

		if (r)
			regs->slot[r] = m->c[i];
		hal_msg_set_word(&to->regs, i, m->w[i]);
	}
	hal_msg_set_result(&to->regs, m->facet, len, m->len);
}
