/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Steps for what programs rarely have at hand together: reserves and forwarders. Who runs is given the capabilities that the
 * step needs, of objects as they are now, and invokes with them. Only attackers' objects are destroyed or changed so; the
 * victim and the manager may get a reserve.
 *
 *   byte 8      the lower 3 bits: enum given
 *   1           of which process it is: a schedule or a forwarder
 *   2           what is done with it
 *   3, 4        period and budget, priority and limit, flags and payload; how long
 *   5           another process, or what a forwarder leads to
 *   6, 7        of a call by a forwarder: form and register of what is sent; word
 */
#include "fuzz.h"

#include <abi/syscall.h>
#include <kernel/cpu.h>
#include <kernel/entry.h>
#include <kernel/reserve.h>

enum { OBJECT = 26, ARGUMENT = 27, RECEIVED = 25, GRAIN_US = 50 };
enum { CODE = 0x48 }; /* 3 bits below; of no input from before there were such steps */
enum given { SET, DIVIDE, COMPUTE, CHANGE, CALL, REMAKE, STORE, PROCESS };

static struct cap kernels(u32 type)
{
	return cap_make(type, 0, 0, 0, 0);
}

/* Void, if it isn't in memory or isn't at all. */
static struct cap object(u32 n, u32 index)
{
	const struct frame *f = frame_peek(PROC_OID(n));

	return f && f->use == FU_POT ? obj_cap(f, index) : cap_void();
}

static struct cap schedule_of(u8 b)
{
	return object(b % ATTACKERS, NODE_SCHED);
}

static struct cap process_of(u8 b, u32 type)
{
	struct cap c = object(b % ATTACKERS, NODE_PROC);

	return cap_type(&c) ? cap_make(type, 5, cap_version(&c), cap_oid(&c), 0) : c;
}

static struct cap forwarder_of(u8 b, u32 rights)
{
	struct cap c = object(b % ATTACKERS, NODE_FWD);

	return cap_type(&c) ? cap_make(CT_FORWARDER, 0, cap_version(&c), cap_oid(&c), rights) : c;
}

/* A process, another forwarder or nothing, to lead to or to be kept by. */
static struct cap end_of_way(u8 b)
{
	struct cap victim = object(VICTIM, NODE_PROC);

	switch (b >> 4 & 3) {
	case 0:
		return b & 8 ? cap_make(CT_START, b, cap_version(&victim), cap_oid(&victim), 0) : kernels(CT_SLEEP);
	case 1:
		return process_of(b, CT_START);
	default:
		return forwarder_of(b, CR_OPAQUE);
	}
}

static struct sched_reserve reserve(const u8 *s)
{
	static const u32 periods[] = { 500, 1000, 3000, 10000, 20000, 100000, RESERVE_PERIOD_MAX, 499 };
	u32 period = periods[s[3] & 7];

	return (struct sched_reserve){ period, period / 64 * (1 + s[4] % 64) };
}

static void invoke(struct context *ctx, u32 ctl, struct cap what, u32 op, struct cap argument, u32 w1, u32 w2, u32 w3)
{
	u64 *x = ctx->regs.x;

	ctx->regnode->slot[OBJECT] = what;
	ctx->regnode->slot[ARGUMENT] = argument;
	x[HAL_REG_A0] = ctl | OBJECT;
	x[HAL_REG_A0 + 1] = INV_RCV(RECEIVED, 0, 0, 0);
	x[HAL_REG_A0 + 2] = op;
	x[HAL_REG_A0 + 3] = w1;
	x[HAL_REG_A0 + 4] = w2;
	x[HAL_REG_A0 + 5] = w3;
	x[HAL_REG_A0 + 6] = 0;
	ctx->regs.pc = PC_CALL;
	running = kernel_syscall(ctx);
}

static void set(struct context *ctx, u32 ctl, const u8 *s)
{
	struct sched_reserve r = reserve(s);
	struct cap any = object(s[1] % PROCS, NODE_SCHED), sysctl = kernels(CT_SYSCTL);

	switch (s[2] & 3) {
	case 0:
		invoke(ctx, ctl, sysctl, OP_SYS_RESERVE_SET, any, 0, 0, 0);
		break;
	case 1:
		invoke(ctx, ctl, sysctl, OP_SYS_SCHED_SET, schedule_of(s[1]), s[3] % 8, s[4] % 8, 0);
		break;
	default:
		invoke(ctx, ctl, sysctl, OP_SYS_RESERVE_SET, any, r.period, r.budget, 0);
	}
}

static void divide(struct context *ctx, u32 ctl, const u8 *s)
{
	struct sched_reserve r = reserve(s);
	struct cap own = schedule_of(s[1]), other = schedule_of(s[5]);

	switch (s[2] & 3) {
	case 0:
		invoke(ctx, ctl, own, OP_SCHED_DIVIDE, other, s[3] % 8, s[4] % 4, 0);
		break;
	case 1:
		invoke(ctx, ctl, own, OP_SCHED_RESERVE, cap_void(), 0, 0, 0);
		break;
	case 2:
		invoke(ctx, ctl, kernels(CT_SLEEP), OP_SLEEP_PERIOD, cap_void(), 0, 0, 0);
		break;
	default:
		invoke(ctx, ctl, own, OP_SCHED_DIVIDE_RESERVE, other, r.period, r.budget / 2, 0);
	}
}

