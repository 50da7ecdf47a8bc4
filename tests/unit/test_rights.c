/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Rights, crossed: every type with all rights, stored where it can be stored, fetched by every path through a capability
 * with any rights, then used for every operation. What must come of it is said by the model below, which knows the ABI
 * (include/abi/cap.h) and nothing of the kernel's code. Everything goes through kernel_syscall().
 */
#include "rights_ops.h"

#include <stub/wrong.h>

#define RIGHTS (CR_ALL + 1)
#define FRESH_POT 400u
#define SLOT 5u

/* ---- the model ---------------------------------------------------------------------------------------------------- */

/* What a type may become when it is fetched through a weak capability: itself, weakened, or (all others) void. */
enum passes { P_VOID = 0, P_SAME, P_WEAKENED };
static const u8 passes[CT_NR] = {
	[CT_NUMBER] = P_SAME, [CT_DISCRIM] = P_SAME,
	[CT_PAGE] = P_WEAKENED, [CT_NODE] = P_WEAKENED, [CT_GPT] = P_WEAKENED,
};

static struct cap model_fetch(struct cap c, u32 through)
{
	if (!(through & CR_WEAK) || passes[cap_type(&c)] == P_SAME)
		return c;
	if (passes[cap_type(&c)] == P_VOID)
		return cap_void();
	return cap_make(cap_type(&c), cap_payload(&c), cap_version(&c), cap_oid(&c),
			cap_rights(&c) | CR_RO | CR_WEAK | CR_NOCALL);
}

/* No way to write, or to call anybody, through it or through what can be had from it. */
static bool model_discreet(struct cap c)
{
	switch (cap_type(&c)) {
	case CT_VOID:
	case CT_NUMBER:
	case CT_DISCRIM:
		return true;
	case CT_PAGE:
		return cap_rights(&c) & CR_RO;
	case CT_NODE:
	case CT_GPT:
		return !(~cap_rights(&c) & (CR_RO | CR_WEAK | CR_NOCALL));
	default:
		return false;
	}
}

/* The answer that an operation owes through this capability. */
static word_t model_answer(struct cap c, const struct op *o)
{
	if (cap_type(&c) == CT_VOID || (cap_type(&c) == CT_FORWARDER && cap_rights(&c) & CR_OPAQUE))
		return RC_VOID; /* an opaque forwarder leads on, here to nothing */
	if (cap_rights(&c) & o->needs)
		return RC_NO_ACCESS;
	return o->want;
}

/* ---- one capability of each type ------------------------------------------------------------------------------------ */

static struct cap object[CT_NR], other[CT_NR]; /* `other`: a second one of the types that operations take */
static struct cap from_node, to_node, from_gpt, to_gpt, from_forwarder;
static u32 combinations;

static struct cap fresh(u32 index, u32 kind)
{
	return fake_alloc(FRESH_POT * 8 + 8 * (index / POT_NODES) + index % POT_NODES, kind);
}

static int setup(void **s)
{
	(void)world_setup(s);
	asking.unchecked = true;
	combinations = 0;
	for (u32 t = 0; t < CT_NR; t++)
		object[t] = cap_make(t, 0, 0, 0, 0); /* one that is enough for types without objects */
	object[CT_VOID] = cap_void();
	object[CT_PAGE] = fake_alloc(300 * 8, NK_PAGE);
	other[CT_PAGE] = fake_alloc(301 * 8, NK_PAGE);
	object[CT_NODE] = fresh(0, NK_NODE);
	other[CT_NODE] = fresh(1, NK_NODE);
	object[CT_GPT] = fresh(2, NK_GPT);
	object[CT_GPT] = fake_memory(&object[CT_GPT], 17, 0, 0);
	other[CT_GPT] = fresh(3, NK_GPT);
	object[CT_FORWARDER] = fresh(4, NK_FORWARDER);
	object[CT_SCHEDULE] = world_schedule((FRESH_POT * 8) + 5, 2, 2);
	other[CT_SCHEDULE] = fresh(6, NK_SCHEDULE);
	from_node = fresh(7, NK_NODE);
	to_node = fresh(8, NK_NODE);
	from_gpt = fresh(9, NK_GPT);
	to_gpt = fresh(10, NK_GPT);
	from_forwarder = fresh(11, NK_FORWARDER);
	object[CT_PROCESS] = p[C].process;
	object[CT_START] = start_of(C, 3);
	object[CT_NOTICE] = cap_make(CT_NOTICE, 3, cap_version(&p[C].process), cap_oid(&p[C].process), 0);
	object[CT_RESUME] = process_resume_cap(p[C].ctx, CT_RESUME);
	object[CT_FAULT] = process_resume_cap(p[C].ctx, CT_FAULT);
	object[CT_RANGE] = cap_make(CT_RANGE, 0, 8, FRESH_POT * 8, 0);
	fake_node(&object[CT_GPT])->l2v = 12;
	return 0;
}

