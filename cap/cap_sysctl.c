/* SPDX-License-Identifier: Apache-2.0 */
/*
 * System control: halt, what runs, figures of the machine, and the parameters of schedules.
 *
 * Admission: schedules are objects on the disk and the kernel keeps no list of them, only the sums of their limits and
 * reserves, which each generation holds. Setting changes a sum, dividing keeps it, destroying lowers it. The sum of limits
 * is never more than the table, that of reserves never more than CONFIG_RESERVE_PERCENT of the processor.
 */
#include <hal/hal.h>
#include <kernel/kthread.h>
#include <kernel/lib.h>
#include <kernel/panic.h>
#include <kernel/sched.h>
#include "ops.h"

#define PROCS_PER_CALL 32u
_Static_assert(PROCS_PER_CALL * sizeof(struct abi_proc_info) <= FRAME_SIZE, "fits inv_scratch()");

static rc_t sys_halt(struct inv *i)
{
	inv_commit(i);
	klog("system halted\n");
	hal_exit(0);
}

/* A process node that is cached, or NULL: ps brings nothing in from the disk. */
static const struct node *node_peek(const struct activity *a)
{
	struct frame *f = frame_peek(OID_FRAME(a->oid));
	const struct node *n = f && f->use == FU_POT ? &frame_pot(f)->node[OID_INDEX(a->oid)] : NULL;

	return n && n->kind == NK_PROCESS && n->version == a->version ? n : NULL;
}

static void proc_info_node(struct abi_proc_info *p, const struct node *n)
{
	const u8 *raw = (const u8 *)&n->slot[PS_NR];
	struct abi_process_regs r;
	struct hal_regs regs;

	memcpy(&r, raw, sizeof(r));
	hal_regs_load(&regs, raw + sizeof(r));
	p->run_state = r.run_state;
	p->fault_code = r.fault_code;
	p->fault_addr = r.fault_addr;
	p->pc = (u32)hal_regs_pc(&regs);
}

static void proc_info_context(struct abi_proc_info *p, const struct context *ctx)
{
	p->run_state = ctx->p.run_state;
	p->fault_code = ctx->p.fault_code;
	p->fault_addr = ctx->p.fault_addr;
	p->pc = (u32)hal_regs_pc(&ctx->regs);
}

static void proc_info(struct abi_proc_info *p, const struct activity *a)
{
	const struct node *n = node_peek(a);

	*p = (struct abi_proc_info){
		.oid = a->oid, .schedule_oid = a->sched_oid, .act_state = a->state, .priority = a->prio,
		.reserve_period = sched_reserve_of(a).period, .reserve_budget = sched_reserve_of(a).budget,
	};
	if (a->ctx)
		proc_info_context(p, a->ctx);
	else if (n)
		proc_info_node(p, n);
	if (n && cap_type(&n->slot[PS_DEBUG]) == CT_NUMBER)
		memcpy(p->name, &n->slot[PS_DEBUG].w[1], 12);
}

static rc_t sys_procs(struct inv *i)
{
	struct abi_proc_info *out = inv_scratch();
	u32 n = 0, k = arg(i, 1);

	inv_commit(i);
	for (; k < CONFIG_NR_ACTIVITIES && n < PROCS_PER_CALL; k++)
		if (activities[k].state != AS_FREE)
			proc_info(&out[n++], &activities[k]);
	i->r.w[1] = k < CONFIG_NR_ACTIVITIES ? k : 0;
	i->r.str = out;
	i->r.len = n * sizeof(*out);
	return RC_OK;
}

static u32 activities_in_use(void)
{
	u32 n = 0;

	for (u32 k = 0; k < CONFIG_NR_ACTIVITIES; k++)
		n += activities[k].state != AS_FREE;
	return n;
}

static rc_t sys_info(struct inv *i)
{
	struct abi_sys_info *s = inv_scratch();

	inv_commit(i);
	*s = (struct abi_sys_info){
		.first_boot_ms = time_persistent_ms(),
		.restart_ms = time_boot_ms(),
		.restarts = state.restart_count,
		.frames_total = mm_frames_total(),
		.frames_free = mm_frames_free(),
		.contexts = CONFIG_NR_CONTEXTS,
		.activities = activities_in_use(),
		.boot_cycles = state.boot_cycles,
	};
	i->r.str = s;
	i->r.len = sizeof(*s);
	return RC_OK;
}

static rc_t schedule_arg(const struct inv *i, struct objref *ref, struct sched_params *now)
{
	rc_t rc = arg_lookup(i, ref);

	if (rc)
		return rc;
	*now = sched_params_get(ref);
	return cap_rights(&i->c[0]) & CR_RO ? RC_NO_ACCESS : RC_OK;
}

static rc_t set(struct inv *i, const struct objref *ref, struct sched_params p)
{
	rc_t rc = frame_make_dirty(ref->frame);

	if (rc)
		return rc;
	inv_commit(i);
	sched_params_set(ref, p);
	return RC_OK;
}

/* Priorities from KT_PRIO_URGENT up are the kernel's own threads'. */
static rc_t sys_sched_set(struct inv *i)
{
	struct sched_params p;
	struct objref ref;
	rc_t rc = schedule_arg(i, &ref, &p);

	if (rc)
		return rc;
	if (arg(i, 1) >= KT_PRIO_URGENT)
		return RC_REQUEST;
	if (arg(i, 2) > p.limit && arg(i, 2) - p.limit > CONFIG_NR_ACTIVITIES - MIN(state.limits, CONFIG_NR_ACTIVITIES))
		return RC_BUSY;
	p.priority = arg(i, 1);
	p.limit = arg(i, 2);
	return set(i, &ref, p);
}

static rc_t sys_reserve_set(struct inv *i)
{
	struct sched_reserve r = { arg(i, 1), arg(i, 2) };
	u32 share = reserve_share(r), most = RESERVE_PERCENT * 10, own;
	struct sched_params p;
	struct objref ref;
	rc_t rc = schedule_arg(i, &ref, &p);

	if (rc)
		return rc;
	if (!share && (r.period || r.budget))
		return RC_REQUEST;
	own = reserve_share(p.reserve);
	if (share > own && share - own > most - MIN(state.shares, most))
		return RC_BUSY;
	p.reserve = r;
	return set(i, &ref, p);
}

CAP_OPS(sysctl,
	OP(SYS_HALT, sys_halt),
	OP_OPT(SYS_PROCS, CONFIG_MORE_OPS, sys_procs),
	OP(SYS_INFO, sys_info),
	OP_OPT(SYS_SCHED_SET, CONFIG_MORE_OPS, sys_sched_set),
	OP_OPT(SYS_CLOCK, CONFIG_CLOCKS, sys_clock),
	OP_OPT(SYS_RESERVE_SET, CONFIG_RESERVES, sys_reserve_set),
	OP_OPT(SYS_DEVICE, CONFIG_USER_DRIVERS, sys_device));
