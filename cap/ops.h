/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the handlers of cap_<type>.c share: the table of operations and small steps.
 *
 * A type is a table from operation to a function. What an operation needs (rights, a small first word, a type of
 * capability) is checked from the table. Each function prepares, calls inv_commit() once, performs (kernel/invoke.h).
 * Kernel objects take the low 32 bits of each message word, on every port.
 */
#ifndef CAP_OPS_H
#define CAP_OPS_H

#include <kernel/invoke.h>
#include <kernel/ops.h>

#define OPF_STORE 0x1u /* refused through a read-only capability */
#define OPF_SLOT  0x2u /* refused through an opaque capability */
#define OP_SAME_TYPE 0xffu

/* What is between the code and the function comes from idl/, and is checked before the function runs. */
struct op {
	u8 code;
	u8 flags;  /* OPF_*: RC_NO_ACCESS */
	u8 bits;   /* word 1 has at most so many, 0 = any: RC_REQUEST */
	u8 type;   /* of c[0]: CT_*, OP_SAME_TYPE, CT_VOID = any: RC_BAD_CAP */
	rc_t (*perform)(struct inv *i);
};
#define OP(name, function) { OP_##name, CHECK_##name, function }
/* One that is not there without a configuration's option: RC_UNKNOWN_OP. */
#define OP_OPT(name, option, function) { OP_##name, CHECK_##name, IS_ENABLED(option) ? function : NULL }

/* The operations of a type, cap_<type>_ops: all that idl/<type>.idl has. */
#define CAP_OPS(name, ...)                                                                                         \
	const struct op cap_##name##_ops[] = { __VA_ARGS__ };                                                      \
	_Static_assert(ARRAY_SIZE(cap_##name##_ops) == OPS_##name, "each operation of idl/" #name ".idl, once")

static inline u32 arg(const struct inv *i, u32 n)
{
	return (u32)i->w[n];
}

/* 64 bits in two words, low first: from word n of the request, into word n of the reply. */
static inline u64 arg64(const struct inv *i, u32 n)
{
	return arg(i, n) | (u64)arg(i, n + 1) << 32;
}
static inline void reply64(struct inv *i, u32 n, u64 v)
{
	i->r.w[n] = (u32)v;
	i->r.w[n + 1] = (u32)(v >> 32);
}

/* A whole operation: commits and replies one capability. */
rc_t reply_cap(struct inv *i, struct cap c);
/* A string of at most a frame into inv_scratch(). RC_TOO_LONG. Prepare phase. */
NODISCARD rc_t string_to_scratch(const struct inv *i, u32 max);
/* May the caller wait in the kernel? Only a plain call may: RC_WOULD_BLOCK for prompt forms, else RC_REQUEST. */
NODISCARD rc_t may_wait(const struct inv *i);
/* The object of capability argument 0. RC_BAD_CAP if it is gone; RC_STALL, ... */
NODISCARD rc_t arg_lookup(const struct inv *i, struct objref *out);
/* Prepares a change of the target's node: it is dirty, and hardware mappings made from it are gone. RC_STALL, ... */
NODISCARD rc_t target_prepare(struct inv *i);
/* The target's node, writable. Perform phase. */
struct node *target_change(struct inv *i);

/* What a capability in a slot becomes when it is fetched through this one. Every fetch path calls it. */
struct cap fetched(const struct cap *through, struct cap c);

/* Operations that serve several types. */
rc_t mem_reduce(struct inv *i);
rc_t mem_guard(struct inv *i);
rc_t slot_fetch(struct inv *i);
rc_t slot_store(struct inv *i);
rc_t slot_swap(struct inv *i);
rc_t slot_number(struct inv *i);
rc_t slots_clear(struct inv *i);
rc_t slots_clone(struct inv *i);

/* Tables are searched: what is called most stands first. */
#define SLOT_OPS                                                                                                   \
	OP(NODE_STORE, slot_store), OP(NODE_FETCH, slot_fetch), OP(NODE_SWAP, slot_swap),                          \
	OP(NODE_CLEAR, slots_clear), OP(NODE_CLONE, slots_clone), OP(NODE_NUMBER, slot_number)

/* Run states and registers of processes: cap_process_state.c. */
rc_t proc_run(struct inv *i);
rc_t proc_stop(struct inv *i);
rc_t proc_continue(struct inv *i);
rc_t proc_available(struct inv *i);
rc_t proc_resume_cap(struct inv *i);
rc_t proc_status(struct inv *i);
rc_t proc_yield(struct inv *i);
rc_t proc_get_regs(struct inv *i);
rc_t proc_set_regs(struct inv *i);
rc_t proc_exec(struct inv *i);
/* paths.c */
rc_t node_fetch_path(struct inv *i);
rc_t node_swap_path(struct inv *i);
rc_t mem_attributes(struct inv *i);
/* cap_clock.c */
rc_t clock_read(struct inv *i);
rc_t clock_wait(struct inv *i);
rc_t clock_set(struct inv *i);
rc_t sys_clock(struct inv *i);
/* cap_device.c */
rc_t sys_device(struct inv *i);
/* cap_notice.c */
rc_t proc_notice_cap(struct inv *i);
rc_t proc_notices(struct inv *i);

/* Takes its activity; a wait in the kernel, which lives there, ends as a restart would end it. Perform phase. */
void proc_halt(struct context *ctx);

/* Where those wait who came through this forwarder: forwarders on the way, and the process at its end. */
struct fwd_way {
	u64 key[FWD_DEPTH + 1];
	u32 count;
};
NODISCARD rc_t fwd_waiters(const struct node *fwd, struct fwd_way *way); /* prepare phase: RC_STALL */
void fwd_wake(const struct fwd_way *way);                                /* perform phase */

/* Destroys the object that c names (range rescind). A whole operation. */
rc_t object_destroy(struct inv *i, const struct cap *c);

/* Parameters of a schedule node, kept as numbers: slot 0 words 1 and 2, slot 1 words 1 and 2. */
struct sched_params {
	u32 priority, limit;
	struct sched_reserve reserve;
};
struct sched_params sched_params_get(const struct objref *ref);
/* Stores them and passes them on to what runs under the schedule. Perform phase; the frame is dirty. */
void sched_params_set(const struct objref *ref, struct sched_params p);

#define CAPTYPE(type, name) extern const struct op cap_##name##_ops[OPS_##name];
#define CAPTYPE_OPT(type, name, option) CAPTYPE(type, name)
#define CAPTYPE_CORE(type)
#include "captype.def"
#undef CAPTYPE
#undef CAPTYPE_OPT
#undef CAPTYPE_CORE

#endif
