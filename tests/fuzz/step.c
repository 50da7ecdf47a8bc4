/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What happens next. An input is a row of steps of STEP_BYTES; whoever runs takes the next one. A program has no state but
 * its registers and memory, as a real one: its pc says whether it is at an invocation, at an access, or between steps. So
 * what stalls, faults or is restarted goes on as it would on a processor.
 *
 *   byte 0      what: an invocation (most values), an access to memory, an exception, time, a checkpoint, a power cut; where
 *               it would be a checkpoint and byte 8 is 0x48 to 0x4f: a step of given.c
 *   1           invocation: register 5 bits, type 3
 *   2           operation, of those that the type of the capability in that register has; from 0xe0 on, any
 *   3-5         words 1-3, by value()
 *   6, 7, 8     registers of c0, c1, and of what is received for c0: 5 bits each; 3 bits for the others, by others[]
 *   9           string: none, or where its block is, where it is, how long, and where the answer goes
 */
#include "fuzz.h"
#include "arch/host/rv64.h"

#include <abi/error.h>
#include <abi/syscall.h>
#include <kernel/cpu.h>
#include <kernel/entry.h>
#include <kernel/store.h>
#include <string.h>

enum { HANG = 4000, POWER_CUTS_MAX = 2, AUDIT_EVERY = 8, REGS_BYTES = sizeof(struct abi_process_regs) + HAL_REGS_BYTES };
enum { X_ADDRESS = 5, X_ACCESS, X_VALUE, X_READ = 9, X_TRIED = 28 };

static const u8 *input;
static size_t input_bytes, at;
static u32 power_cuts, since_step;

/* ---- from bytes to words ---- */

/* Small numbers are slots, offsets, kinds and rights: most of what is right. */
static word_t value(u8 b)
{
	static const u64 special[] = {
		0x7fffffff, 0x80000000, 0xffffffff, 0x100000000, ~(u64)0, 0x8000000000000000, 0x3ffff, 0x40000, 0xffffff, 0x1000000,
		64, 65, 80, 255, 256, 320, 4095, 4096, 4097, 5000, 65536, 65537, 1000000,
		DATA, BLOCK, OTHER, 0x1fff, PEER, NOWHERE, FILLER, FILLER + 0x5000, SHARED, SHARED + 0x3000, SHARED + 0x1f000,
		0x3fffff, 0x400000, PC_CALL, PC_TOUCH, PC_NEXT, OP_TYPE, OP_FAULT, 160, 223, 224, 100, 128,
	};

	if (b < 0x60)
		return b & 7;
	if (b < 0xa0)
		return b & 31;
	return b < 0xc0 ? 32u + (b & 31) : special[(b - 0xc0u) % ARRAY_SIZE(special)];
}

