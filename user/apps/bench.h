/* SPDX-License-Identifier: Apache-2.0 */
/* Between the programs of the benchmark and bench_<processor>.S. */
#ifndef USER_BENCH_H
#define USER_BENCH_H

#include <abi/syscall.h>
#include <invoke.h>
#include <stdint.h>

#define BENCH_SHORT 80u                  /* bytes of the short string */

/* What a server does, by its argument (bench.img.txt). */
enum bench_server { SERVE_WORDS, SERVE_STRING, SERVE_STRINGS, SERVE_CAP, SERVE_SPIN, SERVE_PROMPT, SERVE_CAPS,
	SERVE_CAPS_STRING, SERVE_POST, SERVE_YIELD };

/* What the keeper of the heap does of a fault, said by a call of it (bench_keeper.c). */
enum bench_keeper { KEEPER_MAPS = 1, KEEPER_GROWS };
#define KR_HEAP 31                       /* of bench, fetched by the keeper: the GPT that it keeps */
#define HEAP_PAGES 31u                   /* slots of that GPT but the keeper's own */
#define HEAP_MAPPED 8u                   /* pages that the keeper has to begin with */

uint32_t bench_invoke(const struct inv_regs *r);
uint32_t bench_nothing(const struct inv_regs *r);
uint32_t bench_load(const void *at);
uint32_t bench_store(void *at);
void bench_serve(uint32_t first_ctl, uint32_t ctl, uint32_t rcv, const struct abi_string *str);
void bench_repeat(const struct inv_regs *r); /* the same invocation for ever */
void bench_spin(void);                   /* for ever; counts its turns in registers */
extern const uint32_t bench_spin_instructions; /* of one turn */
/* Its turns, from its registers as they stand in its process node. */
uint64_t bench_turns(const void *registers);
uint64_t bench_now(void);                /* instructions so far */
extern uint32_t bench_result, bench_length;
/* The whole program of a process that writes to its stack, then answers whoever calls it. Runs at any address. */
extern const unsigned char bench_child[], bench_child_end[];

/* ---- bench.c, for bench_objects.c --------------------------------------------------------------- */
#define ROUNDS 1000u
#define KR_NUMBER KR_OWN(4)
extern uint32_t sample[ROUNDS];
extern uint32_t frame_cost;              /* of the measuring itself, in each sample */

void must(const char *what, uintptr_t rc);
/* Prints the least, median and greatest of the first n samples. */
void report(const char *name, unsigned n);
/* The same invocation, again and again; each must answer `answer`. */
void measure(const char *name, const struct inv_regs *r, unsigned rounds, uintptr_t answer);

/* ---- bench_objects.c ------------------------------------------------------------------------------- */
extern uint64_t range_next;              /* the frame that is tried next */
/* An object in the next frame of the range that is free; the frame stays the next one. */
void range_alloc(uint32_t index, uint32_t kind, unsigned into);
void page_alloc(unsigned into);
/* A GPT of 2^size bytes, whose 32 slots share it. */
void gpt_alloc(uint32_t size, unsigned into);
void store(unsigned gpt, uint32_t slot, unsigned from);
void measure_objects(void);
void measure_pairs(void);
void measure_keeper(unsigned top);       /* puts the heap into this GPT of 4 GiB */
void measure_process(void);

#endif
