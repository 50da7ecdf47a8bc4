/* SPDX-License-Identifier: Apache-2.0 */
/*
 * volume info|ls|verify IMAGE: reads a volume as the kernel does at mount, and says exactly what is wrong with it.
 * volume repair [-n] [--drop] IMAGE: makes good what can be made good (Documentation/design/volume-repair.md).
 *
 *   info    header, roots, generations
 *   verify  every sum that a restart, or a fetch of any object, would look at
 *   ls      the frames that are not free: OID, kind, version, call count, where
 *   repair  -n writes nothing; --drop gives up what is lost
 *
 * Only repair writes. Exit code: 0 good, 1 something is damaged, 2 not a volume or it cannot be read (or written).
 * A bad root, with the other good, is normal after power loss: it is reported and is no damage.
 */
#include <stdio.h>
#include <string.h>

#include "tools/volume/volume.h"

static int look(const char *what, const char *name)
{
	bool mountable, is_verify = !strcmp(what, "verify");

	if (!volume_open(name))
		return 2;
	mountable = roots_load() >= 0;
	if (mountable) {
		list_sort();
		if (is_verify)
			frames_verify();
		else if (!strcmp(what, "ls"))
			frames_list();
		else
			info();
	}
	if (is_verify && mountable)
		printf("%s: %s, generation %llu\n", name, damages ? "DAMAGED" : "good", LLU(newest.generation));
	else if (is_verify)
		printf("%s: DAMAGED, no generation can be used\n", name);
	return damages != 0;
}

int main(int argc, char **argv)
{
	const char *what = argc > 2 ? argv[1] : "";
	bool dry = false, drop = false, wrong = false, help = argc == 2 && !strcmp(argv[1], "--help");

	setvbuf(stdout, NULL, _IOLBF, 0);
	if (argc == 3 && (!strcmp(what, "info") || !strcmp(what, "ls") || !strcmp(what, "verify")))
		return look(what, argv[2]);
	for (int i = 2; i < argc - 1; i++) {
		dry |= !strcmp(argv[i], "-n");
		drop |= !strcmp(argv[i], "--drop");
		wrong |= strcmp(argv[i], "-n") && strcmp(argv[i], "--drop");
	}
	if (!wrong && !strcmp(what, "repair") && argv[argc - 1][0] != '-')
		return repair(argv[argc - 1], dry, drop);
	fprintf(help ? stdout : stderr, "usage: volume info|verify|ls IMAGE\n"
					"       volume repair [-n] [--drop] IMAGE\n"
					"Documentation/user/volumes.md says what each does.\n");
	return help ? 0 : 2;
}
