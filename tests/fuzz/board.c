/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Target "board": device trees, and what arch/aarch64 and drivers/ make of them. An input is any bytes, or, if the first is
 * even, behind it rows that change the tree of a board (tree.c).
 *
 * What must hold: the reader accepts what is a tree for libfdt too, and both find the same nodes and properties in it. The
 * board is refused with a sentence; or its memory is what the tree calls memory and keeps for nobody else, and registers are
 * accessed only where they were mapped.
 */
#include "board.h"

#include "arch/aarch64/aarch64.h"
#include "arch/aarch64/gic.h"
#include "drivers/virtio.h"
#include "target.h"
#include "tests/unit/fdt_exercise.h"

#include <hal/io.h>
#include <kernel/drivers.h>
#include <kernel/entry.h>
#include <kernel/panic.h>
#include <kernel/ranges.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "variables.h"

enum { ROWS_MAX = 40, MAPPED_MAX = 64, NODES_MAX = 100 };
#define DEVICE_BYTES_MAX ((u64)16 << 20)
#define TREE_AT ((paddr_t)0x4a000000)
#define IMAGE_AT ((paddr_t)0x40200000)
#define IMAGE_BYTES 0x100000u

struct fdt board;
bool machine_verbose;
static jmp_buf out;
static u64 chance;
static struct {
	u64 start, end;
} device[MAPPED_MAX], memory[MAPPED_MAX];
static u32 devices, memories;

void bug(const char *fmt, ...)
{
	va_list ap;

	fprintf(stderr, "\nfuzz: ");
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fprintf(stderr, "\n");
	fflush(NULL);
	abort();
}

/* ---- a machine ---- */

static u64 some(u64 salt)
{
	chance = (chance ^ salt) * 0x9e3779b97f4a7c15u;
	return chance ^ chance >> 29;
}

u64 board_sysreg(const char *name)
{
	return !strcmp(name, "cntfrq_el0") ? 62500000 : !strcmp(name, "mpidr_el1") ? 0x80000000 : some(0);
}

/* Whole pages, and not many: tables may be used up. */
void *hal_map_device(paddr_t pa, u64 size)
{
	u64 start = pa & ~(u64)(FRAME_SIZE - 1), end = pa + size;

	if (pa % 4 || !size || end < pa || end > (u64)1 << PADDR_BITS || size > DEVICE_BYTES_MAX || devices == MAPPED_MAX ||
	    mem_is_ram(pa))
		return NULL;
	device[devices].start = start;
	device[devices++].end = ALIGN_UP(end, (u64)FRAME_SIZE);
	return (void *)(DEVICE_VA + pa);
}

static u64 register_at(const volatile void *at, const char *what)
{
	u64 pa = (u64)(uintptr_t)at - DEVICE_VA;

	for (u32 i = 0; i < devices; i++)
		if (pa % 4 == 0 && pa >= device[i].start && pa + 4 <= device[i].end)
			return pa;
	bug("%s at %llx, where nothing is mapped", what, (unsigned long long)pa);
}

/* Small numbers are what counts and sizes are. Most places on a bus are empty. */
u32 hal_read32(const volatile void *at)
{
	u64 pa = register_at(at, "a read"), v = some(pa);

	if (pa % FRAME_SIZE == 0 && v % 256)
		return 0xffffffff;
	switch (v >> 60) {
	case 0: case 1: return 0;
	case 2: return 0x74726976;
	case 3: case 4: case 5: return (u32)v & 3;
	case 6: return 0xffffffff;
	case 7: return (u32)v & 0xffff;
	default: return (u32)v;
	}
}

void hal_write32(volatile void *at, u32 v)
{
	some(register_at(at, "a write") + v);
}

bool pt_map(u64 va, paddr_t pa, u64 size, hal_pte_t kind)
{
	if (va != DIRECT_VA + pa || !size || pa + size < pa)
		bug("memory %llx, %llx bytes, is mapped at %llx", (unsigned long long)pa, (unsigned long long)size,
			(unsigned long long)va);
	if (pa + size > (u64)1 << PADDR_BITS || memories == MAPPED_MAX || some(pa) % 64 == 0)
		return false;
	memory[memories].start = pa;
	memory[memories++].end = pa + size;
	return true;
}

/* Of the memory that is mapped; in places nothing is there. */
bool trap_probe(volatile void *at, u32 bytes, bool write, struct trap_info *info)
{
	u64 pa = (u64)(uintptr_t)at - DIRECT_VA;

	for (u32 i = 0; i < memories; i++)
		if (pa >= memory[i].start && pa + bytes <= memory[i].end)
			return some(pa) % 64 != 0;
	bug("a probe at %llx, where no memory is mapped", (unsigned long long)pa);
}

u8 kernel_image_start[IMAGE_BYTES];
__asm__(".globl kernel_image_end\nkernel_image_end = kernel_image_start + 0x100000");
const struct console semihosting_console;

paddr_t hal_virt_to_phys(const void *va)
{
	return IMAGE_AT;
}

void *hal_phys_to_virt(paddr_t pa)
{
	return (void *)(DIRECT_VA + pa);
}

void kernel_irq_note(u32 irq) { }
bool virtio_blk_add(const struct virtio *v, u32 irq, const char *where) { return false; }
bool virtio_open_legacy(struct virtio *v, const struct pci_dev *dev) { return false; }

void klog(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	if (machine_verbose)
		vfprintf(stderr, fmt, ap);
	va_end(ap);
}

void panic_at(const char *file, int line, const char *fmt, ...)
{
	bug("panic at %s:%d: %s", file, line, fmt);
}

void check_failed(void)
{
	bug("a check failed");
}

