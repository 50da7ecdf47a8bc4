/* SPDX-License-Identifier: Apache-2.0 */
/* Checks of what stands on a volume; for the kernel and the tools. A right sum says who wrote a block, not that it is right. */
#ifndef CKPT_CHECK_H
#define CKPT_CHECK_H

#include <abi/process.h>
#include <kernel/object.h>
#include "ckpt/format.h"

/* NULL, or what does not make sense: numbers, places and OIDs. Sum, format and features are the caller's. */
const char *fmt_header_check(const struct fmt_header *h);
/* The range that holds this OID, or NULL. */
const struct fmt_range *fmt_range_of(const struct fmt_header *h, u64 oid);
/* Good: magic, UUID, sum, and numbers that a kernel can have written. */
bool fmt_root_check(const struct fmt_header *h, const struct fmt_root *r);
/* Of a tag: a free frame, a page or a pot. */
bool fmt_kind_known(u32 kind);
/* An entry of this generation's directory, by itself. */
bool fmt_entry_check(const struct fmt_header *h, const struct fmt_entry *e, u64 generation);
/*
 * NULL, or which rule the content of a frame of this kind breaks. No rule can be broken by a user program: raw areas and
 * the values of capabilities are not looked at beyond what only the kernel writes.
 */
const char *fmt_content_check(const void *data, u64 oid, u32 kind);
bool fmt_node_is_free(const struct node *n);
bool fmt_all_zero(const void *p, u32 bytes);

#endif
