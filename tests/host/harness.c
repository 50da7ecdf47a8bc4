/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What must come back after a restart: a digest of every object at each snapshot, and the comparison.
 *
 * At mount a walk fetches every frame of the volume (up to WALK_FRAMES), which proves that each can be read, and
 * takes its digest. In the pause of each snapshot the digests of all cached frames are renewed; of the others the
 * digest was taken when they were evicted, and what is fetched again must have it. All this uses frame_peek() and frame_get(),
 * nothing of the store. What it knows is a list of records, in memory or in the file of --states:
 *   STATE_BOOT G         a boot from generation G; the list below starts anew
 *   STATE_FRAME OID D    this frame's digest, where it changed
 *   STATE_SNAPSHOT G A   the snapshot of generation G is complete; A = digest of its activities
 */
#include "watch.h"

#include <errno.h>
#include <fcntl.h>
#include <hal/hal.h>
#include <kernel/invoke.h>
#include <kernel/kthread.h>
#include <kernel/panic.h>
#include <kernel/store.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define WALK_FRAMES ((u64)1 << 20)
#define WALK_GAP    ((u64)1 << 12)   /* so many frames in a row that no range holds end the walk */

#define RECORDS_MAX ((u64)1 << 22)

enum shape { SHAPE_OTHER, SHAPE_DATA, SHAPE_ZERO };

struct known {
	oid_t oid;
	u64 digest;            /* newest that was seen */
	u64 recorded;          /* of the last snapshot */
	u8 shape, recorded_shape;
	bool evicted;          /* it is not in memory and was since the walk */
};

struct states *states;
static bool walked;
static struct known *known;    /* ascending OIDs */
static u64 known_count, known_room;

static struct known *known_add(oid_t oid)
{
	if (known_count == known_room) {
		known_room = known_room == 0 ? 1024 : known_room * 2;
		known = realloc(known, known_room * sizeof(*known));
		check(known != NULL);
	}
	known[known_count] = (struct known){ .oid = oid };
	return &known[known_count++];
}

static int compare_oid(const void *a, const void *b)
{
	oid_t x = ((const struct known *)a)->oid, y = ((const struct known *)b)->oid;

	return x < y ? -1 : x > y;
}

static struct known *known_find(oid_t oid)
{
	return bsearch(&(struct known){ .oid = oid }, known, known_count, sizeof(*known), compare_oid);
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

static enum shape frame_shape(const struct frame *f)
{
	const u64 *word = frame_data(f);
	u32 i = 0;

	if (f->use != FU_PAGE || f->tag.kind != NK_PAGE)
		return SHAPE_OTHER;
	while (i < FRAME_SIZE / 8 && word[i] == 0)
		i++;
	return i == FRAME_SIZE / 8 ? SHAPE_ZERO : SHAPE_DATA;
}

static void see(struct known *k, const struct frame *f)
{
	k->digest = frame_digest(f);
	k->shape = frame_shape(f);
	k->evicted = false;
}

void harness_evicted(const struct frame *f)
{
	struct known *k = walked ? known_find(f->oid) : NULL;

	if (k == NULL)
		return;
	see(k, f);
	k->evicted = true;
}

bool harness_fetched(const struct frame *f)
{
	struct known *k = walked ? known_find(f->oid) : NULL;

	if (k == NULL || !k->evicted)
		return false;
	if (k->digest != frame_digest(f))
		panic("harness: frame %llx is not what it was when it was evicted", (unsigned long long)f->oid);
	k->evicted = false;
	return true;
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

	do {
		pins_drop();
		cpu0.committed = false;
		x->rc = frame_get(x->oid, &x->frame);
	} while (x->rc == RC_STALL && cpu0.stall_key == KEY_AGAIN);
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
		if (x.rc == RC_OK)
			see(k, x.frame);
		else
			k->digest = ~(u64)x.rc;
	}
	pins_drop();
	walked = true;
}

