/* SPDX-License-Identifier: Apache-2.0 */
/* For drivers under test: what is ordered for a device. */
#ifndef HAL_IO_H
#define HAL_IO_H

static inline void hal_mb(void) {}

#endif
