/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The operations of the kernel's objects: rights, error codes, weakening on every fetch path, one commit.
 * Lookup and weakening are the real ones; frames, processes and the scheduler are fakes that record calls.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include <hal/hal.h>
#include <kernel/klog.h>
#include <kernel/map.h>
#include <kernel/panic.h>
#include <kernel/sched.h>

/* ---- a small world: frame 0 a page, 1 another, 2 a pot ------------------------------------------------------- */

enum { F_PAGE, F_PAGE2, F_POT, F_NR };
enum { N_NODE, N_NODE2, N_GPT, N_PROC, N_FWD, N_SCHED, N_SCHED2 };
#define OID_BASE 0x1000u
#define POT_OID (OID_BASE + F_POT * 8)

static struct frame frames[F_NR];
static _Alignas(4096) u8 content[F_NR][FRAME_SIZE];
static u64 scratch[FRAME_SIZE / 8];
static struct inv inv;
static struct context client, loaded;
static struct {
	u32 commits, dirty, unhooked, slot_changed, woken, wait_state, ran, stopped, made_available;
	u64 wait_wake, now, boot;
	rc_t dirty_rc, load_rc, can_run_rc;
	const char *string, *typed;
	oid_t destroyed, allocated;
	bool is_loaded, gave_up;
	struct sched_reserve reserve;
	struct message delivered;
	struct device {
		enum hal_space space;
		paddr_t at;
		u32 bytes;
		bool write;
		u32 value;
	} device;
	u32 line_open, bound;
} world;

struct cpu cpu0;
struct kernel_state state;
struct activity activities[CONFIG_NR_ACTIVITIES];
const struct ckpt_ops *ckpt_ops;

static struct node *node(u32 index)
{
	return &((struct pot *)content[F_POT])->node[index];
}

/* ---- fakes ----------------------------------------------------------------------------------------------------- */

void panic_at(const char *file, int line, const char *fmt, ...)
{
	(void)fmt;
	fail_msg("panic at %s:%d", file, line);
	abort();
}
void klog(const char *fmt, ...)
{
	(void)fmt;
}
bool klog_read(u64 *position, char *to, u32 max, u32 *n, u64 *lost)
{
	static const char text[] = "0123456789";

	if (*position > sizeof(text) - 1)
		return false;
	*lost = *position < 4 ? 4 - *position : 0;
	*position += *lost;
	*n = MIN((u32)(sizeof(text) - 1 - *position), max);
	memcpy(to, text + *position, *n);
	*position += *n;
	return true;
}
struct frame *frame_peek(oid_t oid)
{
	u64 n = (OID_FRAME(oid) - OID_BASE) >> 3;

	return oid >= OID_BASE && n < F_NR ? &frames[n] : NULL;
}
rc_t frame_get(oid_t oid, struct frame **out)
{
	*out = frame_peek(oid);
	return *out ? RC_OK : RC_OFFLINE;
}
rc_t frame_make_dirty(struct frame *f)
{
	assert_int_equal(world.commits, 0);
	f->epoch = 1;
	world.dirty++;
	return world.dirty_rc;
}
void *page_writable(struct frame *f)
{
	assert_int_equal(world.commits, 1);
	assert_int_equal(f->epoch, 1);
	return frame_data(f);
}
struct node *node_writable(struct frame *f, u32 index)
{
	return &((struct pot *)page_writable(f))->node[index];
}
rc_t obj_alloc_prepare(oid_t oid, u32 kind, struct frame **f)
{
	(void)kind;
	return frame_get(oid, f);
}
void obj_alloc_perform(struct frame *f, oid_t oid, u32 kind)
{
	(void)f, (void)kind;
	world.allocated = oid;
}
rc_t obj_destroy_prepare(const struct cap *c, struct objref *ref)
{
	rc_t rc = cap_lookup(c, ref);

	if (rc == RC_OK)
		ref->frame->epoch = 1;
	return rc;
}
void obj_destroy_perform(struct objref *ref)
{
	assert_int_equal(world.commits, 1);
	world.destroyed = ref->frame->oid | ref->index;
}
void map_unhook_node(struct frame *f, u32 index)
{
	assert_ptr_equal(f, &frames[F_POT]);
	assert_int_equal(index, N_GPT);
	world.unhooked++;
}
u32 mm_frames_total(void) { return F_NR; }
u32 mm_frames_free(void) { return 0; }

void inv_commit(struct inv *i)
{
	(void)i;
	world.commits++;
}
void inv_string_in(const struct inv *i, u32 off, void *dst, u32 len)
{
	assert_true(off + len <= i->src.len);
	memcpy(dst, world.string + off, len);
}
void *inv_scratch(void) { return scratch; }
void inv_wait(struct inv *i, enum act_state s, u64 wake)
{
	assert_int_equal(world.commits, 1);
	i->waits = true;
	world.wait_state = s;
	world.wait_wake = wake;
}
u32 console_take(char *buf, u32 max)
{
	u32 n = world.typed ? MIN((u32)strlen(world.typed), max) : 0;

	assert_int_equal(world.commits, 1);
	if (n)
		memcpy(buf, world.typed, n);
	return n;
}
void console_write(const char *s, u32 n) { (void)s, (void)n; }
void hal_exit(int code) { exit(code); }
void hal_irq_enable(u32 irq) { world.line_open = irq; }
bool hal_device_access(enum hal_space space, paddr_t at, u32 bytes, bool write, u32 *value)
{
	assert_int_equal(world.commits, 1);
	world.device = (struct device){ space, at, bytes, write, *value };
	if (!write)
		*value = 0x1234;
	return at != 0x666000;
}
rc_t irq_can_bind(u32 irq) { return irq == 14 ? RC_BUSY : RC_OK; }
void irq_bind(u32 irq, const struct cap *notice)
{
	world.bound = 1 + irq;
	assert_int_equal(cap_type(notice), CT_NOTICE);
}
void irq_release(u32 irq) { world.bound = 0; }

rc_t process_load(const struct objref *ref, struct context **out)
{
	(void)ref;
	*out = &loaded;
	return world.load_rc;
}
rc_t process_can_run(struct context *ctx)
{
	(void)ctx;
	return world.can_run_rc;
}
void process_run(struct context *ctx)
{
	ctx->p.run_state = RS_RUNNING;
	world.ran++;
}
void process_stop(struct context *ctx)
{
	ctx->act = NULL;
	world.stopped++;
}
void process_available(struct context *ctx)
{
	ctx->p.run_state = RS_AVAILABLE;
	world.made_available++;
}
void deliver(struct context *to, const struct message *m, const struct user_pages *dst)
{
	(void)dst;
	assert_int_equal(world.commits, 1);
	assert_ptr_equal(to, &loaded);
	world.delivered = *m;
}
void process_waiting(struct context *ctx) { ctx->p.run_state = RS_WAITING; }
void process_wake_from_waiting(struct context *ctx) { ctx->p.run_state = RS_RUNNING; }
struct cap process_resume_cap(struct context *ctx, u32 type)
{
	(void)ctx;
	return cap_make(type, 0, 7, POT_OID | N_PROC, 0);
}
struct context *context_of(const struct frame *f, u32 index)
{
	return world.is_loaded && f == &frames[F_POT] && index == N_PROC ? &loaded : NULL;
}
struct context *context_at(u32 index)
{
	(void)index;
	return &loaded;
}
void context_unload(struct context *ctx) { (void)ctx; }
void context_slot_changed(struct context *ctx, u32 slot)
{
	assert_ptr_equal(ctx, &loaded);
	world.slot_changed = 1 + slot;
}
struct activity *act_find(oid_t oid)
{
	for (u32 k = 0; k < CONFIG_NR_ACTIVITIES; k++)
		if (activities[k].state != AS_FREE && activities[k].oid == oid)
			return &activities[k];
	return NULL;
}
void act_free(struct activity *a) { a->state = AS_FREE; }
void act_ready(struct activity *a, bool front)
{
	(void)front;
	a->state = AS_READY;
}
void act_park(struct activity *a, enum act_state s, u64 wake)
{
	(void)wake;
	a->state = (u8)s;
}
void sched_change(oid_t oid, u32 version, u8 prio, struct sched_reserve r)
{
	for (u32 k = 0; k < CONFIG_NR_ACTIVITIES; k++)
		if (activities[k].state != AS_FREE && activities[k].sched_oid == oid && activities[k].sched_version == version)
			activities[k].prio = prio;
	world.reserve = r;
}
u32 sched_missed(oid_t oid, u32 version)
{
	(void)oid;
	return version;
}
struct sched_reserve sched_reserve_of(const struct activity *a)
{
	(void)a;
	return world.reserve;
}
void reserve_give_up(const struct activity *a) { world.gave_up = a != NULL; }
bool act_yield(struct activity *from, struct activity *to) { return from != to; }
u64 time_boot_ns(void) { return 0x123456789a; }
void process_schedule_unhook(struct frame *f) { (void)f; }
u32 sched_in_use(oid_t oid, u32 version)
{
	u32 n = 0;

	for (u32 k = 0; k < CONFIG_NR_ACTIVITIES; k++)
		n += activities[k].state != AS_FREE && activities[k].sched_oid == oid &&
		     activities[k].sched_version == version;
	return n;
}
void sched_wake_key(u64 key)
{
	(void)key;
	world.woken++;
}
u64 time_persistent_ms(void) { return world.now; }
u64 time_boot_ms(void) { return world.boot ? world.boot : world.now; }
void time_wall_set(u64 ms) { state.wall_offset = ms - world.now; }

/* ---- helpers --------------------------------------------------------------------------------------------------- */

static const u8 kinds[] = { NK_NODE, NK_NODE, NK_GPT, NK_PROCESS, NK_FORWARDER, NK_SCHEDULE, NK_SCHEDULE };

