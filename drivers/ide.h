/* SPDX-License-Identifier: Apache-2.0 */
/*
 * IDE channels: registers and state (ATA/ATAPI-6, chapters 6 and 8). ide_probe.c finds
 * drives at boot, ide.c runs them. Data goes by PIO, in blocks of `chunk` sectors.
 */
#ifndef DRIVERS_IDE_H
#define DRIVERS_IDE_H

#include "drivers/blkqueue.h"

#include <hal/io.h>
#include <kernel/kthread.h>

/* Offsets from the command port. */
#define IDE_DATA 0
#define IDE_FEATURES 1
#define IDE_COUNT 2
#define IDE_LBA_LOW 3
#define IDE_LBA_MID 4
#define IDE_LBA_HIGH 5
#define IDE_DEVICE 6
#define IDE_COMMAND 7
#define IDE_STATUS 7

#define IDE_BUSY 0x80u
#define IDE_READY 0x40u
#define IDE_FAULT 0x20u
#define IDE_DATA_REQUEST 0x08u
#define IDE_ERROR 0x01u
#define IDE_NOTHING 0xffu        /* floating bus */

#define IDE_CONTROL_RESET 0x04u
#define IDE_CONTROL_NO_IRQ 0x02u

#define IDE_DEVICE_LBA 0xe0u     /* with the obsolete bits that old drives want */
#define IDE_DEVICE_SECOND 0x10u

#define IDE_CMD_READ 0x20u
#define IDE_CMD_READ_EXT 0x24u
#define IDE_CMD_READ_MULTIPLE_EXT 0x29u
#define IDE_CMD_WRITE 0x30u
#define IDE_CMD_WRITE_EXT 0x34u
#define IDE_CMD_WRITE_MULTIPLE_EXT 0x39u
#define IDE_CMD_READ_MULTIPLE 0xc4u
#define IDE_CMD_WRITE_MULTIPLE 0xc5u
#define IDE_CMD_SET_MULTIPLE 0xc6u
#define IDE_CMD_FLUSH 0xe7u
#define IDE_CMD_FLUSH_EXT 0xeau
#define IDE_CMD_IDENTIFY 0xecu
#define IDE_CMD_SET_FEATURES 0xefu
#define IDE_FEATURE_NO_WRITE_CACHE 0x82u

#define IDE_SECTOR_SIZE 512u
#define IDE_SECTOR_WORDS 256u
#define IDE_SECTORS_PER_FRAME (FRAME_SIZE / IDE_SECTOR_SIZE)

struct ide_channel;

struct ide_drive {
	struct blkdev blk;
	struct ide_channel *channel;
	struct blkqueue queue;
	u8 select;                       /* 0 or IDE_DEVICE_SECOND */
	bool lba48;
	u8 chunk;                        /* sectors that one data request moves: 1, or a frame's */
	char name[8];
};

enum ide_phase {
	IDE_IDLE,
	IDE_SELECTED,                    /* waits until the drive takes a command */
	IDE_DATA_IN,
	IDE_DATA_OUT,
	IDE_END,                         /* all is sent, waits for the result */
};

struct ide_channel {
	struct kthread kt;
	u16 command, control;
	u32 irq;
	struct ide_drive drive[2];
	u32 turn;                        /* drive whose queue is looked at first */
	enum ide_phase phase;
	struct ide_drive *active;
	struct blkreq *req;
	u32 sectors_done;
	u64 deadline;                    /* ms */
};

static inline u8 ide_in(const struct ide_channel *c, u32 reg)
{
	return inb((u16)(c->command + reg));
}

static inline void ide_out(const struct ide_channel *c, u32 reg, u8 v)
{
	outb((u16)(c->command + reg), v);
}

/* The 400 ns after which the status is that of the command just given. */
static inline void ide_settle(const struct ide_channel *c)
{
	for (u32 i = 0; i < 4; i++)
		inb(c->control);
}

void ide_submit(struct blkdev *blk, struct blkreq *r);
enum kt_result ide_step(struct kthread *kt);

#endif
