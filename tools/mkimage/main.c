// SPDX-License-Identifier: Apache-2.0
/* mkimage: options and order. Exit code 0; 1 = the description or a file is wrong; 2 = the options are. */
#include "image.h"
#include <getopt.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

const char *input_name = "mkimage";
int complaints;

static const char usage[] =
	"usage: mkimage [options] -o VOLUME DESCRIPTION\n"
	"Makes a volume with the initial image that the text file DESCRIPTION describes.\n"
	"  -o, --output FILE    the volume; an old one is overwritten\n"
	"  -a, --arch NAME      machine of the programs: %s (default: the first program's)\n"
	"  -s, --size MIB       size of the volume (default 64); 1280K is 1280 KiB, here and in the next two\n"
	"  -l, --log MIB        size of the checkpoint log in it (default 16)\n"
	"  -S, --spare MIB      log beside the image that the kernel's tables need (default 4)\n"
	"  -d, --objdir FOLDER  where the programs are (default .)\n"
	"  -u, --uuid UUID      identity of the volume (default: random)\n"
	"  -m, --map            list the objects and their OIDs\n"
	"  -h, --help           this text\n";

void complain(int line, const char *fmt, ...)
{
	va_list ap;
	if (line)
		fprintf(stderr, "%s:%d: ", input_name, line);
	else
		fprintf(stderr, "%s: ", input_name);
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fputc('\n', stderr);
	complaints++;
}

void *allot(size_t bytes)
{
	void *p = calloc(1, bytes ? bytes : 1);
	if (!p) {
		fprintf(stderr, "mkimage: out of memory\n");
		exit(1);
	}
	return p;
}

static void __attribute__((noreturn, format(printf, 1, 2))) bad_option(const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	fputs("mkimage: ", stderr);
	vfprintf(stderr, fmt, ap);
	fputs("\n(mkimage --help lists the options)\n", stderr);
	exit(2);
}

/* A size in MiB, or in KiB if K stands behind it; returns blocks. */
static u64 size(const char *name, const char *text, u64 least)
{
	char *end;
	unsigned long long n = strtoull(text, &end, 10);
	bool kib = *end == 'K', right = *text >= '0' && *text <= '9' && !end[kib];
	u64 blocks = kib ? n >> (FRAME_SHIFT - 10) : n << (20 - FRAME_SHIFT);
	if (!right || n > 1 << 24 || blocks < least || (kib && n % 4))
		bad_option("%s: '%s' is not a number of MiB up to %u, at least %llu KiB (as 'nK': divisible by 4)", name, text,
			   1 << 24, (unsigned long long)least * 4);
	return blocks;
}

/* 32 hexadecimal digits; dashes anywhere between them. */
static void read_uuid(const char *text, u8 uuid[16])
{
	u32 digits = 0;
	for (const char *p = text; *p; p++) {
		const char *hex = "0123456789abcdefABCDEF", *d = strchr(hex, *p);
		if (*p == '-')
			continue;
		if (!d || digits == 32)
			bad_option("--uuid: '%s' is not a UUID", text);
		u32 value = (u32)(d - hex) < 16 ? (u32)(d - hex) : (u32)(d - hex) - 6;
		uuid[digits / 2] = (u8)(uuid[digits / 2] << 4 | value);
		digits++;
	}
	if (digits != 32)
		bad_option("--uuid: '%s' is not a UUID", text);
}

static void random_uuid(u8 uuid[16])
{
	if (getrandom(uuid, 16, 0) != 16)
		bad_option("--uuid is needed: there are no random numbers here");
	uuid[6] = (u8)((uuid[6] & 0x0f) | 0x40);
	uuid[8] = (u8)((uuid[8] & 0x3f) | 0x80);
}

static const struct option options[] = {
	{ "output", required_argument, NULL, 'o' }, { "arch", required_argument, NULL, 'a' },
	{ "size", required_argument, NULL, 's' },   { "log", required_argument, NULL, 'l' },
	{ "spare", required_argument, NULL, 'S' },
	{ "objdir", required_argument, NULL, 'd' }, { "uuid", required_argument, NULL, 'u' },
	{ "map", no_argument, NULL, 'm' },          { "help", no_argument, NULL, 'h' },
	{ 0 },
};

static bool read_options(int argc, char **argv, struct image *im, struct volume_options *o)
{
	bool map = false, uuid = false;
	int c;
	while ((c = getopt_long(argc, argv, "o:a:s:l:S:d:u:mh", options, NULL)) >= 0) {
		switch (c) {
		case 'o': o->path = optarg; break;
		case 's': o->blocks = size("--size", optarg, 256); break;
		case 'l': o->log_blocks = size("--log", optarg, 1); break;
		case 'S': o->spare_blocks = size("--spare", optarg, 1); break;
		case 'd': im->objdir = optarg; break;
		case 'u': read_uuid(optarg, o->uuid); uuid = true; break;
		case 'm': map = true; break;
		case 'a':
			im->arch = arch_find(optarg);
			im->arch_known = true;
			if (!im->arch)
				bad_option("--arch: '%s' is not known (%s)", optarg, arch_names());
			break;
		case 'h':
			printf(usage, arch_names());
			exit(0);
		default:
			bad_option("nothing done");
		}
	}
	if (!o->path)
		bad_option("-o FILE is needed");
	if (optind + 1 != argc)
		bad_option(optind == argc ? "which description?" : "one description at a time");
	input_name = argv[optind];
	if (!uuid)
		random_uuid(o->uuid);
	return map;
}

static void list_objects(const struct image *im)
{
	for (const struct object *o = im->objects; o; o = o->next)
		printf("%8llx  %-10s %s\n", (unsigned long long)o->oid, kind_name(o->kind), o->name);
	printf("%8llx  free       %llu frames\n", (unsigned long long)(FIRST_FRAME + im->frames) << 3,
	       (unsigned long long)(im->home_frames - im->frames));
}

int main(int argc, char **argv)
{
	struct image im = { .objdir = ".", .arch = arch_find("i386") };
	struct volume_options o = { .blocks = 64 << 8, .log_blocks = 16 << 8, .spare_blocks = 4 << 8 };
	bool map = read_options(argc, argv, &im, &o);
	parse(&im, input_name);
	if (!complaints)
		im.home_frames = volume_home_frames(&o);
	if (!complaints)
		build_objects(&im);
	if (!complaints)
		volume_write(&im, &o);
	if (complaints)
		return 1;
	if (map)
		list_objects(&im);
	return 0;
}