#define OPS(...) { __VA_ARGS__ }, sizeof((u32[])OPS_LIST(__VA_ARGS__)) / 4
#define OPS_LIST(...) { __VA_ARGS__ }
static const struct {
	u32 op[16], count;
} operations[CT_NR] = {
	[CT_NUMBER] = { OPS(OP_NUM_GET, OP_TYPE) },
	[CT_PAGE] = { OPS(OP_MEM_REDUCE, OP_MEM_GUARD, OP_PAGE_ZERO, OP_PAGE_CLONE, OP_PAGE_READ, OP_PAGE_WRITE) },
	[CT_NODE] = { OPS(OP_NODE_REDUCE, OP_NODE_FETCH, OP_NODE_STORE, OP_NODE_SWAP, OP_NODE_CLEAR, OP_NODE_CLONE,
			  OP_NODE_NUMBER) },
	[CT_GPT] = { OPS(OP_MEM_REDUCE, OP_MEM_GUARD, OP_NODE_FETCH, OP_NODE_STORE, OP_NODE_SWAP, OP_NODE_CLEAR, OP_NODE_CLONE,
			 OP_NODE_NUMBER, OP_GPT_GET, OP_GPT_SET) },
	[CT_PROCESS] = { OPS(OP_PROC_FETCH, OP_PROC_STORE, OP_PROC_CAP_FETCH, OP_PROC_CAP_STORE, OP_PROC_GET_REGS,
			     OP_PROC_SET_REGS, OP_PROC_START_CAP, OP_PROC_RESUME_CAP, OP_PROC_RUN, OP_PROC_STOP,
			     OP_PROC_CONTINUE, OP_PROC_AVAILABLE, OP_PROC_STATUS, OP_PROC_RUN, OP_PROC_AVAILABLE) },
	[CT_FORWARDER] = { OPS(OP_FWD_TARGET, OP_FWD_BLOCK, OP_FWD_OPAQUE) },
	[CT_SCHEDULE] = { OPS(OP_SCHED_GET, OP_SCHED_DIVIDE) },
	[CT_RANGE] = { OPS(OP_RANGE_LENGTH, OP_RANGE_SUB, OP_RANGE_ALLOC, OP_RANGE_RESCIND, OP_RANGE_IDENTIFY, OP_RANGE_GET,
			   OP_RANGE_ALLOC, OP_RANGE_RESCIND, OP_RANGE_GET) },
	[CT_SLEEP] = { OPS(OP_SLEEP_FOR, OP_SLEEP_UNTIL, OP_SLEEP_NOW) },
	[CT_DISCRIM] = { OPS(OP_DISCRIM_CLASSIFY, OP_DISCRIM_SAME, OP_DISCRIM_DISCREET) },
	[CT_CHECKPOINT] = { OPS(OP_CKPT_TAKE, OP_CKPT_STATUS, OP_CKPT_INTERVAL) },
	[CT_KLOG] = { OPS(OP_KLOG_WRITE, OP_KLOG_READ) },
	[CT_CONSOLE] = { OPS(OP_CON_WRITE, OP_CON_READ) },
	[CT_SYSCTL] = { OPS(OP_SYS_PROCS, OP_SYS_INFO, OP_SYS_SCHED_SET, OP_SYS_SCHED_SET, OP_SYS_SCHED_SET, OP_SYS_HALT) },
};

/* Those that came later, so that older inputs mean what they meant. */
static const struct {
	u32 op[8], count;
} later[CT_NR] = {
	[CT_PAGE] = { OPS(OP_MEM_ATTRIBUTES) },
	[CT_NODE] = { OPS(OP_NODE_FETCH_PATH, OP_NODE_SWAP_PATH, OP_NODE_ATTRIBUTES) },
	[CT_PROCESS] = { OPS(OP_PROC_NOTICE_CAP, OP_PROC_NOTICES, OP_PROC_EXEC, OP_PROC_YIELD) },
	[CT_FORWARDER] = { OPS(OP_FWD_GET, OP_FWD_OPTIONS, OP_FWD_PUSH_BACK) },
	[CT_RANGE] = { OPS(OP_RANGE_COMPARE, OP_RANGE_ADDRESS) },
	[CT_SCHEDULE] = { OPS(OP_SCHED_RESERVE, OP_SCHED_DIVIDE_RESERVE) },
	[CT_SLEEP] = { OPS(OP_SLEEP_READ, OP_SLEEP_WAIT, OP_SLEEP_SET, OP_SLEEP_PERIOD, OP_SLEEP_NOW_NS) },
	[CT_SYSCTL] = { OPS(OP_SYS_CLOCK, OP_SYS_DEVICE, OP_SYS_RESERVE_SET) },
	[CT_NOTICE] = { OPS(OP_NOTICE_POST, OP_NOTICE_REDUCE) },
	[CT_KEYBITS] = { OPS(OP_KEYBITS_GET) },
	[CT_PROCTOOL] = { OPS(OP_TOOL_OPEN, OP_TOOL_SAME, OP_TOOL_FORWARDER, OP_TOOL_SPACE) },
	[CT_DEVMEM] = { OPS(OP_DEV_READ, OP_DEV_WRITE, OP_DEV_SUB, OP_DEV_REDUCE, OP_DEV_LENGTH) },
	[CT_IRQ] = { OPS(OP_IRQ_BIND, OP_IRQ_OPEN, OP_IRQ_RELEASE) },
};

