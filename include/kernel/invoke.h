/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One invocation: decode -> prepare -> commit -> perform, and the kernel objects' handlers.
 *
 * kernel/invoke.c decodes, copies the sent capabilities and words, resolves and pins the pages of
 * the sent string and of the reply's buffer, and calls the handler of the target's type
 * (cap/captype.def). A handler
 *   1. prepares: looks up and makes dirty what it will change. It may return RC_STALL, or an
 *      enum rc as error; then nothing has changed and the core commits and replies that error.
 *   2. calls inv_commit(i) exactly once,
 *   3. performs: cannot fail or stall; fills i->r; returns RC_OK.
 * A handler that makes its caller wait in the kernel (sleep, checkpoint, console) calls
 * inv_wait() instead of replying; the dispatcher answers later.
 */
#ifndef KERNEL_INVOKE_H
#define KERNEL_INVOKE_H

#include <abi/error.h>
#include <abi/syscall.h>
#include <kernel/context.h>
#include <kernel/cpu.h>

#define FWD_DEPTH 4u /* forwarders on the way of one invocation: RC_TOO_DEEP */
#define INV_STRING_PAGES (ABI_MAX_STRING / FRAME_SIZE + 1)

struct user_pages {
	uaddr_t addr;
	u32 len;                                  /* usable: cut where a page is not there */
	struct frame *page[INV_STRING_PAGES];     /* pinned; made dirty if for writing */
};

struct message {
	u32 facet;
	word_t w[4];
	struct cap c[4];
	const struct user_pages *src;             /* string from a user, or */
	const void *str;                          /* from the kernel: good until the step ends, at most FRAME_SIZE */
	u32 len;                                  /* sent length */
};

struct inv {
	struct context *from;                     /* the invoker */
	struct context *reply_to;                 /* who gets the reply: the invoker of a call, the
						   * process of a live resume in c[3] otherwise, or NULL */
	u32 type;                                 /* enum inv_type */
	struct cap target;
	struct objref ref;                        /* object targets: looked up and pinned */
	word_t w[4];
	struct cap c[4];
	struct user_pages src, dst;
	struct message r;                         /* the reply: w[0] = enum rc */
	bool waits;                               /* the invoker gets no answer now: it waits, or has begun anew */
};

/* Has this type operations? Not those that the core delivers itself (void, start, resume, fault), nor numbers without a type. */
bool cap_has_ops(u32 type);
/* Checks what idl/ says of the operation, then runs its handler; answers OP_TYPE. cap_has_ops() of the target's type. */
NODISCARD rc_t cap_invoke(struct inv *i);

void inv_commit(struct inv *i);
static inline bool inv_prompt(const struct inv *i) { return i->type >= INV_PCALL; }
/* Copies from the sent string (perform phase or prepare: the pages are pinned). */
void inv_string_in(const struct inv *i, u32 off, void *dst, u32 len);
/* 4 KiB of scratch for i->r.str, good until the step ends. */
void *inv_scratch(void);
/* The invoker of a call waits in the kernel: its activity gets this state and wake value. After
 * inv_commit(). */
void inv_wait(struct inv *i, enum act_state state, u64 wake);

/* ---- processes: kernel/process.c, for cap_process.c and the core ---------------------------- */
/* Loads the process node at ref into a context: nodes dirty, ctx->epoch == state.epoch.
 * RC_STALL, RC_MALFORMED, RC_OBJECT_DAMAGED. */
NODISCARD rc_t process_load(const struct objref *ref, struct context **out);
/* Would process_run() find an activity? RC_OK, RC_NO_ACTIVITY, RC_STALL (its schedule is fetched), or why its schedule
 * cannot be read. A process without a schedule can run_state-change but stays stopped: RC_OK. Prepare phase. */
NODISCARD rc_t process_can_run(struct context *ctx);
/* Perform phase; after process_can_run() in the same step. */
void process_run(struct context *ctx);             /* run_state = running, ready, charged to the schedule it has now */
void process_stop(struct context *ctx);            /* gives its activity back; PF_STOPPED */
void process_available(struct context *ctx);       /* call count up, activity back, available */
void process_open_wait(struct context *ctx);       /* the invoker's: available, or goes on with the notices that are due */
void process_waiting(struct context *ctx);         /* call count up, waiting */
struct cap process_resume_cap(struct context *ctx, u32 type); /* CT_RESUME or CT_FAULT, current count */
struct node *context_node(struct context *ctx);    /* its process node, writable */
/* Writes the context's registers into its node and forgets it. Never fails (P1). */
void context_unload(struct context *ctx);
/* A root slot of a loaded process changed: forget what was cached from it. */
void context_slot_changed(struct context *ctx, u32 slot);
/* All contexts of this epoch to their nodes (snapshot). */
void contexts_write_back(void);

/* ---- interrupts for drivers at user level: kernel/irqbind.c ------------------------------------------- */
NODISCARD rc_t irq_can_bind(u32 irq);                  /* RC_BUSY */
void irq_bind(u32 irq, const struct cap *notice);      /* perform phase, after irq_can_bind() */
void irq_release(u32 irq);
void irq_bound_note(u32 irq);                          /* from kernel_irq_note() */

/* ---- notices: kernel/notice.c --------------------------------------------------------------------- */
bool notice_due(const struct context *ctx);
/* May these become the process's posted and held-back bits? RC_NO_ACTIVITY, RC_STALL, ... as process_can_run(). */
NODISCARD rc_t notice_prepare(struct context *ctx, u32 bits, u32 mask);
/* Perform phase, after notice_prepare() with the same: what is due is delivered if the process is available. */
void notice_set(struct context *ctx, u32 bits, u32 mask);

/* ---- activities and scheduling: kernel/sched.c ------------------------------------------------ */
extern struct activity activities[CONFIG_NR_ACTIVITIES];               /* index 0 .. CONFIG_NR_ACTIVITIES-1 */
u32 sched_in_use(oid_t sched_oid, u32 version);    /* activities charged to it */
void sched_wake_key(u64 key);
/* Everybody who waits at a keeper that is to be told a fault of this process (KEY_PROCESS()) tries again: itself, and
 * who sends it a string. Another keeper may be asked now, or none. */
void sched_wake_faults(u64 key);
/* Restart: one saved activity comes back (state, wake as saved). hold: unless it waits for the
 * console, a checkpoint or a reply it is held (AS_HELD), and nothing but its continuation wakes it. False = table full. */
bool sched_restore(const struct activity *a, struct sched_reserve r, bool hold);
/* Time in ms. */
u64 time_persistent_ms(void);
u64 time_boot_ms(void);
void time_wall_set(u64 ms);        /* whoever waits for it is looked at again */
u64 time_boot_ns(void);                            /* the same clock, as fine as the board has it */

/* ---- checkpoint control, registered by ckpt through init --------------------------------------- */
struct ckpt_ops {
	u64 (*request)(void);                        /* asks; returns the generation that will answer */
	u64 (*committed)(void);
	void (*status)(void *abi_ckpt_status);
	void (*set_interval)(u32 seconds);
};
extern const struct ckpt_ops *ckpt_ops;            /* NULL = RAM only */
/* ckpt calls this (through its hooks) when generation g is committed. */
void kernel_committed(u64 g);

/* ---- console service (kernel/console.c) --------------------------------------------------------- */
void console_input(char c);
void console_restarted(void);      /* boot: this is not the image's first start */
u32 console_take(char *buf, u32 max);  /* what has been typed, at most max bytes; 0 = nothing */
void console_write(const char *s, u32 n);

#endif