static int setup(void **unused)
{
	(void)unused;
	memset(&world, 0, sizeof(world));
	memset(frames, 0, sizeof(frames));
	memset(content, 0, sizeof(content));
	memset(activities, 0, sizeof(*activities) * CONFIG_NR_ACTIVITIES);
	memset(&client, 0, sizeof(client));
	memset(&loaded, 0, sizeof(loaded));
	ckpt_ops = NULL;
	world.now = 1000;
	for (u32 k = 0; k < F_NR; k++) {
		frames[k].oid = OID_BASE + 8 * k;
		frames[k].data = content[k];
		frames[k].use = k == F_POT ? FU_POT : FU_PAGE;
		frames[k].tag = (struct tag){ .kind = k == F_POT ? NK_NODE : NK_PAGE, .version = 5 };
	}
	for (u32 k = 0; k < POT_NODES; k++) {
		node(k)->kind = kinds[k];
		node(k)->version = 3;
		node(k)->call_count = 7;
	}
	return 0;
}

static struct cap page_cap(u32 f, u32 rights)
{
	return cap_make(CT_PAGE, 0, 5, frames[f].oid, rights);
}
static struct cap node_cap(u32 type, u32 index, u32 rights)
{
	return cap_make(type, 0, 3, POT_OID | index, rights);
}

/* One invocation as the core would make it; checks what every handler owes. */
static struct cap arg0, arg1;
static rc_t call(struct cap target, u32 op, word_t w1, word_t w2, word_t w3)
{
	u32 type = inv.type;
	rc_t rc;

	memset(&inv, 0, sizeof(inv));
	inv.type = type;
	inv.from = inv.reply_to = &client;
	inv.target = target;
	inv.w[0] = op, inv.w[1] = w1, inv.w[2] = w2, inv.w[3] = w3;
	inv.c[0] = arg0, inv.c[1] = arg1;
	inv.src.len = world.string ? (u32)strlen(world.string) : 0;
	inv.dst.len = 100;
	world.commits = 0;
	inv.type = type;
	if (cap_is_object(cap_type(&target)))
		assert_int_equal(cap_lookup(&target, &inv.ref), RC_OK);
	rc = cap_invoke(&inv);
	assert_int_equal(world.commits, rc == RC_OK);
	return rc;
}

#define BITS(c) cap_rights(&(c))
#define expect_cap(a, b) assert_memory_equal(&(a), &(b), sizeof(struct cap))

/* ---- tests ------------------------------------------------------------------------------------------------------ */

static void every_type(void **unused)
{
	static const u8 with_object[] = { CT_NODE, CT_GPT, CT_PROCESS, CT_FORWARDER, CT_SCHEDULE };
	static const u8 index[] = { N_NODE, N_GPT, N_PROC, N_FWD, N_SCHED };

	(void)unused;
	for (u32 k = 0; k < 5; k++) {
		struct cap c = node_cap(with_object[k], index[k], CR_RO);

		assert_int_equal(call(c, OP_TYPE, 0, 0, 0), RC_OK);
		assert_int_equal(inv.r.w[1], with_object[k]);
		assert_int_equal(call(c, 0xdead, 0, 0, 0), RC_UNKNOWN_OP);
	}
	for (u32 t = CT_NUMBER; t < CT_NR; t++) {
		if (cap_is_object(t))
			continue;
		assert_int_equal(call(cap_make(t, 0, 0, 0, 0), OP_TYPE, 0, 0, 0), RC_OK);
		assert_int_equal(inv.r.w[1], t);
		assert_int_equal(call(cap_make(t, 0, 0, 0, 0), 0xdead, 0, 0, 0), RC_UNKNOWN_OP);
	}
	for (u32 t = CT_START; t <= CT_FAULT; t++)
		assert_false(cap_has_ops(t));
}

static void rights_refuse(void **unused)
{
	static const u32 stores[] = { OP_NODE_STORE, OP_NODE_SWAP, OP_NODE_CLEAR, OP_NODE_CLONE, OP_NODE_NUMBER };

	(void)unused;
	for (u32 t = CT_NODE; t <= CT_GPT; t++) {
		u32 n = t == CT_NODE ? N_NODE : N_GPT;

		arg0 = node_cap(t, n, 0);
		for (u32 k = 0; k < ARRAY_SIZE(stores); k++) {
			assert_int_equal(call(node_cap(t, n, CR_RO), stores[k], 1, 0, 0), RC_NO_ACCESS);
			assert_int_equal(call(node_cap(t, n, CR_OPAQUE), stores[k], 1, 0, 0), RC_NO_ACCESS);
			assert_int_equal(call(node_cap(t, n, 0), stores[k], 1, 0, 0), RC_OK);
		}
		assert_int_equal(call(node_cap(t, n, CR_OPAQUE), OP_NODE_FETCH, 1, 0, 0), RC_NO_ACCESS);
		assert_int_equal(call(node_cap(t, n, CR_RO), OP_NODE_FETCH, 1, 0, 0), RC_OK);
	}
	assert_int_equal(call(node_cap(CT_GPT, N_GPT, CR_RO), OP_GPT_SET, 12, 0, 0), RC_NO_ACCESS);
	assert_int_equal(call(node_cap(CT_GPT, N_GPT, CR_OPAQUE), OP_GPT_GET, 0, 0, 0), RC_NO_ACCESS);
	assert_int_equal(call(page_cap(F_PAGE, CR_RO), OP_PAGE_ZERO, 0, 0, 0), RC_NO_ACCESS);
	assert_int_equal(call(page_cap(F_PAGE, CR_RO), OP_PAGE_WRITE, 0, 0, 0), RC_NO_ACCESS);
	assert_int_equal(call(page_cap(F_PAGE, CR_RO), OP_PAGE_CLONE, 0, 0, 0), RC_NO_ACCESS);
	assert_int_equal(call(node_cap(CT_FORWARDER, N_FWD, CR_OPAQUE), OP_FWD_TARGET, 0, 0, 0), RC_NO_ACCESS);
}

/* Every capability type through every fetch path of a weak node gives exactly what cap_weaken gives. */
static void weak_fetch(void **unused)
{
	(void)unused;
	for (u32 t = CT_VOID; t < CT_NR; t++) {
		struct cap c = cap_make(t, 0, 3, POT_OID | N_NODE2, 0), weak = cap_weaken(c);

		node(N_NODE)->slot[4] = c;
		assert_int_equal(call(node_cap(CT_NODE, N_NODE, CR_WEAK), OP_NODE_FETCH, 4, 0, 0), RC_OK);
		expect_cap(inv.r.c[0], weak);
		assert_int_equal(call(node_cap(CT_NODE, N_NODE, 0), OP_NODE_FETCH, 4, 0, 0), RC_OK);
		expect_cap(inv.r.c[0], c);

		arg0 = node_cap(CT_NODE, N_NODE, CR_WEAK);
		assert_int_equal(call(node_cap(CT_NODE, N_NODE2, 0), OP_NODE_CLONE, 0, 0, 0), RC_OK);
		expect_cap(node(N_NODE2)->slot[4], weak);

		arg0 = cap_void();
		assert_int_equal(call(node_cap(CT_NODE, N_NODE, CR_WEAK), OP_NODE_SWAP, 4, 0, 0), RC_OK);
		expect_cap(inv.r.c[0], weak);

		node(N_PROC)->slot[PS_DEBUG] = c;
		node(N_PROC)->slot[PS_CAPREGS] = node_cap(CT_NODE, N_NODE, 0);
		node(N_NODE)->slot[4] = c;
		assert_int_equal(call(node_cap(CT_PROCESS, N_PROC, CR_WEAK), OP_PROC_FETCH, PS_DEBUG, 0, 0), RC_OK);
		expect_cap(inv.r.c[0], weak);
		assert_int_equal(call(node_cap(CT_PROCESS, N_PROC, CR_WEAK), OP_PROC_CAP_FETCH, 4, 0, 0), RC_OK);
		expect_cap(inv.r.c[0], weak);
	}
}

static void rights_shrink(void **unused)
{
	struct cap c = node_cap(CT_NODE, N_NODE, CR_RO);

	(void)unused;
	for (u32 add = 0; add <= CR_ALL; add++) {
		assert_int_equal(call(c, OP_NODE_REDUCE, add, 0, 0), RC_OK);
		assert_int_equal(BITS(inv.r.c[0]), CR_RO | add);
	}
	assert_int_equal(call(c, OP_NODE_REDUCE, CR_ALL + 1, 0, 0), RC_REQUEST);
}

static void slots(void **unused)
{
	struct cap five = cap_number(5, 0, 0), c = node_cap(CT_NODE, N_NODE, 0), g = node_cap(CT_GPT, N_GPT, 0);
	struct cap expected = cap_number(8, 9, 0);

	(void)unused;
	arg0 = five;
	assert_int_equal(call(c, OP_NODE_STORE, 32, 0, 0), RC_REQUEST);
	assert_int_equal(call(c, OP_NODE_FETCH, 32, 0, 0), RC_REQUEST);
	assert_int_equal(call(c, OP_NODE_SWAP, (word_t)-1, 0, 0), RC_REQUEST);
	assert_int_equal(call(c, OP_NODE_STORE, 31, 0, 0), RC_OK);
	expect_cap(node(N_NODE)->slot[31], five);
	assert_int_equal(world.unhooked, 0);
	assert_int_equal(call(g, OP_NODE_NUMBER, 2, 8, 9), RC_OK);
	expect_cap(node(N_GPT)->slot[2], expected);
	assert_int_equal(world.unhooked, 1);
	assert_int_equal(call(g, OP_NODE_CLONE, 0, 0, 0), RC_BAD_CAP);
	arg0 = c;
	assert_int_equal(call(g, OP_NODE_CLONE, 0, 0, 0), RC_BAD_CAP);
	arg0 = node_cap(CT_NODE, N_NODE2, 0);
	arg0.w[1]++;
	assert_int_equal(call(c, OP_NODE_CLONE, 0, 0, 0), RC_BAD_CAP);
	arg0 = node_cap(CT_NODE, N_NODE2, CR_OPAQUE);
	assert_int_equal(call(c, OP_NODE_CLONE, 0, 0, 0), RC_NO_ACCESS);
	world.dirty_rc = RC_STALL;
	assert_int_equal(call(c, OP_NODE_CLEAR, 0, 0, 0), RC_STALL);
	expect_cap(node(N_NODE)->slot[31], five);
}

