/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Boot order: frames, tables, activities, devices, volume, first dispatch. The only file that
 * sees every room; it connects them by registering each one's functions with the others.
 */
#include "init/choice.h"
#include "init/cmdline.h"

#include <hal/hal.h>
#include <hal/pt.h>
#include <kernel/drivers.h>
#include <kernel/entry.h>
#include <kernel/lib.h>
#include <kernel/map.h>
#include <kernel/panic.h>
#include <kernel/sched.h>
#include <kernel/store.h>

#include "tests/self/self.h"

#define RAM_MIN_FRAMES (CONFIG_RAM_MIN * 256u)

static const struct mm_hooks mm_hooks = {
	.wake = sched_wake_key,
	.context_unhook = process_frame_unhook,
	.schedule_unhook = process_schedule_unhook,
};

static const struct ckpt_ops checkpoint = {
	.request = store_request_checkpoint,
	.committed = store_committed,
	.status = store_status,
	.set_interval = store_set_interval,
};

static bool starts_stopped(void)
{
	return IS_ENABLED(CONFIG_BOOT_CHOICE) && boot_choice() == BOOT_STOPPED;
}

static u32 activities_save(struct saved_activity *out, u32 max)
{
	u32 n = 0;

	for (u32 i = 0; i < CONFIG_NR_ACTIVITIES; i++) {
		const struct activity *a = &activities[i];

		if (a->state == AS_FREE)
			continue;
		check(n < max);
		out[n++] = (struct saved_activity){
			.oid = a->oid,
			.sched_oid = a->sched_oid,
			.wake = a->wake,
			.version = a->version,
			.sched_version = a->sched_version,
			.state = act_lasting_state(a),
			.prio = a->prio,
			.reserve_period = sched_reserve_of(a).period,
			.reserve_budget = sched_reserve_of(a).budget,
		};
	}
	return n;
}

static bool activity_restore(const struct saved_activity *s)
{
	struct activity a = {
		.oid = s->oid,
		.version = s->version,
		.state = s->state,
		.prio = s->prio,
		.wake = s->wake,
		.sched_oid = s->sched_oid,
		.sched_version = s->sched_version,
	};

	return sched_restore(&a, (struct sched_reserve){ s->reserve_period, s->reserve_budget },
			     starts_stopped());
}

static void cannot_trust(const char *why)
{
	klog("boot stopped: %s\nnothing was written to the volume\n", why);
	hal_exit(2);
}

static const struct store_hooks store_hooks = {
	.contexts_write_back = contexts_write_back,
	.activities_save = activities_save,
	.activity_restore = activity_restore,
	.write_forbid = map_snapshot,
	.committed = kernel_committed,
	.persistent_ms = time_persistent_ms,
	.snapshot_taken = hal_watch_snapshot,
	.failed = cannot_trust,
	.choose_previous = IS_ENABLED(CONFIG_BOOT_CHOICE) ? boot_choose_previous : NULL,
};

/* What would run is held; no checkpoint is taken but on demand, so that looking changes nothing. */
static void stopped(void)
{
	u32 held = 0;

	store_set_interval(0);
	for (u32 i = 0; i < CONFIG_NR_ACTIVITIES; i++)
		held += activities[i].state == AS_HELD;
	klog("stopped: %u processes are held; checkpoints only on demand; the next boot lets them go\n", held);
}

/* With two volumes to choose from none is taken: the other may be the one that was meant, and damaged. */
static void refuse_two(const u8 *wanted)
{
	struct blkdev *first = NULL;
	u8 uuid[16], first_uuid[16];

	for (struct blkdev *dev = blkdev_first(); dev; dev = dev->next) {
		if (!store_find(dev, uuid) || (wanted && memcmp(uuid, wanted, sizeof(uuid))))
			continue;
		if (!first) {
			first = dev;
			memcpy(first_uuid, uuid, sizeof(uuid));
			continue;
		}
		klog("%s: volume ", first->name);
		uuid_log(first_uuid);
		klog("%s: volume ", dev->name);
		uuid_log(uuid);
		cannot_trust(wanted || !memcmp(uuid, first_uuid, sizeof(uuid)) ?
			     "two disks hold the same volume: take one away" :
			     "two disks hold a volume: choose by uuid= on the command line, or take one away");
	}
}

static void mount(const char *cmdline)
{
	struct blkdev *dev = blkdev_first();
	const char *why, *wanted = cmdline_value(cmdline, "uuid");
	u8 uuid[16];

	if (wanted && !uuid_parse(wanted, uuid))
		cannot_trust("the option uuid= is not 32 hexadecimal digits");
	if (IS_ENABLED(CONFIG_BOOT_CHOICE))
		why = boot_choice_parse(cmdline);
	else
		why = cmdline_value(cmdline, "ckpt") ? "the option ckpt= needs a kernel with BOOT_CHOICE" : NULL;
	if (why)
		cannot_trust(why);
	if (!dev)
		cannot_trust("no disk: attach one with an Anteros volume");
	refuse_two(wanted ? uuid : NULL);
	for (; dev; dev = dev->next) {
		why = store_mount(dev, wanted ? uuid : NULL, &store_hooks);
		if (!why)
			break;
		klog("%s: %s\n", dev->name, why);
	}
	if (!dev)
		cannot_trust(IS_ENABLED(CONFIG_PARTITIONS) ?
			     "no disk holds a volume that can be mounted: attach one, or write image.vol to a disk "
			     "or a partition of type 0x41" :
			     "no disk holds a volume that can be mounted: attach one, or write image.vol to a disk");
	state.restart_count = store_restart_count();
	state.persistent_base_ms = store_persistent_ms();
	state.boot_ms = hal_time_ms();
	if (starts_stopped())
		stopped();
	if (store_committed() > 1)
		console_restarted();
	klog("volume on %s: generation %llu, restart %llu\n", dev->name,
	     (unsigned long long)store_committed(), (unsigned long long)state.restart_count);
}

struct context *kernel_boot(const char *cmdline)
{
	klog("Anteros %s\n", CONFIG_ARCH);
	sched_init();
	mm_init();
	mm_register_hooks(&mm_hooks);
	klog("memory: %u frames, %u free\n", mm_frames_total(), mm_frames_free());
	if (mm_frames_total() < RAM_MIN_FRAMES) {
		klog("RAM_MIN asks for %u frames\n", RAM_MIN_FRAMES);
		cannot_trust("too little RAM: add some, or lower the option RAM_MIN and the tables");
	}
	if (IS_ENABLED(CONFIG_SELFTEST))
		self_tests();
	hal_devices_init();
	if (IS_ENABLED(CONFIG_PARTITIONS))
		partitions_scan();
	mount(cmdline);
	ckpt_ops = &checkpoint;
	if (hal_watch_mounted)
		hal_watch_mounted();
	return sched_dispatch();
}
