/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Flattened device trees: the check of the whole blob, nodes and properties. (What several nodes say together is in
 * fdt_bus.c.) After fdt_open() all offsets that are followed are known to be good (F1), so that the walk has no errors.
 */
#include <kernel/fdt.h>
#include <kernel/lib.h>

#define MAGIC 0xd00dfeedu
#define VERSION 17u

/* Words of the header. */
enum { H_MAGIC, H_TOTAL, H_STRUCTS, H_STRINGS, H_RESERVED, H_VERSION, H_COMPATIBLE, H_BOOT_CPU, H_STRINGS_SIZE,
	H_STRUCTS_SIZE };

enum { BEGIN_NODE = 1, END_NODE = 2, PROP = 3, NOP = 4, END = 9 };

static u32 word_at(const u8 *p)
{
	return (u32)p[0] << 24 | (u32)p[1] << 16 | (u32)p[2] << 8 | p[3];
}

static u32 get(const struct fdt *f, u32 at)
{
	return word_at(f->blob + at);
}

static u32 header(const void *blob, u32 n)
{
	return word_at((const u8 *)blob + 4 * n);
}

u64 fdt_number(const void *cells, u32 count)
{
	u64 v = 0;

	for (u32 i = 0; i < count; i++)
		v = v << 32 | word_at((const u8 *)cells + 4 * i);
	return v;
}

/* ---- the check ---- */

u32 fdt_total_size(const void *blob)
{
	u32 total = header(blob, H_TOTAL);

	return header(blob, H_MAGIC) == MAGIC && total >= FDT_HEADER_BYTES ? total : 0;
}

/* Bytes of the text at `at` with its end, 0 = it does not end before `end`. */
static u32 text_bytes(const struct fdt *f, u32 at, u32 end)
{
	for (u32 i = at; i < end; i++)
		if (!f->blob[i])
			return i - at + 1;
	return 0;
}

/* A block [at, at + bytes) inside the blob, aligned. */
static bool block_fits(u32 total, u32 at, u32 bytes, u32 align)
{
	return at >= FDT_HEADER_BYTES && at % align == 0 && at <= total && bytes <= total - at;
}

static const char *open_blocks(struct fdt *f, u32 total)
{
	u32 strings = header(f->blob, H_STRINGS_SIZE), structs = header(f->blob, H_STRUCTS_SIZE), end;

	f->structs = header(f->blob, H_STRUCTS);
	f->strings = header(f->blob, H_STRINGS);
	f->reserved = header(f->blob, H_RESERVED);
	if (!block_fits(total, f->structs, structs, 4) || structs % 4)
		return "the structure block is not inside the blob";
	if (!block_fits(total, f->strings, strings, 1))
		return "the strings block is not inside the blob";
	if (!block_fits(total, f->reserved, 16, 8))
		return "the list of reserved memory is not inside the blob";
	f->structs_end = f->structs + structs;
	f->strings_end = f->strings + strings;
	for (end = f->reserved; fdt_number(f->blob + end, 2) || fdt_number(f->blob + end + 8, 2); end += 16)
		if (total - end < 32)
			return "the list of reserved memory has no end";
	f->used = MAX(MAX(f->structs_end, f->strings_end), end + 16);
	return NULL;
}

/* The token at `at`: what it is, and where the next one is (0 = it does not fit). */
static u32 token_check(const struct fdt *f, u32 at, u32 *next)
{
	u32 left = f->structs_end - at, bytes, token;

	*next = 0;
	if (left < 4)
		return 0;
	token = get(f, at);
	if (token == BEGIN_NODE) {
		bytes = text_bytes(f, at + 4, f->structs_end);
		*next = bytes ? at + 4 + ALIGN_UP(bytes, 4u) : 0;
	} else if (token == PROP && left >= 12) {
		u32 name = get(f, at + 8);

		bytes = get(f, at + 4);
		if (bytes <= left - 12 && name < f->strings_end - f->strings &&
		    text_bytes(f, f->strings + name, f->strings_end))
			*next = at + 12 + ALIGN_UP(bytes, 4u);
	} else if (token == END_NODE || token == NOP || token == END) {
		*next = at + 4;
	}
	if (*next > f->structs_end)
		*next = 0;
	return token;
}

