/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the files of the simulated machine know of each other.
 *
 * All is one thread. Time is virtual, in ns: an instruction takes INSN_NS, entering the kernel KERNEL_NS. All that
 * happens by itself (timer, disk, typed input) is an event in one queue; all chance comes from sim_random(). Host time
 * and host addresses never decide anything unless the console is interactive, so that a history replays from its seed.
 */
#ifndef HOST_HOST_H
#define HOST_HOST_H

#include <hal/pt_format.h>
#include <kernel/types.h>

enum { INSN_NS = 10, KERNEL_NS = 2000, WINDOW_NS = 500 };

enum crash_mode { CRASH_NONE, CRASH_ALL, CRASH_RANDOM, CRASH_LOSE, CRASH_ONLY, CRASH_MASK, CRASH_TORN };

struct host_options {
	const char *volume, *script, *cmdline, *states;
	u64 seed, ram_kib, stop_ms, disk_mib;
	u64 crash_at;               /* after this many writes and flushes have completed; 0 = never */
	enum crash_mode crash_mode;
	u64 crash_arg;              /* CRASH_LOSE, CRASH_ONLY: which write, 0 = the newest; CRASH_MASK: bit 0 = the newest */
	u64 explore;                /* the power fails at one in so many moments; 0 = an ordinary run */
	u64 every;                  /* of the restarts one in so many goes on to two more power cuts */
	u64 random_images;          /* at each moment */
	u32 sector;                 /* 512 or 4096: what a crash keeps or loses as a whole */
	bool oracle, digest, verify;
};
extern struct host_options host_options;

/* ---- sim.c: clock, events, chance ---- */
struct sim_event {
	u64 when;
	void (*fire)(struct sim_event *e);
	struct sim_event *next;
	bool queued;
};
extern u64 sim_now;                          /* ns */
extern u64 sim_instructions;                 /* of user code */
extern u64 sim_trace;                        /* digest of all instructions and events so far */
void sim_init(u64 seed);
u64 sim_random(void);
u64 sim_below(u64 n);                        /* 0 .. n-1 */
u64 sim_mix(u64 digest, u64 value);
u64 sim_sum(const void *data, size_t bytes); /* bytes % 8 == 0 */
void sim_after(struct sim_event *e, u64 ns); /* e must not be queued */
void sim_cancel(struct sim_event *e);        /* it may be queued or not */
u64 sim_next(void);                          /* when the next event is due; UINT64_MAX = never */
bool sim_advance(u64 ns);                    /* moves the clock and fires what is due: did anything? */
void sim_timer_start(void);

/* ---- mmu.c: the model TLB; oracle.c: the walk that it is compared with ---- */
u64 mmu_flushes(void);
/* Panics unless the current process may access `va` so, and `pa` is the place. */
void oracle_check(uaddr_t va, u32 access, hal_pte_t e);

/* ---- main.c ---- */
void machine_run(void) __attribute__((noreturn));

/* ---- machine.c ---- */
void machine_init(void);
void machine_exit(int code, const char *why) __attribute__((noreturn));
#define EXIT_POWER_CUT 4
#define EXIT_STATE     5                     /* the recovered state is not the one that was recorded */
#define HOST_IRQ_DISK    1u
#define HOST_IRQ_CONSOLE 2u
#define HOST_IRQ_RTC     3u

/* ---- simdisk.c ---- */
struct disk_write {
	u64 block;
	const u8 *data;
};
void simdisk_open(void);
void simdisk_init(void);
void simdisk_crash(enum crash_mode mode, u64 arg); /* the medium is as after a power cut; nothing runs after it */
u64 simdisk_blocks(void);
u8 *simdisk_block(u64 block);                /* of the medium */
u64 simdisk_operations(void);                /* writes and flushes completed */
u32 simdisk_unflushed(void);
void simdisk_close(void);

/* ---- tests/host: harness, explorer ---- */
void harness_init(void);                     /* before all else */
void counts_print(void);                     /* how often what happened to frames and log */
bool harness_mutant(const char *name);       /* --mutant; false = there is none of that name */
enum note { NOTE_WRITE, NOTE_FLUSH, NOTE_DONE, NOTE_SNAPSHOT, NOTE_COMMITTED };
struct blkreq;
void explore(void) __attribute__((noreturn));
/* Something that the explorer must know; nothing in an ordinary run. */
void explore_note(enum note kind, u64 number, const struct blkreq *r);
void explore_read(u64 block);                /* the disk read or wrote this block */
void explore_written(u64 block);
void explore_end(void);                      /* the end of --stop-at */

/* ---- console.c ---- */
void console_init(void);
void console_idle(u64 ns);                   /* the machine idles for so long */

#endif