static struct cap with(struct cap c, u32 rights)
{
	/* What counts with these is in the words where rights would be. */
	if (cap_type(&c) == CT_VOID || cap_type(&c) == CT_NUMBER)
		return c;
	return cap_make(cap_type(&c), cap_payload(&c), cap_version(&c), cap_oid(&c), rights);
}

static struct cap *put(struct cap *where, u32 slot)
{
	return &fake_node(where)->slot[slot];
}

/* ---- paths: where it lies, and how it comes out through `rights` ------------------------------------------------------ */

static word_t by_fetch(struct cap c, struct cap *in, u32 rights, struct cap *got)
{
	word_t rc;

	*put(in, SLOT) = c;
	rc = ask(with(*in, rights), OP_NODE_FETCH, SLOT, 0, cap_void());
	*got = *reg(A, ASK_GOT);
	return rc;
}

static word_t by_swap(struct cap c, struct cap *in, u32 rights, struct cap *got)
{
	word_t rc;

	*put(in, SLOT) = c;
	rc = ask(with(*in, rights), OP_NODE_SWAP, SLOT, 0, cap_number(1, 2, 3));
	*got = *reg(A, ASK_GOT);
	return rc;
}

static word_t by_clone(struct cap c, struct cap *in, u32 rights, struct cap *got)
{
	struct cap *to = cap_type(in) == CT_GPT ? &to_gpt : &to_node;
	word_t rc;

	*put(in, SLOT) = c;
	*put(to, SLOT) = cap_void();
	rc = ask(*to, OP_NODE_CLONE, 0, 0, with(*in, rights));
	*got = *put(to, SLOT);
	return rc;
}

/* Two levels down: the node with these rights lies in another. */
static word_t by_path(struct cap c, struct cap *in, u32 rights, struct cap *got)
{
	word_t rc;

	*put(in, SLOT) = c;
	*put(&to_node, 3) = with(*in, rights);
	rc = ask(to_node, OP_NODE_FETCH_PATH, 3 | SLOT << 5, 2, cap_void());
	*got = *reg(A, ASK_GOT);
	return rc;
}

static word_t by_path_swap(struct cap c, struct cap *in, u32 rights, struct cap *got)
{
	word_t rc;

	*put(in, SLOT) = c;
	*put(&to_node, 3) = with(*in, rights);
	rc = ask(to_node, OP_NODE_SWAP_PATH, 3 | SLOT << 5, 2, cap_number(1, 2, 3));
	*got = *reg(A, ASK_GOT);
	return rc;
}

static word_t by_root_slot(struct cap c, struct cap *in, u32 rights, struct cap *got)
{
	word_t rc;

	*put(in, PS_DEBUG) = c;
	rc = ask(with(*in, rights), OP_PROC_FETCH, PS_DEBUG, 0, cap_void());
	*got = *reg(A, ASK_GOT);
	return rc;
}

static word_t by_register(struct cap c, struct cap *in, u32 rights, struct cap *got)
{
	word_t rc;

	*reg(C, OUT_REG) = c;
	rc = ask(with(*in, rights), OP_PROC_CAP_FETCH, OUT_REG, 0, cap_void());
	*got = *reg(A, ASK_GOT);
	return rc;
}

static word_t by_forwarder(struct cap c, struct cap *in, u32 rights, struct cap *got)
{
	word_t rc;

	*put(in, 0) = c;
	rc = ask(with(*in, rights), OP_FWD_GET, 0, 0, cap_void());
	*got = *reg(A, ASK_GOT);
	*put(in, 0) = cap_void();
	return rc;
}

/* A message is no path: it gives what was sent. */
static word_t by_message(struct cap c, struct cap *in, u32 rights, struct cap *got)
{
	(void)in, (void)rights;
	*reg(A, 8) = c;
	p[B].ctx->regs.x[HAL_REG_A0 + 1] = INV_RCV(24, 0, 0, 0);
	(void)invoke(A, INV_CTL(INV_SEND, 1, 8, 0, 0, 0), 0, 70, 0);
	*got = *reg(B, 24);
	pins_drop();
	process_available(p[B].ctx);
	return word(A, 0);
}

