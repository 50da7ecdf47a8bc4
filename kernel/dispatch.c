/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Leaving the kernel: who runs next. Kernel threads and user activities compete by priority;
 * a thread goes first at equal priority. Replies that the kernel itself owes (sleep,
 * checkpoint, console) are delivered when their process is next dispatched.
 */
#include <hal/hal.h>
#include <hal/pt.h>
#include <kernel/klog.h>
#include <kernel/lib.h>
#include <kernel/map.h>
#include <kernel/panic.h>
#include <kernel/sched.h>
#include <kernel/kthread.h>
#include <kernel/entry.h>
#include "kernel/ready.h"

u64 time_boot_ns(void)
{
	return (IS_ENABLED(CONFIG_RESERVES) ? hal_time_ns() : hal_time_ms() * 1000000) - state.boot_ms * 1000000;
}

u64 time_boot_ms(void)
{
	return hal_time_ms() - state.boot_ms;
}

u64 time_persistent_ms(void)
{
	return state.persistent_base_ms + time_boot_ms();
}

/* The process of an activity, loaded and reserved. Errors mean that it can no longer run. */
static rc_t activity_context(struct activity *a, struct context **out)
{
	struct objref ref;
	struct frame *f;
	rc_t rc;

	if (a->ctx) {
		struct context *ctx = a->ctx;

		*out = ctx;
		return ctx->epoch == state.epoch ? RC_OK : context_refresh(ctx);
	}
	rc = frame_get(a->oid, &f);
	if (rc)
		return rc;
	if (f->use != FU_POT)
		return RC_VOID;
	ref = (struct objref){ f, &frame_pot(f)->node[OID_INDEX(a->oid)], OID_INDEX(a->oid) };
	if (ref.node->kind != NK_PROCESS || ref.node->version != a->version)
		return RC_VOID;
	return process_load(&ref, out);
}

static rc_t pending_reply(struct activity *a, struct context *ctx)
{
	struct message m = { .w = { a->restarted ? RC_RESTARTED : RC_OK } };
	struct user_pages dst;
	struct walk w;
	rc_t rc;

	frame_pin(ctx->proc);
	frame_pin(ctx->caps);
	rc = receive_pages(ctx, FRAME_SIZE, &dst, &w);
	if (rc)
		return rc;
	if (a->pending == AS_CKPT && !a->restarted)
		m.w[1] = (word_t)a->wake;
	if (a->pending == AS_CONSOLE && !a->restarted) {
		m.str = inv_scratch();
		m.len = console_take(inv_scratch(), MIN(dst.len, FRAME_SIZE));
	}
	a->pending = 0;
	a->restarted = false;
	process_wake_from_waiting(ctx);
	deliver(ctx, &m, &dst);
	return RC_OK;
}

/* When its process is loaded again it is stopped (process_load()). */
static void drop(struct activity *a, rc_t rc)
{
	klog("process %llx cannot run: error %d\n", (unsigned long long)a->oid, rc);
	if (a->ctx)
		context_unload(a->ctx);
	sched_wake_key(KEY_PROCESS(a->oid)); /* who waits for it to become available is told why it does not */
	act_free(a);
}

/* False: its root table takes another step. */
static bool load_space(struct context *ctx)
{
	paddr_t root = context_root(ctx);

	if (root && cpu0.loaded_root != root) {
		cpu0.loaded_root = root;
		hal_space_load(root);
	}
	return root;
}

/* The first ready activity, made ready to resume; NULL if it stalled or is gone: try the next. */
static struct context *prepare_first(void)
{
	struct activity *a = sched_first();
	struct context *ctx = NULL;
	rc_t rc;

	op_begin(a);
	rc = activity_context(a, &ctx);
	if (rc == RC_OK && a->pending)
		rc = pending_reply(a, ctx);
	if (rc == RC_STALL) {
		act_stall(a, cpu0.stall_key);
		return NULL;
	}
	if (rc == RC_OK && ctx->p.run_state != RS_RUNNING)
		rc = RC_MALFORMED;
	if (rc) {
		drop(a, rc);
		return NULL;
	}
	if (ctx->p.flags & PF_FAULT_DUE) {
		fault_deliver_late(ctx);
		return NULL;
	}
	return ctx;
}

static void timers(void)
{
	static u64 last = ~(u64)0;
	u64 now = hal_time_ms();

	if (now == last)
		return;
	last = now;
	kthread_timers(now);
	sched_timers();
	console_poll();
}

struct context *sched_dispatch(void)
{
	for (;;) {
		int kt;
		struct context *ctx;

		hal_irq_window();
		timers();
		if (IS_ENABLED(CONFIG_RESERVES) && (ready.reserved || ready.charged))
			reserves_stop();
		kt = kthread_first_prio();
		if (kt >= 0 && (kthread_stops_world() || !sched_first() || kt >= (int)sched_first_prio())) {
			kthread_step();
		} else if (sched_first() && !kthread_stops_world()) {
			ctx = prepare_first();
			if (!ctx || !load_space(ctx))
				continue;
			cpu0.current = ctx;
			cpu0.resched = false;
			cpu0.kthread_prio = kt;
			if (IS_ENABLED(CONFIG_RESERVES) && ready.reserved)
				reserves_start(act_of(ctx));
			if (!state.running)
				state.boot_cycles = hal_cycles() - state.boot_cycles;
			state.running = true;
			return ctx;
		} else {
			if (IS_ENABLED(CONFIG_RESERVES) && ready.reserved)
				reserves_start(NULL);
			kernel_idle();
		}
	}
}

struct context *kernel_exit(struct context *ctx)
{
	/* What is current is loaded; what was the first and is ready still is, until something wants to be dispatched. */
	if (cpu0.resched || cpu0.current != ctx || !ctx->act || act_of(ctx)->state != AS_READY ||
	    ctx->p.run_state != RS_RUNNING || !context_root_known(ctx) || ctx->root != cpu0.loaded_root)
		return sched_dispatch();
	assert(act_of(ctx) == sched_first() && ctx->epoch == state.epoch);
	return ctx;
}

struct context *kernel_interrupted(struct context *ctx)
{
	static u64 last_tick;

	if (cpu0.ticks != last_tick) {
		last_tick = cpu0.ticks;
		if (ctx->proc && ctx->act) {
			token_drop(act_of(ctx)); /* it has not come back with its trap */
			act_of(ctx)->tries = 0;
			act_of(ctx)->shares = 0;
			sched_rotate(act_of(ctx));
		}
	}
	return kernel_exit(ctx);
}

void kernel_committed(u64 g)
{
	sched_answer(AS_CKPT, g);
}