void boot_stop(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	if (machine_verbose)
		vfprintf(stderr, fmt, ap);
	va_end(ap);
	longjmp(out, 1);
}

/* ---- what must hold ---- */

static bool inside(u64 start, u64 end, const struct range *r)
{
	return start < r->end && end > r->start;
}

static void must_not_hold(const struct range *r, u64 start, u64 bytes, const char *what)
{
	if (bytes && start + bytes >= start && inside(start, start + bytes, r))
		bug("memory %llx-%llx holds %s at %llx", (unsigned long long)r->start, (unsigned long long)r->end, what,
			(unsigned long long)start);
}

/* Is this frame in one of the node's ranges? */
static bool reg_has(u32 node, u64 page)
{
	u64 base, size;

	for (u32 n = 0; fdt_reg(&board, node, n, &base, &size); n++)
		if (page >= base && page - base < size && size - (page - base) >= FRAME_SIZE)
			return true;
	return false;
}

static bool is_memory(u64 page)
{
	for (u32 node = fdt_child(&board, fdt_root(&board)); node; node = fdt_sibling(&board, node)) {
		const char *type = fdt_text(&board, node, "device_type");

		if (type && !strcmp(type, "memory") && fdt_is_enabled(&board, node) && reg_has(node, page))
			return true;
	}
	return false;
}

static bool is_mapped(const struct range *r)
{
	for (u32 i = 0; i < memories; i++)
		if (r->start >= memory[i].start && r->end <= memory[i].end)
			return true;
	return false;
}

static void range_check(const struct range *r)
{
	u64 base, size;
	u32 parent = fdt_by_path(&board, "/reserved-memory");
	struct hal_mem_region initrd;

	if (r->start % FRAME_SIZE || r->end % FRAME_SIZE || r->start >= r->end || !is_mapped(r))
		bug("memory %llx-%llx: no frames, or not mapped", (unsigned long long)r->start, (unsigned long long)r->end);
	must_not_hold(r, IMAGE_AT, IMAGE_BYTES, "the kernel");
	must_not_hold(r, TREE_AT, board.used, "the tree");
	if (mem_initrd(&initrd))
		must_not_hold(r, initrd.base, initrd.size, "the initial RAM disk");
	for (u32 n = 0; n < NODES_MAX && fdt_reserved(&board, n, &base, &size); n++)
		must_not_hold(r, base, size, "what the tree's list reserves");
	for (u32 node = fdt_child(&board, parent); node; node = fdt_sibling(&board, node))
		for (u32 n = 0; fdt_is_enabled(&board, node) && fdt_reg(&board, node, n, &base, &size); n++)
			must_not_hold(r, base, size, "what a node reserves");
	if (!is_memory(r->start) || !mem_is_ram(r->end - FRAME_SIZE))
		bug("memory %llx-%llx is not what the tree calls so", (unsigned long long)r->start, (unsigned long long)r->end);
}

static void memory_check(void)
{
	struct hal_mem_region m;
	u64 last = 0;

	for (u32 n = 0; hal_mem_region(n, &m); n++) {
		struct range r = { m.base, m.base + m.size };

		if (r.start < last)
			bug("regions of memory overlap");
		range_check(&r);
		last = r.end;
	}
}

void ramblk_add(void *base, u64 size)
{
	u64 start = (u64)(uintptr_t)base - DIRECT_VA;

	if (!mem_is_ram(start) || !mem_is_ram((start + size - 1) & ~(u64)(FRAME_SIZE - 1)))
		bug("an initial RAM disk that is not in memory");
}

/* ---- an input ---- */

static void boot(void)
{
	console_init();
	mem_init(TREE_AT);
	memory_check();
	gic_init();
	timer_init();
	console_open_irq();
	hal_devices_init();
}

static struct variables *at_start;

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	at_start = variables_keep(&gic);
	if (!at_start)
		bug("the board's variables are not between first.o and last.o in the link");
	return 0;
}

/* In memory of its own size, so that the sanitizers see the first byte too far. */
static void try_blob(const u8 *blob, size_t bytes)
{
	const char *why;

	variables_put_back(at_start);
	devices = memories = 0;
	chance = bytes;
	for (size_t i = 0; i < bytes; i++)
		chance = chance * 31 + blob[i];
	why = fdt_disagrees(blob, bytes);
	if (why)
		bug("libfdt does not agree: %s", why);
	(void)fdt_exercise(blob, bytes, NODES_MAX);
	if (fdt_open(&board, blob, bytes) || setjmp(out))
		return;
	boot();
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t bytes)
{
	static u8 tree[TREE_BYTES];
	const u8 *blob = data + 1;
	size_t n = bytes ? bytes - 1 : 0;
	u8 *copy = NULL;

	if (bytes && data[0] % 2 == 0) {
		n = tree_make(tree, data + 1, MIN(n / TREE_ROW, (size_t)ROWS_MAX));
		blob = tree;
	}
	if (posix_memalign((void **)&copy, 8, MAX(n, (size_t)1)))
		bug("no memory for a tree");
	memcpy(copy, blob, n);
	try_blob(copy, n);
	free(copy);
	return 0;
}

size_t LLVMFuzzerCustomMutator(u8 *data, size_t bytes, size_t max, unsigned seed)
{
	if (bytes && data[0] % 2)
		return LLVMFuzzerMutate(data, bytes, max);
	if (!bytes)
		data[0] = (u8)(seed & 1);
	return 1 + rows_mutate(data + 1, bytes ? bytes - 1 : 0, MIN(max, (size_t)ROWS_MAX * TREE_ROW + 1) - 1, seed);
}
