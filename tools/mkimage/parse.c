// SPDX-License-Identifier: Apache-2.0
/* Statements of the description to objects. After a complaint the rest of the line is skipped, so that all are seen. */
#include "image.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct object *object_find(struct image *im, const char *name)
{
	for (struct object *o = im->objects; o; o = o->next)
		if (!strcmp(o->name, name))
			return o;
	return NULL;
}

static struct object *object_new(struct image *im, struct words *w, enum object_kind kind)
{
	const char *name = want_word(w, "a name");
	if (!name)
		name = "?";
	struct object *other = object_find(im, name);
	if (other && strcmp(name, "?"))
		complain(w->line, "the name '%s' is taken by the %s in line %d", name, kind_name(other->kind), other->line);
	struct object *o = allot(sizeof *o);
	o->kind = kind;
	o->name = name;
	o->line = w->line;
	*im->tail = o;
	im->tail = &o->next;
	return o;
}

/* A description names files of one folder, so that it can be read without looking at the rest of the machine. */
static bool file_name_check(struct words *w, const char *name)
{
	bool good = *name && *name != '.' && !strchr(name, '/');
	if (!good)
		complain(w->line, "'%s' is not a file in the folder of programs", name);
	return good;
}

/* "reserve PERIOD BUDGET", in microseconds. */
static bool parse_reserve(struct image *im, struct words *w, struct object *o)
{
	if (!want_number(w, "reserve", RESERVE_PERIOD_MAX, &o->period) ||
	    !want_number(w, "budget", RESERVE_PERIOD_MAX, &o->budget))
		return false;
	u32 share = reserve_share((struct sched_reserve){ (u32)o->period, (u32)o->budget });
	if (!share)
		complain(w->line, "schedule '%s': a reserve has a period of %u to %u us, and a budget within it", o->name,
			 RESERVE_PERIOD_MIN, RESERVE_PERIOD_MAX);
	im->shares += share;
	return share != 0;
}

static void parse_schedule(struct image *im, struct words *w)
{
	struct object *o = object_new(im, w, OB_SCHEDULE);
	bool has_limit = false;
	while (w->next < w->count) {
		if (word_is(w, "priority")) {
			if (!want_number(w, "priority", MAX_PRIORITY, &o->priority))
				return;
		} else if (word_is(w, "limit")) {
			if (!want_number(w, "limit", 65536, &o->limit))
				return;
			has_limit = true;
		} else if (word_is(w, "reserve")) {
			if (!parse_reserve(im, w, o))
				return;
		} else {
			complain(w->line, "'%s' is not expected here", word_next(w));
			return;
		}
	}
	if (!has_limit)
		complain(w->line, "schedule '%s' needs a limit", o->name);
	im->limits += o->limit;
}

static void page_file(struct image *im, struct words *w, struct object *o)
{
	const char *name = want_word(w, "a file name");
	if (!name || !file_name_check(w, name))
		return;
	char *path;
	if (asprintf(&path, "%s/%s", im->objdir, name) < 0)
		exit(1);
	FILE *f = fopen(path, "r");
	if (!f) {
		complain(w->line, "%s: %s", path, strerror(errno));
		return;
	}
	o->content = allot(FRAME_SIZE + 1);
	if (fread(o->content, 1, FRAME_SIZE + 1, f) > FRAME_SIZE)
		complain(w->line, "%s: longer than a page", path);
	fclose(f);
}

static void parse_page(struct image *im, struct words *w)
{
	struct object *o = object_new(im, w, OB_PAGE);
	if (word_is(w, "file")) {
		page_file(im, w, o);
	} else if (word_is(w, "text")) {
		const char *text = want_word(w, "text");
		o->content = allot(FRAME_SIZE);
		if (text)
			memcpy(o->content, text, MIN(strlen(text), FRAME_SIZE));
	}
	want_end(w);
}

/* `what` N capability, into the object's table. */
static void parse_slot(struct words *w, struct object *o, const char *what, u64 first)
{
	u64 slot;
	if (!want_number(w, what, NODE_SLOTS - 1, &slot))
		return;
	if (slot < first) {
		complain(w->line, "register 0 is always void");
		return;
	}
	if (o->has_cap[slot]) {
		complain(w->line, "%s %llu is already set in line %d", what, (unsigned long long)slot, o->cap[slot].line);
		return;
	}
	o->has_cap[slot] = parse_cap(w, &o->cap[slot]);
}

static void node_line(struct words *w, struct object *o)
{
	if (word_is(w, "slot"))
		parse_slot(w, o, "slot", 0);
	else
		complain(w->line, "'%s' is not known in a node", word_next(w));
}

static void parse_map(struct words *w, struct object *o)
{
	if (o->maps == MAX_MAPS) {
		complain(w->line, "more than %d pages mapped", MAX_MAPS);
		return;
	}
	struct mapping *m = &o->map[o->maps];
	m->line = w->line;
	if (!want_number(w, "address", ~(u64)0, &m->addr) || !(m->page = want_word(w, "a page's name")))
		return;
	if (m->addr % FRAME_SIZE) {
		complain(w->line, "address: 0x%llx is inside a page", (unsigned long long)m->addr);
		return;
	}
	m->rights = CR_NX;
	if (word_is(w, "ro"))
		m->rights |= CR_RO;
	o->maps += want_end(w);
}