static word_t operation(u32 type, u8 b)
{
	u32 n = type < CT_NR ? operations[type].count : 0;

	if (type < CT_NR && later[type].count && b < 0xe0 && (b >= 0xc0 || !n))
		return later[type].op[b % later[type].count];
	return n && b < 0xe0 ? operations[type].op[b % n] : value(b);
}

static u32 others(u8 b)
{
	static const u8 registers[8] = { 0, 30, 31, 1, 27, 24, 4, 13 };

	return registers[b >> 5];
}

/* ---- memory, as the program sees it ---- */

/* False: it is not mapped so, now. */
static bool poke(uaddr_t to, const void *from, u32 bytes)
{
	const u8 *b = from;

	while (bytes) {
		u32 n = MIN(bytes, FRAME_SIZE - (u32)(to % FRAME_SIZE));
		void *p = rv64_memory(to, ACC_WRITE);

		if (!p)
			return false;
		memcpy(p, b, n);
		b += n;
		to += n;
		bytes -= n;
	}
	return true;
}

static struct context *touch(struct context *ctx)
{
	u64 va = ctx->regs.x[X_ADDRESS], v = ctx->regs.x[X_VALUE];
	enum access access = (enum access)(ctx->regs.x[X_ACCESS] % 3);
	u32 bytes = MIN(8u, FRAME_SIZE - (u32)(va % FRAME_SIZE));
	u8 *p = rv64_memory(va, access);

	if (!p)
		return kernel_page_fault(ctx, va, access);
	if (access == ACC_WRITE)
		memcpy(p, &v, bytes);
	else
		memcpy(&ctx->regs.x[X_READ], p, bytes);
	ctx->regs.pc = PC_NEXT;
	return ctx;
}

/* ---- steps ---- */

static u64 string_place(u8 b)
{
	static const u64 bad[] = { NOWHERE, 0x1f03, ((u64)1 << 38) - 16, ~(u64)0 - 7 };

	switch (b >> 5 & 3) {
	case 2: return OTHER - 16;
	case 3: return bad[b >> 3 & 3];
	default: return BLOCK;
	}
}

static struct abi_string string_of(u8 b, bool registers)
{
	static const u64 from[] = { DATA, OTHER - 4, NOWHERE, FILLER }, length[] = { 0, 80, FRAME_SIZE, 5000 };

	return (struct abi_string){ .send = from[b >> 3 & 3], .send_len = registers ? REGS_BYTES : length[b >> 1 & 3],
		.recv = b & 1 ? DATA + 0x800 : OTHER + 8, .recv_max = b & 8 ? 100 : FRAME_SIZE };
}

/* The string that the step sends is written where its block says. False: the process faulted on the way. */
static bool string_written(struct context *ctx, const u8 *s, bool registers)
{
	u8 image[REGS_BYTES] = { 0 };
	struct abi_string str = string_of(s[9], registers);
	struct abi_process_regs r = { .layout = HAL_LAYOUT, .version = 1, .run_state = s[3], .fault_code = s[4], .flags = s[5] };
	struct hal_regs regs = { .pc = value(s[5]) & ~(u64)3 };
	bool tried = ctx->regs.x[X_TRIED] == at;

	ctx->regs.x[HAL_REG_A0 + 6] = 0;
	if (!(s[9] & 0x80))
		return true;
	if (registers && str.send == DATA) {
		for (u32 k = 1; k < 32; k++)
			regs.x[k] = value((u8)(s[4] + k * s[3]));
		memcpy(image, &r, sizeof(r));
		hal_regs_save(&regs, image + sizeof(r));
		if (!poke(DATA, image, REGS_BYTES) && !tried) {
			ctx->regs.x[X_TRIED] = at;
			running = kernel_page_fault(ctx, DATA, ACC_WRITE);
			return false;
		}
	}
	if ((s[9] >> 5 & 3) != 3 && !poke(string_place(s[9]), &str, sizeof(str)) && !tried) {
		u64 va = string_place(s[9]);

		ctx->regs.x[X_TRIED] = at;
		running = kernel_page_fault(ctx, rv64_memory(va, ACC_WRITE) ? va + 16 : va, ACC_WRITE);
		return false;
	}
	ctx->regs.x[HAL_REG_A0 + 6] = string_place(s[9]);
	return true;
}

