/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Starting over without a new process: the kernel's variables are what the linker puts between first.c and last.c, its
 * memory is one block, and of the disk only what was written since is put back.
 */
#include "fuzz.h"

#include <hal/hal.h>
#include <hal/pt.h>
#include <kernel/cpu.h>
#include <stdlib.h>
#include <string.h>

struct image {
	u8 *data, *bss, *ram, *disk;
	struct machine machine;
	struct context *running;
};

/* Bytes as they are, with what the sanitizers put between variables. */
static void copy_raw(void *to, const void *from, size_t bytes)
{
	__asm__ volatile("rep movsb" : "+D"(to), "+S"(from), "+c"(bytes) : : "memory");
}

static size_t data_bytes(void)
{
	return (size_t)(image_last_data - image_first_data);
}

static size_t bss_bytes(void)
{
	return (size_t)(image_last_bss - image_first_bss);
}

static u8 *copy_of(const void *from, size_t bytes)
{
	u8 *copy = malloc(bytes);

	if (!copy)
		bug("no memory for an image");
	copy_raw(copy, from, bytes);
	return copy;
}

struct image *image_keep(void)
{
	struct image *im = malloc(sizeof(*im));
	const u8 *at = (const u8 *)&state;

	if (!im || !(at > image_first_data && at < image_last_data))
		bug("the kernel's variables are not between first.o and last.o in the link");
	*im = (struct image){ copy_of(image_first_data, data_bytes()), copy_of(image_first_bss, bss_bytes()),
		copy_of(machine_ram, (size_t)RAM_FRAMES * FRAME_SIZE), copy_of(machine_disk, sizeof(machine_disk)),
		machine, running };
	machine_disk_clean();
	return im;
}

void image_variables_put_back(const struct image *im)
{
	copy_raw(image_first_data, im->data, data_bytes());
	copy_raw(image_first_bss, im->bss, bss_bytes());
	hal_space_load(0);
}

void image_put_back(const struct image *im)
{
	image_variables_put_back(im);
	copy_raw(machine_ram, im->ram, (size_t)RAM_FRAMES * FRAME_SIZE);
	for (u32 b = 0; b < DISK_BLOCKS; b++)
		if (machine_disk_written(b))
			memcpy(machine_disk[b], im->disk + (size_t)b * FRAME_SIZE, FRAME_SIZE);
	machine_disk_clean();
	machine = im->machine;
	running = im->running;
	hal_space_load(cpu0.loaded_root);
}
