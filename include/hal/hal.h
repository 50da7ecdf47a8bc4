/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a port supplies, beside <hal/regs.h> (arch/<a>/include/hal/regs.h: struct hal_regs and
 * the inline accessors listed here) and <hal/pt.h> (page-table format).
 *
 * hal/regs.h gives, inline, over struct hal_regs:
 *   HAL_LAYOUT                       layout tag for struct abi_process_regs
 *   HAL_REGS_BYTES                   bytes saved after the portable 64 in the process node
 *   u32 hal_msg_ctl(r), hal_msg_rcv(r); word_t hal_msg_str(r); word_t hal_msg_word(r, i)
 *   void hal_msg_set_word(r, i, v)
 *   void hal_msg_set_result(r, facet, delivered, sent)   ctl, rcv, str on delivery
 *   u64 hal_regs_pc(r); void hal_regs_start(r, pc, sp, arg)
 *   void hal_regs_advance(r)         past the system call instruction (commit)
 *   void hal_regs_retreat(r)         back onto it
 *   void hal_regs_save(r, u8 *), hal_regs_load(r, const u8 *)   HAL_REGS_BYTES, little-endian
 *   void hal_regs_sanitise(r)        whatever was in it, resuming it harms nobody
 */
#ifndef HAL_HAL_H
#define HAL_HAL_H

#include <kernel/types.h>

/* ---- memory ---- */
struct hal_mem_region { paddr_t base; u64 size; };
/* Usable RAM left after kernel image, boot data and firmware; page aligned, ascending. n-th or false. */
bool hal_mem_region(u32 n, struct hal_mem_region *out);
void *hal_phys_to_virt(paddr_t pa);      /* direct map; all of what hal_mem_region gives */
paddr_t hal_virt_to_phys(const void *va);
/* First address that user space may not use. Tables are shared, so no table that can stand in two places reaches over it. */
uaddr_t hal_user_end(void);

/* ---- processor ---- */
void hal_idle(void);                     /* opens interrupts and waits for one */
void hal_irq_window(void);               /* lets pending interrupts in, then closes again */
void hal_exit(int code) __attribute__((noreturn)); /* 0 = orderly halt; else failing exit where the board can */
u64 hal_cycles(void);                    /* instruction or cycle counter, for figures */
void hal_backtrace(void (*emit)(uintptr_t pc));
u64 hal_entropy(void);                   /* best effort */

/* ---- time ---- */
u64 hal_time_ms(void);                   /* since boot, monotonic */
/* The next two are called only with CONFIG_RESERVES. */
u64 hal_time_ns(void);                   /* the same clock, as fine as the board has it */
/* kernel_irq_note(IRQ_ALARM) once, in about so many ns, instead of the last that was asked for; one that is farther away than
 * the next tick may be forgotten. */
void hal_alarm_ns(u64 ns);

/* ---- early console ---- */
void hal_console_putc(char c);           /* polled; for klog and panic */
bool hal_console_getc(char *c);          /* polled; false = nothing there */

/* ---- devices and interrupts ---- */
void hal_devices_init(void);             /* registers the board's block devices and consoles */
void hal_irq_enable(u32 irq);
#define HAL_IRQS 1024u                   /* lines are below this; one that is not there does nothing */
/*
 * CONFIG_USER_DRIVERS: one access of 1, 2 or 4 bytes to a device for a driver at user level, at a multiple of that.
 * False: the port has no such space, cannot reach the place, memory is there, or the bus says at once that nothing is.
 */
enum hal_space { HAL_MEMORY, HAL_PORTS };
bool hal_device_access(enum hal_space space, paddr_t at, u32 bytes, bool write, u32 *value);
/* May the page be mapped for a driver? False: memory is there, or the port cannot reach it. */
bool hal_is_device(paddr_t page);

/* ---- a port may define these two, to watch (tests/host does) ---- */
void hal_watch_mounted(void) __attribute__((weak));              /* before the first process is loaded */
void hal_watch_snapshot(u64 generation) __attribute__((weak));   /* store_hooks.snapshot_taken */

/* ---- and this one, with CONFIG_SELFTEST: its own tests (tests/self/self.c runs them) ---- */
struct hal_self_test {
	const char *name;
	const char *(*run)(void);        /* NULL, or what is not so */
};
const struct hal_self_test *hal_self_tests(u32 *count) __attribute__((weak));

#endif
