/* SPDX-License-Identifier: Apache-2.0 */
/* Verifies the invariants of mm (O1-O3, M1-M5). Debug builds, tests and the host's oracle call it. */
#include "mm.h"

#include <abi/error.h>
#include <kernel/panic.h>

/* A capability from whose point of view the table begins at key.offset. */
static struct cap viewpoint(const struct table *t)
{
	const struct table_key *key = &t->key;
	struct frame *f;
	struct cap c;
	oid_t oid;

	if (cap_type(&key->id) != KEY_PRODUCER)
		return key->id;
	oid = cap_oid(&key->id);
	f = frame_peek(oid);
	check(f && f->use == FU_POT); /* a producer that leaves takes its entries with it */
	c = obj_cap(f, OID_INDEX(oid));
	check(cap_type(&c) == CT_GPT);
	return cap_make(CT_GPT, 64 - FRAME_SHIFT, cap_version(&c), oid, cap_payload(&key->id));
}

/* Moves *va to a page that is mapped under this entry: all of its path is in the cache. False: the first table there is empty. */
static bool find_mapped(const struct table *t, u32 i, u64 *va)
{
	while (t->key.level) {
		t = frame_of_paddr(hal_pte_paddr(table_entries(t)[i]))->table;
		for (i = 0; i < PT_USER_ENTRIES(t->key.level) && !hal_pte_present(table_entries(t)[i]);)
			i++;
		if (i == PT_USER_ENTRIES(t->key.level))
			return false;
		*va += (u64)i << pt_entry_bits(t->key.level);
	}
	return true;
}

/* The path from the tree makes the same entry, or (leaf) one with more permission. Nothing is fetched for a check. */
static void check_entry(const struct table *t, u32 i, hal_pte_t e)
{
	static struct path p;
	u32 level = t->key.level;
	u64 va = t->key.offset + ((u64)i << pt_entry_bits(level));
	bool device = IS_ENABLED(CONFIG_USER_DRIVERS) && !level && hal_pte_is_device(e);
	struct frame *f = frame_of_paddr(hal_pte_paddr(e));
	struct cap c = viewpoint(t);
	struct table_key key;
	struct walk w;
	bool whole;
	s32 to;

	check(device ? !f : f && rmap_has(f, t, i) && (level == 0 || f->use == FU_TABLE));
	if (!find_mapped(t, i, &va))
		return;
	whole = walk_path(&c, va, ACC_READ, &w, &p) == RC_OK && !w.fault;
	key = map_key(&c, &p, va, level);
	check(cap_equal(&key.id, &t->key.id) && key.offset == t->key.offset);
	check(!hal_pte_write(e) || map_may_write(&p, level));
	if (device) {
		check(whole && !w.page && w.device == hal_pte_paddr(e) && !hal_pte_may_write(e) && !hal_pte_exec(e));
	} else if (level == 0) {
		check(whole && w.page == f && f->use == FU_PAGE);
		check(!hal_pte_write(e) || !table_valid(t) || f->epoch == state.epoch);
		check(hal_pte_may_write(e) == map_may_write(&p, level) && (!hal_pte_write(e) || hal_pte_may_write(e)));
		check(!hal_pte_exec(e) || map_may_exec(&p));
	} else {
		check(!hal_pte_write(e) || !table_valid(t) || table_valid(f->table));
		key = map_key(&c, &p, va, level - 1);
		check(cap_equal(&key.id, &f->table->key.id) && key.offset == f->table->key.offset);
	}
	to = level ? map_producer(&p, level - 1) : (s32)p.n - 1;
	for (s32 k = MAX(map_producer(&p, level), 0); k <= to; k++)
		check(depend_has(p.step[k].frame, p.step[k].index, t, i, 1));
}

/* A run's slots are those that the walk comes to, for what is mapped. */
static void check_run(const struct table *t)
{
	static struct path p;
	struct walk w;

	for (u32 i = t->run.first; i < t->run.first + t->run.count; i++) {
		const struct path_step *s;
		struct cap c;

		if (!hal_pte_present(table_entries(t)[i]))
			continue;
		c = viewpoint(t);
		check(walk_path(&c, t->key.offset + ((u64)i << FRAME_SHIFT), ACC_READ, &w, &p) == RC_OK && p.n);
		s = &p.step[p.n - 1];
		check(&frame_pot(s->frame)->node[s->index].slot[s->offset >> FRAME_SHIFT] == &t->run.slot[i - t->run.first]);
	}
}

void map_check(void)
{
	for (u32 n = 0; n < CONFIG_NR_TABLES; n++) {
		const struct table *t = table_at(n);
		u32 present = 0;

		if (!t->frame)
			continue;
		check(t->frame->use == FU_TABLE && t->frame->table == t && t->stamp <= state.epoch);
		check_run(t);
		for (u32 i = 0; i < PT_USER_ENTRIES(t->key.level); i++) {
			hal_pte_t e = table_entries(t)[i];

			if (hal_pte_present(e)) {
				check(i >= t->low);
				present++;
				check_entry(t, i, e);
			}
		}
		check(present == t->present);
	}
}

static void check_pot(const struct frame *f)
{
	for (u32 i = 0; i < POT_NODES; i++) {
		const struct node *n = &frame_pot(f)->node[i];

		check(n->oid == f->oid + i);
		check(n->kind < NK_NR && n->call_count <= COUNT_MAX);
	}
}

void mm_check(void)
{
	u32 set_aside = 0;

	mm_check_frames();
	for (u32 n = 0; n < mm_frames_total(); n++) {
		const struct frame *f = frame_at(n);

		if (f->use == FU_POT)
			check_pot(f);
		if (f->use == FU_TABLE && f->flags & FF_PIN_HARD)
			set_aside++;
		else
			check(f->use != FU_TABLE || f->table);
	}
	check(set_aside == PT_LEVELS);
	map_check();
}
