# SPDX-License-Identifier: Apache-2.0
obj-y += blkdev.o partition.o
obj-$(CONFIG_VIRTIO_BLK) += virtio_blk.o virtio_legacy.o virtio_modern.o
obj-$(CONFIG_IDE) += ide.o ide_probe.o
obj-$(CONFIG_RAMBLK) += ramblk.o
