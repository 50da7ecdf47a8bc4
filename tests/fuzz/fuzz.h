/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The fuzzers of the kernel: the whole of it on a small machine of their own, in one process that starts over in
 * microseconds. Documentation/devel/fuzzing.md says how an input is read and what must hold.
 *
 *   machine.c  memory, clock, disk with a volatile cache: the rest of the host port's HAL; driver.c: the disk's driver
 *   image.c    all of the kernel's variables (variables.c), the memory and the disk: kept, and put back
 *   world.c    the volume and the processes that each input begins with
 *   step.c     what a process does next, as the input says; given.c: with reserves and forwarders
 *   audit.c    what must hold whatever they did; waits.c: of those who wait and who runs
 *   hostile.c, seal.c   volumes that nobody can have written; tools.c: tools/volume in this process
 *   board.c, tree.c     device trees, on a machine of registers only
 *   invoke.c, volume.c, board.c   the targets; rows.c: what their mutators share; replay.c runs them on files
 */
#ifndef TESTS_FUZZ_FUZZ_H
#define TESTS_FUZZ_FUZZ_H

#include <kernel/context.h>
#include <stdio.h>

#include "ckpt/format.h"

/* ---- machine.c ---- */
enum {
	RAM_FRAMES = 272, DISK_BLOCKS = 768, UNFLUSHED_MAX = 128, REQUESTS_MAX = 64,
	/* Virtual time, in microseconds. */
	STEP_US = 20, WINDOW_US = 2, TICK_US = 1000000 / CONFIG_TICK_HZ,
};

struct blkreq;
struct machine {
	u64 now, next_tick, chance;
	u64 alarm;                      /* us; 0 = none */
	u64 completions;                /* writes that have completed */
	u32 requests, unflushed, idle;
	struct {
		struct blkreq *r;
		u64 due, covers;
	} request[REQUESTS_MAX];
	struct {
		u64 block, number;
	} kept[UNFLUSHED_MAX];          /* completed, and no flush has covered it: undo[] has what it overwrote */
};
extern struct machine machine;
extern u8 *machine_ram;
extern u8 (*machine_disk)[FRAME_SIZE];
extern int machine_disk_file;                      /* the same, for programs that read files */
extern bool machine_verbose;
extern bool machine_ends_idle;                     /* a booted system without a process ends like hal_exit(): after half a second */
/* Where hal_exit() goes: machine_end(code) must not return. NULL = the end of the program. */
extern void (*machine_end)(int code);
void machine_make(void);                           /* first of all: memory and disk, empty */
bool machine_said(const char *text);               /* did the kernel, since machine_unsay()? */
void machine_unsay(void);
u64 machine_random(void);
void machine_request(struct blkreq *r);            /* driver.c hands it over, and gets it back */
void driver_finished(struct blkreq *r);
/* Time passes. True if an interrupt came. */
bool machine_advance(u64 us);
/* Runs kernel threads and the disk until all wait. */
void machine_settle(void);
/* The power fails; which unflushed sectors are on the disk depends on `seed`: 0 none, 1 all. Then all but disk and time is gone. */
void machine_power_cut(u32 seed);
/* After the medium was put back. */
void machine_disk_clean(void);
bool machine_disk_written(u32 block);
u8 *machine_disk_change(u32 block);                /* from outside: it will be put back */
void bug(const char *fmt, ...) __attribute__((noreturn, format(printf, 1, 2)));

/* ---- image.c ---- */
struct image;
struct image *image_keep(void);                    /* all of it, as it is now */
void image_put_back(const struct image *im);
void image_variables_put_back(const struct image *im); /* the kernel's variables only */

/* ---- world.c ---- */
enum { ATTACKERS = 3, VICTIM = ATTACKERS, MANAGER, PROCS };
/* A process's pot; its pages are the frames behind it. */
#define PROC_FRAME(n) (8u + 4u * (n))
#define PROC_OID(n) ((oid_t)PROC_FRAME(n) * 8)
/* What is in its pot. */
enum { NODE_PROC, NODE_CAPS, NODE_SPACE, NODE_SCHED, NODE_SHARED, NODE_FWD, NODE_INNER };
enum {
	VOLUME_FRAMES = 288, LOG_BLOCKS = 420,
	SCRATCH_FIRST = 40, SCRATCH_FRAMES = 16, FILLER_FIRST = 64, FILLER_FRAMES = 212,
	/* Addresses. */
	DATA = 0x1000, BLOCK = 0x1f00, OTHER = 0x2000, PEER = 0x3000, NOWHERE = 0x8000, FILLER = 0x20000, SHARED = 0x40000,
	/* Where a process is: at its invocation, at an access to memory, or where the input says what comes next. */
	PC_CALL = 0x100, PC_TOUCH = 0x108, PC_NEXT = 0x104,
};
/* Of a page that attackers reach through a weak capability only: they may read it, and it never changes. */
#define WITNESS_OID (PROC_OID(PROCS) + 8)
/* Bits that stand in the victim's memory and registers, and may stand nowhere else. */
#define CANARY 0x5ec7e75ec7e70000u
extern const u8 volume_uuid[16];
/* False: any volume, of which nothing is known: nobody has a part, and it is no fault if nobody runs. */
extern bool world_known;
/* Boots an empty volume, fills it, commits; then every input begins here. */
void world_make(void);
extern struct image *world_image, *power_on;
/* Who runs. */
extern struct context *running;
/* After a power cut: boots what is on the disk. It runs; or nobody does; or the kernel has refused it. */
enum boot { BOOT_RUNS = -1, BOOT_REFUSED = 2, BOOT_IDLE = 100 };
enum boot world_boot(const char *cmdline);
void world_commit(void);                           /* a checkpoint, which must end, and then some time */
s32 proc_number(oid_t oid);                        /* -1 = none of ours */

/* ---- step.c ---- */
enum { STEP_BYTES = 10 };
/* The lower 4 bits of a step's byte 0; what is below is an invocation. */
enum { KIND_TOUCH = 10, KIND_EXCEPTION, KIND_TIME, KIND_CHECKPOINT, KIND_POWER_CUT, KIND_REGISTERS };
/* Runs the input to its end. False: the system was halted before, in the middle of an operation. */
bool steps_run(const u8 *data, size_t bytes);
/* Until it ends, or the kernel calls hal_exit(): then its code, else -1. */
int attempt(void (*what)(void));

/* ---- given.c ---- */
bool given_code(const u8 *s);                      /* of a step of KIND_CHECKPOINT: is it one of these? */
void given_step(struct context *ctx, const u8 *s, bool manager);
size_t given_mutate(u8 *rows, size_t bytes, unsigned seed); /* a step may become one of these; returns `bytes` */

/* ---- waits.c ---- */
void waits_forget(void);                           /* an input begins */
void waits_note(const struct context *ctx);        /* after its system call: it may wait now */
void waits_check(void);
void first_check(void);                            /* of whoever runs, when the kernel has been left */

/* ---- audit.c ---- */
void audit_now(void);                              /* the kernel's invariants */
void audit_canaries(void);                         /* and the victim's secrets */
void victim_checked(const struct context *ctx);    /* its registers, when it runs */

#endif
