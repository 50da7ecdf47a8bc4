/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Target "volume": volumes that nobody can have written, on the disk when the kernel starts. An input is a byte, and rows
 * of STEP_BYTES: first so many changes of the volume (hostile.c) as the byte says, then steps of whoever runs (step.c).
 *
 *   bits 0-2    changes
 *   bit 3       which volume: as mkimage makes it, or one that was lived in
 *   bit 4       the kernel is asked for the previous generation
 *   bits 5, 6   before it starts: volume repair; with --drop
 *   bit 7       it is asked to hold who would run, unless bit 4 is set
 *
 * What must hold: "volume verify" and "volume repair" end. The kernel refuses the volume with a message and has written
 * nothing; or it runs, every audit passes, its checkpoints commit, every frame can be asked for, and it mounts what it has
 * written. It does not refuse what verify finds good, and leaves it so.
 */
#include "hostile.h"
#include "target.h"
#include "tools.h"

#include <abi/error.h>
#include <hal/hal.h>
#include <kernel/store.h>
#include <stdlib.h>
#include <string.h>

#include "ckpt/ckpt.h"

enum { CHANGES = 7, LIVED = 8, PREVIOUS = 0x10, REPAIR = 0x20, DROP = 0x40, STOPPED = 0x80, ROWS_MAX = 60, WAIT_TICKS = 3000 };

static const struct image *fresh, *lived;
static bool all_good;                   /* verify finds no fault with what the kernel is given */

/* ---- the two volumes ---- */

static void fresh_read(const char *program)
{
	char name[512];
	const char *end = strrchr(program, '/');
	FILE *f;

	snprintf(name, sizeof(name), "%.*svolume.base", end ? (int)(end + 1 - program) : 0, program);
	f = fopen(name, "rb");
	if (!f || fread(machine_disk, FRAME_SIZE, DISK_BLOCKS, f) != DISK_BLOCKS || fgetc(f) != EOF)
		bug("%s is not the volume of %u blocks that \"make replay-build\" makes", name, DISK_BLOCKS);
	fclose(f);
}

/* A volume that nobody has changed is sealed as it is: else the changes would be in vain. */
static const struct image *keep(void)
{
	const struct image *im;

	image_variables_put_back(power_on);
	running = NULL;
	im = image_keep();
	volume_seal();
	for (u32 b = 0; b < DISK_BLOCKS; b++)
		if (machine_disk_written(b))
			bug("the seal changes block %u of a good volume", b);
	if (tool_verify())
		bug("volume verify finds fault with a good volume");
	return im;
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	world_make();
	machine_power_cut(1);
	lived = keep();
	fresh_read((*argv)[0]);
	fresh = keep();
	world_known = false;
	machine_ends_idle = true;
	return 0;
}

/* ---- one of them, changed ---- */

static void change(const u8 *rows, u32 n)
{
	for (u32 i = 0; i < n; i++)
		if (!hostile_is_late(rows + i * ROW_BYTES))
			hostile_change(rows + i * ROW_BYTES);
	volume_seal();
	for (u32 i = 0; i < n; i++)
		if (hostile_is_late(rows + i * ROW_BYTES))
			hostile_change(rows + i * ROW_BYTES);
}

/* A disk that the tool has written to is put back wholly. */
static void repair(bool drop)
{
	int said = tool_repair(drop);

	for (u32 b = 0; b < DISK_BLOCKS; b++)
		machine_disk_change(b);
	all_good = tool_verify() == 0;
	if (said == 0 && !all_good)
		bug("volume repair says that it is good, volume verify that it is not");
}

/* What is no damage, but more than this kernel holds, or another's. */
static bool refused_rightly(void)
{
	static const char *const reasons[] = {
		"this kernel", "of memory", "(LOG_DIR_ENTRIES)", "is the only one that is whole", "choose by uuid=",
	};

	for (u32 i = 0; i < ARRAY_SIZE(reasons); i++)
		if (machine_said(reasons[i]))
			return true;
	return false;
}

static void refused(u64 completions)
{
	if (!machine_said("boot stopped: "))
		bug("the kernel ends without a word");
	if (machine.completions != completions)
		bug("the volume was refused, but something was written to it");
	if (all_good && !refused_rightly())
		bug("the kernel refuses a volume that is good");
}

/* ---- when it runs ---- */

/* Every frame is asked for. It is there, or damaged. */
static void frame_try(oid_t oid)
{
	struct frame *f;
	rc_t rc = RC_STALL;

	for (u32 n = 0; rc == RC_STALL; n++) {
		if (n == WAIT_TICKS)
			bug("frame %llx never comes", (unsigned long long)oid);
		pins_drop();
		rc = frame_get(oid, &f);
		machine_settle();
	}
	if (rc != RC_OK && (all_good || rc != RC_OBJECT_DAMAGED))
		bug("frame %llx: error %d", (unsigned long long)oid, rc);
}

static void fetch_all(void)
{
	for (u32 i = 0; i < st.header.ranges; i++)
		for (u64 k = 0; k < MIN(st.header.range[i].frames, (u64)DISK_BLOCKS); k++)
			frame_try(st.header.range[i].first + (k << 3));
	pins_drop();
}

static void finish(void)
{
	world_commit();
	fetch_all();
}

/* The kernel has taken the volume: whatever is on it, the rest is the kernel's work. */
static void runs(enum boot boot, const u8 *rows, size_t bytes)
{
	audit_now();
	if (boot != BOOT_RUNS || steps_run(rows, bytes)) {
		attempt(finish);
		audit_now();
	}
	machine_power_cut(bytes & 1);
	if (world_boot("") == BOOT_REFUSED)
		bug("the kernel refuses what it has written");
	audit_now();
	machine_power_cut(1);
	if (all_good && tool_verify())
		bug("the kernel has damaged a good volume");
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t bytes)
{
	u8 head = bytes ? data[0] : 0;
	size_t rows = bytes ? MIN((bytes - 1) / ROW_BYTES, (size_t)ROWS_MAX) : 0, changes = MIN((size_t)(head & CHANGES), rows);
	enum boot boot;
	u64 completions;

	image_put_back(head & LIVED ? lived : fresh);
	change(data + 1, (u32)changes);
	all_good = tool_verify() == 0;
	if (head & REPAIR)
		repair(head & DROP);
	image_variables_put_back(power_on);
	machine_unsay();
	completions = machine.completions;
	boot = world_boot(head & PREVIOUS ? "ckpt=previous" : head & STOPPED ? "ckpt=stopped" : "");
	if (boot == BOOT_REFUSED)
		refused(completions);
	else
		runs(boot, data + 1 + changes * ROW_BYTES, (rows - changes) * ROW_BYTES);
	return 0;
}

/* The byte at the head is left alone mostly. */
size_t LLVMFuzzerCustomMutator(u8 *data, size_t bytes, size_t max, unsigned seed)
{
	if (!bytes || seed % 16 == 0)
		data[0] = (u8)(seed >> 8);
	if (!bytes || seed % 16 == 0)
		return MAX(bytes, (size_t)1);
	bytes = rows_mutate(data + 1, bytes - 1, MIN(max, (size_t)ROWS_MAX * ROW_BYTES + 1) - 1, seed);
	return 1 + given_mutate(data + 1, bytes, seed / 16);
}