static void guards(void **unused)
{
	struct cap g = node_cap(CT_GPT, N_GPT, 0), p = page_cap(F_PAGE, 0);

	(void)unused;
	assert_int_equal(call(g, OP_MEM_GUARD, 17, 0x3ffff, 0), RC_OK);
	assert_int_equal(cap_size(&inv.r.c[0]), 17);
	assert_int_equal(cap_guard(&inv.r.c[0]), 0x3ffff);
	assert_int_equal(call(g, OP_MEM_GUARD, 17, 0x40000, 0), RC_REQUEST);
	assert_int_equal(call(g, OP_MEM_GUARD, 11, 0, 0), RC_REQUEST);
	assert_int_equal(call(g, OP_MEM_GUARD, 65, 0, 0), RC_REQUEST);
	assert_int_equal(call(g, OP_MEM_GUARD, 64, 0, 0), RC_OK);
	assert_int_equal(call(g, OP_MEM_GUARD, 64, 1, 0), RC_REQUEST);
	assert_int_equal(call(g, OP_MEM_GUARD, 63, 1, 0), RC_OK);
	assert_int_equal(call(g, OP_MEM_GUARD, 63, 2, 0), RC_REQUEST);
	assert_int_equal(call(p, OP_MEM_GUARD, 12, 3, 0), RC_OK);
	assert_int_equal(call(p, OP_MEM_GUARD, 13, 0, 0), RC_REQUEST);
	assert_int_equal(call(node_cap(CT_GPT, N_GPT, CR_OPAQUE), OP_MEM_GUARD, 13, 0, 0), RC_NO_ACCESS);
	assert_int_equal(call(g, OP_GPT_SET, 11, 0, 0), RC_REQUEST);
	assert_int_equal(call(g, OP_GPT_SET, 64, 0, 0), RC_REQUEST);
	assert_int_equal(call(g, OP_GPT_SET, 12, 2, 0), RC_REQUEST);
	assert_int_equal(call(g, OP_GPT_SET, 17, GPT_KEEPER, 0), RC_OK);
	assert_int_equal(world.unhooked, 1);
	assert_int_equal(call(g, OP_GPT_GET, 0, 0, 0), RC_OK);
	assert_int_equal(inv.r.w[1], 17);
	assert_int_equal(inv.r.w[2], GPT_KEEPER);
}

static void pages(void **unused)
{
	struct cap p = page_cap(F_PAGE, 0);

	(void)unused;
	world.string = "hello";
	assert_int_equal(call(p, OP_PAGE_WRITE, 4092, 0, 0), RC_REQUEST);
	assert_int_equal(call(p, OP_PAGE_WRITE, (u32)-1, 0, 0), RC_REQUEST);
	assert_int_equal(call(p, OP_PAGE_WRITE, 4091, 0, 0), RC_OK);
	assert_memory_equal(content[F_PAGE] + 4091, "hello", 5);
	assert_int_equal(call(p, OP_PAGE_READ, 4091, 6, 0), RC_REQUEST);
	assert_int_equal(call(p, OP_PAGE_READ, 4091, 5, 0), RC_OK);
	assert_memory_equal(inv.r.str, "hello", 5);
	arg0 = p;
	assert_int_equal(call(page_cap(F_PAGE2, 0), OP_PAGE_CLONE, 0, 0, 0), RC_OK);
	assert_memory_equal(content[F_PAGE2], content[F_PAGE], FRAME_SIZE);
	arg0 = node_cap(CT_NODE, N_NODE, 0);
	assert_int_equal(call(p, OP_PAGE_CLONE, 0, 0, 0), RC_BAD_CAP);
	assert_int_equal(call(p, OP_PAGE_ZERO, 0, 0, 0), RC_OK);
	assert_int_equal(content[F_PAGE][4091], 0);
}

static void process_slots(void **unused)
{
	struct cap p = node_cap(CT_PROCESS, N_PROC, 0), r0 = cap_void();

	(void)unused;
	arg0 = cap_number(1, 2, 3);
	assert_int_equal(call(p, OP_PROC_STORE, PS_BRAND, 0, 0), RC_OK);
	assert_int_equal(call(p, OP_PROC_FETCH, PS_BRAND, 0, 0), RC_NO_ACCESS);
	assert_int_equal(call(p, OP_PROC_FETCH, PS_NR, 0, 0), RC_REQUEST);
	assert_int_equal(call(p, OP_PROC_STORE, PS_NR, 0, 0), RC_REQUEST);
	assert_int_equal(call(p, OP_PROC_STORE, PS_CAPREGS, 0, 0), RC_BAD_CAP);
	assert_int_equal(call(p, OP_PROC_CAP_FETCH, 1, 0, 0), RC_MALFORMED);
	arg0 = node_cap(CT_NODE, N_NODE, CR_WEAK);
	assert_int_equal(call(p, OP_PROC_STORE, PS_CAPREGS, 0, 0), RC_BAD_CAP);
	arg0 = node_cap(CT_NODE, N_NODE, 0);
	assert_int_equal(call(p, OP_PROC_STORE, PS_CAPREGS, 0, 0), RC_OK);
	assert_int_equal(world.slot_changed, 0);
	world.is_loaded = true;
	assert_int_equal(call(p, OP_PROC_STORE, PS_SPACE, 0, 0), RC_OK);
	assert_int_equal(world.slot_changed, 1 + PS_SPACE);
	node(N_NODE)->slot[0] = arg0;
	assert_int_equal(call(p, OP_PROC_CAP_FETCH, 0, 0, 0), RC_OK);
	expect_cap(inv.r.c[0], r0);
	assert_int_equal(call(p, OP_PROC_CAP_STORE, 6, 0, 0), RC_OK);
	expect_cap(node(N_NODE)->slot[6], arg0);
	assert_int_equal(call(p, OP_PROC_START_CAP, 0x1000000, 0, 0), RC_REQUEST);
	assert_int_equal(call(p, OP_PROC_START_CAP, 0xffffff, 0, 0), RC_OK);
	assert_int_equal(cap_payload(&inv.r.c[0]), 0xffffff);
	assert_int_equal(cap_type(&inv.r.c[0]), CT_START);
}

static void process_states(void **unused)
{
	struct cap p = node_cap(CT_PROCESS, N_PROC, 0);

	(void)unused;
	world.can_run_rc = RC_NO_ACTIVITY;
	assert_int_equal(call(p, OP_PROC_RUN, 0x1000, 0x2000, 3), RC_NO_ACTIVITY);
	assert_int_equal(call(p, OP_PROC_RESUME_CAP, 0, 0, 0), RC_NO_ACTIVITY);
	assert_int_equal(world.ran, 0);
	world.can_run_rc = RC_OK;
	loaded.p.fault_code = FAULT_ILLEGAL;
	assert_int_equal(call(p, OP_PROC_RUN, 0x1000, 0x2000, 3), RC_OK);
	assert_int_equal(hal_regs_pc(&loaded.regs), 0x1000);
	assert_int_equal(loaded.p.fault_code, FAULT_NONE);
	assert_int_equal(world.made_available, 1);
	assert_int_equal(call(p, OP_PROC_RESUME_CAP, 0, 0, 0), RC_OK);
	assert_int_equal(cap_type(&inv.r.c[0]), CT_RESUME);
	assert_int_equal(loaded.p.run_state, RS_WAITING);
	assert_int_equal(call(p, OP_PROC_STATUS, 0, 0, 0), RC_OK);
	assert_int_equal(inv.r.w[1], RS_WAITING);
	assert_int_equal(call(p, OP_PROC_CONTINUE, 0, 0, 0), RC_OK);
	assert_int_equal(loaded.p.run_state, RS_WAITING);
	loaded.p.fault_code = FAULT_ACCESS;
	assert_int_equal(call(p, OP_PROC_CONTINUE, 0, 0, 0), RC_OK);
	assert_int_equal(loaded.p.run_state, RS_RUNNING);
	world.load_rc = RC_MALFORMED;
	assert_int_equal(call(p, OP_PROC_STOP, 0, 0, 0), RC_MALFORMED);
}

/* A process asleep in the kernel that is stopped finds its call ended, not forgotten. */
static void stop_ends_kernel_wait(void **unused)
{
	(void)unused;
	activities[0].state = AS_SLEEPING;
	loaded.act = &activities[0];
	loaded.p.run_state = RS_WAITING;
	assert_int_equal(call(node_cap(CT_PROCESS, N_PROC, 0), OP_PROC_STOP, 0, 0, 0), RC_OK);
	assert_int_equal(loaded.p.run_state, RS_RUNNING);
	assert_int_equal(hal_msg_word(&loaded.regs, 0), RC_RESTARTED);
	assert_int_equal(world.stopped, 1);
}

