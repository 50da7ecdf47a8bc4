/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What must come back after a restart: a digest of every object at each snapshot, and the comparison.
 *
 * At mount a walk fetches every frame of the volume (up to WALK_FRAMES), which proves that each can be read, and
 * takes its digest. In the pause of each snapshot the digests of all cached frames are renewed. A frame that was
 * dirtied and evicted within one epoch is not seen then: give RAM for the whole volume. All this uses frame_peek()
 * and frame_get(), nothing of the store. The file of --states is text, one record a line:
 *   b G          a boot from generation G; the list below starts anew
 *   f OID D      this frame's digest, where it changed
 *   g G A        the snapshot of generation G is complete; A = digest of its activities
 */
#include "arch/host/host.h"

#include <errno.h>
#include <hal/hal.h>
#include <kernel/invoke.h>
#include <kernel/kthread.h>
#include <kernel/object.h>
#include <kernel/panic.h>
#include <kernel/store.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define WALK_FRAMES ((u64)1 << 20)
#define WALK_GAP    ((u64)1 << 12)   /* so many frames in a row that no range holds end the walk */

struct known {
	oid_t oid;
	u64 digest;
};

static bool listed;            /* in the file, since this boot */
static struct known *known;    /* ascending OIDs */
static u64 known_count, known_room;

static struct known *known_add(oid_t oid)
{
	if (known_count == known_room) {
		known_room = known_room == 0 ? 1024 : known_room * 2;
		known = realloc(known, known_room * sizeof(*known));
		check(known != NULL);
	}
	known[known_count] = (struct known){ oid, 0 };
	return &known[known_count++];
}

static int compare_oid(const void *a, const void *b)
{
	oid_t x = ((const struct known *)a)->oid, y = ((const struct known *)b)->oid;

	return x < y ? -1 : x > y;
}

static struct known *known_find(struct known *in, u64 count, oid_t oid)
{
	return bsearch(&(struct known){ oid, 0 }, in, count, sizeof(*in), compare_oid);
}

static u64 node_digest(u64 digest, const struct node *n)
{
	digest = sim_mix(digest, n->oid);
	digest = sim_mix(digest, n->version);
	digest = sim_mix(digest, n->kind);
	digest = sim_mix(digest, n->call_count);
	if (n->kind == NK_FREE)
		return digest;
	digest = sim_mix(digest, n->l2v | n->flags << 8);
	return sim_mix(digest, sim_sum(n->slot, sizeof(n->slot)));
}

static u64 frame_digest(const struct frame *f)
{
	u64 digest = sim_mix(f->oid, f->tag.kind);

	if (f->use == FU_DAMAGED)
		return sim_mix(digest, ~(u64)f->fetch_rc);
	if (f->tag.kind == NK_PAGE)
		return sim_mix(sim_mix(digest, f->tag.version), sim_sum(frame_data(f), FRAME_SIZE));
	if (f->tag.kind == NK_FREE)
		return sim_mix(sim_mix(digest, f->tag.version), f->tag.call_count);
	for (u32 i = 0; i < POT_NODES; i++)
		digest = node_digest(digest, &frame_pot(f)->node[i]);
	return digest;
}

/* Where a process stands in the queues is not part of the state; what it waits for is. */
static u64 activity_digest(const struct activity *a)
{
	u32 waits = a->pending != 0 ? a->pending : a->state == AS_STALLED ? AS_READY : a->state;
	u64 digest = sim_mix(a->oid, a->version);

	digest = sim_mix(digest, a->sched_oid);
	digest = sim_mix(digest, a->sched_version);
	return sim_mix(digest, waits);
}

static u64 activities_digest(void)
{
	u64 digest = 0;

	for (u32 i = 0; i < CONFIG_NR_ACTIVITIES; i++)
		if (activities[i].state != AS_FREE)
			digest += activity_digest(&activities[i]);
	return digest;
}

/* ---- the walk at mount ---- */
struct fetch {
	oid_t oid;
	struct frame *frame;
	rc_t rc;
};

static bool fetched(void *arg)
{
	struct fetch *x = arg;

	pins_drop();
	cpu0.committed = false;
	x->rc = frame_get(x->oid, &x->frame);
	return x->rc != RC_STALL;
}

