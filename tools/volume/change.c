/* SPDX-License-Identifier: Apache-2.0 */
/* The blocks that a repair writes: collected first, then written phase by phase. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tools/volume/volume.h"

struct change {
	struct change *next;
	u64 place;
	u8 block[VOL_BLOCK];
};

static struct change *first[PH_NR], **last[PH_NR];
static u32 count;

void change(enum phase phase, u64 place, const void *block)
{
	struct change *c = malloc(sizeof(*c));

	if (!c)
		no_memory();
	c->next = NULL;
	c->place = place;
	memcpy(c->block, block, VOL_BLOCK);
	if (!first[phase])
		last[phase] = &first[phase];
	*last[phase] = c;
	last[phase] = &c->next;
	count++;
}

u32 changes(void)
{
	return count;
}

/* Fails while another program, such as QEMU, has locked any part of it. */
static int open_alone(const char *name)
{
	struct flock all = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
	int fd = open(name, O_RDWR);

	if (fd < 0) {
		fprintf(stderr, "volume: %s: %s\n", name, strerror(errno));
		return -1;
	}
	if (fcntl(fd, F_OFD_SETLK, &all)) {
		fprintf(stderr, "volume: %s is in use by another program: end that first\n", name);
		close(fd);
		return -1;
	}
	return fd;
}

static bool block_write(int fd, u64 place, const u8 *block)
{
	for (size_t done = 0; done < VOL_BLOCK;) {
		ssize_t n = pwrite(fd, block + done, VOL_BLOCK - done, (off_t)(place * VOL_BLOCK + done));

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return false;
		done += (size_t)n;
	}
	return true;
}

bool changes_write(const char *name)
{
	int fd = open_alone(name);

	if (fd < 0)
		return false;
	for (u32 phase = 0; phase < PH_NR; phase++) {
		struct change *next;
		bool good = true;

		for (struct change *c = first[phase]; c; c = next) {
			good = good && block_write(fd, c->place, c->block);
			next = c->next;
			free(c);
		}
		first[phase] = NULL;
		if (!good || fsync(fd)) {
			fprintf(stderr, "volume: %s cannot be written: %s\n", name, strerror(errno));
			close(fd);
			return false;
		}
	}
	close(fd);
	return true;
}
