/* SPDX-License-Identifier: Apache-2.0 */
/* Between the two programs of the benchmark and bench_i386.S. */
#ifndef USER_BENCH_H
#define USER_BENCH_H

#include <abi/syscall.h>
#include <invoke.h>
#include <stdint.h>

#define BENCH_SHORT 80u                  /* bytes of the short string */
#define SPIN_INSTRUCTIONS 3u             /* of one turn */

/* What a server does, by its argument (bench.img.txt). */
enum bench_server { SERVE_WORDS, SERVE_STRING, SERVE_STRINGS, SERVE_CAP, SERVE_SPIN };

uint32_t bench_invoke(const struct inv_regs *r);
uint32_t bench_nothing(const struct inv_regs *r);
uint32_t bench_load(const void *at);
uint32_t bench_store(void *at);
void bench_serve(uint32_t first_ctl, uint32_t ctl, uint32_t rcv, const struct abi_string *str);
void bench_spin(void);
extern uint32_t bench_result, bench_length;

#endif
