/* SPDX-License-Identifier: Apache-2.0 */
/* Interrupts that are notices: bound, posted by the kernel's thread, tried again, released; and what a restart leaves. */
#include "world.h"

#include <kernel/irqchip.h>

#define LINE 3
#define IRQ 8u

static int setup(void **s)
{
	int rc = world_setup(s);

	world_ms = 5;
	state.restart_count = 6;
	*reg(A, LINE) = cap_make(CT_IRQ, 0, 6, IRQ, 0);
	*reg(A, 2) = cap_make(CT_NOTICE, 4, cap_version(&p[B].process), cap_oid(&p[B].process), 0);
	return rc;
}

static int teardown(void **s)
{
	(void)s;
	irq_release(IRQ);
	irq_release(IRQ + 1);
	state.restart_count = 0;
	return 0;
}

static word_t op(u32 code, u32 give)
{
	assert_int_equal(invoke(A, INV_CTL(INV_CALL, LINE, give, 0, 0, 0), 0, code, 0), 1);
	return word(A, 0);
}

/* Threads run until they wait. */
static void threads(void)
{
	while (kthread_first_prio() >= 0)
		kthread_step();
}

static void an_interrupt_is_a_notice(void **s)
{
	(void)s;
	kernel_irq_note(IRQ);
	threads();
	assert_int_equal(op(OP_IRQ_BIND, 2), RC_OK);
	assert_int_equal(run_state(B), RS_AVAILABLE);
	kernel_irq_note(IRQ + 1);
	threads();
	assert_int_equal(run_state(B), RS_AVAILABLE);
	kernel_irq_note(IRQ);
	assert_int_equal(run_state(B), RS_AVAILABLE); /* the handler itself does nothing */
	kernel_irq_note(IRQ);
	threads();
	assert_int_equal(run_state(B), RS_RUNNING);
	assert_int_equal(word(B, 0), OP_NOTICE);
	assert_int_equal(word(B, 1), 4);
	kernel_irq_note(IRQ);
	threads();
	assert_int_equal(p[B].ctx->p.notice_bits, 4); /* for its next open wait */
	p[B].ctx->p.notice_bits = 0x30;
	kernel_irq_note(IRQ);
	threads();
	assert_int_equal(p[B].ctx->p.notice_bits, 0x34); /* beside those of others */
	check_activities();
	assert_int_equal(op(OP_IRQ_RELEASE, 0), RC_OK);
	p[B].ctx->p.notice_bits = 0;
	kernel_irq_note(IRQ);
	threads();
	assert_int_equal(p[B].ctx->p.notice_bits, 0);
}

/* Its schedule is at its limit: the interrupt is not lost, it is posted when that has changed. */
static void tried_again(void **s)
{
	struct cap *limit = &fake_node(&p[B].schedule)->slot[0];

	(void)s;
	assert_int_equal(op(OP_IRQ_BIND, 2), RC_OK);
	*limit = cap_number(3, 0, 0);
	p[B].ctx->sched_known = 0;
	kernel_irq_note(IRQ);
	threads();
	assert_int_equal(run_state(B), RS_AVAILABLE);
	*limit = cap_number(3, 1, 0);
	p[B].ctx->sched_known = 0;
	threads();
	assert_int_equal(run_state(B), RS_AVAILABLE);
	world_ms += 10;
	kthread_timers(world_ms);
	threads();
	assert_int_equal(run_state(B), RS_RUNNING);
}

static void one_binding_a_line(void **s)
{
	static struct kthread driver = { .name = "driver" };

	(void)s;
	assert_int_equal(op(OP_IRQ_BIND, 2), RC_OK);
	assert_int_equal(op(OP_IRQ_BIND, 2), RC_BUSY);
	for (u32 k = 0; k < 7; k++) {
		*reg(A, LINE) = cap_make(CT_IRQ, 0, 6, 20 + k, 0);
		assert_int_equal(op(OP_IRQ_BIND, 2), RC_OK);
	}
	*reg(A, LINE) = cap_make(CT_IRQ, 0, 6, IRQ + 1, 0);
	assert_int_equal(op(OP_IRQ_BIND, 2), RC_BUSY); /* the table is full */
	for (u32 k = 0; k < 7; k++)
		irq_release(20 + k);
	irq_register(40, &driver);
	*reg(A, LINE) = cap_make(CT_IRQ, 0, 6, 40, 0);
	assert_int_equal(op(OP_IRQ_BIND, 2), RC_BUSY); /* the kernel's */
}

/* The process is destroyed: the binding goes with it, and the line is free. */
static void a_process_that_is_gone(void **s)
{
	struct node *n = fake_node(&p[B].process);

	(void)s;
	assert_int_equal(op(OP_IRQ_BIND, 2), RC_OK);
	n->version++;
	kernel_irq_note(IRQ);
	threads();
	n->version--;
	assert_int_equal(run_state(B), RS_AVAILABLE);
	assert_int_equal(op(OP_IRQ_BIND, 2), RC_OK);
}

