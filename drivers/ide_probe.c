/* SPDX-License-Identifier: Apache-2.0 */
/* Finding IDE disks: at boot, polled, with the channel's interrupt off. */
#include "drivers/ide.h"
#include "drivers/probe.h"

#include <hal/hal.h>
#include <kernel/drivers.h>
#include <kernel/irqchip.h>
#include <kernel/lib.h>
#include <kernel/panic.h>

#define CHANNELS 2u
#define PROBE_POLLS 1000000u

/* Words of the IDENTIFY data. */
#define ID_MULTIPLE_MAX 47
#define ID_CAPABILITIES 49
#define ID_SECTORS 60
#define ID_COMMANDS 83
#define ID_ENABLED 85
#define ID_SECTORS_48 100

#define ID_CAN_LBA 0x0200u
#define ID_CAN_LBA48 0x0400u
#define ID_CAN_FLUSH 0x1000u
#define ID_CAN_FLUSH_EXT 0x2000u
#define ID_WRITE_CACHE 0x0020u

static struct ide_channel channels[CHANNELS];
static u32 channel_count;

/* Waits until it is not busy; the status, or IDE_NOTHING. */
static u8 wait_idle(const struct ide_channel *c)
{
	ide_settle(c);
	for (u32 i = 0; i < PROBE_POLLS; i++) {
		u8 status = ide_in(c, IDE_STATUS);

		if (!(status & IDE_BUSY))
			return status;
	}
	return IDE_NOTHING;
}

static bool simple_command(const struct ide_channel *c, u8 command, u8 features, u8 count)
{
	ide_out(c, IDE_FEATURES, features);
	ide_out(c, IDE_COUNT, count);
	ide_out(c, IDE_COMMAND, command);
	return !(wait_idle(c) & (IDE_ERROR | IDE_FAULT | IDE_BUSY));
}

static bool identify(const struct ide_channel *c, u8 select, u16 *id)
{
	ide_out(c, IDE_DEVICE, IDE_DEVICE_LBA | select);
	ide_settle(c);
	if (ide_in(c, IDE_STATUS) == 0 || ide_in(c, IDE_STATUS) == IDE_NOTHING)
		return false;
	ide_out(c, IDE_COUNT, 0);
	ide_out(c, IDE_LBA_LOW, 0);
	ide_out(c, IDE_LBA_MID, 0);
	ide_out(c, IDE_LBA_HIGH, 0);
	ide_out(c, IDE_COMMAND, IDE_CMD_IDENTIFY);
	if ((wait_idle(c) & (IDE_BUSY | IDE_ERROR | IDE_DATA_REQUEST)) != IDE_DATA_REQUEST)
		return false;
	if (ide_in(c, IDE_LBA_MID) || ide_in(c, IDE_LBA_HIGH))
		return false;
	insw((u16)(c->command + IDE_DATA), id, IDE_SECTOR_WORDS);
	return id[ID_CAPABILITIES] & ID_CAN_LBA;
}

static u64 sectors_of(const u16 *id, bool lba48)
{
	u32 at = lba48 ? ID_SECTORS_48 : ID_SECTORS;
	u64 n = (u64)id[at + 1] << 16 | id[at];

	/* No more than addresses can say: what lies above would be written over what lies below. */
	return lba48 ? MIN(n | (u64)id[at + 2] << 32 | (u64)id[at + 3] << 48, (u64)1 << 48) : MIN(n, (u64)1 << 28);
}

/* A cache that cannot be flushed is switched off. */
static u32 cache_flags(const struct ide_channel *c, const u16 *id, bool lba48)
{
	if (id[ID_COMMANDS] & (lba48 ? ID_CAN_FLUSH_EXT : ID_CAN_FLUSH))
		return BLK_HAS_FLUSH;
	if (id[ID_ENABLED] & ID_WRITE_CACHE &&
	    !simple_command(c, IDE_CMD_SET_FEATURES, IDE_FEATURE_NO_WRITE_CACHE, 0))
		return 0;
	return BLK_WRITE_THROUGH;
}

static bool probe_drive(struct ide_channel *c, u32 n, u32 number)
{
	static u16 id[IDE_SECTOR_WORDS];
	struct ide_drive *d = &c->drive[n];

	d->channel = c;
	d->select = n ? IDE_DEVICE_SECOND : 0;
	if (!identify(c, d->select, id))
		return false;
	d->lba48 = id[ID_COMMANDS] & ID_CAN_LBA48;
	d->chunk = 1;
	if ((id[ID_MULTIPLE_MAX] & 0xff) >= IDE_SECTORS_PER_FRAME &&
	    simple_command(c, IDE_CMD_SET_MULTIPLE, 0, IDE_SECTORS_PER_FRAME))
		d->chunk = IDE_SECTORS_PER_FRAME;
	format_buf(d->name, sizeof(d->name), "ide%u", number);
	d->blk = (struct blkdev){
		.name = d->name,
		.blocks = sectors_of(id, d->lba48) / IDE_SECTORS_PER_FRAME,
		.flags = cache_flags(c, id, d->lba48),
		.submit = ide_submit,
	};
	blkdev_register(&d->blk);
	klog("%s: %u MiB, irq %u\n", d->name, (u32)(d->blk.blocks >> 8), c->irq);
	return true;
}

void ide_probe(const struct device *dev)
{
	struct ide_channel *c = &channels[channel_count];
	u16 control = (u16)dev->reg[1].base;
	bool any = false;

	if (channel_count == CHANNELS)
		return;
	*c = (struct ide_channel){
		.kt = { .name = "ide", .step = ide_step, .prio = KT_PRIO_DEVICE },
		.command = (u16)dev->reg[0].base,
		.control = control,
		.irq = dev->irq,
	};
	outb(control, IDE_CONTROL_NO_IRQ);
	for (u32 n = 0; n < 2; n++)
		any |= probe_drive(c, n, channel_count * 2 + n);
	channel_count++;
	if (!any)
		return;
	outb(control, 0);
	kthread_register(&c->kt);
	irq_register(c->irq, &c->kt);
	hal_irq_enable(c->irq);
}