static const struct path {
	const char *name;
	word_t (*fetch)(struct cap c, struct cap *in, u32 rights, struct cap *got);
	struct cap *in;
	u32 needs;
} paths[] = {
	{ "node fetch", by_fetch, &from_node, N_OPAQUE },        { "node swap", by_swap, &from_node, N_SLOT },
	{ "node clone", by_clone, &from_node, N_OPAQUE },        { "gpt fetch", by_fetch, &from_gpt, N_OPAQUE },
	{ "gpt swap", by_swap, &from_gpt, N_SLOT },              { "gpt clone", by_clone, &from_gpt, N_OPAQUE },
	{ "node path", by_path, &from_node, N_OPAQUE },          { "node path swap", by_path_swap, &from_node, N_SLOT },
	{ "root slot", by_root_slot, &object[CT_PROCESS], N_OPAQUE },
	{ "register", by_register, &object[CT_PROCESS], N_OPAQUE }, { "message", by_message, NULL, 0 },
	{ "forwarder", by_forwarder, &from_forwarder, N_NO },
};

/* Every operation of its type, and one that it has not. */
static void use(struct cap c, const char *path)
{
	u32 type = cap_type(&c);

	for (u32 k = 0; k < ARRAY_SIZE(ops); k++) {
		const struct op *o = &ops[k];
		word_t rc;

		if (type != CT_VOID && o->type != type)
			continue;
		if (type == CT_VOID && k % 8)
			continue;
		asking.w3 = o->w3;
		rc = ask(c, o->code, o->w1, o->w2, o->c0 == C_SAME_TYPE ? other[type] : o->c0 == C_SCHEDULE ?
			 other[CT_SCHEDULE] : o->c0 == C_NUMBER ? cap_number(1, 2, 3) : cap_void());
		if (rc != model_answer(c, o))
			fail_msg("%s: type %u with rights %x, operation %u answers %u, not %u", path, type, cap_rights(&c), o->code,
				 (u32)rc, (u32)model_answer(c, o));
		combinations++;
	}
}

static bool invocable(u32 type)
{
	return type != CT_START && type != CT_RESUME && type != CT_FAULT;
}

static bool discreet(struct cap c)
{
	assert_int_equal(ask(cap_make(CT_DISCRIM, 0, 0, 0, 0), OP_DISCRIM_DISCREET, 0, 0, c), RC_OK);
	return word(A, 1);
}

static void cross(const struct path *path, struct cap c, u32 rights)
{
	struct cap got, want = model_fetch(c, path->in ? rights : 0);
	word_t rc;

	if (path->fetch == by_forwarder && rights & CR_OPAQUE)
		return; /* it is the target that answers */
	rc = path->fetch(c, path->in, rights, &got);
	combinations++;
	if (rights & path->needs) {
		assert_int_equal(rc, RC_NO_ACCESS);
		return;
	}
	if (rc != RC_OK || !cap_equal(&got, &want))
		fail_msg("%s with rights %x: answer %u, type %u %x came out as %u %x", path->name, rights, (u32)rc, cap_type(&c),
			 cap_rights(&c), cap_type(&got), cap_rights(&got));
	if (path->in && rights & CR_WEAK)
		assert_true(model_discreet(got) && discreet(got));
	/* With what was fetched, all can be done that it allows, and no more. */
	if (invocable(cap_type(&got)) && (rights == 0 || rights == CR_WEAK || rights == (CR_ALL & ~(CR_OPAQUE | CR_RO))))
		use(got, path->name);
}

static void types_by_rights_by_paths_by_operations(void **s)
{
	(void)s;
	for (u32 t = 0; t < CT_NR; t++)
		for (u32 own = 0; own < RIGHTS; own++)
			for (u32 k = 0; k < ARRAY_SIZE(paths); k++)
				for (u32 through = 0; through < RIGHTS; through++)
					cross(&paths[k], with(object[t], own), through);
	mm_check();
	print_message("# rights: %u combinations of type, rights, path and operation\n", combinations);
}

/* Discrim judges as the model does, whatever the rights. */
static void discreet_is_what_the_model_says(void **s)
{
	(void)s;
	for (u32 t = 0; t < CT_NR; t++)
		for (u32 own = 0; own < RIGHTS; own++) {
			struct cap c = with(object[t], own);

			if (cap_type(&c) == CT_RESUME || cap_type(&c) == CT_FAULT)
				continue; /* nobody waits: it is void */
			if (discreet(c) != model_discreet(c))
				fail_msg("type %u with rights %x: discreet %u", t, own, !model_discreet(c));
		}
}