static const char *check_structure(struct fdt *f)
{
	u32 at = f->structs, depth = 0, next, token;
	bool props = false, root = false; /* properties may stand here; the root has been seen */

	for (;; at = next) {
		token = token_check(f, at, &next);
		if (!next)
			return "a token of the structure block is malformed or cut off";
		if (token == BEGIN_NODE) {
			if (depth == 0 && (root || f->blob[at + 4]))
				return "it has no single root";
			if (++depth > FDT_DEPTH_MAX)
				return "nodes are nested too deep";
			root = true;
			props = true;
		} else if (token == END_NODE) {
			if (depth-- == 0)
				return "a node ends that has not begun";
			props = false;
		} else if (token == PROP && !props) {
			return "a property stands behind a node's children";
		} else if (token == END) {
			return depth || !root ? "a node has no end" : NULL;
		}
	}
}

const char *fdt_open(struct fdt *f, const void *blob, size_t size)
{
	u32 total;
	const char *why;

	*f = (struct fdt){ .blob = blob };
	if (size < FDT_HEADER_BYTES || !fdt_total_size(blob))
		return "there is no device tree";
	total = fdt_total_size(blob);
	if (total > size)
		return "it is longer than what can be read";
	if (header(blob, H_VERSION) < VERSION || header(blob, H_COMPATIBLE) > VERSION)
		return "it is not of version 17";
	why = open_blocks(f, total);
	return why ? why : check_structure(f);
}

/* ---- nodes ---- */

/* The next token, of a blob that is checked. */
static u32 skip(const struct fdt *f, u32 at)
{
	switch (get(f, at)) {
	case BEGIN_NODE:
		return at + 4 + ALIGN_UP((u32)strlen((const char *)f->blob + at + 4) + 1, 4u);
	case PROP:
		return at + 12 + ALIGN_UP(get(f, at + 4), 4u);
	default:
		return at + 4;
	}
}

u32 fdt_root(const struct fdt *f)
{
	u32 at = f->structs;

	while (get(f, at) == NOP)
		at = skip(f, at);
	return at;
}

/* The next token that begins or ends a node, or ends all. */
static u32 next_edge(const struct fdt *f, u32 at)
{
	do
		at = skip(f, at);
	while (get(f, at) == PROP || get(f, at) == NOP);
	return at;
}

u32 fdt_child(const struct fdt *f, u32 node)
{
	u32 at = node ? next_edge(f, node) : 0;

	return node && get(f, at) == BEGIN_NODE ? at : FDT_NONE;
}

u32 fdt_sibling(const struct fdt *f, u32 node)
{
	u32 at = node, depth = 0;

	if (!node)
		return FDT_NONE;
	do {
		if (get(f, at) == BEGIN_NODE)
			depth++;
		else
			depth--;
		at = next_edge(f, at);
	} while (depth);
	return get(f, at) == BEGIN_NODE ? at : FDT_NONE;
}

u32 fdt_next(const struct fdt *f, u32 node)
{
	u32 at = node ? node : f->structs;

	if (!node && get(f, at) == BEGIN_NODE)
		return at;
	do
		at = next_edge(f, at);
	while (get(f, at) == END_NODE);
	return get(f, at) == BEGIN_NODE ? at : FDT_NONE;
}

u32 fdt_parent(const struct fdt *f, u32 node)
{
	u32 path[FDT_DEPTH_MAX], depth = 0;

	for (u32 at = fdt_root(f); node && get(f, at) != END; at = next_edge(f, at)) {
		if (at == node)
			return depth ? path[depth - 1] : FDT_NONE;
		if (get(f, at) == BEGIN_NODE)
			path[depth++] = at;
		else
			depth--;
	}
	return FDT_NONE;
}

const char *fdt_name(const struct fdt *f, u32 node)
{
	return node ? (const char *)f->blob + node + 4 : "";
}

static bool has_unit_address(const char *path, u32 length)
{
	for (u32 i = 0; i < length; i++)
		if (path[i] == '@')
			return true;
	return false;
}

/* Does this name, with or without its unit address, stand at the start of the path? */
static bool name_matches(const char *name, const char *path, u32 length)
{
	if (strncmp(name, path, length))
		return false;
	return !name[length] || (name[length] == '@' && !has_unit_address(path, length));
}

static u32 component_end(const char *path)
{
	u32 n = 0;

	while (path[n] && path[n] != '/' && path[n] != ':')
		n++;
	return n;
}

