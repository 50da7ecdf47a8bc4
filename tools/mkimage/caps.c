// SPDX-License-Identifier: Apache-2.0
/* Capabilities: as they are written in the description, and as they stand in a slot. */
#include "image.h"
#include <string.h>

static const struct {
	const char *word;
	u32 type;
	bool named;       /* an object's name follows */
	u32 rights;       /* that may follow */
} words[] = {
	{ "void", CT_VOID, false, 0 },
	{ "number", CT_NUMBER, false, 0 },
	{ "text", CT_NUMBER, false, 0 },
	{ "page", CT_PAGE, true, CR_RO | CR_WEAK | CR_NX },
	{ "node", CT_NODE, true, CR_RO | CR_WEAK },
	{ "space", CT_GPT, true, CR_ALL },
	{ "process", CT_PROCESS, true, CR_RO | CR_WEAK | CR_OPAQUE },
	{ "start", CT_START, true, 0 },
	{ "forwarder", CT_FORWARDER, true, CR_RO | CR_WEAK | CR_OPAQUE },
	{ "schedule", CT_SCHEDULE, true, CR_RO },
	{ "range", CT_RANGE, false, CR_RO | CR_WEAK },
	{ "sleep", CT_SLEEP, false, 0 },
	{ "discrim", CT_DISCRIM, false, 0 },
	{ "checkpoint", CT_CHECKPOINT, false, 0 },
	{ "klog", CT_KLOG, false, CR_RO | CR_OPAQUE },
	{ "console", CT_CONSOLE, false, 0 },
	{ "sysctl", CT_SYSCTL, false, 0 },
	{ "notice", CT_NOTICE, true, 0 },
	{ "keybits", CT_KEYBITS, false, 0 },
	{ "proctool", CT_PROCTOOL, false, 0 },
};

static const struct {
	const char *word;
	u32 right;
} rights[] = {
	{ "ro", CR_RO }, { "weak", CR_WEAK }, { "nocall", CR_NOCALL }, { "opaque", CR_OPAQUE }, { "nx", CR_NX },
};

static bool parse_number(struct words *w, struct capdesc *c)
{
	for (u32 i = 0; i < 3 && (i == 0 || w->next < w->count); i++) {
		u64 value;
		if (!want_number(w, "number", 0xffffffff, &value))
			return false;
		c->number[i] = (u32)value;
	}
	return true;
}

static bool parse_text(struct words *w, struct capdesc *c)
{
	const char *text = want_word(w, "text");
	if (!text)
		return false;
	if (strlen(text) > sizeof c->number) {
		complain(w->line, "text: more than %zu bytes", sizeof c->number);
		return false;
	}
	memcpy(c->number, text, strlen(text));
	return true;
}

static void parse_rights(struct words *w, struct capdesc *c, u32 allowed)
{
	for (u32 i = 0; i < ARRAY_SIZE(rights); i++) {
		if ((rights[i].right & allowed) && word_is(w, rights[i].word)) {
			c->rights |= rights[i].right;
			i = -1u;
		}
	}
}

bool parse_cap(struct words *w, struct capdesc *c)
{
	const char *word = want_word(w, "a capability");
	if (!word)
		return false;
	*c = (struct capdesc){ .line = w->line };
	u32 i = 0;
	while (i < ARRAY_SIZE(words) && strcmp(word, words[i].word))
		i++;
	if (i == ARRAY_SIZE(words)) {
		complain(w->line, "'%s' is not a kind of capability", word);
		return false;
	}
	c->type = words[i].type;
	c->whole_rest = c->type == CT_RANGE;
	c->prime = c->type == CT_RANGE && word_is(w, "prime");
	if (c->type == CT_NUMBER && !(*word == 't' ? parse_text(w, c) : parse_number(w, c)))
		return false;
	if (words[i].named && !(c->name = want_word(w, "a name")))
		return false;
	if (c->type == CT_START && w->next < w->count) {
		u64 facet;
		if (!want_number(w, "facet", 0xffffff, &facet))
			return false;
		c->facet = (u32)facet;
	}
	if (c->type == CT_NOTICE) {
		u64 bits;
		if (!want_number(w, "bits", 0xffffff, &bits))
			return false;
		c->facet = (u32)bits;
	}
	parse_rights(w, c, words[i].rights);
	return want_end(w);
}

const char *kind_name(enum object_kind k)
{
	static const char *const name[] = {
		[OB_SCHEDULE] = "schedule", [OB_PAGE] = "page", [OB_NODE] = "node", [OB_FORWARDER] = "forwarder",
		[OB_PROCESS] = "process",
	};
	return name[k];
}

static enum object_kind kind_for(u32 type)
{
	switch (type) {
	case CT_PAGE:      return OB_PAGE;
	case CT_NODE:      return OB_NODE;
	case CT_FORWARDER: return OB_FORWARDER;
	case CT_SCHEDULE:  return OB_SCHEDULE;
	default:           return OB_PROCESS; /* process, start, notice, space */
	}
}

static struct cap object_cap(struct image *im, const struct capdesc *c)
{
	struct object *o = object_find(im, c->name);
	enum object_kind want = kind_for(c->type);
	if (!o) {
		complain(c->line, "there is no %s '%s'", kind_name(want), c->name);
		return cap_void();
	}
	if (o->kind != want) {
		complain(c->line, "'%s' is a %s (line %d), not a %s", c->name, kind_name(o->kind), o->line, kind_name(want));
		return cap_void();
	}
	if (c->type == CT_GPT) {
		struct cap space = o->space;
		space.w[3] |= c->rights << 24;
		return space;
	}
	return cap_make(c->type, c->facet, IMAGE_VERSION, o->oid, c->rights);
}

struct cap cap_build(struct image *im, const struct capdesc *c)
{
	if (c->type == CT_NUMBER)
		return cap_number(c->number[0], c->number[1], c->number[2]);
	if (c->whole_rest) {
		u64 used = c->prime ? 0 : im->frames, length = im->home_frames - used;
		return cap_make(CT_RANGE, (u32)(length >> 32), (u32)length, (FIRST_FRAME + used) << 3, c->rights);
	}
	return c->name ? object_cap(im, c) : cap_make(c->type, 0, 0, 0, c->rights);
}
