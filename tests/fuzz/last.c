/* SPDX-License-Identifier: Apache-2.0 */
/* Last in the link of the kernel: what is put back ends here (variables.c). */
#include "variables.h"

u8 image_last_data[8] = { 1 };
u8 image_last_bss[8];
