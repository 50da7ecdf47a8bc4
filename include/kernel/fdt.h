/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reader of flattened device trees (Devicetree Specification 0.4, chapters 2, 3 and 5). lib/fdt.c.
 *
 * The blob comes from outside: fdt_open() checks all of it once. F1: after that every token, name and property lies inside
 * the blob, nodes nest at most FDT_DEPTH_MAX deep, and every loop here ends. The blob is read only and must not change.
 * Nothing is allocated, nothing recurses. What a property *says* is checked where it is used.
 *
 * A node is named by the offset of its first token; FDT_NONE is no node, and every function takes it as one without
 * properties and children.
 */
#ifndef KERNEL_FDT_H
#define KERNEL_FDT_H

#include <kernel/types.h>

#define FDT_DEPTH_MAX 16u
#define FDT_NONE 0u
#define FDT_HEADER_BYTES 40u

struct fdt {
	const u8 *blob;
	u32 reserved;                    /* offsets in the blob */
	u32 structs, structs_end;
	u32 strings, strings_end;
	u32 used;                        /* bytes up to the end of the last block: less than the total size, which may have room to spare */
};

/* Total size that a header of FDT_HEADER_BYTES tells, 0 = it is no device tree. */
u32 fdt_total_size(const void *blob);
/* NULL: good; else what is wrong. `size`: bytes that may be read from `blob`, which is aligned to 8. */
NODISCARD const char *fdt_open(struct fdt *f, const void *blob, size_t size);

/* ---- nodes ---- */
u32 fdt_root(const struct fdt *f);
u32 fdt_child(const struct fdt *f, u32 node);
u32 fdt_sibling(const struct fdt *f, u32 node);
u32 fdt_parent(const struct fdt *f, u32 node);
/* The next one in the order of the blob. */
u32 fdt_next(const struct fdt *f, u32 node);
/* With unit address; "" for the root. */
const char *fdt_name(const struct fdt *f, u32 node);
/* By absolute path; a component without unit address takes the first node of that name. What follows ':' is left out. */
u32 fdt_by_path(const struct fdt *f, const char *path);
/* A path, or the name of an alias at its start. */
u32 fdt_by_alias(const struct fdt *f, const char *name);
u32 fdt_by_phandle(const struct fdt *f, u32 phandle);
/* The first after `node` (FDT_NONE: of all) that is enabled and has this string in its `compatible`. */
u32 fdt_by_compatible(const struct fdt *f, u32 node, const char *name);

/* ---- properties ---- */
/* NULL = not there. Big-endian, aligned to 4. */
const void *fdt_prop(const struct fdt *f, u32 node, const char *name, u32 *bytes);
/* False: not there, or too short for that word. */
bool fdt_word(const struct fdt *f, u32 node, const char *name, u32 index, u32 *out);
/* NULL = not there, or not a string. */
const char *fdt_text(const struct fdt *f, u32 node, const char *name);
bool fdt_is_compatible(const struct fdt *f, u32 node, const char *name);
/* No `status`, or "okay". */
bool fdt_is_enabled(const struct fdt *f, u32 node);
/* `#address-cells` and `#size-cells` that this node gives its children; false: more than 3 or 2. */
bool fdt_cells(const struct fdt *f, u32 node, u32 *address, u32 *size);
/* Reads a number of 0 to 2 cells. */
u64 fdt_number(const void *cells, u32 count);

/* ---- what stands in several nodes together ---- */
/* n-th pair of `reg`, as the processor sees it: through the `ranges` of all buses above. False: none, or out of reach. */
bool fdt_reg(const struct fdt *f, u32 node, u32 n, u64 *base, u64 *size);

struct fdt_irq {
	u32 controller;                  /* node */
	u32 cells[4];
	u32 count;
};
/* n-th interrupt: `interrupts-extended`, else `interrupts` and the nearest `interrupt-parent`. */
bool fdt_irq(const struct fdt *f, u32 node, u32 n, struct fdt_irq *out);
/* n-th entry of the blob's own list of reserved memory. */
bool fdt_reserved(const struct fdt *f, u32 n, u64 *base, u64 *size);

#endif
