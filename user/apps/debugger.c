// SPDX-License-Identifier: Apache-2.0
/*
 * The debugger: a server that stops a process, shows it, and runs it on by instructions or to breakpoints
 * (idl/debugger.idl). It becomes the process's keeper, so that what happens to it comes as a call; the fault capability
 * lets it run on.
 *
 * Breakpoints are in memory only while the process runs: while it is stopped its program is as it was. A program's pages
 * are shared and read-only, so the process first gets a copy of such a page for itself, until it is detached.
 */
#include "debugger.h"
#include <invoke.h>
#include <print.h>
#include <process.h>
#include <registers.h>
#include <serve/debugger.h>
#include <serve/keeper.h>
#include <string.h>
#include <stub/any.h>
#include <stub/gpt.h>
#include <stub/memory.h>
#include <stub/page.h>
#include <stub/process.h>
#include <stub/slots.h>

int main(void);

/* Registers; the first two stand in system.img.txt. */
#define SELF KR_OWN(0)     /* start, facet FACET_KEEPER */
#define STORE KR_OWN(1)    /* node: what follows */
#define PROCESS KR_OWN(2)
#define GPT KR_TEMP(1)
#define PAGE KR_TEMP(2)
#define COPY KR_TEMP(3)
#define FACET_KEEPER 1
#define COPIES 4
enum { SLOT_COPY, SLOT_ORIGINAL = SLOT_COPY + COPIES, SLOT_GPT = SLOT_ORIGINAL + COPIES, SLOT_KEEPER = SLOT_GPT + COPIES,
       SLOT_FAULT };

#define PAGE_BYTES 4096u
#define BREAKPOINTS 8

struct breakpoint {
	uintptr_t at;
	bool used, inserted;
	uint8_t was[4];
};

static enum dbg_state state;
static bool faulted;       /* it waits for our answer to its fault */
static bool as_it_was;     /* it was stopped when it was attached, and has not run since */
static bool stepping, then_on;
static struct breakpoint breakpoint[BREAKPOINTS], next_stop[2];
static struct {
	bool used;
	uintptr_t page;    /* address */
	unsigned slot;     /* of its GPT */
} copy[COPIES];
static struct debug_regs regs;

/* ---- capabilities ---- */

static uintptr_t keep(unsigned slot, unsigned reg)
{
	return node_store(STORE, slot, reg);
}

static uintptr_t fetch(unsigned slot, unsigned reg)
{
	return node_fetch(STORE, slot, reg);
}

/* ---- memory ---- */

/* PAGE, and the GPT and its slot that hold it. Guards are taken as zero: mkimage makes no others. */
static uintptr_t find(uintptr_t address, unsigned *slot)
{
	uint32_t type, l2v, flags;
	uintptr_t offset = address, rc = proc_fetch(PROCESS, PS_SPACE, PAGE);
	for (*slot = 0; rc == RC_OK; *slot = (unsigned)(offset >> l2v), offset &= ((uintptr_t)1 << l2v) - 1) {
		rc = any_type(PAGE, &type);
		if (rc != RC_OK || (type == CT_PAGE && offset < PAGE_BYTES))
			break;
		rc = type == CT_GPT ? gpt_get(PAGE, &l2v, &flags) : RC_DBG_MEMORY;
		if (rc != RC_OK || offset >> l2v > 31)
			break;
		keep(SLOT_FAULT + 1, PAGE);
		fetch(SLOT_FAULT + 1, GPT);
		rc = node_fetch(GPT, (uint32_t)(offset >> l2v), PAGE);
	}
	return rc == RC_OK && type == CT_PAGE ? RC_OK : RC_DBG_MEMORY;
}

static uintptr_t peek(uintptr_t address, void *to, size_t n)
{
	uintptr_t rc = RC_OK;
	for (size_t done = 0; done < n && rc == RC_OK;) {
		uintptr_t at = (address + done) % PAGE_BYTES;
		size_t len, piece = n - done < PAGE_BYTES - at ? n - done : PAGE_BYTES - at;
		unsigned slot;
		rc = find(address + done, &slot);
		if (rc == RC_OK)
			rc = page_read(PAGE, (uint32_t)at, (uint32_t)piece, (uint8_t *)to + done, piece, &len);
		done += piece;
	}
	return rc;
}

