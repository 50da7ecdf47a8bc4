/* SPDX-License-Identifier: Apache-2.0 */
/* Where drivers meet their devices (match.c). A device that does not fit is left out with a line in the log. */
#ifndef DRIVERS_PROBE_H
#define DRIVERS_PROBE_H

struct device;
struct pci_dev;

/* A channel of two drives: ports of command and control. */
void ide_probe(const struct device *dev);
void virtio_mmio_probe(const struct device *dev);
void pci_ecam_probe(const struct device *dev);
void virtio_pci_probe(const struct pci_dev *dev);

#endif
