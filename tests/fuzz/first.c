/* SPDX-License-Identifier: Apache-2.0 */
/* First in the link: what is put back begins here (image.c). */
#include "fuzz.h"

u8 image_first_data[8] = { 1 };
u8 image_first_bss[8];
