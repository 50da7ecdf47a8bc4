/* SPDX-License-Identifier: Apache-2.0 */
/* The kernel log: what klog() (kernel/panic.h) is made of, and its ring of CONFIG_KLOG_SIZE bytes for readers
 * (CONFIG_KLOG_RING). */
#ifndef KERNEL_KLOG_H
#define KERNEL_KLOG_H

#include <kernel/types.h>
#include <stdarg.h>

/* One character to the log ring and the console; only to the ring. */
void klog_put(char c);
void klog_keep(char c);
void klog_list(const char *fmt, va_list ap);
/*
 * Copies up to max bytes that were logged from *position on, counted from boot; *n = how many; 0 = there is no more yet.
 * What the ring has lost between *position and its oldest byte is skipped and counted in *lost. *position ends behind what
 * was copied. False, and nothing is changed: so much was never logged.
 */
bool klog_read(u64 *position, char *to, u32 max, u32 *n, u64 *lost);

#endif