/* What the image of another boot holds is void in every way. */
static void after_a_restart(void **s)
{
	static const u32 types[] = { CT_RANGE, CT_IRQ, CT_DEVMEM, CT_IOPORTS };

	(void)s;
	for (u32 k = 0; k < ARRAY_SIZE(types); k++)
		for (u32 code = 1; code < 10; code++) {
			*reg(A, LINE) = cap_make(types[k], 1, 5, types[k] == CT_RANGE ? OID_PHYS_BASE : 8, 0);
			assert_int_equal(op(code < 9 ? code : OP_TYPE, 2), RC_VOID);
		}
	*reg(A, 2) = *reg(A, LINE);
	*reg(A, LINE) = cap_make(CT_DISCRIM, 0, 0, 0, 0);
	assert_int_equal(op(OP_DISCRIM_CLASSIFY, 2), RC_OK);
	assert_int_equal(word(A, 1), CLASS_VOID);
	*reg(A, LINE) = cap_make(CT_KEYBITS, 0, 0, 0, 0);
	assert_int_equal(op(OP_KEYBITS_GET, 2), RC_OK);
	assert_int_equal(word(A, 2), 0);
	*reg(A, 2) = cap_make(CT_IRQ, 0, 6, 8, 0);
	assert_int_equal(op(OP_KEYBITS_GET, 2), RC_OK);
	assert_int_equal(word(A, 2), 1);
}

/* ---- memory for devices ---- */

static word_t alloc(struct cap range, u32 offset, u32 kind)
{
	asking.w3 = kind;
	return ask(range, OP_RANGE_ALLOC, offset, 0, cap_void());
}

static u64 address(struct cap range, struct cap page)
{
	assert_int_equal(ask(range, OP_RANGE_ADDRESS, 0, 0, page), RC_OK);
	return word(A, 1);
}

static struct cap physical(u32 base, u32 count)
{
	asking.w3 = count;
	assert_int_equal(ask(cap_make(CT_SYSCTL, 0, 0, 0, 0), OP_SYS_DEVICE, CT_RANGE, base, cap_void()), RC_OK);
	return *reg(A, ASK_GOT);
}

static void snapshot(void)
{
	contexts_write_back();
	state.epoch++;
	map_snapshot();
	pins_drop();
	assert_int_equal(context_refresh(p[A].ctx), RC_OK);
}

static bool nothing_covered(oid_t oid) { (void)oid; return false; }

static void a_physical_page_stays_where_it_is(void **s)
{
	static const struct store_ops store = { .covers = nothing_covered };
	struct cap range = physical(2, 3), other = cap_make(CT_RANGE, 0, 8, 700 * 8, 0), page, stored, part;
	u64 at;

	(void)s;
	assert_int_equal(alloc(other, 0, NK_PAGE), RC_OK);
	stored = *reg(A, ASK_GOT);
	mm_register_store(&store); /* it is not asked */
	assert_int_equal(ask(range, OP_RANGE_LENGTH, 0, 0, cap_void()), RC_OK);
	assert_int_equal(word(A, 1), 3);
	assert_int_equal(alloc(range, 3, NK_PAGE), RC_REQUEST);
	assert_int_equal(alloc(range, 1, NK_NODE), RC_REQUEST);
	assert_int_equal(alloc(range, 1, NK_PAGE), RC_OK);
	page = *reg(A, ASK_GOT);
	assert_true(cap_oid(&page) == (OID_PHYS_BASE | 3 << 3));
	at = address(range, page);
	assert_ptr_equal(frame_of_paddr((paddr_t)at), frame_peek(cap_oid(&page)));
	assert_int_equal(ask(range, OP_RANGE_ADDRESS, 0, 0, stored), RC_REQUEST);
	assert_int_equal(ask(other, OP_RANGE_ADDRESS, 0, 0, stored), RC_REQUEST);
	/* Neither a snapshot nor its end moves it, written to or not; no store has a part in that. */
	snapshot();
	assert_int_equal(ask(page, OP_PAGE_ZERO, 0, 0, cap_void()), RC_OK);
	assert_true(address(range, page) == at);
	assert_int_equal(ask(range, OP_RANGE_SUB, 1, 1, cap_void()), RC_OK);
	part = *reg(A, ASK_GOT);
	assert_true(address(part, page) == at);
	assert_int_equal(ask(range, OP_RANGE_COMPARE, 0, 0, part), RC_OK);
	assert_int_equal(word(A, 1), RANGES_INSIDE);
	/* What a device may still write to is nobody else's. */
	assert_int_equal(ask(part, OP_RANGE_RESCIND, 0, 0, page), RC_OK);
	assert_int_equal(ask(range, OP_RANGE_ADDRESS, 0, 0, page), RC_BAD_CAP);
	assert_int_equal(alloc(range, 0, NK_PAGE), RC_OK);
	assert_true(address(range, *reg(A, ASK_GOT)) != at);
	assert_int_equal(alloc(part, 0, NK_PAGE), RC_OK);
	assert_true(address(range, *reg(A, ASK_GOT)) == at);
	mm_register_store(NULL);
	state.restart_count++;
	assert_int_equal(ask(range, OP_RANGE_LENGTH, 0, 0, cap_void()), RC_VOID);
	range = physical(4, 1);
	assert_int_equal(alloc(range, 0, NK_PAGE), RC_OK);
	page = *reg(A, ASK_GOT);
	assert_true(cap_version(&page) >= (u32)state.restart_count << NP_VERSION_BITS);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(an_interrupt_is_a_notice), T(tried_again), T(one_binding_a_line), T(a_process_that_is_gone), T(after_a_restart),
		T(a_physical_page_stays_where_it_is),
	};

	return cmocka_run_group_tests_name("irq", tests, NULL, NULL);
}
