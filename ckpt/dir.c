/* SPDX-License-Identifier: Apache-2.0 */
/* The in-core directory: which version of which frame is where in the log, by generation. */
#include "ckpt/ckpt.h"

#define ENTRIES CONFIG_LOG_DIR_ENTRIES

static struct entry entries[ENTRIES];
static u32 hash[ENTRIES];
static u32 free_head, free_count;

static u32 *bucket(u64 oid)
{
	u32 frame = (u32)(oid >> 3);

	return &hash[(frame ^ frame >> 15) % ENTRIES];
}

void dir_init(void)
{
	for (u32 i = 0; i < ENTRIES; i++) {
		hash[i] = NIL;
		entries[i].gen_next = i + 1 < ENTRIES ? i + 1 : NIL;
	}
	free_head = 0;
	free_count = ENTRIES;
	memset(st.gen, 0, sizeof(st.gen));
}

u32 dir_free_entries(void)
{
	return free_count;
}

struct entry *dir_entry(u32 index)
{
	assert(index < ENTRIES);
	return &entries[index];
}

u32 dir_index(const struct entry *e)
{
	return (u32)(e - entries);
}

struct entry *dir_lookup_upto(u64 oid, u32 generation)
{
	for (u32 i = *bucket(oid); i != NIL; i = entries[i].hash_next) {
		if (entries[i].oid == oid && entries[i].generation <= generation)
			return &entries[i];
	}
	return NULL;
}

struct entry *dir_lookup(u64 oid)
{
	return dir_lookup_upto(oid, 0xffffffffu);
}

struct entry *dir_lookup_in(u64 oid, u32 generation)
{
	struct entry *e = dir_lookup_upto(oid, generation);

	return e && e->generation == generation ? e : NULL;
}

struct entry *dir_add(u64 oid, struct gen *g, struct frame *f)
{
	u32 i = free_head;
	u32 *head = bucket(oid);
	struct entry *e;

	if (i == NIL)
		return NULL;
	e = &entries[i];
	free_head = e->gen_next;
	free_count--;
	e->oid = oid;
	e->place = e->kind_count = 0;
	e->version = 0;
	e->generation = g->number;
	e->hash_next = *head;
	e->gen_next = g->first;
	e->queue_prev = e->queue_next = NIL;
	e->frame = f;
	e->queued = f != NULL;
	e->want_clean = e->damaged = false;
	if (f) {
		e->queue_prev = g->queue_tail;
		if (g->queue_tail != NIL)
			entries[g->queue_tail].queue_next = i;
		else
			g->queue_head = i;
		g->queue_tail = i;
		g->queued++;
	}
	*head = i;
	g->first = i;
	g->entries++;
	return e;
}

static void unhash(u32 i)
{
	u32 *link = bucket(entries[i].oid);

	while (*link != i) {
		check(*link != NIL);
		link = &entries[*link].hash_next;
	}
	*link = entries[i].hash_next;
}

bool dir_drop_some(struct gen *g, u32 most)
{
	for (; g->first != NIL && most; most--) {
		u32 i = g->first;

		check(!entries[i].frame && !entries[i].queued);
		unhash(i);
		g->first = entries[i].gen_next;
		g->entries--;
		entries[i].gen_next = free_head;
		free_head = i;
		free_count++;
	}
	return g->first == NIL;
}

void queue_push(struct gen *g, struct entry *e, bool front)
{
	u32 i = dir_index(e);

	check(!e->queued);
	e->queued = true;
	e->queue_prev = front ? NIL : g->queue_tail;
	e->queue_next = front ? g->queue_head : NIL;
	if (e->queue_prev != NIL)
		entries[e->queue_prev].queue_next = i;
	else
		g->queue_head = i;
	if (e->queue_next != NIL)
		entries[e->queue_next].queue_prev = i;
	else
		g->queue_tail = i;
	g->queued++;
}

void queue_remove(struct gen *g, struct entry *e)
{
	check(e->queued);
	e->queued = false;
	if (e->queue_prev != NIL)
		entries[e->queue_prev].queue_next = e->queue_next;
	else
		g->queue_head = e->queue_next;
	if (e->queue_next != NIL)
		entries[e->queue_next].queue_prev = e->queue_prev;
	else
		g->queue_tail = e->queue_prev;
	g->queued--;
}

/* ---- generations ------------------------------------------------------------------------------ */

struct gen *gen_find(u32 number)
{
	for (u32 i = 0; i < GENS; i++) {
		if (st.gen[i].state != GEN_FREE && st.gen[i].number == number)
			return &st.gen[i];
	}
	return NULL;
}

struct gen *gen_new(u32 number, enum gen_state s)
{
	for (u32 i = 0; i < GENS; i++) {
		struct gen *g = &st.gen[i];

		if (g->state != GEN_FREE)
			continue;
		*g = (struct gen){ .state = (u8)s, .number = number, .first = NIL,
				   .queue_head = NIL, .queue_tail = NIL };
		return g;
	}
	return NULL;
}

u32 gen_slot(const struct gen *g)
{
	return (u32)(g - st.gen);
}

struct gen *gen_oldest_above(u32 number)
{
	struct gen *found = NULL;

	for (u32 i = 0; i < GENS; i++) {
		struct gen *g = &st.gen[i];

		if (g->state == GEN_COMMITTED && g->number > number && (!found || g->number < found->number))
			found = g;
	}
	return found;
}
