/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What every input begins with: a committed volume, and on it
 *
 *   attackers   do what the input says. They hold each other's process capabilities, a range over their own frames and
 *               some more, and one of nearly everything that is no device; but nothing that leads to the victim, except
 *               its start capability
 *   victim      a server with secrets in pages, registers and capability registers
 *   manager     runs when nobody else does, so that somebody always does; it never waits, and starts the others again
 *
 * and enough pages besides to fill the memory, so that what is used again may have to be fetched.
 */
#include "fuzz.h"

#include <abi/error.h>
#include <abi/syscall.h>
#include <hal/hal.h>
#include <kernel/cpu.h>
#include <kernel/entry.h>
#include <kernel/sched.h>
#include <kernel/store.h>
#include <setjmp.h>
#include <string.h>

#include "tests/unit/fresh_volume.h"

enum { COMMIT_TICKS = 3000 };

const u8 volume_uuid[16] = "fuzz test volume";
struct image *world_image, *power_on;
struct context *running;
static const u8 prio[PROCS] = { 3, 4, 4, 6, 0 };
bool world_known = true;
static jmp_buf out;
static int ended;
static const char *options = "";

/* ---- objects ---- */

static struct cap make(oid_t oid, u32 kind)
{
	struct frame *f;
	rc_t rc;

	for (;;) {
		pins_drop();
		rc = obj_alloc_prepare(oid, kind, &f);
		if (rc != RC_STALL)
			break;
		machine_settle();
	}
	if (rc != RC_OK)
		bug("world: object %llx: error %d", (unsigned long long)oid, rc);
	obj_alloc_perform(f, oid, kind);
	return obj_cap(f, OID_INDEX(oid));
}

static struct frame *writable(const struct cap *c, u32 *index)
{
	struct objref ref;
	rc_t rc;

	for (;;) {
		pins_drop();
		rc = cap_lookup(c, &ref);
		if (rc == RC_OK)
			rc = frame_make_dirty(ref.frame);
		if (rc != RC_STALL)
			break;
		machine_settle();
	}
	if (rc != RC_OK)
		bug("world: object %llx: error %d", (unsigned long long)cap_oid(c), rc);
	*index = ref.index;
	return ref.frame;
}

static struct node *node(const struct cap *c)
{
	u32 index;
	struct frame *f = writable(c, &index);

	return node_writable(f, index);
}

static u64 *page(const struct cap *c)
{
	u32 index;

	return page_writable(writable(c, &index));
}

static struct cap sized(struct cap c, u32 size, u32 rights)
{
	return cap_make(cap_type(&c), size - FRAME_SHIFT, cap_version(&c), cap_oid(&c), rights);
}

static struct cap with(struct cap c, u32 type, u32 payload, u32 rights)
{
	return cap_make(type, payload, cap_version(&c), cap_oid(&c), rights);
}

/* ---- processes ---- */

static struct proc {
	struct cap process, caps, space, sched, shared, fwd, inner, page[3];
} proc[PROCS];
static struct cap showcase;

static void make_objects(u32 n)
{
	struct proc *p = &proc[n];
	oid_t pot = PROC_OID(n);

	p->process = make(pot + NODE_PROC, NK_PROCESS);
	p->caps = make(pot + NODE_CAPS, NK_NODE);
	p->space = make(pot + NODE_SPACE, NK_GPT);
	p->sched = make(pot + NODE_SCHED, NK_SCHEDULE);
	p->shared = make(pot + NODE_SHARED, NK_NODE);
	p->fwd = make(pot + NODE_FWD, NK_FORWARDER);
	p->inner = make(pot + NODE_INNER, NK_GPT);
	for (u32 k = 0; k < 3; k++)
		p->page[k] = make(pot + 8 * (k + 1), NK_PAGE);
	node(&p->sched)->slot[0] = cap_number(prio[n], 4, 0);
}

static void make_space(u32 n, struct cap filler, struct cap together)
{
	struct proc *p = &proc[n];
	struct node *inner = node(&p->inner), *top;

	inner->l2v = 12;
	for (u32 k = 0; k < 2; k++)
		inner->slot[1 + k] = p->page[k];
	if (n < ATTACKERS)
		inner->slot[PEER >> 12] = sized(proc[(n + 1) % ATTACKERS].page[0], 12, CR_RO);
	else
		inner->slot[PEER >> 12] = p->page[2];
	p->inner = sized(p->inner, 17, 0);
	top = node(&p->space);
	top->l2v = 17;
	top->slot[0] = p->inner;
	if (n < ATTACKERS) {
		top->slot[FILLER >> 17] = filler;
		top->slot[SHARED >> 17] = together;
	}
	p->space = sized(p->space, 22, 0);
}