static bool kernel_object(u32 type)
{
	return type < CT_NR && type != CT_START && type != CT_RESUME && type != CT_FAULT && type != CT_FORWARDER;
}

/* The manager never waits, and keeps the registers that it needs. */
static void invocation(struct context *ctx, const u8 *s, bool manager)
{
	static const u8 prompt[8] = { INV_PCALL, INV_PCALL, INV_PSEND, INV_PCALL, INV_PCALL, INV_PSEND, INV_PCALL, INV_PCALL };
	u32 target = s[1] & 31, type = s[1] >> 5, rcv = s[8] & 31;
	u32 cap = target ? cap_type(&ctx->regnode->slot[target]) : CT_VOID;
	u64 op = operation(cap, s[2]), *x = ctx->regs.x;

	if (!string_written(ctx, s, cap == CT_PROCESS && op == OP_PROC_SET_REGS))
		return;
	if (manager) {
		type = kernel_object(cap) ? prompt[type] : INV_PSEND;
		rcv = rcv < 24 ? 0 : rcv;
	}
	x[HAL_REG_A0] = INV_CTL(type, target, s[6] & 31, s[7] & 31, others(s[7]), others(s[6]));
	x[HAL_REG_A0 + 1] = INV_RCV(rcv, 0, 0, manager ? 0 : others(s[8]));
	x[HAL_REG_A0 + 2] = op;
	for (u32 k = 0; k < 3; k++)
		x[HAL_REG_A0 + 3 + k] = value(s[3 + k]);
	if (machine_verbose)
		fprintf(stderr, "%llx: type %u, register %u (type %u), op %llx, words %llx %llx %llx, c0 %u, c1 %u, rcv %u, str %llx\n",
			(unsigned long long)ctx->oid, type, target, cap, (unsigned long long)op, (unsigned long long)x[13],
			(unsigned long long)x[14], (unsigned long long)x[15], s[6] & 31, s[7] & 31, rcv,
			(unsigned long long)x[16]);
	ctx->regs.pc = PC_CALL;
	at += STEP_BYTES;
	running = kernel_syscall(ctx);
}

static void power_cut(const u8 *s)
{
	u64 before = store_committed();
	enum boot boot;

	if (s[2] % 4 || power_cuts++ >= POWER_CUTS_MAX)
		return;
	audit_canaries();
	machine_power_cut(s[1]);
	boot = world_boot("");
	if (boot == BOOT_REFUSED || (world_known && boot == BOOT_IDLE))
		bug("after a power cut the kernel refuses its own volume");
	if (store_committed() < before)
		bug("after a power cut generation %llu is back; %llu was committed", (unsigned long long)store_committed(),
			(unsigned long long)before);
	audit_now();
	if (boot == BOOT_IDLE)
		machine_end(BOOT_IDLE);
}

/* Up to half a second in ticks; from there on in one go. */
static void let_time_pass(const u8 *s)
{
	u64 ms = value(s[1]) % 7000;

	if (ms > 500)
		machine_advance(1000 * ms);
	for (u64 n = 0; n <= MIN(ms, 500u) / 10; n++) {
		machine_advance(TICK_US);
		running = kernel_interrupted(running);
	}
}

