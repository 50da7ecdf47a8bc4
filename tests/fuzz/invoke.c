/* SPDX-License-Identifier: Apache-2.0 */
/* Target "invoke": sequences of invocations and whatever else processes and the world do (step.c). */
#include "fuzz.h"
#include "target.h"

enum { STEPS_MAX = 100 };

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	world_make();
	return 0;
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t bytes)
{
	image_put_back(world_image);
	steps_run(data, MIN(bytes, (size_t)STEPS_MAX * STEP_BYTES));
	return 0;
}

size_t LLVMFuzzerCustomMutator(u8 *data, size_t bytes, size_t max, unsigned seed)
{
	return given_mutate(data, rows_mutate(data, bytes, MIN(max, (size_t)STEPS_MAX * STEP_BYTES), seed), seed);
}
