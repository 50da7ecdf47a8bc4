// SPDX-License-Identifier: Apache-2.0
/*
 * Program files: static ELF executables as user/lib/user.ld makes them. Segments begin on pages. Pages that cannot be
 * written are made once and shared by all processes of the program; the others are made for each.
 */
#include "image.h"
#include <elf.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct segment {
	u64 addr, bytes, file_bytes, offset;
	u32 flags;
};

struct program {
	struct program *next;
	const char *name;
	u8 *file;
	u64 size, entry;
	struct segment segment[8];
	u32 segments;
	u64 *shared[8];           /* OIDs of the pages of a segment that nobody writes */
};

static struct program *programs;

static u8 *read_file(const char *path, u64 *size, int line)
{
	FILE *f = fopen(path, "r");
	if (!f) {
		complain(line, "%s: %s", path, strerror(errno));
		return NULL;
	}
	size_t room = 1 << 16, n;
	u8 *data = NULL;
	for (*size = 0;; room *= 2) {
		data = realloc(data, room);
		if (!data)
			exit(1);
		n = fread(data + *size, 1, room - *size, f);
		*size += n;
		if (*size < room)
			break;
	}
	fclose(f);
	return data;
}

static void add_segment(struct program *p, struct segment s, u64 user_end, int line)
{
	if (!s.bytes)
		return;
	if (p->segments == ARRAY_SIZE(p->segment))
		complain(line, "program %s: too many segments", p->name);
	else if (s.addr % FRAME_SIZE)
		complain(line, "program %s: a segment begins inside a page", p->name);
	else if (s.offset + s.file_bytes < s.offset || s.offset + s.file_bytes > p->size || s.file_bytes > s.bytes ||
		 s.bytes > 64 << 20)
		complain(line, "program %s: the file is cut off or damaged", p->name);
	else if (s.addr >= user_end || user_end - s.addr < s.bytes)
		complain(line, "program %s: a segment lies outside user space", p->name);
	else
		p->segment[p->segments++] = s;
}

#define READ_SEGMENTS(bits)                                                                            \
	static bool read_elf##bits(struct program *p, u64 user_end, int line)                          \
	{                                                                                              \
		Elf##bits##_Ehdr e;                                                                    \
		if (p->size < sizeof e)                                                                \
			return false;                                                                  \
		memcpy(&e, p->file, sizeof e);                                                         \
		p->entry = e.e_entry;                                                                  \
		if (e.e_phentsize != sizeof(Elf##bits##_Phdr) || e.e_phoff > p->size ||                \
		    p->size - e.e_phoff < (u64)e.e_phnum * e.e_phentsize)                              \
			return false;                                                                  \
		for (u32 i = 0; i < e.e_phnum; i++) {                                                  \
			Elf##bits##_Phdr h;                                                            \
			memcpy(&h, p->file + e.e_phoff + i * sizeof h, sizeof h);                      \
			if (h.p_type == PT_LOAD)                                                       \
				add_segment(p, (struct segment){ h.p_vaddr, h.p_memsz, h.p_filesz,     \
								 h.p_offset, h.p_flags },              \
					    user_end, line);                                           \
		}                                                                                      \
		return true;                                                                           \
	}
READ_SEGMENTS(32)
READ_SEGMENTS(64)

/* Where the first instruction is fetched: a program that cannot even begin is found here. */
static bool entry_good(const struct program *p)
{
	for (u32 i = 0; i < p->segments; i++) {
		const struct segment *s = &p->segment[i];
		if (s->flags & PF_X && p->entry >= s->addr && p->entry - s->addr < s->file_bytes)
			return true;
	}
	return false;
}

static bool read_headers(struct image *im, struct program *p, int line)
{
	const u8 *id = p->file;
	if (p->size < 20 || memcmp(id, ELFMAG, SELFMAG)) {
		complain(line, "program %s: not an ELF file", p->name);
		return false;
	}
	const struct arch *its = arch_of_elf(id[EI_CLASS], (u32)(id[18] | id[19] << 8));
	if (its && !im->arch_known)
		im->arch = its;
	im->arch_known |= its != NULL;
	if (its != im->arch || (id[16] | id[17] << 8) != ET_EXEC) {
		complain(line, "program %s: not an executable for %s", p->name, im->arch_known ? im->arch->name : arch_names());
		return false;
	}
	u64 end = im->arch->user_end;
	if (!(id[EI_CLASS] == ELFCLASS32 ? read_elf32(p, end, line) : read_elf64(p, end, line)) || !p->segments) {
		complain(line, "program %s: the file is cut off or damaged", p->name);
		return false;
	}
	if (!entry_good(p)) {
		complain(line, "program %s: its entry 0x%llx is not in an executable segment", p->name,
			 (unsigned long long)p->entry);
		return false;
	}
	return true;
}

static struct program *program_find(struct image *im, const char *name, int line)
{
	struct program *p;
	for (p = programs; p; p = p->next)
		if (!strcmp(p->name, name))
			return p;
	p = allot(sizeof *p);
	p->name = name;
	p->next = programs;
	programs = p;
	char *path;
	if (asprintf(&path, "%s/%s", im->objdir, name) < 0)
		exit(1);
	p->file = read_file(path, &p->size, line);
	if (p->file && !read_headers(im, p, line))
		p->segments = 0;
	return p;
}

/* A copy of the n-th page of a segment; NULL if it is all zero. */
static u8 *page_content(const struct program *p, const struct segment *s, u64 n)
{
	u64 at = n * FRAME_SIZE;
	if (at >= s->file_bytes)
		return NULL;
	u8 *page = allot(FRAME_SIZE);
	memcpy(page, p->file + s->offset + at, MIN(FRAME_SIZE, s->file_bytes - at));
	return page;
}

static u64 page_oid(struct image *im, struct program *p, u32 seg, u64 n)
{
	const struct segment *s = &p->segment[seg];
	if (s->flags & PF_W)
		return alloc_page(im, page_content(p, s, n));
	if (!p->shared[seg])
		p->shared[seg] = allot((s->bytes / FRAME_SIZE + 1) * sizeof(u64));
	if (!p->shared[seg][n])
		p->shared[seg][n] = alloc_page(im, page_content(p, s, n));
	return p->shared[seg][n];
}

u64 program_load(struct image *im, struct space *space, const char *name, int line)
{
	struct program *p = program_find(im, name, line);
	for (u32 i = 0; i < p->segments; i++) {
		const struct segment *s = &p->segment[i];
		u32 rights = (s->flags & PF_W ? 0 : CR_RO) | (s->flags & PF_X ? 0 : CR_NX);
		for (u64 n = 0; n * FRAME_SIZE < s->bytes; n++)
			space_add(space, s->addr + n * FRAME_SIZE,
				  cap_make(CT_PAGE, 0, IMAGE_VERSION, page_oid(im, p, i, n), rights), line);
	}
	return p->entry;
}