/* From this node on, by a path that begins with '/' or ends. */
static u32 descend(const struct fdt *f, u32 node, const char *path)
{
	while (node && *path == '/') {
		u32 n = component_end(++path);

		if (!n)
			continue;
		for (node = fdt_child(f, node); node && !name_matches(fdt_name(f, node), path, n);)
			node = fdt_sibling(f, node);
		path += n;
	}
	return node;
}

u32 fdt_by_path(const struct fdt *f, const char *path)
{
	return *path == '/' ? descend(f, fdt_root(f), path) : FDT_NONE;
}

u32 fdt_by_alias(const struct fdt *f, const char *name)
{
	char alias[32];
	u32 n = component_end(name);
	const char *path;

	if (*name == '/')
		return fdt_by_path(f, name);
	if (!n || n >= sizeof(alias))
		return FDT_NONE;
	memcpy(alias, name, n);
	alias[n] = 0;
	path = fdt_text(f, fdt_by_path(f, "/aliases"), alias);
	return path && *path == '/' ? descend(f, fdt_by_path(f, path), name + n) : FDT_NONE;
}

u32 fdt_by_phandle(const struct fdt *f, u32 phandle)
{
	u32 v;

	if (!phandle || phandle == 0xffffffffu)
		return FDT_NONE;
	for (u32 node = fdt_next(f, FDT_NONE); node; node = fdt_next(f, node))
		if ((fdt_word(f, node, "phandle", 0, &v) || fdt_word(f, node, "linux,phandle", 0, &v)) && v == phandle)
			return node;
	return FDT_NONE;
}

u32 fdt_by_compatible(const struct fdt *f, u32 node, const char *name)
{
	do
		node = fdt_next(f, node);
	while (node && !(fdt_is_compatible(f, node, name) && fdt_is_enabled(f, node)));
	return node;
}

/* ---- properties ---- */

const void *fdt_prop(const struct fdt *f, u32 node, const char *name, u32 *bytes)
{
	u32 at;

	*bytes = 0;
	if (!node)
		return NULL;
	for (at = skip(f, node); get(f, at) == PROP || get(f, at) == NOP; at = skip(f, at)) {
		if (get(f, at) == NOP || strcmp((const char *)f->blob + f->strings + get(f, at + 8), name))
			continue;
		*bytes = get(f, at + 4);
		return f->blob + at + 12;
	}
	return NULL;
}

bool fdt_word(const struct fdt *f, u32 node, const char *name, u32 index, u32 *out)
{
	u32 bytes;
	const u8 *p = fdt_prop(f, node, name, &bytes);

	if (!p || bytes / 4 <= index)
		return false;
	*out = word_at(p + 4 * index);
	return true;
}

const char *fdt_text(const struct fdt *f, u32 node, const char *name)
{
	u32 bytes;
	const char *p = fdt_prop(f, node, name, &bytes);

	return p && bytes && !p[bytes - 1] ? p : NULL;
}

bool fdt_is_compatible(const struct fdt *f, u32 node, const char *name)
{
	u32 bytes;
	const char *p = fdt_prop(f, node, "compatible", &bytes);

	if (!bytes || p[bytes - 1])
		return false;
	for (u32 at = 0; at < bytes; at += (u32)strlen(p + at) + 1)
		if (!strcmp(p + at, name))
			return true;
	return false;
}

bool fdt_is_enabled(const struct fdt *f, u32 node)
{
	u32 bytes;
	const char *status = fdt_text(f, node, "status");

	return status ? !strcmp(status, "okay") || !strcmp(status, "ok") : !fdt_prop(f, node, "status", &bytes);
}

bool fdt_cells(const struct fdt *f, u32 node, u32 *address, u32 *size)
{
	*address = 2;
	*size = 1;
	(void)fdt_word(f, node, "#address-cells", 0, address);
	(void)fdt_word(f, node, "#size-cells", 0, size);
	return *address <= 3 && *size <= 2;
}

bool fdt_reserved(const struct fdt *f, u32 n, u64 *base, u64 *size)
{
	const u8 *p = f->blob + f->reserved;

	do {
		*base = fdt_number(p, 2);
		*size = fdt_number(p + 8, 2);
		p += 16;
	} while ((*base || *size) && n--);
	return *base || *size;
}
