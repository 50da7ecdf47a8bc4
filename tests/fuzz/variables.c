/* SPDX-License-Identifier: Apache-2.0 */
#include "variables.h"

#include <stdlib.h>

struct variables {
	u8 *data, *bss;
};

void copy_raw(void *to, const void *from, size_t bytes)
{
	__asm__ volatile("rep movsb" : "+D"(to), "+S"(from), "+c"(bytes) : : "memory");
}

static u8 *copy_of(const u8 *first, const u8 *last)
{
	u8 *copy = malloc((size_t)(last - first));

	if (!copy)
		abort();
	copy_raw(copy, first, (size_t)(last - first));
	return copy;
}

struct variables *variables_keep(const void *one)
{
	struct variables *v = malloc(sizeof(*v));
	const u8 *at = one;
	bool there = (at > image_first_data && at < image_last_data) || (at > image_first_bss && at < image_last_bss);

	if (!v || !there)
		return NULL;
	*v = (struct variables){ copy_of(image_first_data, image_last_data), copy_of(image_first_bss, image_last_bss) };
	return v;
}

void variables_put_back(const struct variables *v)
{
	copy_raw(image_first_data, v->data, (size_t)(image_last_data - image_first_data));
	copy_raw(image_first_bss, v->bss, (size_t)(image_last_bss - image_first_bss));
}