/* Every operation that makes a capability of one that is held: no right is lost, whatever they were. */
static void rights_only_shrink(void **s)
{
	static const u8 types[] = { CT_PAGE, CT_NODE, CT_GPT };

	(void)s;
	for (u32 k = 0; k < ARRAY_SIZE(types); k++)
		for (u32 own = 0; own < RIGHTS; own++) {
			struct cap c = with(object[types[k]], own);

			for (u32 add = 0; add < RIGHTS; add++) {
				assert_int_equal(ask(c, OP_MEM_REDUCE, add, 0, cap_void()), RC_OK);
				assert_int_equal(cap_rights(reg(A, ASK_GOT)), own | add);
			}
			assert_int_equal(ask(c, OP_MEM_REDUCE, 0x20, 0, cap_void()), RC_REQUEST);
			if (types[k] == CT_NODE)
				continue;
			assert_int_equal(ask(c, OP_MEM_GUARD, 12, 7, cap_void()), RC_OK);
			assert_int_equal(cap_rights(reg(A, ASK_GOT)), own);
		}
	for (u32 own = 0; own < RIGHTS; own++) {
		struct cap range = with(object[CT_RANGE], own);

		assert_int_equal(ask(range, OP_RANGE_SUB, 1, 1, cap_void()), RC_OK);
		assert_int_equal(cap_rights(reg(A, ASK_GOT)), own);
		/* What a weak range gives is weakened; it gives nothing through a read-only one. */
		if (own & CR_RO)
			continue;
		assert_int_equal(ask(range, OP_RANGE_GET, 0, 0, cap_void()), RC_OK);
		assert_int_equal(cap_rights(reg(A, ASK_GOT)), own & CR_WEAK ? CR_RO | CR_WEAK | CR_NOCALL : 0);
		assert_int_equal(ask(range, OP_RANGE_GET, 0, 4, cap_void()), RC_OK);
		assert_int_equal(cap_type(reg(A, ASK_GOT)), own & CR_WEAK ? CT_VOID : CT_FORWARDER);
	}
	/* A capability argument that is written to must allow it. */
	for (u32 own = 0; own < RIGHTS; own++) {
		struct cap taker = with(other[CT_SCHEDULE], own), sysctl = object[CT_SYSCTL];

		assert_int_equal(ask(object[CT_SCHEDULE], OP_SCHED_DIVIDE, 0, 0, taker), own & CR_RO ? RC_NO_ACCESS : RC_OK);
		assert_int_equal(ask(sysctl, OP_SYS_SCHED_SET, 1, 0, taker), own & CR_RO ? RC_NO_ACCESS : RC_OK);
	}
}

/* ---- memory: page under gpt under gpt, any rights on each --------------------------------------------------------------- */

static const u8 keeper_facet[2] = { 11, 12 };

static struct cap outer, inner, leaf;

static void space(void)
{
	leaf = object[CT_PAGE];
	inner = fake_gpt(FRESH_POT * 8 + 3 * 8, 17, 12, 0, leaf);
	outer = fake_gpt(FRESH_POT * 8 + 3 * 8 + 1, 22, 17, 0, inner);
	fake_node(&inner)->flags = fake_node(&outer)->flags = GPT_KEEPER;
	*put(&outer, 31) = start_of(B, keeper_facet[0]);
	*put(&inner, 31) = start_of(C, keeper_facet[1]);
}

/* Which keeper may be called for an address below both: 0 = none. */
static u32 model_keeper(u32 above, u32 below)
{
	if (above & (CR_NOCALL | CR_WEAK))
		return 0;
	return below & (CR_NOCALL | CR_WEAK) ? keeper_facet[0] : keeper_facet[1];
}

static void look(u32 a, u32 b, u32 c, enum access acc)
{
	u32 all = a | b | c, bad = acc == ACC_WRITE ? CR_RO | CR_WEAK : acc == ACC_EXEC ? CR_NX : 0;
	struct cap root = fake_memory(&outer, 22, 0, a);
	struct frame *f, *page = frame_peek(cap_oid(&leaf));
	struct walk w;
	bool write;

	pins_drop();
	assert_int_equal(fake_fault(&root, 0, acc, &w), RC_OK);
	assert_int_equal(w.fault, all & bad ? FAULT_ACCESS : FAULT_NONE);
	assert_int_equal(w.keeper ? cap_payload(w.keeper) : 0, model_keeper(a, b));
	f = fake_translate(fake_root(&root), 0, &write);
	if (!w.fault)
		assert_ptr_equal(f, page);
	assert_false(write && all & (CR_RO | CR_WEAK));
	assert_false(f && hal_pte_exec(fake_leaf) && all & CR_NX);
	combinations++;
}

