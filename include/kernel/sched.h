/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Inside the kernel room: activities, ready queues, stall buckets, and the dispatcher.
 * All of it runs with interrupts off, on one CPU, between entry and exit of a trap.
 */
#ifndef KERNEL_SCHED_H
#define KERNEL_SCHED_H

#include <kernel/context.h>
#include <kernel/invoke.h>
#include <kernel/kthread.h>
#include <kernel/map.h>

void sched_init(void);
/* An activity for a loaded process, charged to its schedule; NULL = at its limit or table full. */
struct activity *act_alloc(struct context *ctx);
void act_free(struct activity *a);
/* State changes; each leaves the queue that the old state was in. */
void act_ready(struct activity *a, bool front);
void act_stall(struct activity *a, u64 key);
void act_park(struct activity *a, enum act_state s, u64 wake);
/* A schedule's parameters have changed: who is ready under it goes to the tail of the new queue. */
void sched_change(oid_t sched_oid, u32 version, u8 prio, struct sched_reserve r);
/* The reserve that is in force for the schedule, and how many of its periods ended too early for it. */
struct sched_reserve sched_reserve_of(const struct activity *a);
u32 sched_missed(oid_t sched_oid, u32 version);
/* The processes under this activity's schedule, which has a reserve, do not run again before its next period. */
void reserve_give_up(const struct activity *a);
/* The first's turn goes to the second, if they compete in one queue. */
bool act_yield(struct activity *from, struct activity *to);
/* Would act_alloc succeed for this process? Its schedule is known. */
bool sched_admits(struct context *ctx);
struct activity *act_find(oid_t oid);
static inline struct activity *act_of(const struct context *ctx)
{
	return ctx->act;
}

/* Most urgent ready activity, or NULL; its priority, PRIO_RESERVE if it has budget left. */
struct activity *sched_first(void);
u32 sched_first_prio(void);      /* PRIO_NR if none */
void sched_rotate(struct activity *a);
/* Every activity parked in this state whose wake value has come gets its reply when it is next dispatched. */
void sched_answer(enum act_state s, u64 upto);
/* The same for the first activity found in this state, if there is one; restarted: with RC_RESTARTED. */
bool sched_answer_one(enum act_state s, bool restarted);
void sched_timers(void);         /* wakes sleepers whose time has come */

/* Most urgent ready kernel thread's priority, or -1; runs one step of it. */
int kthread_first_prio(void);
void kthread_step(void);
const char *kthread_next(void);  /* whose step that will be; there is one */
void kthread_timers(u64 now);
void kernel_idle(void);          /* hal_idle(), counted */

/* Picks and prepares the next context; idles if there is none. */
struct context *sched_dispatch(void);
/* Leaves the kernel: the current context goes on if nothing is more urgent. */
struct context *kernel_exit(struct context *ctx);

/*
 * The progress token: an operation that has been tried TOKEN_TRIES times takes it, if it is
 * free; what it brings in then stays pinned until it ends. So two operations that evict each
 * other's objects cannot do so for ever. op_begin() starts a try, op_end() tells how it went.
 */
#define TOKEN_TRIES 8u
/*
 * So many steps of an operation end for their share. What one of them makes the next may undo, if there are too few
 * hardware tables or records for all that it needs, or somebody more urgent; so after them it is done in one.
 */
#define SHARES_MAX 1024u
void op_begin(struct activity *a);
void op_end(struct context *ctx, rc_t rc);
void token_drop(const struct activity *a);

/* ---- inside invocation ------------------------------------------------------------------------ */
/* Message delivery (perform phase): words, capabilities, string into the receiver. */
void deliver(struct context *to, const struct message *m, const struct user_pages *dst);
/* Resolves [addr, addr+len) of ctx's space to pinned frames. RC_OK with up->len cut at the first page
 * that cannot be used; w (may be NULL) gets that walk's fault. */
NODISCARD rc_t user_pages_get(struct context *ctx, uaddr_t addr, u32 len, bool write,
			      struct user_pages *up, struct walk *w);
void user_pages_copy_in(const struct user_pages *up, u32 off, void *dst, u32 len);
/* Reads the abi_string at the context's str word, which is not 0. RC_ADDRESS, RC_STALL. */
NODISCARD rc_t string_block(struct context *ctx, struct abi_string *out, struct walk *w);
/* Where at most `want` bytes for ctx go: its string buffer, cut where pages are missing; w->fault says why. */
NODISCARD rc_t receive_pages(struct context *ctx, u32 want, struct user_pages *dst, struct walk *w);
/* Address-space capability of a loaded process. */
struct cap context_space(const struct context *ctx);
/* A fault of ctx: delivers it to the keeper (innermost memory keeper, else process keeper) or
 * stops the process. RC_OK or RC_STALL. */
NODISCARD rc_t fault_deliver(struct context *ctx, u32 code, u64 addr, u64 info, const struct walk *w);
/* The same in few instructions, of what runs and to a keeper by its start capability: who runs next. NULL = nothing has
 * changed, fault_deliver() must. (kernel/fastfault.c) */
struct context *fast_fault(struct context *ctx, const struct cap *keeper, u32 code, u64 addr, u64 info);
/* What receive_pages() found missing for an available process that can run: its memory keeper is asked, the process is
 * available again when that has answered, and the sender's trap is tried again. RC_OK without a commit if there is no
 * keeper that can be asked: then the string is cut. RC_STALL. */
NODISCARD rc_t fault_of_receiver(struct context *ctx, const struct context *sender, const struct walk *w);
/* A process with PF_FAULT_DUE tells its keeper before it runs again: it stalls, or is no longer ready. */
void fault_deliver_late(struct context *ctx);
/* From an opaque forwarder to what is at the end of at most FWD_DEPTH: *target. The last on the way that adds its payload or
 * itself changes *w3 or *c2. RC_TOO_DEEP, RC_STALL (at one that is blocked; prompt: RC_WOULD_BLOCK), or why one cannot be
 * looked up; then all three mean nothing. */
NODISCARD rc_t follow_forwarders(struct cap *target, word_t *w3, struct cap *c2, bool prompt);
/* What the invoker becomes after sending: waiting (call), available (return), or goes on (send). */
void invoker_sent(struct inv *i);
NODISCARD rc_t ipc_start(struct inv *i);
NODISCARD rc_t ipc_resume(struct inv *i);
NODISCARD rc_t invoke_kernel_object(struct inv *i);
/* Every way out of waiting; raises the call count. */
void process_wake_from_waiting(struct context *ctx);
struct context *context_of(const struct frame *f, u32 index);
struct context *context_at(u32 index);  /* 1 + place in the table */
void console_poll(void);
static inline bool context_root_known(const struct context *ctx)
{
	return ctx->root_serial == state.root_serial;
}
paddr_t context_root(struct context *ctx);   /* its root table, made if need be; P1 holds. 0: as map_root() */
/* The system call by the path that can do everything (kernel/fastpath.c tries a shorter one first). */
struct context *syscall_general(struct context *ctx);
NODISCARD rc_t context_refresh(struct context *ctx); /* P1: dirty and reserved in this epoch */

/* Registered as mm's hooks by init. */
void process_frame_unhook(struct frame *f, u32 index);
void process_schedule_unhook(struct frame *f);
void contexts_forget_use(const struct use *u);

#endif
