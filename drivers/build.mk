# SPDX-License-Identifier: Apache-2.0
obj-y += blkdev.o match.o
obj-$(CONFIG_PARTITIONS) += partition.o
obj-$(CONFIG_VIRTIO_BLK) += virtio_blk.o
obj-$(CONFIG_PCI) += pci.o
obj-$(CONFIG_PCI_ECAM) += pci_ecam.o
obj-$(CONFIG_VIRTIO_PCI) += virtio_pci.o virtio_modern.o
obj-$(CONFIG_VIRTIO_PCI_LEGACY) += virtio_legacy.o
obj-$(CONFIG_VIRTIO_MMIO) += virtio_mmio.o
obj-$(CONFIG_IDE) += ide.o ide_probe.o
obj-$(CONFIG_RAMBLK) += ramblk.o
obj-$(CONFIG_FDT) += fdt_devices.o