static void process_regs(void **unused)
{
	struct cap p = node_cap(CT_PROCESS, N_PROC, 0);
	static char saved[64 + HAL_REGS_BYTES + 1];

	(void)unused;
	hal_regs_start(&loaded.regs, 0x4000, 0x5000, 6);
	assert_int_equal(call(p, OP_PROC_GET_REGS, 0, 0, 0), RC_OK);
	assert_int_equal(inv.r.len, 64 + HAL_REGS_BYTES);
	memcpy(saved, inv.r.str, inv.r.len);
	memset(&loaded.regs, 0, sizeof(loaded.regs));
	assert_int_equal(call(p, OP_PROC_SET_REGS, 0, 0, 0), RC_REQUEST);
	world.string = saved;
	memset(&inv, 0, sizeof(inv));
	inv = (struct inv){ .from = &client, .reply_to = &client, .target = p, .w = { OP_PROC_SET_REGS } };
	inv.src.len = 64 + HAL_REGS_BYTES;
	world.commits = 0;
	assert_int_equal(cap_invoke(&inv), RC_OK);
	assert_int_equal(hal_regs_pc(&loaded.regs), 0x4000);
	saved[0]++;
	world.commits = 0;
	assert_int_equal(cap_invoke(&inv), RC_REQUEST);
	saved[0]--;
	inv.reply_to = &loaded;
	assert_int_equal(cap_invoke(&inv), RC_BUSY);
}

/* Bits, mask and what may be posted, of a process that is available, and of one that runs. */
static void notices(void **unused)
{
	struct cap p = node_cap(CT_PROCESS, N_PROC, 0), n;

	(void)unused;
	assert_int_equal(call(p, OP_PROC_NOTICE_CAP, 0, 0, 0), RC_REQUEST);
	assert_int_equal(call(p, OP_PROC_NOTICE_CAP, 0x1000000, 0, 0), RC_REQUEST);
	assert_int_equal(call(node_cap(CT_PROCESS, N_PROC, CR_RO), OP_PROC_NOTICE_CAP, 1, 0, 0), RC_NO_ACCESS);
	assert_int_equal(call(p, OP_PROC_NOTICE_CAP, 0x80000f, 0, 0), RC_OK);
	n = inv.r.c[0];
	assert_int_equal(cap_type(&n), CT_NOTICE);
	assert_int_equal(cap_payload(&n), 0x80000f);
	assert_int_equal(call(n, OP_NOTICE_POST, 0, 0, 0), RC_REQUEST);
	assert_int_equal(call(n, OP_NOTICE_POST, 0x1000001, 0, 0), RC_REQUEST);
	assert_int_equal(call(n, OP_NOTICE_POST, 0x11, 0, 0), RC_NO_ACCESS);
	assert_int_equal(call(n, OP_NOTICE_REDUCE, 0x10, 0, 0), RC_NO_ACCESS);
	assert_int_equal(call(n, OP_NOTICE_REDUCE, 0x3, 0, 0), RC_OK);
	assert_int_equal(cap_payload(&inv.r.c[0]), 3);
	loaded.p.run_state = RS_RUNNING;
	assert_int_equal(call(n, OP_NOTICE_POST, 1, 0, 0), RC_OK);
	loaded.p.run_state = RS_WAITING;
	assert_int_equal(call(n, OP_NOTICE_POST, 0x800000, 0, 0), RC_OK);
	assert_int_equal(loaded.p.notice_bits, 0x800001);
	assert_int_equal(world.ran, 0);
	world.can_run_rc = RC_NO_ACTIVITY;
	assert_int_equal(call(p, OP_PROC_AVAILABLE, 0, 0, 0), RC_NO_ACTIVITY);
	assert_int_equal(loaded.p.run_state, RS_WAITING);
	assert_int_equal(call(p, OP_PROC_NOTICES, NOTICE_ALL + 1, 0, 0), RC_REQUEST);
	assert_int_equal(call(p, OP_PROC_NOTICES, 1, 0, 0), RC_OK);
	assert_int_equal(inv.r.w[1], 0x800001);
	assert_int_equal(inv.r.w[2], 0);
	world.can_run_rc = RC_OK;
	assert_int_equal(call(p, OP_PROC_AVAILABLE, 0, 0, 0), RC_OK);
	assert_int_equal(world.ran, 1);
	assert_int_equal(world.delivered.w[0], OP_NOTICE);
	assert_int_equal(world.delivered.w[1], 0x800000);
	assert_int_equal(world.delivered.facet, FACET_NOTICE);
	assert_int_equal(loaded.p.notice_bits, 1);
	loaded.p.run_state = RS_AVAILABLE;
	world.can_run_rc = RC_NO_ACTIVITY;
	assert_int_equal(call(n, OP_NOTICE_POST, 1, 0, 0), RC_OK); /* held back */
	assert_int_equal(call(n, OP_NOTICE_POST, 2, 0, 0), RC_NO_ACTIVITY);
	assert_int_equal(call(p, OP_PROC_NOTICES, 0, 0, 0), RC_NO_ACTIVITY);
	assert_int_equal(loaded.p.notice_bits, 1);
	assert_int_equal(loaded.p.notice_mask, 1);
	world.can_run_rc = RC_OK;
	assert_int_equal(call(p, OP_PROC_NOTICES, 0, 0, 0), RC_OK);
	assert_int_equal(world.ran, 2);
	assert_int_equal(world.delivered.w[1], 1);
	world.load_rc = RC_MALFORMED;
	assert_int_equal(call(n, OP_NOTICE_POST, 1, 0, 0), RC_MALFORMED);
}

/* A capability that only posts does not stand for the process. */
static void a_notice_names_no_object(void **unused)
{
	(void)unused;
	arg0 = cap_make(CT_NOTICE, 1, 3, POT_OID | N_PROC, 0);
	assert_int_equal(call(cap_make(CT_RANGE, 0, F_NR, OID_BASE, 0), OP_RANGE_RESCIND, 0, 0, 0), RC_BAD_CAP);
	assert_int_equal(call(cap_make(CT_RANGE, 0, F_NR, OID_BASE, 0), OP_RANGE_IDENTIFY, 0, 0, 0), RC_BAD_CAP);
}

static void forwarder(void **unused)
{
	struct cap f = node_cap(CT_FORWARDER, N_FWD, 0);

	(void)unused;
	arg0 = cap_number(1, 2, 3);
	node(N_FWD)->flags = FWD_PAYLOAD;
	assert_int_equal(call(f, OP_FWD_TARGET, 0, 0, 0), RC_OK);
	expect_cap(node(N_FWD)->slot[0], arg0);
	assert_int_equal(call(f, OP_FWD_BLOCK, 2, 0, 0), RC_REQUEST);
	assert_int_equal(call(f, OP_FWD_BLOCK, 1, 0, 0), RC_OK);
	assert_int_equal(node(N_FWD)->flags, FWD_PAYLOAD | FWD_BLOCKED);
	assert_int_equal(call(f, OP_FWD_BLOCK, 0, 0, 0), RC_OK);
	assert_int_equal(node(N_FWD)->flags, FWD_PAYLOAD);
	assert_true(world.woken >= 1);
	assert_int_equal(call(f, OP_FWD_OPAQUE, 0, 0, 0), RC_OK);
	assert_int_equal(BITS(inv.r.c[0]), CR_OPAQUE);
}

static void ranges(void **unused)
{
	struct cap r = cap_make(CT_RANGE, 0, F_NR, OID_BASE, 0), big = cap_make(CT_RANGE, 2, 1, OID_BASE, 0);

	(void)unused;
	assert_int_equal(call(big, OP_RANGE_LENGTH, 0, 0, 0), RC_OK);
	assert_int_equal(inv.r.w[1], 1);
	assert_int_equal(inv.r.w[2], 2);
	assert_int_equal(call(r, OP_RANGE_SUB, 1, 3, 0), RC_REQUEST);
	assert_int_equal(call(r, OP_RANGE_SUB, 4, (u32)-3, 0), RC_REQUEST);
	assert_int_equal(call(r, OP_RANGE_SUB, 1, 0, 0), RC_REQUEST);
	assert_int_equal(call(r, OP_RANGE_SUB, 1, 2, 0), RC_OK);
	assert_int_equal(cap_oid(&inv.r.c[0]), OID_BASE + 8);
	assert_int_equal(cap_count56(&inv.r.c[0]), 2);
	assert_int_equal(call(r, OP_RANGE_ALLOC, 3, 0, NK_PAGE), RC_REQUEST);
	assert_int_equal(call(r, OP_RANGE_ALLOC, 0, 1, NK_PAGE), RC_REQUEST);
	assert_int_equal(call(r, OP_RANGE_ALLOC, 2, 7, NK_NODE), RC_REQUEST);
	assert_int_equal(call(r, OP_RANGE_ALLOC, 2, 0, NK_FREE), RC_REQUEST);
	assert_int_equal(call(r, OP_RANGE_ALLOC, 2, 0, NK_NR), RC_REQUEST);
	assert_int_equal(call(r, OP_RANGE_ALLOC, 2, N_GPT, NK_GPT), RC_OK);
	assert_int_equal(world.allocated, POT_OID | N_GPT);
	assert_int_equal(cap_type(&inv.r.c[0]), CT_GPT);
	assert_int_equal(call(r, OP_RANGE_GET, 0, 1, 0), RC_VOID);
	assert_int_equal(call(r, OP_RANGE_GET, 2, N_SCHED, 0), RC_OK);
	assert_int_equal(cap_type(&inv.r.c[0]), CT_SCHEDULE);
	arg0 = node_cap(CT_GPT, N_GPT, CR_RO);
	assert_int_equal(call(r, OP_RANGE_IDENTIFY, 0, 0, 0), RC_OK);
	assert_int_equal(inv.r.w[1], 2);
	assert_int_equal(inv.r.w[2], N_GPT);
	assert_int_equal(inv.r.w[3], NK_GPT);
	assert_int_equal(call(cap_make(CT_RANGE, 0, 2, OID_BASE, 0), OP_RANGE_IDENTIFY, 0, 0, 0), RC_REQUEST);
	arg0 = node_cap(CT_START, N_PROC, 0);
	assert_int_equal(call(r, OP_RANGE_IDENTIFY, 0, 0, 0), RC_BAD_CAP);
}

