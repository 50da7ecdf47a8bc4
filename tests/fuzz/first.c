/* SPDX-License-Identifier: Apache-2.0 */
/* First in the link: what is put back begins here (variables.c). */
#include "variables.h"

u8 image_first_data[8] = { 1 };
u8 image_first_bss[8];
