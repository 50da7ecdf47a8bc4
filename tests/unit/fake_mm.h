/* SPDX-License-Identifier: Apache-2.0 */
/* A machine for the tests of mm and cap: memory from malloc, no processor, no store unless a test registers one. */
#ifndef TESTS_FAKE_MM_H
#define TESTS_FAKE_MM_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <abi/error.h>
#include <abi/process.h>
#include <hal/pt.h>
#include <kernel/cpu.h>
#include <kernel/map.h>
#include <kernel/object.h>

extern u32 fake_flushes;                       /* how often the TLB was flushed, in whole or in part */
extern void (*fake_flushed)(bool all, uaddr_t va); /* is told of each flush, or NULL */
extern char fake_log[8192];                       /* what klog() was told lately; a test may empty it */
extern paddr_t fake_loaded;                    /* the last root given to hal_space_load() */
extern u64 fake_woken;                         /* last key woken */
/* Where devices are: below memory. */
#define FAKE_DEVICE ((paddr_t)0x40000)
#define FAKE_DEVICE_PAGES 40u
struct cap fake_device(u32 pages, u32 rights);  /* from there on */
void fake_boot(u32 frames);                    /* fresh memory, epoch 1 */
struct cap fake_alloc(oid_t oid, u32 kind);    /* a live object, or the test fails */
struct node *fake_node(const struct cap *c);   /* writable */
struct cap fake_memory(const struct cap *c, u32 size, u32 guard, u32 rights);
/* A GPT of 2^size with this l2v and `child` in `slot`. */
struct cap fake_gpt(oid_t oid, u32 size, u32 l2v, u32 slot, struct cap child);
/* What the hardware would find: leaf entry's page, or NULL; *write = all levels allow it. */
extern hal_pte_t fake_leaf;                    /* the leaf entry that fake_translate() found last; 0 = none */
extern struct frame *fake_leaves;                 /* the table that it is in */
/* map_fault() and map_root(), a step after the other for as long as they give way; no step does more than its share. */
#define FAKE_AT_ONCE 900u /* units: all entries of a page, or what a mapping takes that evicts nothing */
rc_t fake_fault(const struct cap *space, u64 va, enum access acc, struct walk *w);
paddr_t fake_root(const struct cap *space);
struct frame *fake_translate(paddr_t root, u64 va, bool *write);

#endif