/* ---- the records ---- */
static void states_open(const char *name)
{
	size_t bytes = sizeof(*states) + RECORDS_MAX * sizeof(states->record[0]);
	int fd;

	if (name == NULL) {
		states = shared_memory(bytes);
		return;
	}
	fd = open(name, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
	if (fd >= 0 && ftruncate(fd, (off_t)bytes) == 0)
		states = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (states == NULL || states == MAP_FAILED) {
		fprintf(stderr, "anteros: %s: %s\n", name, strerror(errno));
		exit(2);
	}
	close(fd);
}

void harness_init(void)
{
	if (host_options.states != NULL || host_options.explore != 0)
		states_open(host_options.states);
	if (host_options.explore != 0)
		counts = shared_memory(COUNT_NR * sizeof(*counts));
}

static void record(u32 kind, u64 a, u64 b)
{
	check(states->count < RECORDS_MAX);
	states->record[states->count++] = (struct state_record){ kind, a, b };
}

static void write_list(void)
{
	record(STATE_BOOT, store_committed(), 0);
	for (u64 i = 0; i < known_count; i++) {
		record(STATE_FRAME, known[i].oid, known[i].digest);
		known[i].recorded = known[i].digest;
		known[i].recorded_shape = known[i].shape;
	}
	record(STATE_SNAPSHOT, store_committed(), activities_digest());
}

/* One past the last record that ends `generation`, 0 = there is none. The explorer's branches repeat numbers. */
static u64 snapshot_end(u64 generation)
{
	u64 n = states->count;

	while (n != 0 && (states->record[n - 1].kind != STATE_SNAPSHOT || states->record[n - 1].a != generation))
		n--;
	return n;
}

/* What was at the snapshot that ends there becomes known[].recorded; returns the digest of the activities. */
static u64 read_states(u64 end)
{
	for (u64 n = 0; n < end; n++) {
		const struct state_record *r = &states->record[n];
		struct known *k = r->kind == STATE_FRAME ? known_find(r->a) : NULL;

		for (u64 i = 0; r->kind == STATE_BOOT && i < known_count; i++)
			known[i].recorded = 0;
		if (k != NULL)
			k->recorded = r->b;
	}
	return states->record[end - 1].b;
}

static void verify(void)
{
	u64 generation = store_committed(), end = snapshot_end(generation), wrong = 0;

	if (end == 0) {
		printf("verify: generation %llu was never recorded\n", (unsigned long long)generation);
		machine_exit(EXIT_STATE, NULL);
	}
	u64 activities = read_states(end);
	for (u64 i = 0; i < known_count; i++)
		if (known[i].digest != known[i].recorded && wrong++ < 10)
			printf("verify: frame %llx is not what it was\n", (unsigned long long)known[i].oid);
	if (activities_digest() != activities && ++wrong != 0)
		printf("verify: the activities are not what they were\n");
	printf("verify: generation %llu, %llu frames, %llu differences\n", (unsigned long long)generation,
		(unsigned long long)known_count, (unsigned long long)wrong);
	if (wrong != 0)
		machine_exit(EXIT_STATE, NULL);
	restart_recovered(generation);
}

void hal_watch_mounted(void)
{
	if (states == NULL)
		return;
	walk();
	if (host_options.verify)
		verify();
	write_list();
}

static void record_change(struct known *k)
{
	counts[COUNT_ZEROED] += k->recorded_shape == SHAPE_DATA && k->shape == SHAPE_ZERO;
	counts[COUNT_UNZEROED] += k->recorded_shape == SHAPE_ZERO && k->shape == SHAPE_DATA;
	record(STATE_FRAME, k->oid, k->digest);
	k->recorded = k->digest;
	k->recorded_shape = k->shape;
}

void hal_watch_snapshot(u64 generation)
{
	mutant_snapshot();
	if (states == NULL || !walked)
		return;
	for (u64 i = 0; i < known_count; i++) {
		struct known *k = &known[i];
		const struct frame *f = frame_peek(k->oid);

		if (f != NULL)
			see(k, f);
		if (k->digest != k->recorded)
			record_change(k);
	}
	record(STATE_SNAPSHOT, generation, activities_digest());
	explore_note(NOTE_SNAPSHOT, generation, NULL);
}