static void next_step(struct context *ctx)
{
	const u8 *s = input + at;
	bool manager = world_known && ctx->oid == PROC_OID(MANAGER);
	u32 kind = s[0] & 15;

	since_step = 0;
	if (machine_verbose && kind >= KIND_TOUCH)
		fprintf(stderr, "%llx: step kind %u, %02x %02x %02x\n", (unsigned long long)ctx->oid, kind, s[1], s[2], s[3]);
	if (kind < KIND_TOUCH || (manager && (kind <= KIND_EXCEPTION || kind == KIND_REGISTERS))) {
		invocation(ctx, s, manager);
		return;
	}
	at += STEP_BYTES;
	switch (kind) {
	case KIND_TOUCH:
		ctx->regs.x[X_ADDRESS] = value(s[1]);
		ctx->regs.x[X_ACCESS] = s[2];
		ctx->regs.x[X_VALUE] = value(s[3]);
		ctx->regs.pc = PC_TOUCH;
		break;
	case KIND_EXCEPTION:
		running = kernel_exception(ctx, FAULT_ILLEGAL + s[1] % 3, s[2]);
		break;
	case KIND_TIME:
		let_time_pass(s);
		break;
	case KIND_CHECKPOINT:
		if (given_code(s))
			given_step(ctx, s, manager);
		else
			store_request_checkpoint();
		break;
	case KIND_POWER_CUT:
		power_cut(s);
		break;
	default: /* where it wants its next message */
		ctx->regs.x[HAL_REG_A0 + 1] = INV_RCV(s[1] & 31, s[2] & 31, s[3] & 31, s[4] & 31);
		ctx->regs.x[HAL_REG_A0 + 6] = value(s[5]);
	}
}

/* The victim looks at its secrets and answers whoever called it. */
static void victim_runs(struct context *ctx)
{
	static const u64 place[] = { DATA, PEER };
	bool fault = ctx->regs.x[HAL_REG_A0 + 2] == OP_FAULT;

	victim_checked(ctx);
	for (u32 k = 0; k < ARRAY_SIZE(place); k++)
		if (!rv64_memory(place[k], ACC_READ)) {
			running = kernel_page_fault(ctx, place[k], ACC_READ);
			return;
		}
	ctx->regs.x[HAL_REG_A0] = INV_CTL(INV_RETURN, 30, 0, 0, 0, 0);
	ctx->regs.x[HAL_REG_A0 + 1] = INV_RCV(24, 25, 26, 30);
	ctx->regs.x[HAL_REG_A0 + 2] = fault ? RC_USER : RC_OK;
	ctx->regs.x[HAL_REG_A0 + 6] = BLOCK;
	ctx->regs.pc = PC_CALL;
}

static void run(void)
{
	for (u32 n = 0;; n++) {
		struct context *ctx = running;

		if (++since_step > HANG && world_known)
			bug("no step of the input for a long time");
		if (since_step > HANG)
			return;
		if (cpu0.current != ctx || !ctx->proc || ctx->p.run_state != RS_RUNNING)
			bug("process %llx cannot be the one that runs", (unsigned long long)ctx->oid);
		first_check();
		if (ctx->regs.pc == PC_CALL)
			running = kernel_syscall(ctx);
		else if (world_known && ctx->oid == PROC_OID(VICTIM))
			victim_runs(ctx);
		else if (ctx->regs.pc == PC_TOUCH)
			running = touch(ctx);
		else if (at + STEP_BYTES > input_bytes)
			return;
		else
			next_step(ctx);
		if (ctx->regs.pc == PC_CALL)
			waits_note(ctx);
		if (machine_advance(STEP_US))
			running = kernel_interrupted(running);
		if (n % AUDIT_EVERY == 0)
			audit_now();
	}
}

bool steps_run(const u8 *data, size_t bytes)
{
	input = data;
	input_bytes = bytes;
	at = power_cuts = since_step = 0;
	waits_forget();
	if (attempt(run) == 0)
		return false;
	audit_now();
	audit_canaries();
	return true;
}