/* Every combination of rights of the space, of the gpt in it, and of what that holds: page or device. */
static void any_rights(struct cap (*end)(u32 rights), void (*look_at)(u32 a, u32 b, u32 c, enum access acc))
{
	space();
	combinations = 0;
	for (u32 b = 0; b < RIGHTS; b++)
		for (u32 c = 0; c < RIGHTS; c++) {
			map_unhook_node(frame_peek(cap_oid(&outer)), OID_INDEX(cap_oid(&outer)));
			map_unhook_node(frame_peek(cap_oid(&inner)), OID_INDEX(cap_oid(&inner)));
			*put(&outer, 0) = fake_memory(&inner, 17, 0, b);
			*put(&inner, 0) = end(c);
			for (u32 a = 0; a < RIGHTS; a++)
				for (u32 acc = ACC_READ; acc <= ACC_EXEC; acc++)
					look_at(a, b, c, (enum access)acc);
			if (c % 8 == 0)
				mm_check();
		}
}

static struct cap page_end(u32 rights) { return with(leaf, rights); }
static struct cap device_end(u32 rights) { return fake_device(1, rights); }

static void memory_under_any_rights(void **s)
{
	(void)s;
	any_rights(page_end, look);
	print_message("# rights: %u paths to a page\n", combinations);
}

/* Device memory instead: nothing comes out of a weak gpt, and it is never executed. */
static void look_at_device(u32 a, u32 b, u32 c, enum access acc)
{
	u32 all = a | b | c, bad = acc == ACC_EXEC ? ~0u : acc == ACC_WRITE && all & (CR_RO | CR_WEAK);
	struct cap root = fake_memory(&outer, 22, 0, a);
	struct walk w;
	bool write;

	pins_drop();
	assert_int_equal(map_fault(&root, 0, acc, &w), RC_OK);
	assert_int_equal(w.fault, (a | b) & CR_WEAK ? FAULT_ADDRESS : bad ? FAULT_ACCESS : FAULT_NONE);
	assert_int_equal(w.keeper ? cap_payload(w.keeper) : 0, model_keeper(a, b));
	assert_null(fake_translate(fake_root(&root), 0, &write));
	assert_true(w.fault || (fake_leaf && hal_pte_is_device(fake_leaf)));
	assert_false(fake_leaf && (hal_pte_exec(fake_leaf) || (a | b) & CR_WEAK || (write && all & (CR_RO | CR_WEAK))));
	combinations++;
}

static void devices_under_any_rights(void **s)
{
	(void)s;
	any_rights(device_end, look_at_device);
	print_message("# rights: %u paths to a device\n", combinations);
}

/* Every operation that idl/ has, but the one that ends the machine, and OP_TYPE. */
static void every_operation_has_its_row(void **s)
{
#define LIST(...) { __VA_ARGS__, 0 }
#define KNOWN(t, name, list) { t, list },
	static const struct {
		u8 type;
		u32 codes[40];
	} known[] = { KNOWN_OPERATIONS };

	(void)s;
	for (u32 n = 0; n < ARRAY_SIZE(known); n++)
		for (const u32 *code = known[n].codes; *code; code++) {
			bool found = *code == OP_TYPE || (known[n].type == CT_SYSCTL && *code == OP_SYS_HALT);

			for (u32 k = 0; k < ARRAY_SIZE(ops); k++)
				found |= ops[k].type == known[n].type && ops[k].code == *code;
			if (!found)
				fail_msg("type %u: operation %u has no row in tests/unit/rights_ops.h", known[n].type,
					 *code);
		}
}

int main(void)
{
#define T(name) cmocka_unit_test_setup(name, setup)
	const struct CMUnitTest tests[] = {
		T(types_by_rights_by_paths_by_operations), T(discreet_is_what_the_model_says), T(rights_only_shrink),
		T(memory_under_any_rights), T(devices_under_any_rights), T(every_operation_has_its_row),
	};

	return cmocka_run_group_tests_name("rights", tests, NULL, NULL);
}
