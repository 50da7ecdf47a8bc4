/* SPDX-License-Identifier: Apache-2.0 */
/* One character to the log ring and the console. */
#ifndef KERNEL_KLOG_H
#define KERNEL_KLOG_H
void klog_put(char c);
#endif