static void rescind(void **unused)
{
	struct cap r = cap_make(CT_RANGE, 0, F_NR, OID_BASE, 0);

	(void)unused;
	arg0 = node_cap(CT_PROCESS, N_PROC, 0);
	assert_int_equal(call(cap_make(CT_RANGE, 0, 2, OID_BASE, 0), OP_RANGE_RESCIND, 0, 0, 0), RC_REQUEST);
	arg0.w[1]++;
	assert_int_equal(call(r, OP_RANGE_RESCIND, 0, 0, 0), RC_BAD_CAP);
	arg0.w[1]--;
	activities[2] = (struct activity){ .oid = POT_OID | N_PROC, .state = AS_WAITING };
	assert_int_equal(call(r, OP_RANGE_RESCIND, 0, 0, 0), RC_OK);
	assert_int_equal(world.destroyed, POT_OID | N_PROC);
	assert_int_equal(activities[2].state, AS_FREE);
}

/* Who waits on a resume capability in a destroyed node is told; who no longer waits is left alone. */
static void rescind_answers(void **unused)
{
	struct cap r = cap_make(CT_RANGE, 0, F_NR, OID_BASE, 0);

	(void)unused;
	node(N_NODE)->slot[9] = cap_make(CT_RESUME, 0, 7, POT_OID | N_PROC, 0);
	loaded.p.run_state = RS_WAITING;
	loaded.act = &activities[0];
	activities[0] = (struct activity){ .oid = POT_OID | N_PROC, .state = AS_WAITING };
	arg0 = node_cap(CT_NODE, N_NODE, 0);
	assert_int_equal(call(r, OP_RANGE_RESCIND, 0, 0, 0), RC_OK);
	assert_int_equal(loaded.p.run_state, RS_RUNNING);
	assert_int_equal(hal_msg_word(&loaded.regs, 0), RC_DESTROYED);
	assert_int_equal(activities[0].state, AS_READY);
	node(N_NODE)->slot[9] = cap_make(CT_RESUME, 0, 6, POT_OID | N_PROC, 0);
	loaded.p.run_state = RS_WAITING;
	assert_int_equal(call(r, OP_RANGE_RESCIND, 0, 0, 0), RC_OK);
	assert_int_equal(loaded.p.run_state, RS_WAITING);
}

static void schedules(void **unused)
{
	struct cap s = node_cap(CT_SCHEDULE, N_SCHED, 0), sys = cap_make(CT_SYSCTL, 0, 0, 0, 0);

	(void)unused;
	arg0 = s;
	assert_int_equal(call(sys, OP_SYS_SCHED_SET, 14, 4, 0), RC_REQUEST);
	assert_int_equal(call(sys, OP_SYS_SCHED_SET, 9, CONFIG_NR_ACTIVITIES + 1, 0), RC_BUSY);
	activities[0] = (struct activity){ .oid = 8, .sched_oid = POT_OID | N_SCHED, .sched_version = 3, .state = AS_READY };
	activities[1] = (struct activity){ .oid = 16, .sched_oid = 99, .sched_version = 3, .state = AS_READY };
	state.limits = 1; /* another schedule's */
	assert_int_equal(call(sys, OP_SYS_SCHED_SET, 9, CONFIG_NR_ACTIVITIES, 0), RC_BUSY);
	assert_int_equal(call(sys, OP_SYS_SCHED_SET, 9, CONFIG_NR_ACTIVITIES - 1, 0), RC_OK);
	assert_int_equal(state.limits, CONFIG_NR_ACTIVITIES);
	assert_int_equal(call(sys, OP_SYS_SCHED_SET, 9, 8, 0), RC_OK);
	assert_int_equal(state.limits, 9);
	assert_int_equal(activities[0].prio, 9);
	assert_int_equal(activities[0].state, AS_READY);
	assert_int_equal(activities[1].prio, 0);
	arg0 = node_cap(CT_SCHEDULE, N_SCHED2, 0);
	assert_int_equal(call(s, OP_SCHED_DIVIDE, 10, 1, 0), RC_REQUEST);
	assert_int_equal(call(s, OP_SCHED_DIVIDE, 9, 9, 0), RC_REQUEST);
	assert_int_equal(call(s, OP_SCHED_DIVIDE, 9, 8, 0), RC_BUSY);
	assert_int_equal(call(s, OP_SCHED_DIVIDE, 5, 7, 0), RC_OK);
	assert_int_equal(call(s, OP_SCHED_GET, 0, 0, 0), RC_OK);
	assert_int_equal(inv.r.w[1], 9);
	assert_int_equal(inv.r.w[2], 1);
	assert_int_equal(inv.r.w[3], 1);
	assert_int_equal(call(arg0, OP_SCHED_GET, 0, 0, 0), RC_OK);
	assert_int_equal(inv.r.w[1], 5);
	assert_int_equal(inv.r.w[2], 7);
	assert_int_equal(state.limits, 9);
	assert_int_equal(call(s, OP_SCHED_DIVIDE, 5, 0, 0), RC_BUSY);
	arg0 = cap_void();
	assert_int_equal(call(s, OP_SCHED_DIVIDE, 5, 0, 0), RC_BAD_CAP);
}

static void clocks(void **unused)
{
	struct cap sleep = cap_make(CT_SLEEP, 0, 0, 0, 0), setter;

	(void)unused;
	inv.type = INV_CALL;
	state.wall_offset = 0;
	world.now = 0x300000000ull;
	world.boot = 7;
	assert_int_equal(call(sleep, OP_SLEEP_READ, CLOCK_PERSISTENT, 0, 0), RC_OK);
	assert_int_equal(inv.r.w[1], 0);
	assert_int_equal(inv.r.w[2], 3);
	assert_int_equal(call(sleep, OP_SLEEP_READ, CLOCK_MONOTONIC, 0, 0), RC_OK);
	assert_int_equal(inv.r.w[1], 7);
	assert_int_equal(inv.r.w[2], 0);
	assert_int_equal(call(sleep, OP_SLEEP_READ, CLOCK_NR, 0, 0), RC_REQUEST);
	assert_int_equal(call(sleep, OP_SLEEP_READ, CLOCK_WALL, 0, 0), RC_OFFLINE);
	assert_int_equal(call(sleep, OP_SLEEP_WAIT, CLOCK_WALL, 1, 1), RC_OFFLINE);
	assert_int_equal(call(sleep, OP_SLEEP_WAIT, CLOCK_NR, 1, 1), RC_REQUEST);
	assert_int_equal(call(sleep, OP_SLEEP_SET, 0, 0x400, 0), RC_NO_ACCESS);
	assert_int_equal(call(cap_make(CT_SYSCTL, 0, 0, 0, 0), OP_SYS_CLOCK, 0, 0, 0), RC_OK);
	setter = inv.r.c[0];
	assert_int_equal(cap_type(&setter), CT_SLEEP);
	assert_int_equal(call(setter, OP_SLEEP_SET, 0, 3, 0), RC_REQUEST);
	assert_int_equal(call(setter, OP_SLEEP_SET, 5, 0x400, 0), RC_OK);
	assert_int_equal(call(sleep, OP_SLEEP_READ, CLOCK_WALL, 0, 0), RC_OK);
	assert_int_equal(inv.r.w[1], 5);
	assert_int_equal(inv.r.w[2], 0x400);
	assert_int_equal(call(sleep, OP_SLEEP_WAIT, CLOCK_WALL, 5, 0x400), RC_OK);
	assert_false(inv.waits);
	assert_int_equal(call(sleep, OP_SLEEP_WAIT, CLOCK_WALL, 6, 0x400), RC_OK);
	assert_int_equal(world.wait_state, AS_WALL);
	assert_true(world.wait_wake == 0x40000000006ull);
	assert_int_equal(call(sleep, OP_SLEEP_WAIT, CLOCK_MONOTONIC, 7, 0), RC_OK);
	assert_false(inv.waits);
	assert_int_equal(call(sleep, OP_SLEEP_WAIT, CLOCK_MONOTONIC, 10, 0), RC_OK);
	assert_int_equal(world.wait_state, AS_MONOTONIC);
	assert_true(world.wait_wake == 0x300000003ull);
	assert_int_equal(call(sleep, OP_SLEEP_WAIT, CLOCK_PERSISTENT, 1, 3), RC_OK);
	assert_int_equal(world.wait_state, AS_SLEEPING);
	inv.type = INV_PCALL;
	assert_int_equal(call(sleep, OP_SLEEP_WAIT, CLOCK_PERSISTENT, 1, 3), RC_WOULD_BLOCK);
	inv.type = INV_SEND;
	assert_int_equal(call(sleep, OP_SLEEP_WAIT, CLOCK_WALL, 6, 0x400), RC_REQUEST);
	inv.type = INV_CALL;
}

static void reserve_is(struct cap s, u32 period, u32 budget)
{
	assert_int_equal(call(s, OP_SCHED_RESERVE, 0, 0, 0), RC_OK);
	assert_int_equal(inv.r.w[1], period);
	assert_int_equal(inv.r.w[2], budget);
}

