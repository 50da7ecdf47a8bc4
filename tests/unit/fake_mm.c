/* SPDX-License-Identifier: Apache-2.0 */
#include "fake_mm.h"

#include <hal/hal.h>
#include <hal/pt.h>
#include <kernel/klog.h>
#include <kernel/panic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BASE 0x100000u

struct cpu cpu0;
struct kernel_state state;
u32 fake_flushes;
u64 fake_woken;
char fake_log[8192];
static char *memory;
static u64 memory_size;

void panic_at(const char *file, int line, const char *fmt, ...)
{
	static char text[256]; /* a test that expects it looks at it later */
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	mock_assert(0, text, file, line);
	print_error("%s:%d: %s\n", file, line, text);
	abort();
}

void klog(const char *fmt, ...)
{
	size_t used = strlen(fake_log);
	va_list ap;

	if (used > sizeof(fake_log) / 2)
		used = 0;
	va_start(ap, fmt);
	vsnprintf(fake_log + used, sizeof(fake_log) - used, fmt, ap);
	va_end(ap);
}
bool klog_read(u64 *position, char *to, u32 max, u32 *n, u64 *lost)
{
	(void)position, (void)to, (void)max, (void)n, (void)lost;
	return false;
}

rc_t stall_on(u64 key)
{
	assert_false(cpu0.committed);
	cpu0.stall_key = key;
	cpu0.stall_for = 0;
	return RC_STALL;
}

bool hal_mem_region(u32 n, struct hal_mem_region *out)
{
	*out = (struct hal_mem_region){ BASE, memory_size };
	return n == 0;
}
void *hal_phys_to_virt(paddr_t pa) { return memory + (pa - BASE); }
paddr_t hal_virt_to_phys(const void *va) { return BASE + (u64)((const char *)va - memory); }
uaddr_t hal_user_end(void) { return HOST_USER_END; }
bool hal_is_device(paddr_t page) { return page >= FAKE_DEVICE && page < FAKE_DEVICE + FAKE_DEVICE_PAGES * FRAME_SIZE; }
u64 hal_entropy(void) { return 0x9e3779b97f4a7c15u; }
void hal_pte_set(hal_pte_t *table, u32 index, hal_pte_t e) { table[index] = e; }
/* The kernel's part is no memory here. */
void hal_root_init(void *root)
{
	memset(root, 0, FRAME_SIZE);
	for (u32 i = PT_USER_ENTRIES(PT_LEVELS - 1); i < 1u << PT_BITS; i++)
		((hal_pte_t *)root)[i] = HOST_PTE_PRESENT;
}
paddr_t fake_loaded;
void hal_space_load(paddr_t root) { fake_loaded = root; }
void (*fake_flushed)(bool all, uaddr_t va);
static void flush(bool all, uaddr_t va)
{
	fake_flushes++;
	if (fake_flushed)
		fake_flushed(all, va);
}
void hal_tlb_flush_va(uaddr_t va) { flush(false, va); }
void hal_tlb_flush_all(void) { flush(true, 0); }

static void wake(u64 key) { fake_woken = key; }

void fake_boot(u32 nr)
{
	static const struct mm_hooks hooks = { .wake = wake };

	free(memory);
	memory_size = (u64)nr * FRAME_SIZE;
	memory = aligned_alloc(FRAME_SIZE, memory_size);
	assert_non_null(memory);
	cpu0 = (struct cpu){ 0 };
	state = (struct kernel_state){ .epoch = 1, .pin_serial = 1, .root_serial = 1 };
	fake_flushes = 0;
	mm_register_store(NULL);
	mm_register_hooks(&hooks);
	mm_init();
}

struct cap fake_alloc(oid_t oid, u32 kind)
{
	struct frame *f;

	assert_int_equal(obj_alloc_prepare(oid, kind, &f), RC_OK);
	obj_alloc_perform(f, oid, kind);
	return obj_cap(f, OID_INDEX(oid));
}

struct node *fake_node(const struct cap *c)
{
	struct objref ref;

	assert_int_equal(cap_lookup(c, &ref), RC_OK);
	assert_int_equal(frame_make_dirty(ref.frame), RC_OK);
	return node_writable(ref.frame, ref.index);
}

struct cap fake_device(u32 pages, u32 rights)
{
	return cap_make(CT_DEVMEM, pages, (u32)state.restart_count, FAKE_DEVICE >> FRAME_SHIFT, rights);
}

struct cap fake_memory(const struct cap *c, u32 size, u32 guard, u32 rights)
{
	return cap_make(cap_type(c), (size - 12) | guard << 6, cap_version(c), cap_oid(c), rights);
}

struct cap fake_gpt(oid_t oid, u32 size, u32 l2v, u32 slot, struct cap child)
{
	struct cap c = fake_alloc(oid, NK_GPT);
	struct node *n = fake_node(&c);

	n->l2v = (u8)l2v;
	n->slot[slot] = child;
	return fake_memory(&c, size, 0, 0);
}

static void step(void)
{
	cpu0.share = 0;
	cpu0.committed = false;
}

rc_t fake_fault(const struct cap *space, u64 va, enum access acc, struct walk *w)
{
	rc_t rc;

	do {
		step();
		rc = map_fault(space, va, acc, w);
		assert_in_range(cpu0.share, 0, STEP_SHARE + FAKE_AT_ONCE);
	} while (rc == RC_STALL && cpu0.stall_key == KEY_AGAIN);
	return rc;
}

paddr_t fake_root(const struct cap *space)
{
	paddr_t root;

	do {
		step();
		root = map_root(space);
		assert_in_range(cpu0.share, 0, STEP_SHARE + FAKE_AT_ONCE);
	} while (!root);
	return root;
}

hal_pte_t fake_leaf;
struct frame *fake_leaves;

struct frame *fake_translate(paddr_t root, u64 va, bool *write)
{
	paddr_t pa = root;

	*write = true;
	fake_leaf = 0;
	for (u32 level = PT_LEVELS; level-- > 0;) {
		hal_pte_t *t = hal_phys_to_virt(pa);
		hal_pte_t e = t[(va >> (FRAME_SHIFT + PT_BITS * level)) & ((1u << PT_BITS) - 1)];

		if (!hal_pte_present(e))
			return NULL;
		*write &= hal_pte_write(e);
		pa = hal_pte_paddr(e);
		if (level == 1)
			fake_leaves = frame_of_paddr(pa);
		if (level == 0)
			fake_leaf = e;
	}
	return frame_of_paddr(pa);
}