/* COPY is the process's own copy of the page that `find` has found. */
static uintptr_t copy_page(uintptr_t page, unsigned slot)
{
	unsigned n = 0;
	for (unsigned i = 0; i < COPIES; i++)
		if (copy[i].used && copy[i].page == page)
			return fetch(SLOT_COPY + i, COPY);
	while (n < COPIES && copy[n].used)
		n++;
	if (n == COPIES)
		return RC_DBG_FULL;
	uintptr_t rc = fetch(SLOT_COPY + n, COPY);
	if (rc == RC_OK)
		rc = page_clone(COPY, PAGE);
	if (rc == RC_OK)
		rc = keep(SLOT_ORIGINAL + n, PAGE);
	if (rc == RC_OK)
		rc = keep(SLOT_GPT + n, GPT);
	if (rc == RC_OK)
		rc = mem_reduce(COPY, CR_RO, PAGE);
	if (rc == RC_OK)
		rc = node_store(GPT, slot, PAGE);
	if (rc != RC_OK)
		return rc;
	copy[n].used = true;
	copy[n].page = page;
	copy[n].slot = slot;
	return RC_OK;
}

static uintptr_t poke(uintptr_t address, const void *from, size_t n)
{
	uint32_t offset = address % PAGE_BYTES;
	unsigned slot;
	uintptr_t rc = find(address, &slot);
	if (rc == RC_OK)
		rc = page_write(PAGE, offset, from, n);
	if (rc != RC_NO_ACCESS)
		return rc;
	rc = copy_page(address - offset, slot);
	return rc == RC_OK ? page_write(COPY, offset, from, n) : rc;
}

static void give_pages_back(void)
{
	for (unsigned i = 0; i < COPIES; i++) {
		if (copy[i].used && fetch(SLOT_ORIGINAL + i, PAGE) == RC_OK && fetch(SLOT_GPT + i, GPT) == RC_OK)
			node_store(GPT, copy[i].slot, PAGE);
		copy[i].used = false;
	}
}

/* ---- breakpoints ---- */

static uintptr_t insert(struct breakpoint *b)
{
	uintptr_t rc = RC_OK;
	if (!b->used || b->inserted)
		return RC_OK;
	rc = peek(b->at, b->was, debug_trap_bytes);
	if (rc == RC_OK)
		rc = poke(b->at, debug_trap, debug_trap_bytes);
	b->inserted = rc == RC_OK;
	return rc;
}

static void take_out(struct breakpoint *b)
{
	if (b->inserted)
		poke(b->at, b->was, debug_trap_bytes);
	b->inserted = false;
}

static struct breakpoint *breakpoint_at(uintptr_t at)
{
	for (unsigned i = 0; i < BREAKPOINTS; i++)
		if (breakpoint[i].used && breakpoint[i].at == at)
			return &breakpoint[i];
	return NULL;
}

static uintptr_t insert_all(void)
{
	uintptr_t rc = RC_OK;
	for (unsigned i = 0; i < BREAKPOINTS && rc == RC_OK; i++)
		rc = insert(&breakpoint[i]);
	return rc;
}

static void take_out_all(void)
{
	for (unsigned i = 0; i < BREAKPOINTS; i++)
		take_out(&breakpoint[i]);
	for (unsigned i = 0; i < 2; i++) {
		take_out(&next_stop[i]);
		next_stop[i].used = false;
	}
}

/* ---- registers ---- */

static uintptr_t get_regs(void)
{
	size_t len;
	return proc_get_regs(PROCESS, &regs.p, sizeof regs, &len);
}

static uintptr_t set_regs(void)
{
	return proc_set_regs(PROCESS, &regs, sizeof regs.p + debug_registers * sizeof regs.r[0]);
}

static void show_regs(void)
{
	for (unsigned i = 0; i < debug_registers; i++)
		print(sizeof regs.r[0] == 4 ? "%7s %08lx%s" : "%7s %016lx%s", debug_register[i], (unsigned long)regs.r[i],
		      i % 4 == 3 || i + 1 == debug_registers ? "\n" : "");
}