/* No sum of reserves is more than the processor gives: set, divided, taken away, destroyed. */
static void reserves_are_admitted(void **unused)
{
	struct cap s = node_cap(CT_SCHEDULE, N_SCHED, 0), t = node_cap(CT_SCHEDULE, N_SCHED2, 0);
	struct cap sys = cap_make(CT_SYSCTL, 0, 0, 0, 0), ro = node_cap(CT_SCHEDULE, N_SCHED, CR_RO);
	static const u32 wrong[][2] = { { 499, 100 }, { 1000001, 5 }, { 1000, 0 }, { 0, 1 }, { 1000, 1001 }, { ~0u, ~0u } };
	u32 most = CONFIG_RESERVE_PERCENT * 10;

	(void)unused;
	arg0 = s;
	state.limits = state.shares = 0;
	for (u32 k = 0; k < ARRAY_SIZE(wrong); k++)
		assert_int_equal(call(sys, OP_SYS_RESERVE_SET, wrong[k][0], wrong[k][1], 0), RC_REQUEST);
	arg0 = ro;
	assert_int_equal(call(sys, OP_SYS_RESERVE_SET, 1000, 300, 0), RC_NO_ACCESS);
	arg0 = s;
	assert_int_equal(call(sys, OP_SYS_RESERVE_SET, 1000, most + 1, 0), RC_BUSY);
	assert_int_equal(state.shares, 0);
	assert_int_equal(call(sys, OP_SYS_RESERVE_SET, 1000, most, 0), RC_OK);
	assert_int_equal(state.shares, most);
	assert_int_equal(world.reserve.budget, most);
	reserve_is(s, 1000, most);
	arg0 = t;
	assert_int_equal(call(sys, OP_SYS_RESERVE_SET, 1000000, 1, 0), RC_BUSY);
	assert_int_equal(call(s, OP_SCHED_DIVIDE_RESERVE, 1000, most + 1, 0), RC_REQUEST);
	assert_int_equal(call(s, OP_SCHED_DIVIDE_RESERVE, 2000, 300, 0), RC_OK);
	reserve_is(t, 2000, 300);
	reserve_is(s, 1000, most - 150);
	assert_int_equal(state.shares, most);
	assert_int_equal(call(s, OP_SCHED_DIVIDE_RESERVE, 2000, 300, 0), RC_BUSY);
	arg0 = s;
	assert_int_equal(call(s, OP_SCHED_DIVIDE_RESERVE, 1000, 100, 0), RC_BUSY);
	assert_int_equal(call(sys, OP_SYS_RESERVE_SET, 0, 0, 0), RC_OK);
	assert_int_equal(state.shares, 150);
	reserve_is(s, 0, 0);
	arg0 = t;
	assert_int_equal(call(s, OP_SCHED_DIVIDE_RESERVE, 1000, 100, 0), RC_REQUEST);
	assert_int_equal(call(sys, OP_SYS_SCHED_SET, 3, 4, 0), RC_OK);
	reserve_is(t, 2000, 300);
	assert_int_equal(state.limits, 4);
	/* The smallest counts for a 32nd of the processor, so that the table of those in force is never full. */
	assert_int_equal(call(sys, OP_SYS_RESERVE_SET, 1000000, 1, 0), RC_OK);
	assert_true(state.shares * NR_RESERVES > 1000);
	assert_int_equal(call(cap_make(CT_RANGE, 0, F_NR, OID_BASE, 0), OP_RANGE_RESCIND, 0, 0, 0), RC_OK);
	assert_int_equal(state.shares, 0);
	assert_int_equal(state.limits, 0);
}

static void periods(void **unused)
{
	struct cap sleep = cap_make(CT_SLEEP, 0, 0, 0, 0);

	(void)unused;
	client.act = &activities[0];
	world.reserve = (struct sched_reserve){ 0, 0 };
	assert_int_equal(call(sleep, OP_SLEEP_PERIOD, 0, 0, 0), RC_REQUEST);
	assert_false(world.gave_up);
	world.reserve = (struct sched_reserve){ 1000, 300 };
	assert_int_equal(call(sleep, OP_SLEEP_PERIOD, 0, 0, 0), RC_OK);
	assert_true(world.gave_up);
	assert_int_equal(call(sleep, OP_SLEEP_NOW_NS, 0, 0, 0), RC_OK);
	assert_int_equal(inv.r.w[1], 0x3456789a);
	assert_int_equal(inv.r.w[2], 0x12);
}

static struct cap device(u32 type, u32 base, u32 count)
{
	assert_int_equal(call(cap_make(CT_SYSCTL, 0, 0, 0, 0), OP_SYS_DEVICE, type, base, count), RC_OK);
	return inv.r.c[0];
}

static void devices_are_made_by_system_control(void **unused)
{
	static const u32 refused[][3] = {
		{ CT_PAGE, 0, 1 }, { CT_VOID, 0, 1 }, { CT_NOTICE, 0, 1 }, { CT_DEVMEM, 0, 0 }, { CT_DEVMEM, 0, 0x1000000 },
		{ CT_IOPORTS, 0xffff, 2 }, { CT_IOPORTS, 0x10000, 1 }, { CT_IOPORTS, 0xffffffff, 0xffffff },
		{ CT_IRQ, HAL_IRQS, 1 }, { CT_IRQ, 0, 2 }, { CT_IRQ, 0, 0 },
	};
	struct cap c;

	(void)unused;
	state.restart_count = 0x100000007ull;
	for (u32 k = 0; k < ARRAY_SIZE(refused); k++)
		assert_int_equal(call(cap_make(CT_SYSCTL, 0, 0, 0, 0), OP_SYS_DEVICE, refused[k][0], refused[k][1], refused[k][2]),
				 RC_REQUEST);
	c = device(CT_IOPORTS, 0xfffe, 2);
	assert_int_equal(cap_version(&c), 7);
	c = device(CT_DEVMEM, 0xffffffff, 1);
	assert_int_equal(call(c, OP_DEV_READ, 4092, 4, 0), RC_OK);
	assert_true(world.device.at == 0xffffffffffcull);
	state.restart_count = 0;
}

static void device_registers(void **unused)
{
	struct cap ports = device(CT_IOPORTS, 0x70, 2), mem = device(CT_DEVMEM, 0x665, 2), part;

	(void)unused;
	assert_int_equal(call(ports, OP_DEV_LENGTH, 0, 0, 0), RC_OK);
	assert_int_equal(inv.r.w[1], 2);
	assert_int_equal(call(mem, OP_DEV_LENGTH, 0, 0, 0), RC_OK);
	assert_int_equal(inv.r.w[1], 8192);
	assert_int_equal(call(ports, OP_DEV_READ, 1, 1, 0), RC_OK);
	assert_int_equal(inv.r.w[1], 0x1234);
	assert_int_equal(world.device.space, HAL_PORTS);
	assert_int_equal(world.device.at, 0x71);
	assert_int_equal(call(ports, OP_DEV_READ, 2, 1, 0), RC_REQUEST);
	assert_int_equal(call(ports, OP_DEV_READ, 1, 2, 0), RC_REQUEST);
	assert_int_equal(call(ports, OP_DEV_READ, 0, 4, 0), RC_REQUEST);
	assert_int_equal(call(ports, OP_DEV_READ, 0, 3, 0), RC_REQUEST);
	assert_int_equal(call(ports, OP_DEV_READ, 0, 0, 0), RC_REQUEST);
	assert_int_equal(call(ports, OP_DEV_READ, 0xffffffff, 1, 0), RC_REQUEST);
	assert_int_equal(call(mem, OP_DEV_WRITE, 0xffc, 4, 0xabcd), RC_OK);
	assert_int_equal(world.device.space, HAL_MEMORY);
	assert_int_equal(world.device.at, 0x665ffc);
	assert_int_equal(world.device.value, 0xabcd);
	assert_true(world.device.write);
	assert_int_equal(call(mem, OP_DEV_WRITE, 0x1000, 4, 0), RC_OK);
	assert_int_equal(inv.r.w[0], RC_IO);
	assert_int_equal(call(mem, OP_DEV_READ, 0x2000, 1, 0), RC_REQUEST);
	assert_int_equal(call(mem, OP_DEV_SUB, 0, 3, 0), RC_REQUEST);
	assert_int_equal(call(mem, OP_DEV_SUB, 1, 0, 0), RC_REQUEST);
	assert_int_equal(call(mem, OP_DEV_SUB, 0xffffffff, 1, 0), RC_REQUEST);
	assert_int_equal(call(mem, OP_DEV_SUB, 1, 1, 0), RC_OK);
	part = inv.r.c[0];
	assert_int_equal(cap_oid(&part), 0x666);
	assert_int_equal(cap_payload(&part), 1);
	assert_int_equal(call(ports, OP_DEV_REDUCE, 0, 0, 0), RC_OK);
	part = inv.r.c[0];
	assert_int_equal(call(part, OP_DEV_WRITE, 0, 1, 0), RC_NO_ACCESS);
	assert_int_equal(call(part, OP_DEV_READ, 0, 1, 0), RC_OK);
	assert_int_equal(call(part, OP_DEV_SUB, 0, 1, 0), RC_OK);
	assert_int_equal(BITS(inv.r.c[0]), CR_RO);
}

static void interrupt_lines(void **unused)
{
	struct cap line = device(CT_IRQ, 8, 1), kernels = device(CT_IRQ, 14, 1);

	(void)unused;
	arg0 = cap_void();
	assert_int_equal(call(line, OP_IRQ_BIND, 0, 0, 0), RC_BAD_CAP);
	arg0 = cap_make(CT_NOTICE, 1, 2, POT_OID | N_PROC, 0); /* of a process that is gone */
	assert_int_equal(call(line, OP_IRQ_BIND, 0, 0, 0), RC_BAD_CAP);
	arg0 = cap_make(CT_NOTICE, 1, 3, POT_OID | N_PROC, 0);
	assert_int_equal(call(kernels, OP_IRQ_BIND, 0, 0, 0), RC_BUSY);
	assert_int_equal(call(line, OP_IRQ_BIND, 0, 0, 0), RC_OK);
	assert_int_equal(world.bound, 9);
	assert_int_equal(world.line_open, 8);
	world.line_open = 0;
	assert_int_equal(call(line, OP_IRQ_OPEN, 0, 0, 0), RC_OK);
	assert_int_equal(world.line_open, 8);
	assert_int_equal(call(line, OP_IRQ_RELEASE, 0, 0, 0), RC_OK);
	assert_int_equal(world.bound, 0);
}

static u64 request(void) { return 42; }
static u64 committed(void) { return 41; }
static const struct ckpt_ops fake_ckpt = { .request = request, .committed = committed };