/* Register 0 reads as void; from 24 on they are free for what is received. */
static void make_registers(u32 n)
{
	struct proc *p = &proc[n], *next = &proc[(n + 1) % ATTACKERS], *last = &proc[(n + 2) % ATTACKERS];
	struct cap *r = node(&p->caps)->slot;
	const struct cap kernel[] = {
		n == 1 ? cap_make(CT_PROCTOOL, 0, 0, 0, 0) : n == 2 ? cap_make(CT_KEYBITS, 0, 0, 0, 0) : cap_number(1, 2, 3),
		cap_make(CT_SLEEP, 0, 0, 0, 0), cap_make(CT_DISCRIM, 0, 0, 0, 0),
		cap_make(CT_CHECKPOINT, 0, 0, 0, 0), cap_make(CT_KLOG, 0, 0, 0, 0),
		n == 1 ? proc[0].caps : cap_make(CT_CONSOLE, 0, 0, 0, 0),
		cap_make(CT_RANGE, 0, SCRATCH_FRAMES, (oid_t)SCRATCH_FIRST * 8, 0),
		cap_make(CT_RANGE, 0, 4 * ATTACKERS, PROC_OID(0), 0),
	};

	r[1] = n == MANAGER ? proc[0].process : p->process;
	r[2] = n == MANAGER ? proc[1].process : next->process;
	r[3] = n == MANAGER ? proc[2].process : with(next->process, CT_START, 9, 0);
	r[4] = with(proc[VICTIM].process, CT_START, 0x1234, 0);
	r[5] = n == MANAGER ? with(proc[0].process, CT_START, 1, 0) : p->space;
	r[6] = n == MANAGER ? with(proc[1].process, CT_START, 2, 0) : p->inner;
	r[7] = n == MANAGER ? with(proc[2].process, CT_START, 3, 0) : p->shared;
	r[8] = n == 2 ? with(proc[1].process, CT_NOTICE, 0xffff, 0) : proc[0].page[1];
	r[9] = n == MANAGER ? proc[0].sched : p->sched;
	r[10] = next->fwd;
	r[11] = with(last->fwd, CT_FORWARDER, 0, CR_OPAQUE);
	r[12] = with(showcase, CT_NODE, 0, CR_RO | CR_WEAK);
	r[13] = sized(proc[2].inner, 17, CR_OPAQUE | CR_NOCALL);
	for (u32 k = 0; k < ARRAY_SIZE(kernel); k++)
		r[14 + k] = kernel[k];
	r[22] = n == 0 || n == MANAGER ? cap_make(CT_SYSCTL, 0, 0, 0, 0) : cap_make(CT_RANGE, 0, 8, OID_NP_BASE, 0);
	r[23] = last->process;
	r[28] = cap_make(n % 2 ? CT_KEYBITS : CT_PROCTOOL, 0, 0, 0, 0);
	r[29] = with(next->process, CT_NOTICE, 0xf, 0);
}

/* A node with the page, and with a node that has it. */
static void make_showcase(void)
{
	struct cap witness = make(WITNESS_OID, NK_PAGE), inner = make(PROC_OID(PROCS) + 3, NK_NODE);
	u64 *at = page(&witness);

	showcase = make(PROC_OID(PROCS) + 2, NK_NODE);
	for (u32 i = 0; i < FRAME_SIZE / 8; i++)
		at[i] = i;
	for (u32 k = 0; k < 8; k++) {
		node(&inner)->slot[k] = witness;
		node(&showcase)->slot[k] = k & 1 ? witness : inner;
	}
}

static void make_forwarder(u32 n)
{
	struct node *f = node(&proc[n].fwd);

	f->slot[0] = with(n == 0 ? proc[VICTIM].process : proc[n - 1].process, CT_START, 7, 0);
	f->slot[1] = cap_number(n, 0, 0);
	f->flags = FWD_PAYLOAD;
}

static void fill_canaries(void)
{
	struct proc *v = &proc[VICTIM];
	struct cap *r = node(&v->caps)->slot;
	struct abi_string *s;

	for (u32 k = 0; k < NODE_SLOTS; k++)
		r[k] = cap_number((u32)CANARY | k, CANARY >> 32, 0);
	for (u32 k = 0; k < 3; k += 2) {
		u64 *at = page(&v->page[k]);

		for (u32 i = 0; i < FRAME_SIZE / 8; i++)
			at[i] = CANARY | i;
	}
	s = (void *)((u8 *)page(&v->page[0]) + (BLOCK & 0xfff));
	*s = (struct abi_string){ DATA, 0, OTHER, FRAME_SIZE };
}