static void tell(const char *what)
{
	char name[16];
	process_name(PROCESS, name);
	print("debug: %s: %s at 0x%lx\n", name, what, (unsigned long)regs.r[debug_pc]);
}

/* ---- running on ---- */

static uintptr_t go(void)
{
	uintptr_t rc;
	struct msg m = { .w = { RC_OK } };
	if (faulted) {
		rc = fetch(SLOT_FAULT, COPY);
		if (rc == RC_OK)
			rc = reply(COPY, &m);
	} else {
		rc = proc_continue(PROCESS);
	}
	if (rc == RC_OK) {
		state = DBG_RUNNING;
		faulted = as_it_was = false;
	}
	return rc;
}

static uintptr_t step(bool and_on)
{
	uint32_t insn = 0;
	uintptr_t next[2], rc = peek(regs.r[debug_pc], &insn, debug_trap_bytes);
	unsigned n = rc == RC_OK ? debug_step(&regs, insn, next) : 0;
	for (unsigned i = 0; i < n && rc == RC_OK; i++) {
		if (i == 1 && next[1] == next[0])
			break;
		next_stop[i] = (struct breakpoint){ .at = next[i], .used = true };
		rc = insert(&next_stop[i]);
	}
	stepping = true;
	then_on = and_on;
	if (rc == RC_OK)
		rc = set_regs();
	if (rc == RC_OK)
		rc = go();
	if (rc != RC_OK)
		take_out_all();
	return rc;
}

/* The instruction under a breakpoint runs first, by itself. */
static uintptr_t run_on(void)
{
	uintptr_t rc;
	stepping = false;
	if (breakpoint_at(regs.r[debug_pc]))
		return step(true);
	rc = insert_all();
	if (rc == RC_OK)
		rc = go();
	if (rc != RC_OK)
		take_out_all();
	return rc;
}

static void fault(void)
{
	keep(SLOT_FAULT, KR_RESUME);
	faulted = true;
	state = DBG_STOPPED;
	take_out_all();
	if (get_regs() != RC_OK)
		return;
	bool stepped = debug_stepped(&regs) && stepping;
	if (!stepped && regs.p.fault_code == FAULT_BREAKPOINT && breakpoint_at(regs.r[debug_pc] - debug_skip))
		regs.r[debug_pc] -= debug_skip;
	set_regs();
	if (stepped && then_on && !breakpoint_at(regs.r[debug_pc])) {
		stepping = false;
		if (insert_all() == RC_OK && go() == RC_OK)
			return;
		take_out_all();
	}
	if (!stepped)
		print("\n");
	tell(stepped ? "step" : fault_name(regs.p.fault_code));
}

/* ---- requests ---- */

static void let_go(void)
{
	if (state == DBG_NOBODY)
		return;
	if (state == DBG_RUNNING) {
		proc_stop(PROCESS);
		take_out_all();
		if (get_regs() == RC_OK) {
			debug_stepped(&regs);
			set_regs();
		}
	}
	give_pages_back();
	memset(breakpoint, 0, sizeof breakpoint);
	if (fetch(SLOT_KEEPER, COPY) == RC_OK)
		proc_store(PROCESS, PS_KEEPER, COPY);
	if (!as_it_was)
		go();
	state = DBG_NOBODY;
}

static uintptr_t attach(unsigned process)
{
	let_go();
	uintptr_t rc = keep(SLOT_FAULT, process);
	if (rc == RC_OK)
		rc = fetch(SLOT_FAULT, PROCESS);
	if (rc == RC_OK)
		rc = get_regs();
	as_it_was = regs.p.flags & PF_STOPPED;
	faulted = stepping = false;
	if (rc == RC_OK)
		rc = proc_stop(PROCESS);
	if (rc == RC_OK)
		rc = proc_fetch(PROCESS, PS_KEEPER, COPY);
	if (rc == RC_OK)
		rc = keep(SLOT_KEEPER, COPY);
	if (rc == RC_OK)
		rc = proc_store(PROCESS, PS_KEEPER, SELF);
	if (rc == RC_OK)
		rc = get_regs();
	if (rc != RC_OK)
		return rc;
	state = DBG_STOPPED;
	tell(regs.p.fault_code ? fault_name(regs.p.fault_code) : "stopped");
	show_regs();
	return RC_OK;
}

