/* SPDX-License-Identifier: Apache-2.0 */
/* What init passes to the checkpoint room, and what the room offers. ckpt knows mm and lib only. */
#ifndef KERNEL_STORE_H
#define KERNEL_STORE_H

#include <kernel/blkdev.h>
#include <kernel/object.h>

struct saved_activity {          /* 48 bytes, as on disk */
	u64 oid;
	u64 sched_oid;
	u64 wake;
	u32 version;
	u32 sched_version;
	u8 state, prio;
	u8 spare[2];
	u32 reserve_period, reserve_budget;  /* us; 0 = none */
	u8 spare2[4];
};
_Static_assert(sizeof(struct saved_activity) == 48, "saved activity");

/* What a restart can begin from, as the newest good root says; nothing of it is verified yet. */
struct store_offer {
	u32 newest, previous;    /* generations; previous = 0: nothing older is whole */
	u64 newest_ms, previous_ms; /* persistent-monotonic times of their snapshots; 0 = cannot be read */
	u32 attempts;            /* restarts from the newest without a commit, up to now */
};

struct store_hooks {
	void (*contexts_write_back)(void);                     /* in the snapshot's pause */
	u32 (*activities_save)(struct saved_activity *out, u32 max); /* in the pause; returns how many */
	bool (*activity_restore)(const struct saved_activity *a);
	void (*write_forbid)(void);                            /* map_snapshot */
	void (*committed)(u64 generation);
	u64 (*persistent_ms)(void);
	void (*snapshot_taken)(u64 generation);                /* host harness: digest of the state; else NULL */
	void (*failed)(const char *why);                       /* volume cannot be trusted: boot stops */
	/* At mount, once, before anything is written; may wait. True: begin from the previous generation, and give up the
	 * newest for ever. NULL = newest. */
	bool (*choose_previous)(const struct store_offer *o);
};

/* Does this device hold a volume for this architecture, readable or not? Then its UUID. Boot only, before store_mount();
 * changes nothing. */
bool store_find(struct blkdev *dev, u8 uuid[16]);
/* Mounts the volume: finds good roots, loads directory and activities, registers store_ops with
 * mm, starts kernel threads. Uses kthread_run_until for its boot I/O. 0 or a message that says what is
 * wrong; nothing was written then. `uuid` NULL = any volume. */
const char *store_mount(struct blkdev *dev, const u8 *uuid, const struct store_hooks *hooks);
u64 store_request_checkpoint(void);
u64 store_committed(void);
void store_status(void *abi_ckpt_status);
void store_set_interval(u32 seconds);
u64 store_restart_count(void);       /* after mount */
u64 store_persistent_ms(void);       /* persistent-monotonic time saved in the mounted generation */
u32 store_epoch(void);               /* first epoch of this boot */

#endif
