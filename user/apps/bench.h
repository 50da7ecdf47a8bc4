/* SPDX-License-Identifier: Apache-2.0 */
/* Between the two programs of the benchmark and bench_<processor>.S. */
#ifndef USER_BENCH_H
#define USER_BENCH_H

#include <abi/syscall.h>
#include <invoke.h>
#include <stdint.h>

#define BENCH_SHORT 80u                  /* bytes of the short string */

/* What a server does, by its argument (bench.img.txt). */
enum bench_server { SERVE_WORDS, SERVE_STRING, SERVE_STRINGS, SERVE_CAP, SERVE_SPIN, SERVE_PROMPT, SERVE_CAPS };

uint32_t bench_invoke(const struct inv_regs *r);
uint32_t bench_nothing(const struct inv_regs *r);
uint32_t bench_load(const void *at);
uint32_t bench_store(void *at);
void bench_serve(uint32_t first_ctl, uint32_t ctl, uint32_t rcv, const struct abi_string *str);
void bench_spin(void);                   /* for ever; counts its turns in registers */
extern const uint32_t bench_spin_instructions; /* of one turn */
/* Its turns, from its registers as they stand in its process node. */
uint64_t bench_turns(const void *registers);
uint64_t bench_now(void);                /* instructions so far */
extern uint32_t bench_result, bench_length;

#endif