static uintptr_t show_memory(uintptr_t address, uint32_t n)
{
	uint8_t data[16];
	uintptr_t rc = RC_OK;
	while (n && rc == RC_OK) {
		size_t line = n < sizeof data ? n : sizeof data;
		rc = peek(address, data, line);
		if (rc != RC_OK)
			break;
		print("%08lx ", (unsigned long)address);
		for (size_t i = 0; i < line; i++)
			print(" %02x", data[i]);
		print("\n");
		address += line;
		n -= (uint32_t)line;
	}
	return rc;
}

/* Tried at once, so that whoever asks learns that there is no memory. */
static uintptr_t set_breakpoint(uintptr_t at)
{
	struct breakpoint *b = breakpoint;
	uintptr_t rc;
	if (breakpoint_at(at))
		return RC_OK;
	while (b < breakpoint + BREAKPOINTS && b->used)
		b++;
	if (b == breakpoint + BREAKPOINTS)
		return RC_DBG_FULL;
	*b = (struct breakpoint){ .at = at, .used = true };
	rc = insert(b);
	take_out(b);
	b->used = rc == RC_OK;
	return rc;
}

static uintptr_t delete_breakpoint(uintptr_t at)
{
	struct breakpoint *b = breakpoint_at(at);
	if (!b)
		return RC_DBG_NONE;
	b->used = false;
	return RC_OK;
}

/* RC_OK if it is stopped, which most requests need. */
static uintptr_t stopped(void)
{
	return state == DBG_NOBODY ? RC_DBG_NOBODY : state == DBG_RUNNING ? RC_DBG_RUNS : RC_OK;
}

static uintptr_t serve_dbg_attach(uint32_t facet, unsigned process)
{
	return attach(process);
}

static uintptr_t serve_dbg_regs(uint32_t facet)
{
	uintptr_t rc = stopped();
	if (rc == RC_OK)
		show_regs();
	return rc;
}

static uintptr_t serve_dbg_memory(uint32_t facet, uintptr_t address, uint32_t bytes)
{
	uintptr_t rc = stopped();
	return rc == RC_OK ? show_memory(address, bytes) : rc;
}

static uintptr_t serve_dbg_break(uint32_t facet, uintptr_t address)
{
	uintptr_t rc = stopped();
	return rc == RC_OK ? set_breakpoint(address) : rc;
}

static uintptr_t serve_dbg_delete(uint32_t facet, uintptr_t address)
{
	uintptr_t rc = stopped();
	return rc == RC_OK ? delete_breakpoint(address) : rc;
}

static uintptr_t serve_dbg_step(uint32_t facet)
{
	uintptr_t rc = stopped();
	return rc == RC_OK ? step(false) : rc;
}

static uintptr_t serve_dbg_continue(uint32_t facet)
{
	uintptr_t rc = stopped();
	return rc == RC_OK ? run_on() : rc;
}

static uintptr_t serve_dbg_detach(uint32_t facet)
{
	if (state == DBG_NOBODY)
		return RC_DBG_NOBODY;
	let_go();
	return RC_OK;
}

static uintptr_t serve_dbg_state(uint32_t facet, uint32_t *now)
{
	*now = state;
	return RC_OK;
}

/* Answered when somebody lets the process run on. */
static uintptr_t serve_keeper_fault(uint32_t facet, uint32_t code, uintptr_t address, uintptr_t pc)
{
	fault();
	return RC_LATER;
}

int main(void)
{
	static struct msg m = { .take = { KR_ARG(0), [3] = KR_RESUME } };
	unsigned answer_to = 0;
	for (;;) {
		reply_wait(answer_to, &m);
		bool answered = m.facet == FACET_KEEPER ? keeper_dispatch(&m) : debugger_dispatch(&m);
		answer_to = answered ? KR_RESUME : 0;
	}
}