/* A word that may stand only once in a process. */
static bool once(struct words *w, const char *word, bool set)
{
	if (!word_is(w, word))
		return false;
	if (set)
		complain(w->line, "%s is already set", word);
	return true;
}

static void process_line(struct words *w, struct object *o)
{
	if (once(w, "program", o->program)) {
		o->program = want_word(w, "a program's name");
		if (o->program)
			file_name_check(w, o->program);
	} else if (once(w, "schedule", o->schedule)) {
		o->schedule = want_word(w, "a schedule's name");
	} else if (once(w, "title", o->title)) {
		o->title = want_word(w, "a title");
		if (o->title && strlen(o->title) > NAME_BYTES)
			complain(w->line, "title: more than %d bytes", NAME_BYTES);
	} else if (once(w, "keeper", o->keeper.line)) {
		parse_cap(w, &o->keeper);
	} else if (once(w, "brand", o->brand.line)) {
		parse_cap(w, &o->brand);
	} else if (word_is(w, "stack")) {
		want_number(w, "stack", MAX_STACK, &o->stack);
		if (word_is(w, "top"))
			want_number(w, "top", ~(u64)0, &o->stack_top);
	} else if (word_is(w, "argument")) {
		want_number(w, "argument", 0xffffffff, &o->argument);
	} else if (word_is(w, "count")) {
		want_number(w, "count", COUNT_MAX, &o->count);
	} else if (once(w, "run", o->run)) {
		o->run = true;
	} else if (word_is(w, "map")) {
		parse_map(w, o);
		return;
	} else if (word_is(w, "cap")) {
		parse_slot(w, o, "register", 1);
		return;
	} else {
		complain(w->line, "'%s' is not known in a process", word_next(w));
		return;
	}
	want_end(w);
}

static void process_done(struct object *o)
{
	if (!o->program)
		complain(o->line, "process '%s' has no program", o->name);
	if (o->run && !o->schedule)
		complain(o->line, "process '%s' is to run but has no schedule", o->name);
	if (!o->title && strlen(o->name) > NAME_BYTES)
		complain(o->line, "the name '%s' is longer than %d bytes: give the process a title", o->name,
			 NAME_BYTES);
	if (!o->title)
		o->title = o->name;
}

/* `{`, lines, `}`. */
static void parse_block(struct words *w, struct object *o, void (*one)(struct words *, struct object *))
{
	int start = w->line;
	if (!word_is(w, "{")) {
		complain(w->line, "'{' is missing at the end of the line");
		return;
	}
	want_end(w);
	while (lex_line(w)) {
		if (word_is(w, "}")) {
			want_end(w);
			return;
		}
		one(w, o);
	}
	complain(w->line, "'}' is missing for the '{' in line %d", start);
}

static void parse_forwarder(struct image *im, struct words *w)
{
	struct object *o = object_new(im, w, OB_FORWARDER);
	if (word_is(w, "blocked"))
		o->flags |= FWD_BLOCKED;
	if (word_is(w, "payload")) {
		u64 payload;
		if (!want_number(w, "payload", 0xffffffff, &payload))
			return;
		o->flags |= FWD_PAYLOAD;
		o->cap[1] = (struct capdesc){ .line = w->line, .type = CT_NUMBER, .number = { (u32)payload } };
		o->has_cap[1] = true;
	}
	if (word_is(w, "identity"))
		o->flags |= FWD_IDENTITY;
	o->has_cap[0] = parse_cap(w, &o->cap[0]);
}

static void statement(struct image *im, struct words *w)
{
	if (word_is(w, "schedule")) {
		parse_schedule(im, w);
	} else if (word_is(w, "page")) {
		parse_page(im, w);
	} else if (word_is(w, "node")) {
		parse_block(w, object_new(im, w, OB_NODE), node_line);
	} else if (word_is(w, "forwarder")) {
		parse_forwarder(im, w);
	} else if (word_is(w, "process")) {
		struct object *o = object_new(im, w, OB_PROCESS);
		o->stack = 2;
		o->count = IMAGE_COUNT;
		parse_block(w, o, process_line);
		process_done(o);
	} else {
		complain(w->line, "unknown word '%s'", word_next(w));
	}
}

void parse(struct image *im, const char *path)
{
	struct words w = { 0 };
	im->tail = &im->objects;
	lex_open(path);
	while (lex_line(&w))
		statement(im, &w);
	if (!im->objects)
		complain(0, "the description is empty");
	if (im->limits > CONFIG_NR_ACTIVITIES)
		complain(0, "the schedules' limits add up to %llu; the system has %d activities",
			 (unsigned long long)im->limits, CONFIG_NR_ACTIVITIES);
	if (im->shares > RESERVE_PERCENT * 10)
		complain(0, "the reserves are %llu.%llu %% of the processor; this kernel gives them %d %% (RESERVE_PERCENT)",
			 (unsigned long long)im->shares / 10, (unsigned long long)im->shares % 10, RESERVE_PERCENT);
}
