/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Invocation of start, resume and fault capabilities: rendezvous of two processes.
 */
#include <kernel/lib.h>
#include <kernel/panic.h>
#include <kernel/sched.h>

static void fill_message(const struct inv *i, struct message *m, u32 facet)
{
	*m = (struct message){ .facet = facet, .src = &i->src, .len = i->src.len };
	memcpy(m->w, i->w, sizeof(m->w));
	memcpy(m->c, i->c, sizeof(m->c));
}

rc_t ipc_start(struct inv *i)
{
	struct message m;
	struct context *to;
	struct walk w;
	rc_t rc = cap_lookup(&i->target, &i->ref);

	if (rc == RC_OK)
		rc = process_load(&i->ref, &to);
	if (rc)
		return rc;
	if (to->p.run_state != RS_AVAILABLE)
		return inv_prompt(i) ? RC_WOULD_BLOCK : stall_on(KEY_PROCESS(cap_oid(&i->target)));
	rc = process_can_run(to);
	if (rc == RC_OK)
		rc = receive_pages(to, i->src.len, &i->dst, &w);
	if (rc == RC_OK && w.fault && !inv_prompt(i))
		rc = fault_of_receiver(to, i->from, &w);
	if (rc || cpu0.committed)
		return rc;

	inv_commit(i);
	fill_message(i, &m, cap_payload(&i->target));
	if (i->type % INV_PCALL == INV_CALL)
		m.c[3] = process_resume_cap(i->from, CT_RESUME);
	invoker_sent(i);
	deliver(to, &m, &i->dst);
	process_run(to);
	return RC_OK;
}

/* A reply to a fault: RC_OK runs the instruction again, or goes on waiting; anything else leaves it stopped. */
static void fault_reply(struct inv *i, struct context *to)
{
	process_wake_from_waiting(to);
	if (i->w[0] != RC_OK) {
		process_stop(to);
		return;
	}
	to->p.fault_code = FAULT_NONE;
	if (to->act && to->p.flags & PF_RECEIVES) {
		to->p.flags = 0;
		process_open_wait(to);
	}
	if (to->act)
		act_ready(act_of(to), true);
}

rc_t ipc_resume(struct inv *i)
{
	struct message m;
	struct context *to;
	struct walk w;
	rc_t rc = cap_lookup(&i->target, &i->ref);

	if (rc == RC_OK)
		rc = process_load(&i->ref, &to);
	if (rc)
		return rc;
	if (to->p.run_state != RS_WAITING)
		return RC_VOID;
	if (cap_type(&i->target) == CT_FAULT && i->type % INV_PCALL == INV_CALL)
		return RC_REQUEST; /* nobody could answer */
	if (cap_type(&i->target) == CT_RESUME) {
		rc = receive_pages(to, i->src.len, &i->dst, &w);
		if (rc)
			return rc;
	}

	inv_commit(i);
	fill_message(i, &m, 0);
	if (i->type % INV_PCALL == INV_CALL)
		m.c[3] = process_resume_cap(i->from, CT_RESUME);
	invoker_sent(i);
	if (cap_type(&i->target) == CT_FAULT) {
		fault_reply(i, to);
		return RC_OK;
	}
	process_wake_from_waiting(to);
	deliver(to, &m, &i->dst);
	if (to->act) {
		act_of(to)->pending = 0;
		act_ready(act_of(to), true);
	}
	return RC_OK;
}
