/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The model TLB: it keeps every translation that was ever used, at every level, until it is told to forget, so that
 * a flush that is missing shows at once. Rules, as strict as any real processor's:
 *   - what is not present is never remembered; what is present is, leaf and upper entries alike;
 *   - a permission that was refused stays refused until flushed. Where the tables would allow what the TLB refuses,
 *     the kernel has forgotten to flush after granting: panic;
 *   - hal_tlb_flush_va() forgets the leaf and the upper entries on its path; hal_space_load() forgets all.
 * With --oracle every access that succeeds is also compared with the tables and with the GPTs (oracle.c).
 */
#include "host.h"
#include "rv64.h"

#include <hal/hal.h>
#include <hal/pt.h>
#include <kernel/panic.h>
#include <stdlib.h>
#include <string.h>

struct entry {
	u64 key;         /* page or table prefix << 3 | level */
	u64 generation;  /* of the whole TLB; others are empty */
	hal_pte_t pte;   /* permissions of all levels above taken in */
};

static struct entry *tlb;
static u64 tlb_size, tlb_used, tlb_generation = 1, flushes;
static paddr_t root;
static struct {
	u64 page;
	u8 *memory;
} recent[3];             /* the last page of each kind of access; a part of the TLB */

static u64 key_of(uaddr_t va, u32 level)
{
	return va >> (FRAME_SHIFT + PT_BITS * level) << 3 | level;
}

static struct entry *find(u64 key)
{
	u64 at = (key * 0x9e3779b97f4a7c15u >> 20) & (tlb_size - 1);

	while (tlb[at].generation == tlb_generation && tlb[at].key != key)
		at = (at + 1) & (tlb_size - 1);
	return &tlb[at];
}

static hal_pte_t cached(u64 key)
{
	struct entry *e = tlb_size == 0 ? NULL : find(key);

	return e != NULL && e->generation == tlb_generation ? e->pte : 0;
}

static void remember(u64 key, hal_pte_t pte)
{
	if (tlb_used * 2 >= tlb_size) {
		struct entry *old = tlb;
		u64 old_size = tlb_size;

		tlb_size = old_size == 0 ? 1024 : old_size * 2;
		tlb = calloc(tlb_size, sizeof(*tlb));
		check(tlb != NULL);
		tlb_used = 0;
		for (u64 i = 0; i < old_size; i++)
			if (old[i].generation == tlb_generation && old[i].pte != 0)
				remember(old[i].key, old[i].pte);
		free(old);
	}
	struct entry *e = find(key);
	if (e->generation != tlb_generation)
		tlb_used++;
	*e = (struct entry){ key, tlb_generation, pte };
}

static hal_pte_t read_entry(paddr_t table, uaddr_t va, u32 level)
{
	const hal_pte_t *entries = hal_phys_to_virt(table);
	u32 index = (u32)(va >> (FRAME_SHIFT + PT_BITS * level)) & ((1u << PT_BITS) - 1);
	hal_pte_t e = entries[index];

	if (hal_pte_present(e) && !(e & HOST_PTE_TABLE) != (level == 0))
		panic("page table at %llx, level %u: entry %llx is not of this level", (unsigned long long)table, level,
			(unsigned long long)e);
	return e;
}

/* Translates by the tables; starts below the lowest upper entry that is remembered if `use_tlb`. 0 = not present. */
static hal_pte_t walk(uaddr_t va, bool use_tlb)
{
	hal_pte_t above = hal_pte_table(root, true);
	u32 level = PT_LEVELS;

	for (u32 up = 1; use_tlb && up < PT_LEVELS; up++) {
		hal_pte_t e = cached(key_of(va, up));
		if (e != 0) {
			above = e;
			level = up;
			break;
		}
	}
	while (level-- > 0) {
		hal_pte_t e = read_entry(hal_pte_paddr(above), va, level);
		if (!hal_pte_present(e))
			return 0;
		if (!hal_pte_write(above))
			e = hal_pte_deny_write(e);
		if (use_tlb)
			remember(key_of(va, level), e);
		above = e;
	}
	return above;
}

static bool allows(hal_pte_t e, enum access access)
{
	return e != 0 && (access != ACC_WRITE || hal_pte_write(e)) && (access != ACC_EXEC || (e & HOST_PTE_EXEC) != 0);
}

/* The entry by which the access goes; 0 = fault. */
static hal_pte_t translate(u64 va, enum access access)
{
	if (va >= HOST_USER_END || root == 0)
		return 0;
	hal_pte_t e = cached(key_of(va, 0));
	bool remembered = e != 0;
	if (!remembered)
		e = walk(va, true);
	if (!allows(e, access)) {
		if (allows(walk(va, false), access))
			panic("TLB: access %d to %llx is refused by a%s entry that is not what the tables say", (int)access,
				(unsigned long long)va, remembered ? "" : "n upper");
		return 0;
	}
	if (host_options.oracle) {
		hal_pte_t now = walk(va, false);
		if (!allows(now, access) || hal_pte_paddr(now) != hal_pte_paddr(e))
			panic("TLB: access %d to %llx goes through an entry that the tables no longer have", (int)access,
				(unsigned long long)va);
		oracle_check(va, access, e);
	}
	return e;
}

void *rv64_memory(u64 va, enum access access)
{
	u64 page = va >> FRAME_SHIFT;

	if (recent[access].memory != NULL && recent[access].page == page && !host_options.oracle)
		return recent[access].memory + va % FRAME_SIZE;
	hal_pte_t e = translate(va, access);
	if (!hal_pte_memory(e))
		return NULL;
	recent[access].page = page;
	recent[access].memory = hal_phys_to_virt(hal_pte_paddr(e));
	return recent[access].memory + va % FRAME_SIZE;
}

bool rv64_device(u64 va, u32 bytes, bool write, u32 *value)
{
	hal_pte_t e = IS_ENABLED(CONFIG_USER_DRIVERS) ? translate(va, write ? ACC_WRITE : ACC_READ) : 0;

	if (!hal_pte_is_device(e))
		return false;
	if (!hal_device_access(HAL_MEMORY, hal_pte_paddr(e) + va % FRAME_SIZE, bytes, write, value))
		*value = ~0u;
	return true;
}

void hal_pte_set(hal_pte_t *table, u32 index, hal_pte_t e)
{
	check(index < 1u << PT_BITS);
	table[index] = e;
}

/* The kernel's part is no memory: as on a machine, who takes its entries for a program's is lost. */
void hal_root_init(void *table)
{
	hal_pte_t *e = table;

	memset(e, 0, FRAME_SIZE);
	for (u32 i = PT_USER_ENTRIES(PT_LEVELS - 1); i < 1u << PT_BITS; i++)
		e[i] = HOST_PTE_PRESENT | HOST_PTE_WRITE;
}

void hal_tlb_flush_all(void)
{
	tlb_generation++;
	tlb_used = 0;
	flushes++;
	memset(recent, 0, sizeof(recent));
}

void hal_space_load(paddr_t new_root)
{
	root = new_root;
	hal_tlb_flush_all();
}

void hal_tlb_flush_va(uaddr_t va)
{
	for (u32 level = 0; level < PT_LEVELS; level++)
		if (cached(key_of(va, level)) != 0)
			find(key_of(va, level))->pte = 0;
	flushes++;
	memset(recent, 0, sizeof(recent));
}

u64 mmu_flushes(void)
{
	return flushes;
}