static void waiting(void **unused)
{
	struct cap sleep = cap_make(CT_SLEEP, 0, 0, 0, 0), con = cap_make(CT_CONSOLE, 0, 0, 0, 0);
	struct cap ckpt = cap_make(CT_CHECKPOINT, 0, 0, 0, 0);

	(void)unused;
	inv.type = INV_PCALL;
	assert_int_equal(call(sleep, OP_SLEEP_FOR, 5, 0, 0), RC_WOULD_BLOCK);
	assert_int_equal(call(sleep, OP_SLEEP_FOR, 0, 0, 0), RC_OK);
	assert_false(inv.waits);
	assert_int_equal(call(con, OP_CON_READ, 0, 0, 0), RC_OK);
	assert_int_equal(inv.r.w[0], RC_WOULD_BLOCK);
	inv.type = INV_SEND;
	assert_int_equal(call(sleep, OP_SLEEP_UNTIL, 0, 1, 0), RC_REQUEST);
	inv.type = INV_CALL;
	assert_int_equal(call(sleep, OP_SLEEP_UNTIL, 4, 1, 0), RC_OK);
	assert_int_equal(world.wait_state, AS_SLEEPING);
	assert_true(world.wait_wake == 0x100000004ull);
	assert_int_equal(call(con, OP_CON_READ, 0, 0, 0), RC_OK);
	assert_int_equal(world.wait_state, AS_CONSOLE);
	world.typed = "ls\n";
	assert_int_equal(call(con, OP_CON_READ, 0, 0, 0), RC_OK);
	assert_false(inv.waits);
	assert_memory_equal(inv.r.str, "ls\n", 3);
	assert_int_equal(call(ckpt, OP_CKPT_TAKE, 0, 0, 0), RC_OFFLINE);
	ckpt_ops = &fake_ckpt;
	assert_int_equal(call(ckpt, OP_CKPT_TAKE, 0, 0, 0), RC_OK);
	assert_int_equal(world.wait_state, AS_CKPT);
	assert_int_equal(world.wait_wake, 42);
}

static void log_read(void **unused)
{
	struct cap log = cap_make(CT_KLOG, 0, 0, 0, 0);

	(void)unused;
	assert_int_equal(call(log, OP_KLOG_READ, 1, 0, 0), RC_OK);
	assert_int_equal(inv.r.len, 6);
	assert_memory_equal(inv.r.str, "456789", 6);
	assert_int_equal(inv.r.w[1], 10);
	assert_int_equal(inv.r.w[3], 3);
	assert_int_equal(call(log, OP_KLOG_READ, 10, 0, 0), RC_OK);
	assert_int_equal(inv.r.len, 0);
	assert_int_equal(inv.r.w[1], 10);
	assert_int_equal(inv.r.w[3], 0);
	assert_int_equal(call(log, OP_KLOG_READ, 11, 0, 0), RC_REQUEST);
	assert_int_equal(call(log, OP_KLOG_READ, 0, 1, 0), RC_REQUEST);
	assert_int_equal(call(cap_make(CT_KLOG, 0, 0, 0, CR_OPAQUE), OP_KLOG_READ, 0, 0, 0), RC_NO_ACCESS);
	assert_int_equal(call(cap_make(CT_KLOG, 0, 0, 0, CR_RO), OP_KLOG_WRITE, 0, 0, 0), RC_NO_ACCESS);
	assert_int_equal(call(cap_make(CT_KLOG, 0, 0, 0, CR_RO), OP_KLOG_READ, 0, 0, 0), RC_OK);
}

/* A tree of two nodes; what is on the way decides like as many fetches. */
static void node_paths(void **unused)
{
	struct cap top = node_cap(CT_NODE, N_NODE, 0), below = node_cap(CT_NODE, N_NODE2, 0), seven = cap_number(7, 0, 0);

	(void)unused;
	node(N_NODE)->slot[30] = below;
	node(N_NODE2)->slot[9] = seven;
	assert_int_equal(call(top, OP_NODE_FETCH_PATH, 30 | 9 << 5, 2, 0), RC_OK);
	expect_cap(inv.r.c[0], seven);
	assert_int_equal(call(top, OP_NODE_FETCH_PATH, 30, 1, 0), RC_OK);
	expect_cap(inv.r.c[0], below);
	assert_int_equal(call(top, OP_NODE_FETCH_PATH, 30 | 9 << 5, 1, 0), RC_REQUEST);
	assert_int_equal(call(top, OP_NODE_FETCH_PATH, 30, 0, 0), RC_REQUEST);
	assert_int_equal(call(top, OP_NODE_FETCH_PATH, 30, 7, 0), RC_REQUEST);
	assert_int_equal(call(top, OP_NODE_FETCH_PATH, 1u << 30, 6, 0), RC_REQUEST);
	assert_int_equal(call(top, OP_NODE_FETCH_PATH, 30 | 9 << 5, 3, 0), RC_BAD_CAP); /* a number on the way */
	assert_int_equal(call(top, OP_NODE_FETCH_PATH, 1, 2, 0), RC_BAD_CAP);
	arg0 = cap_number(8, 0, 0);
	assert_int_equal(call(top, OP_NODE_SWAP_PATH, 30 | 9 << 5, 2, 0), RC_OK);
	expect_cap(inv.r.c[0], seven);
	expect_cap(node(N_NODE2)->slot[9], arg0);
	assert_int_equal(call(node_cap(CT_NODE, N_NODE, CR_WEAK), OP_NODE_SWAP_PATH, 30 | 9 << 5, 2, 0), RC_NO_ACCESS);
	node(N_NODE2)->slot[9] = below;
	assert_int_equal(call(node_cap(CT_NODE, N_NODE, CR_WEAK), OP_NODE_FETCH_PATH, 30 | 9 << 5, 2, 0), RC_OK);
	assert_int_equal(BITS(inv.r.c[0]), CR_RO | CR_WEAK | CR_NOCALL);
	node(N_NODE)->slot[30] = node_cap(CT_NODE, N_NODE2, CR_OPAQUE);
	assert_int_equal(call(top, OP_NODE_FETCH_PATH, 30 | 9 << 5, 2, 0), RC_NO_ACCESS);
	node(N_NODE)->slot[30] = node_cap(CT_NODE, N_NODE2, CR_RO);
	assert_int_equal(call(top, OP_NODE_SWAP_PATH, 30 | 9 << 5, 2, 0), RC_NO_ACCESS);
	node(N_NODE)->slot[30].w[1]++; /* gone */
	assert_int_equal(call(top, OP_NODE_FETCH_PATH, 30 | 9 << 5, 2, 0), RC_BAD_CAP);
	node(N_NODE)->slot[5] = top; /* a circle is no more than six levels */
	assert_int_equal(call(top, OP_NODE_FETCH_PATH, 5 | 5 << 5 | 5 << 10 | 5 << 15 | 5 << 20 | 1 << 25, 6, 0), RC_OK);
}

static void attributes(void **unused)
{
	struct cap gpt = node_cap(CT_GPT, N_GPT, CR_NX | CR_NOCALL), page = page_cap(F_PAGE, CR_RO);

	(void)unused;
	gpt.w[0] |= (9u << 6 | 10) << 8;
	assert_int_equal(call(gpt, OP_MEM_ATTRIBUTES, 0, 0, 0), RC_OK);
	assert_int_equal(inv.r.w[1], CR_NX | CR_NOCALL);
	assert_int_equal(inv.r.w[2], 22);
	assert_int_equal(inv.r.w[3], 9);
	assert_int_equal(call(page, OP_MEM_ATTRIBUTES, 0, 0, 0), RC_OK);
	assert_int_equal(inv.r.w[1], CR_RO);
	assert_int_equal(inv.r.w[2], 12);
	assert_int_equal(call(node_cap(CT_NODE, N_NODE, CR_WEAK | CR_OPAQUE), OP_NODE_ATTRIBUTES, 0, 0, 0), RC_OK);
	assert_int_equal(inv.r.w[1], CR_WEAK | CR_OPAQUE);
	assert_int_equal(inv.r.w[2], 0);
}

static void ranges_compared(void **unused)
{
	static const struct {
		u32 first, frames, relation, offset;
	} all[] = {
		{ 100, 10, RANGES_SAME, 0 }, { 102, 3, RANGES_INSIDE, 2 }, { 100, 9, RANGES_INSIDE, 0 }, { 101, 9, RANGES_INSIDE, 1 },
		{ 99, 12, RANGES_AROUND, 0 }, { 100, 11, RANGES_AROUND, 0 }, { 90, 10, RANGES_DISJOINT, 0 },
		{ 110, 5, RANGES_DISJOINT, 0 }, { 105, 9, RANGES_OVERLAP, 5 }, { 95, 6, RANGES_OVERLAP, 0 },
	};

	(void)unused;
	for (u32 k = 0; k < ARRAY_SIZE(all); k++) {
		arg0 = cap_make(CT_RANGE, 0, all[k].frames, (oid_t)all[k].first * 8, 0);
		assert_int_equal(call(cap_make(CT_RANGE, 0, 10, 800, 0), OP_RANGE_COMPARE, 0, 0, 0), RC_OK);
		assert_int_equal(inv.r.w[1], all[k].relation);
		assert_int_equal(inv.r.w[2], all[k].offset);
	}
}

static u32 classify(struct cap c)
{
	arg0 = c;
	assert_int_equal(call(cap_make(CT_DISCRIM, 0, 0, 0, 0), OP_DISCRIM_CLASSIFY, 0, 0, 0), RC_OK);
	return (u32)inv.r.w[1];
}
static bool discreet(struct cap c)
{
	arg0 = c;
	assert_int_equal(call(cap_make(CT_DISCRIM, 0, 0, 0, 0), OP_DISCRIM_DISCREET, 0, 0, 0), RC_OK);
	return inv.r.w[1];
}
static bool same(struct cap a, struct cap b)
{
	arg0 = a, arg1 = b;
	assert_int_equal(call(cap_make(CT_DISCRIM, 0, 0, 0, 0), OP_DISCRIM_SAME, 0, 0, 0), RC_OK);
	return inv.r.w[1];
}