/* Whoever runs asks the kernel for nothing, up to 26 ms. */
static void compute(const u8 *s)
{
	for (u64 end = machine.now + (s[3] & 3 ? s[4] * 4u : s[4] * 100u); machine.now < end;)
		if (machine_advance(GRAIN_US))
			running = kernel_interrupted(running);
}

static void change(struct context *ctx, u32 ctl, const u8 *s)
{
	struct cap c = forwarder_of(s[1], 0);

	switch (s[2] & 7) {
	case 0 ... 1:
		invoke(ctx, ctl, c, OP_FWD_BLOCK, cap_void(), 1, 0, 0);
		break;
	case 2 ... 3:
		invoke(ctx, ctl, c, OP_FWD_BLOCK, cap_void(), 0, 0, 0);
		break;
	case 4 ... 5:
		invoke(ctx, ctl, c, OP_FWD_TARGET, end_of_way(s[5]), 0, 0, 0);
		break;
	case 6:
		invoke(ctx, ctl, c, OP_FWD_OPTIONS, cap_void(), s[3] & (FWD_PAYLOAD | FWD_IDENTITY), s[4] * 0x1010101u, 0);
		break;
	default: /* its caller, as who serves calls it */
		invoke(ctx, ctl, c, OP_FWD_PUSH_BACK, ctx->regnode->slot[30], 0, 0, 0);
	}
}

static void call(struct context *ctx, bool manager, const u8 *s)
{
	static const u8 forms[8] = { INV_CALL, INV_CALL, INV_CALL, INV_SEND, INV_RETURN, INV_PCALL, INV_PSEND, INV_PRETURN };
	u32 form = manager ? INV_PSEND : forms[s[6] >> 5];

	invoke(ctx, INV_CTL(form, 0, s[6] & 31, s[6] & 31, ARGUMENT, s[2] & 1 ? 30 : 0), forwarder_of(s[1], CR_OPAQUE), s[7],
	       end_of_way(s[5]), s[3], s[4], s[5]);
}

/* Of those of attackers, by a range over them. */
static void remake(struct context *ctx, u32 ctl, const u8 *s)
{
	bool fwd = s[2] & 2;
	u32 n = s[1] % ATTACKERS, index = fwd ? NODE_FWD : NODE_SCHED;
	struct cap range = cap_make(CT_RANGE, 0, PROC_FRAME(ATTACKERS) - PROC_FRAME(0), PROC_OID(0), 0);

	if (s[2] & 1)
		invoke(ctx, ctl, range, OP_RANGE_RESCIND, object(n, index), 0, 0, 0);
	else
		invoke(ctx, ctl, range, OP_RANGE_ALLOC, cap_void(), PROC_FRAME(n) - PROC_FRAME(0), index,
		       fwd ? NK_FORWARDER : NK_SCHEDULE);
}

static void store(struct context *ctx, u32 ctl, const u8 *s)
{
	struct cap to = process_of(s[1], CT_PROCESS);

	if (s[2] & 1)
		invoke(ctx, ctl, to, OP_PROC_STORE, end_of_way(s[5]), PS_KEEPER, 0, 0);
	else
		invoke(ctx, ctl, to, OP_PROC_STORE, schedule_of(s[5]), PS_SCHEDULE, 0, 0);
}

static void process(struct context *ctx, u32 ctl, const u8 *s)
{
	static const u32 ops[] = { OP_PROC_CONTINUE, OP_PROC_AVAILABLE, OP_PROC_YIELD, OP_PROC_STOP };

	invoke(ctx, ctl, process_of(s[1], CT_PROCESS), ops[s[2] % ARRAY_SIZE(ops)], cap_void(), 0, 0, 0);
}

bool given_code(const u8 *s)
{
	return (s[8] & 0xf8) == CODE;
}

size_t given_mutate(u8 *rows, size_t bytes, unsigned seed)
{
	u8 *s = rows + seed / 256 % (bytes / STEP_BYTES + 1) * STEP_BYTES;

	if (seed % 4 || s + STEP_BYTES > rows + bytes)
		return bytes;
	s[0] = (u8)((s[0] & 0xf0) | KIND_CHECKPOINT);
	s[8] = CODE | (seed >> 2 & 7);
	return bytes;
}

void given_step(struct context *ctx, const u8 *s, bool manager)
{
	u32 ctl = INV_CTL(manager ? INV_PCALL : INV_CALL, 0, ARGUMENT, 0, 0, 0);

	switch ((enum given)(s[8] & 7)) {
	case SET:
		set(ctx, ctl, s);
		break;
	case DIVIDE:
		divide(ctx, ctl, s);
		break;
	case COMPUTE:
		compute(s);
		break;
	case CHANGE:
		change(ctx, ctl, s);
		break;
	case CALL:
		call(ctx, manager, s);
		break;
	case REMAKE:
		remake(ctx, ctl, s);
		break;
	case STORE:
		store(ctx, ctl, s);
		break;
	case PROCESS:
		process(ctx, ctl, s);
		break;
	}
}
