/* SPDX-License-Identifier: Apache-2.0 */
/* Which driver knows which device. */
#include "drivers/probe.h"

#include <kernel/drivers.h>
#include <kernel/lib.h>
#include <kernel/panic.h>

static const struct {
	const char *compatible;
	void (*probe)(const struct device *dev);
} drivers[] = {
#if IS_ENABLED(CONFIG_IDE)
	{ "anteros,pc-ide", ide_probe },
#endif
#if IS_ENABLED(CONFIG_VIRTIO_MMIO)
	{ "virtio,mmio", virtio_mmio_probe },
#endif
#if IS_ENABLED(CONFIG_PCI_ECAM)
	{ "pci-host-ecam-generic", pci_ecam_probe },
#endif
	{ NULL, NULL },
};

bool drivers_offer(const struct device *dev)
{
	for (u32 i = 0; drivers[i].probe; i++)
		if (!strcmp(drivers[i].compatible, dev->compatible)) {
			drivers[i].probe(dev);
			return true;
		}
	return false;
}

void drivers_offer_pci(const struct pci_dev *dev)
{
	if (IS_ENABLED(CONFIG_VIRTIO_PCI))
		virtio_pci_probe(dev);
}
