/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Starting over without a new process: the kernel's variables (variables.h); its memory, which is one block; and of the disk
 * only what was written since.
 */
#include "fuzz.h"

#include <hal/hal.h>
#include <hal/pt.h>
#include <kernel/cpu.h>
#include <stdlib.h>
#include <string.h>

#include "variables.h"

#define RAM_BYTES ((size_t)RAM_FRAMES * FRAME_SIZE)
#define DISK_BYTES ((size_t)DISK_BLOCKS * FRAME_SIZE)

static const struct image *on_disk;     /* what the blocks that were not written since are of */

struct image {
	struct variables *variables;
	u8 *ram, *disk;
	struct machine machine;
	struct context *running;
};

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
	struct variables *v = variables_keep(&state);

	if (!im || !v)
		bug("the kernel's variables are not between first.o and last.o in the link");
	*im = (struct image){ v, copy_of(machine_ram, RAM_BYTES), copy_of(machine_disk, DISK_BYTES), machine, running };
	machine_disk_clean();
	on_disk = im;
	return im;
}

void image_variables_put_back(const struct image *im)
{
	variables_put_back(im->variables);
	hal_space_load(0);
}

void image_put_back(const struct image *im)
{
	image_variables_put_back(im);
	copy_raw(machine_ram, im->ram, RAM_BYTES);
	for (u32 b = 0; b < DISK_BLOCKS; b++)
		if (machine_disk_written(b) || im != on_disk)
			memcpy(machine_disk[b], im->disk + (size_t)b * FRAME_SIZE, FRAME_SIZE);
	machine_disk_clean();
	on_disk = im;
	machine = im->machine;
	running = im->running;
	hal_space_load(cpu0.loaded_root);
}
