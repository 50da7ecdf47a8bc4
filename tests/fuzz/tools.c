/* SPDX-License-Identifier: Apache-2.0 */
#include "tools.h"

#include <setjmp.h>
#include <string.h>

#include "fuzz.h"
#include "tools/volume/volume.h"

enum { LENT_MAX = 1 << 16 };

static void *lent[LENT_MAX];
static u32 nr_lent;
static FILE *opened, *nowhere;
static jmp_buf out;
static int status;
static char disk_name[32];

/* ---- what is lent ---- */

static void *remember(void *p)
{
	if (!p || nr_lent == LENT_MAX)
		bug("the tools take too much memory");
	lent[nr_lent++] = p;
	return p;
}

/* Not lent: a fault of the tool, which free() tells. */
static void forget(void *p)
{
	for (u32 i = nr_lent; i-- > 0;)
		if (lent[i] == p) {
			lent[i] = lent[--nr_lent];
			return;
		}
}

void *lent_malloc(size_t bytes)
{
	return remember(malloc(bytes));
}

void *lent_calloc(size_t n, size_t bytes)
{
	return remember(calloc(n, bytes));
}

void *lent_realloc(void *p, size_t bytes)
{
	forget(p);
	return remember(realloc(p, bytes));
}

void lent_free(void *p)
{
	forget(p);
	free(p);
}

FILE *lent_fopen(const char *name, const char *mode)
{
	opened = fopen(name, mode);
	return opened;
}

void lent_exit(int code)
{
	status = code;
	longjmp(out, 1);
}

/* ---- a run ---- */

/* Their variables are as when the program starts. */
static int run(void (*what)(void))
{
	FILE *console[2] = { stdout, stderr };

	if (!nowhere)
		nowhere = fopen("/dev/null", "w");
	snprintf(disk_name, sizeof(disk_name), "/proc/self/fd/%d", machine_disk_file);
	image_variables_put_back(power_on);
	if (!nowhere)
		bug("there is no /dev/null");
	stdout = machine_verbose ? console[1] : nowhere;
	stderr = stdout;
	if (setjmp(out) == 0)
		what();
	stdout = console[0];
	stderr = console[1];
	while (nr_lent)
		free(lent[--nr_lent]);
	if (opened)
		fclose(opened);
	opened = NULL;
	return status;
}

static void verify(void)
{
	bool mountable;

	status = 2;
	if (!volume_open(disk_name))
		return;
	mountable = roots_load() >= 0;
	if (mountable) {
		list_sort();
		frames_verify();
		info();
		frames_list();
	}
	status = damages != 0;
}

int tool_verify(void)
{
	return run(verify);
}

static bool drop;

static void repair_it(void)
{
	status = repair(disk_name, false, drop);
}

int tool_repair(int with_drop)
{
	drop = with_drop;
	return run(repair_it);
}
