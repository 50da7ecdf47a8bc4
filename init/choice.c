/* SPDX-License-Identifier: Apache-2.0 */
#include "init/choice.h"

#include "init/cmdline.h"

#include <hal/hal.h>
#include <kernel/kthread.h>
#include <kernel/lib.h>
#include <kernel/panic.h>

static const struct {
	const char *name;
	char key;
} choices[] = {
	[BOOT_NEWEST] = { "newest", 'n' },
	[BOOT_PREVIOUS] = { "previous", 'p' },
	[BOOT_STOPPED] = { "stopped", 's' },
};

static enum boot_choice chosen;
static bool given;                      /* on the command line: nobody is asked */

enum boot_choice boot_choice(void)
{
	return chosen;
}

const char *boot_choice_parse(const char *cmdline)
{
	const char *value = cmdline_value(cmdline, "ckpt");

	given = value != NULL;
	chosen = BOOT_NEWEST;
	for (u32 i = 0; given && i < ARRAY_SIZE(choices); i++) {
		size_t n = strlen(choices[i].name);

		if (strncmp(value, choices[i].name, n) || (value[n] && value[n] != ' '))
			continue;
		chosen = (enum boot_choice)i;
		return NULL;
	}
	return given ? "the option ckpt= is none of newest, previous, stopped" : NULL;
}

/* ---- on the console ------------------------------------------------------------------------------------- */

struct question {
	u64 end_ms;                     /* 0 = never */
	char key;
	bool answered;
};

static bool key_or_end(void *arg)
{
	struct question *q = arg;

	q->answered = hal_console_getc(&q->key);
	return q->answered || (q->end_ms && hal_time_ms() >= q->end_ms);
}

static bool offered(const struct store_offer *o, u32 choice)
{
	return choice != BOOT_PREVIOUS || o->previous;
}

static void show(const struct store_offer *o, enum boot_choice c, const char *what)
{
	u64 ms = c == BOOT_PREVIOUS ? o->previous_ms : o->newest_ms;
	u32 sec = (u32)(ms / 1000);

	klog("  %c  %s: generation %u, %u d %02u:%02u:%02u.%03u after the first boot%s\n", choices[c].key, choices[c].name,
	     c == BOOT_PREVIOUS ? o->previous : o->newest, sec / 86400, sec / 3600 % 24, sec / 60 % 60, sec % 60, (u32)(ms % 1000), what);
}

static void show_all(const struct store_offer *o)
{
	klog("\n%u restarts from generation %u without a commit. Restart from:\n", o->attempts, o->newest);
	show(o, BOOT_NEWEST, "");
	if (o->previous)
		show(o, BOOT_PREVIOUS, "; the newest is given up for ever");
	else
		klog("     (no older generation is whole)\n");
	show(o, BOOT_STOPPED, "; what would run is held");
	if (CONFIG_BOOT_CHOICE_SEC)
		klog("n, %ss? (n after %u s) ", o->previous ? "p, " : "", CONFIG_BOOT_CHOICE_SEC);
	else
		klog("n, %ss? ", o->previous ? "p, " : "");
}

static void refuse(const struct store_offer *o, char key)
{
	const char *keys = o->previous ? "n, p, s" : "n, s";

	if (key > ' ' && key <= '~')
		klog("'%c' is none of %s\n", key, keys);
	else
		klog("key 0x%02x is none of %s\n", (u8)key, keys);
}

static void ask(const struct store_offer *o)
{
	u64 wait = CONFIG_BOOT_CHOICE_SEC * (u64)1000;
	struct question q = { .end_ms = wait ? hal_time_ms() + wait : 0 };

	show_all(o);
	for (;;) {
		kthread_run_until(key_or_end, &q);
		for (u32 i = 0; i < ARRAY_SIZE(choices); i++) {
			if (q.answered ? q.key == choices[i].key && offered(o, i) : i == BOOT_NEWEST) {
				chosen = (enum boot_choice)i;
				klog("%s\n", choices[i].name);
				return;
			}
		}
		refuse(o, q.key);
	}
}

bool boot_choose_previous(const struct store_offer *o)
{
	if (!given && o->attempts >= BOOT_ATTEMPTS)
		ask(o);
	return chosen == BOOT_PREVIOUS;
}
