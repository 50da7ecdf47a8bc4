/* SPDX-License-Identifier: Apache-2.0 */
#include "handlers.h"

static struct frame frames[F_NR];
_Alignas(4096) u8 content[F_NR][FRAME_SIZE];
static u64 scratch[FRAME_SIZE / 8];
struct inv inv;
struct context client, loaded;
struct world world;
struct cap arg0, arg1;

struct cpu cpu0;
struct kernel_state state;
struct activity activities[CONFIG_NR_ACTIVITIES];
const struct ckpt_ops *ckpt_ops;

struct node *node(u32 index)
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
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(world.logged, sizeof(world.logged), fmt, ap);
	va_end(ap);
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
rc_t stall_on(u64 key)
{
	assert_int_equal(key, KEY_AGAIN);
	return RC_STALL;
}
rc_t obj_change_prepare(struct frame *f, u32 index)
{
	rc_t rc = frame_make_dirty(f);

	assert_int_equal(world.commits, 0);
	if (f != &frames[F_POT] || index != N_GPT || rc != RC_OK)
		return rc;
	world.unhooked++;
	return world.unhooked > world.hooked ? RC_OK : stall_on(KEY_AGAIN);
}
u32 mm_frames_total(void) { return 64; }
paddr_t frame_paddr(const struct frame *f) { return 0x100000 + (paddr_t)(f - frames) * FRAME_SIZE; }
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
void sched_wake_faults(u64 key) { (void)key; }
u64 time_persistent_ms(void) { return world.now; }
u64 time_boot_ms(void) { return world.boot ? world.boot : world.now; }
void time_wall_set(u64 ms) { state.wall_offset = ms - world.now; }

/* ---- helpers --------------------------------------------------------------------------------------------------- */

static const u8 kinds[] = { NK_NODE, NK_NODE, NK_GPT, NK_PROCESS, NK_FORWARDER, NK_SCHEDULE, NK_SCHEDULE };

int setup(void **unused)
{
	(void)unused;
	memset(&world, 0, sizeof(world));
	memset(frames, 0, sizeof(frames));
	memset(content, 0, sizeof(content));
	memset(activities, 0, sizeof(*activities) * CONFIG_NR_ACTIVITIES);
	memset(&client, 0, sizeof(client));
	memset(&loaded, 0, sizeof(loaded));
	memset(&inv, 0, sizeof(inv));
	memset(&state, 0, sizeof(state));
	arg0 = arg1 = cap_void();
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

struct cap page_cap(u32 f, u32 rights)
{
	return cap_make(CT_PAGE, 0, 5, frames[f].oid, rights);
}
struct cap node_cap(u32 type, u32 index, u32 rights)
{
	return cap_make(type, 0, 3, POT_OID | index, rights);
}

rc_t call(struct cap target, u32 op, word_t w1, word_t w2, word_t w3)
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