static void walk(void)
{
	oid_t last = 0;

	known_count = 0;
	for (oid_t oid = 0; oid < WALK_FRAMES << 3 && oid - last <= WALK_GAP << 3; oid += 8) {
		struct fetch x = { .oid = oid };
		kthread_run_until(fetched, &x);
		if (x.rc == RC_OFFLINE)
			continue;
		last = oid;
		struct known *k = known_add(oid);
		k->digest = x.rc == RC_OK ? frame_digest(x.frame) : ~(u64)x.rc;
	}
	pins_drop();
}

/* ---- the record ---- */
static FILE *states_open(const char *mode)
{
	FILE *f = fopen(host_options.states, mode);

	if (f == NULL) {
		fprintf(stderr, "anteros: %s: %s\n", host_options.states, strerror(errno));
		machine_exit(2, NULL);
	}
	return f;
}

static void write_list(void)
{
	FILE *f = states_open("a");

	fprintf(f, "b %llu\n", (unsigned long long)store_committed());
	for (u64 i = 0; i < known_count; i++)
		fprintf(f, "f %llx %llx\n", (unsigned long long)known[i].oid, (unsigned long long)known[i].digest);
	fprintf(f, "g %llu %llx\n", (unsigned long long)store_committed(), (unsigned long long)activities_digest());
	fclose(f);
	listed = true;
}

/* Reads the record up to the end of `generation`, the first such: numbers never repeat. */
static bool read_states(u64 generation, struct known *expected, u64 *activities_expected)
{
	FILE *f = states_open("r");
	unsigned long long a, b;
	char kind, line[80];
	bool found = false;

	while (!found && fgets(line, sizeof(line), f) != NULL) {
		if (sscanf(line, "%c %*s", &kind) != 1)
			continue;
		if (kind == 'b')
			for (u64 i = 0; i < known_count; i++)
				expected[i].digest = 0;
		if (kind == 'f' && sscanf(line, "f %llx %llx", &a, &b) == 2) {
			struct known *k = known_find(expected, known_count, a);
			if (k != NULL)
				k->digest = b;
		}
		if (kind == 'g' && sscanf(line, "g %llu %llx", &a, &b) == 2 && a == generation) {
			*activities_expected = b;
			found = true;
		}
	}
	fclose(f);
	return found;
}

static void verify(void)
{
	u64 generation = store_committed(), expected_activities, wrong = 0;
	struct known *expected = calloc(known_count + 1, sizeof(*expected));

	check(expected != NULL);
	memcpy(expected, known, known_count * sizeof(*expected));
	if (!read_states(generation, expected, &expected_activities)) {
		printf("verify: generation %llu was never recorded\n", (unsigned long long)generation);
		machine_exit(EXIT_STATE, NULL);
	}
	for (u64 i = 0; i < known_count; i++)
		if (known[i].digest != expected[i].digest && wrong++ < 10)
			printf("verify: frame %llx is not what it was\n", (unsigned long long)known[i].oid);
	if (activities_digest() != expected_activities && ++wrong != 0)
		printf("verify: the activities are not what they were\n");
	free(expected);
	printf("verify: generation %llu, %llu frames, %llu differences\n", (unsigned long long)generation,
		(unsigned long long)known_count, (unsigned long long)wrong);
	if (wrong != 0)
		machine_exit(EXIT_STATE, NULL);
	explore_recovered(generation);
}

void hal_watch_mounted(void)
{
	if (host_options.states == NULL)
		return;
	walk();
	if (host_options.verify)
		verify();
	else
		write_list();
}

void hal_watch_snapshot(u64 generation)
{
	if (host_options.states == NULL || known_count == 0)
		return;
	if (!listed)
		write_list();
	FILE *f = states_open("a");
	for (u64 i = 0; i < known_count; i++) {
		struct frame *frame = frame_peek(known[i].oid);
		if (frame == NULL || (frame->use != FU_PAGE && frame->use != FU_POT))
			continue;
		u64 digest = frame_digest(frame);
		if (digest != known[i].digest)
			fprintf(f, "f %llx %llx\n", (unsigned long long)frame->oid, (unsigned long long)digest);
		known[i].digest = digest;
	}
	fprintf(f, "g %llu %llx\n", (unsigned long long)generation, (unsigned long long)activities_digest());
	fclose(f);
	explore_note(NOTE_SNAPSHOT, generation, NULL);
}