static void start(u32 n)
{
	struct node *p = node(&proc[n].process);
	struct objref ref;
	struct context *ctx;
	u8 *raw = (u8 *)&p->slot[PS_NR];
	struct hal_regs regs = { .pc = PC_NEXT };

	p->slot[PS_SPACE] = proc[n].space;
	p->slot[PS_CAPREGS] = proc[n].caps;
	p->slot[PS_SCHEDULE] = proc[n].sched;
	if (n < ATTACKERS)
		p->slot[PS_KEEPER] = with(proc[(n + 1) % ATTACKERS].process, CT_START, 5, 0);
	if (n == VICTIM)
		for (u32 k = 18; k < 28; k++)
			regs.x[k] = CANARY | k;
	if (n == VICTIM) /* nobody can guess it */
		p->slot[PS_BRAND] = cap_number((u32)CANARY, CANARY >> 32, 0);
	regs.x[HAL_REG_A0 + 1] = INV_RCV(24, 25, 26, 30);
	regs.x[HAL_REG_A0 + 6] = BLOCK;
	hal_regs_save(&regs, raw + sizeof(struct abi_process_regs));
	if (n == VICTIM)
		return;
	if (cap_lookup(&proc[n].process, &ref) || process_load(&ref, &ctx) || process_can_run(ctx))
		bug("world: process %u does not start", n);
	process_run(ctx);
}

static void make_filler(struct cap *filler, struct cap *together)
{
	struct cap gpt = make(PROC_OID(PROCS), NK_GPT), shared = make(PROC_OID(PROCS) + 1, NK_GPT);
	struct node *n;

	for (u32 k = 0; k < FILLER_FRAMES; k++) {
		struct cap c = make((oid_t)(FILLER_FIRST + k) * 8, NK_PAGE);

		page(&c)[1] = k + 1;
		if (k >= 31)
			continue;
		n = node(&gpt);
		n->l2v = 12;
		n->slot[k] = sized(c, 12, CR_RO);
		n = node(&shared);
		n->l2v = 12;
		n->slot[k] = k < 16 ? c : sized(c, 12, CR_NX);
	}
	*filler = sized(gpt, 17, 0);
	*together = sized(shared, 17, CR_NOCALL);
}

/* ---- boot ---- */

static void end(int code)
{
	ended = code;
	longjmp(out, 1);
}

int attempt(void (*what)(void))
{
	void (*outer_end)(int) = machine_end;
	jmp_buf outer;

	memcpy(outer, out, sizeof(outer));
	machine_end = end;
	ended = -1;
	if (setjmp(out) == 0)
		what();
	memcpy(out, outer, sizeof(out));
	machine_end = outer_end;
	return ended;
}

static void boot(void)
{
	running = kernel_boot(options);
}

enum boot world_boot(const char *cmdline)
{
	image_variables_put_back(power_on);
	machine.idle = 0;
	running = NULL;
	options = cmdline;
	return (enum boot)attempt(boot);
}

void world_commit(void)
{
	u64 g = store_request_checkpoint();

	for (u32 i = 0; store_committed() < g; i++) {
		if (i == COMMIT_TICKS)
			bug("generation %llu is never committed", (unsigned long long)g);
		machine_settle();
		machine_advance(TICK_US);
	}
	for (u32 i = 0; i < 100; i++) {
		machine_settle();
		machine_advance(TICK_US);
	}
}

void world_make(void)
{
	struct cap filler, together;

	machine_make();
	fresh_volume(machine_disk, &(struct fresh_volume){ volume_uuid, DISK_BLOCKS, LOG_BLOCKS, VOLUME_FRAMES });
	power_on = image_keep();
	machine_ends_idle = true;
	attempt(boot); /* with nobody to run the first dispatch never ends */
	machine_ends_idle = false;
	make_filler(&filler, &together);
	make_showcase();
	for (u32 n = 0; n < PROCS; n++)
		make_objects(n);
	for (u32 n = 0; n < PROCS; n++) {
		make_space(n, filler, together);
		make_forwarder(n);
	}
	for (u32 n = 0; n < PROCS; n++)
		if (n != VICTIM)
			make_registers(n);
	fill_canaries();
	pins_drop();
	for (u32 n = 0; n < PROCS; n++)
		start(n);
	world_commit();
	running = sched_dispatch();
	audit_now();
	audit_canaries();
	world_image = image_keep();
}

s32 proc_number(oid_t oid)
{
	for (u32 n = 0; n < PROCS; n++)
		if (oid == PROC_OID(n))
			return (s32)n;
	return -1;
}
