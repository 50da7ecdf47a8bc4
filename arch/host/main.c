/* SPDX-License-Identifier: Apache-2.0 */
/* Command line of the simulated machine, and its processor's main loop. */
#include "host.h"
#include "rv64.h"

#include <abi/process.h>
#include <errno.h>
#include <getopt.h>
#include <kernel/context.h>
#include <kernel/entry.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct host_options host_options = { .seed = 1, .ram_kib = 32768, .sector = 512, .every = 16, .cmdline = "" };

static const char usage[] =
	"usage: anteros --volume FILE [options]\n"
	"  --volume FILE         the disk; written to\n"
	"  --disk MIB            an empty disk in memory instead\n"
	"  --ram MIB             RAM (32); 1280K is 1280 KiB\n"
	"  --seed N              of all chance: same seed, same history (1)\n"
	"  --cmdline TEXT        for the kernel\n"
	"  --script FILE         what is typed, a line when idle or \"@MS line\" at a time; - = standard input\n"
	"  --stop-at MS          ends the run at this virtual time\n"
	"  --digest              prints counts, and a digest of all instructions and events, at the end\n"
	"  --oracle              compares every memory access with an own walk of the GPTs (slow)\n"
	"  --states FILE         appends a digest of the whole logical state at each snapshot\n"
	"  --verify              after restart: compares the state with what FILE says of its generation\n"
	"  --crash-at-write N    power cut when N writes and flushes have completed; exit code 4\n"
	"  --crash-mode MODE     which unflushed sectors survive: none, all, random, torn (the newest in part),\n"
	"                        lose:K, only:K (K-th newest write, from 0), mask:HEX (bit 0 = newest); none\n"
	"  --explore N           one run, then power cuts at one in N moments of it, each with a restart that is verified;\n"
	"                        needs an end (--stop-at); the file of --volume stays as it is\n"
	"  --every N             of these restarts one in N goes on to two more power cuts (16)\n"
	"  --random N            at each moment also so many power cuts that keep sectors at random (0)\n"
	"  --mutant NAME         the kernel has this fault (tests/host/mutants.c)\n"
	"  --sector BYTES        what a power cut keeps or loses as a whole, 512 or 4096 (512)\n";

static void die(const char *option, const char *value, const char *why)
{
	fprintf(stderr, "anteros: --%s %s: %s\n", option, value, why);
	exit(2);
}

static u64 number(const char *option, const char *text, int base, u64 min, u64 max)
{
	char *end, why[80];

	errno = 0;
	u64 n = strtoull(text, &end, base);
	snprintf(why, sizeof(why), "a number from %llu to %llu is needed", (unsigned long long)min, (unsigned long long)max);
	if (errno != 0 || *end != '\0' || end == text || *text == '-' || n < min || n > max)
		die(option, text, why);
	return n;
}

static u64 ram_size(char *text)
{
	size_t n = strlen(text);
	bool kib = n != 0 && text[n - 1] == 'K';

	if (kib)
		text[n - 1] = '\0';
	return kib ? number("ram", text, 10, CONFIG_RAM_MIN << 10, 2048 << 10) & ~(u64)3
		   : number("ram", text, 10, CONFIG_RAM_MIN, 2048) << 10;
}