static void discrim(void **unused)
{
	struct cap dead = page_cap(F_PAGE, 0), guarded = page_cap(F_PAGE, 0);

	(void)unused;
	dead.w[1]++;
	guarded.w[0] |= 3 << 14;
	assert_int_equal(classify(cap_void()), 0);
	assert_int_equal(classify(dead), 0);
	assert_int_equal(classify(cap_number(1, 1, 1)), 1);
	assert_int_equal(classify(cap_make(CT_RESUME, 0, 7, POT_OID | N_PROC, 0)), 2);
	assert_int_equal(classify(page_cap(F_PAGE, 0)), 3);
	assert_int_equal(classify(node_cap(CT_SCHEDULE, N_SCHED, 0)), 4);
	assert_int_equal(classify(node_cap(CT_START, N_PROC, 0)), 255);
	assert_true(discreet(page_cap(F_PAGE, CR_RO)));
	assert_false(discreet(page_cap(F_PAGE, CR_WEAK)));
	assert_false(discreet(node_cap(CT_NODE, N_NODE, CR_RO)));
	assert_true(discreet(cap_weaken(node_cap(CT_NODE, N_NODE, 0))));
	assert_false(discreet(node_cap(CT_START, N_PROC, 0)));
	assert_true(same(page_cap(F_PAGE, 0), guarded));
	assert_false(same(page_cap(F_PAGE, 0), page_cap(F_PAGE, CR_RO)));
	assert_false(same(page_cap(F_PAGE, 0), page_cap(F_PAGE2, 0)));
}

static void keybits(void **unused)
{
	struct cap k = cap_make(CT_KEYBITS, 0, 0, 0, 0), dead = page_cap(F_PAGE, 0);

	(void)unused;
	arg0 = node_cap(CT_START, N_PROC, 0);
	arg0.w[0] |= 4711 << 8;
	assert_int_equal(call(k, OP_KEYBITS_GET, 0, 0, 0), RC_OK);
	assert_int_equal(inv.r.w[1], 1);
	assert_int_equal(inv.r.w[2], 1);
	assert_int_equal(inv.r.len, 16);
	assert_memory_equal(inv.r.str, &arg0, 16);
	dead.w[1]++;
	arg0 = dead;
	assert_int_equal(call(k, OP_KEYBITS_GET, 0, 0, 0), RC_OK);
	assert_int_equal(inv.r.w[2], 0);
	assert_memory_equal(inv.r.str, &dead, 16);
	arg0 = cap_make(CT_PAGE, 0, 1, 0x999000, 0); /* no volume has it: nobody can say */
	assert_int_equal(call(k, OP_KEYBITS_GET, 0, 0, 0), RC_OK);
	assert_int_equal(inv.r.w[2], 0);
	arg0 = cap_number(1, 2, 3);
	assert_int_equal(call(k, OP_KEYBITS_GET, 0, 0, 0), RC_OK);
	assert_int_equal(inv.r.w[2], 1);
	arg0 = cap_void();
	assert_int_equal(call(k, OP_KEYBITS_GET, 0, 0, 0), RC_OK);
	assert_int_equal(inv.r.w[2], 0);
}

static rc_t tool(u32 op, struct cap what, struct cap brand)
{
	arg0 = what, arg1 = brand;
	return call(cap_make(CT_PROCTOOL, 0, 0, 0, 0), op, 0, 0, 0);
}

static void process_tool(void **unused)
{
	struct cap brand = cap_number(7, 8, 9), near = cap_number(7, 8, 8), start = node_cap(CT_START, N_PROC, 0);
	struct cap resume = cap_make(CT_RESUME, 0, 7, POT_OID | N_PROC, 0), process = node_cap(CT_PROCESS, N_PROC, 0);
	struct cap stale = cap_make(CT_RESUME, 0, 6, POT_OID | N_PROC, 0);

	(void)unused;
	start.w[0] |= 99 << 8;
	assert_int_equal(tool(OP_TOOL_OPEN, start, cap_void()), RC_NO_ACCESS); /* a void brand opens nothing */
	assert_int_equal(tool(OP_TOOL_SAME, start, resume), RC_OK);
	assert_int_equal(inv.r.w[1], 0);
	node(N_PROC)->slot[PS_BRAND] = brand;
	assert_int_equal(tool(OP_TOOL_OPEN, start, near), RC_NO_ACCESS);
	assert_int_equal(tool(OP_TOOL_OPEN, start, cap_void()), RC_NO_ACCESS);
	assert_int_equal(tool(OP_TOOL_OPEN, process, brand), RC_BAD_CAP);
	assert_int_equal(tool(OP_TOOL_OPEN, cap_void(), brand), RC_BAD_CAP);
	assert_int_equal(tool(OP_TOOL_OPEN, stale, brand), RC_BAD_CAP);
	assert_int_equal(tool(OP_TOOL_OPEN, start, brand), RC_OK);
	assert_int_equal(inv.r.w[1], CT_START);
	assert_int_equal(inv.r.w[2], 99);
	expect_cap(inv.r.c[0], process);
	assert_int_equal(tool(OP_TOOL_OPEN, resume, brand), RC_OK);
	assert_int_equal(inv.r.w[1], CT_RESUME);
	assert_int_equal(inv.r.w[2], 0);
	expect_cap(inv.r.c[0], process);
	assert_int_equal(tool(OP_TOOL_SAME, start, resume), RC_OK);
	assert_int_equal(inv.r.w[1], 1);
	assert_int_equal(tool(OP_TOOL_SAME, start, process), RC_BAD_CAP);
	assert_int_equal(tool(OP_TOOL_SAME, stale, start), RC_BAD_CAP);
}

static void process_tool_opens_services(void **unused)
{
	struct cap brand = cap_number(7, 8, 9), fwd = node_cap(CT_FORWARDER, N_FWD, CR_OPAQUE), gpt;

	(void)unused;
	gpt = node_cap(CT_GPT, N_GPT, CR_OPAQUE | CR_RO);
	gpt.w[0] |= 5 << 8;
	node(N_PROC)->slot[PS_BRAND] = brand;
	assert_int_equal(tool(OP_TOOL_FORWARDER, fwd, brand), RC_NO_ACCESS);
	node(N_FWD)->slot[0] = node_cap(CT_START, N_PROC, 0);
	assert_int_equal(tool(OP_TOOL_FORWARDER, fwd, cap_void()), RC_NO_ACCESS);
	assert_int_equal(tool(OP_TOOL_FORWARDER, gpt, brand), RC_BAD_CAP);
	assert_int_equal(tool(OP_TOOL_FORWARDER, fwd, brand), RC_OK);
	fwd.w[3] &= 0xffffff;
	expect_cap(inv.r.c[0], fwd);
	node(N_FWD)->slot[0].w[1]++; /* a process that is gone */
	assert_int_equal(tool(OP_TOOL_FORWARDER, fwd, brand), RC_NO_ACCESS);
	node(N_GPT)->slot[31] = node_cap(CT_START, N_PROC, 0);
	assert_int_equal(tool(OP_TOOL_SPACE, gpt, brand), RC_NO_ACCESS); /* not as a keeper */
	node(N_GPT)->flags = GPT_KEEPER;
	assert_int_equal(tool(OP_TOOL_SPACE, gpt, cap_number(1, 1, 1)), RC_NO_ACCESS);
	assert_int_equal(tool(OP_TOOL_SPACE, fwd, brand), RC_BAD_CAP);
	assert_int_equal(tool(OP_TOOL_SPACE, gpt, brand), RC_OK);
	assert_int_equal(BITS(inv.r.c[0]), CR_RO);
	assert_int_equal(cap_payload(&inv.r.c[0]), 5);
	gpt.w[1]++;
	assert_int_equal(tool(OP_TOOL_SPACE, gpt, brand), RC_BAD_CAP);
}

static void procs(void **unused)
{
	const struct abi_proc_info *p;

	(void)unused;
	for (u32 k = 0; k < 40; k++)
		activities[k] = (struct activity){ .oid = POT_OID | N_PROC, .version = 3, .state = AS_WAITING };
	node(N_PROC)->slot[PS_DEBUG] = cap_number(0x6c656873, 0x6c, 0);
	assert_int_equal(call(cap_make(CT_SYSCTL, 0, 0, 0, 0), OP_SYS_PROCS, 0, 0, 0), RC_OK);
	assert_int_equal(inv.r.w[1], 32);
	assert_int_equal(inv.r.len, 32 * sizeof(*p));
	p = inv.r.str;
	assert_string_equal(p->name, "shell");
	assert_int_equal(call(cap_make(CT_SYSCTL, 0, 0, 0, 0), OP_SYS_PROCS, 32, 0, 0), RC_OK);
	assert_int_equal(inv.r.w[1], 0);
	assert_int_equal(inv.r.len, 8 * sizeof(*p));
}

#define T(f) cmocka_unit_test_setup(f, setup)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(every_type), T(rights_refuse), T(weak_fetch), T(rights_shrink), T(slots), T(guards), T(pages),
		T(process_slots), T(process_states), T(stop_ends_kernel_wait), T(process_regs), T(notices),
		T(a_notice_names_no_object), T(forwarder),
		T(ranges), T(rescind), T(rescind_answers), T(schedules), T(reserves_are_admitted), T(periods), T(waiting),
		T(clocks), T(devices_are_made_by_system_control), T(device_registers), T(interrupt_lines), T(log_read),
		T(discrim), T(node_paths), T(attributes), T(ranges_compared), T(keybits), T(process_tool),
		T(process_tool_opens_services), T(procs),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