static void parse_crash_mode(const char *text)
{
	static const struct {
		const char *name;
		enum crash_mode mode;
		int base; /* of its argument; 0 = has none */
	} modes[] = {
		{ "none", CRASH_NONE, 0 }, { "all", CRASH_ALL, 0 }, { "random", CRASH_RANDOM, 0 }, { "torn", CRASH_TORN, 0 },
		{ "lose:", CRASH_LOSE, 10 }, { "only:", CRASH_ONLY, 10 }, { "mask:", CRASH_MASK, 16 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(modes); i++) {
		size_t n = strlen(modes[i].name);
		if (strncmp(text, modes[i].name, n) != 0 || (modes[i].base == 0 && text[n] != '\0'))
			continue;
		host_options.crash_mode = modes[i].mode;
		if (modes[i].base != 0)
			host_options.crash_arg = number("crash-mode", text + n, modes[i].base, 0, UINT64_MAX);
		return;
	}
	die("crash-mode", text, "no such mode");
}

enum { OPT_VOLUME = 256, OPT_DISK, OPT_RAM, OPT_SEED, OPT_CMDLINE, OPT_SCRIPT, OPT_STOP, OPT_DIGEST, OPT_ORACLE,
	OPT_STATES, OPT_VERIFY, OPT_CRASH_AT, OPT_CRASH_MODE, OPT_SECTOR, OPT_EXPLORE, OPT_EVERY,
	OPT_RANDOM, OPT_MUTANT, OPT_HELP };

static const struct option options[] = {
	{ "volume", required_argument, NULL, OPT_VOLUME },
	{ "disk", required_argument, NULL, OPT_DISK },
	{ "ram", required_argument, NULL, OPT_RAM },
	{ "seed", required_argument, NULL, OPT_SEED },
	{ "cmdline", required_argument, NULL, OPT_CMDLINE },
	{ "script", required_argument, NULL, OPT_SCRIPT },
	{ "stop-at", required_argument, NULL, OPT_STOP },
	{ "digest", no_argument, NULL, OPT_DIGEST },
	{ "oracle", no_argument, NULL, OPT_ORACLE },
	{ "states", required_argument, NULL, OPT_STATES },
	{ "verify", no_argument, NULL, OPT_VERIFY },
	{ "crash-at-write", required_argument, NULL, OPT_CRASH_AT },
	{ "crash-mode", required_argument, NULL, OPT_CRASH_MODE },
	{ "sector", required_argument, NULL, OPT_SECTOR },
	{ "explore", required_argument, NULL, OPT_EXPLORE },
	{ "every", required_argument, NULL, OPT_EVERY },
	{ "random", required_argument, NULL, OPT_RANDOM },
	{ "mutant", required_argument, NULL, OPT_MUTANT },
	{ "help", no_argument, NULL, OPT_HELP },
	{ 0 },
};

static void parse_option(int which)
{
	struct host_options *o = &host_options;

	switch (which) {
	case OPT_VOLUME: o->volume = optarg; break;
	case OPT_DISK: o->disk_mib = number("disk", optarg, 10, 1, 65536); break;
	case OPT_RAM: o->ram_kib = ram_size(optarg); break;
	case OPT_SEED: o->seed = number("seed", optarg, 0, 0, UINT64_MAX); break;
	case OPT_CMDLINE: o->cmdline = optarg; break;
	case OPT_SCRIPT: o->script = optarg; break;
	case OPT_STOP: o->stop_ms = number("stop-at", optarg, 10, 1, UINT64_MAX / 2000000); break;
	case OPT_DIGEST: o->digest = true; break;
	case OPT_ORACLE: o->oracle = true; break;
	case OPT_STATES: o->states = optarg; break;
	case OPT_VERIFY: o->verify = true; break;
	case OPT_CRASH_AT: o->crash_at = number("crash-at-write", optarg, 10, 1, UINT64_MAX); break;
	case OPT_CRASH_MODE: parse_crash_mode(optarg); break;
	case OPT_SECTOR:
		o->sector = (u32)number("sector", optarg, 10, 512, 4096);
		if (o->sector != 512 && o->sector != 4096)
			die("sector", optarg, "512 or 4096 is needed");
		break;
	case OPT_EXPLORE: o->explore = number("explore", optarg, 10, 1, UINT64_MAX); break;
	case OPT_EVERY: o->every = number("every", optarg, 10, 1, UINT64_MAX); break;
	case OPT_RANDOM: o->random_images = number("random", optarg, 10, 0, 1000); break;
	case OPT_MUTANT:
		if (!harness_mutant(optarg))
			die("mutant", optarg, "no such fault");
		break;
	case OPT_HELP: fputs(usage, stdout); exit(0);
	default: fputs(usage, stderr); exit(2);
	}
}

static void parse(int argc, char **argv)
{
	int which;

	while ((which = getopt_long(argc, argv, "", options, NULL)) != -1)
		parse_option(which);
	if (optind < argc) {
		fprintf(stderr, "anteros: %s: not an option\n%s", argv[optind], usage);
		exit(2);
	}
	if (host_options.explore != 0 && (host_options.volume == NULL || host_options.stop_ms == 0))
		die("explore", "", "--volume and --stop-at are needed, too");
	if (host_options.verify && host_options.states == NULL)
		die("verify", "", "--states FILE is needed, too");
	if (host_options.volume != NULL && host_options.disk_mib != 0)
		die("disk", "", "not together with --volume");
}

static struct context *trap(struct context *ctx, const struct rv64_stop *stop)
{
	static const u8 misaligned_trap[] = { [ACC_READ] = 4, [ACC_WRITE] = 6, [ACC_EXEC] = 0 }; /* as in scause */

	switch (stop->cause) {
	case RV64_ECALL: return kernel_syscall(ctx);
	case RV64_BREAK: return kernel_exception(ctx, FAULT_BREAKPOINT, 3);
	case RV64_ILLEGAL: return kernel_exception(ctx, FAULT_ILLEGAL, 2);
	case RV64_MISALIGNED: return kernel_exception(ctx, FAULT_OTHER, misaligned_trap[stop->access]);
	default: return kernel_page_fault(ctx, stop->value, stop->access);
	}
}

void machine_run(void)
{
	struct context *ctx = kernel_boot(host_options.cmdline);

	for (;;) {
		u64 next = sim_next(), before = sim_instructions;
		u64 budget = next > sim_now ? (next - sim_now + INSN_NS - 1) / INSN_NS : 0;
		struct rv64_stop stop = rv64_run(&ctx->regs, budget, &sim_instructions, &sim_trace);
		bool interrupted = sim_advance((sim_instructions - before) * INSN_NS);

		if (stop.cause == RV64_RAN && !interrupted)
			continue;
		sim_trace = sim_mix(sim_trace, ctx->regs.pc << 3 | stop.cause);
		sim_advance(KERNEL_NS);
		ctx = stop.cause == RV64_RAN ? kernel_interrupted(ctx) : trap(ctx, &stop);
	}
}

int main(int argc, char **argv)
{
	parse(argc, argv);
	harness_init();
	machine_init();
	simdisk_open();
	if (host_options.explore != 0)
		explore();
	machine_run();
}
